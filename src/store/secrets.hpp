#pragma once

#include "base/clock.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::store {

class Root;
class StoreUse;

/// What may be told of a secret: everything but its content.
struct Secret
{
    std::string id; ///< 25 hex digits, as Podman's
    std::string name;
    std::string driver = "file";
    WallTime created;
    WallTime updated; ///< when its content was replaced last
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> options; ///< of the driver: kept and shown, without effect
};

/// DATA/secrets/ID/{secret.json, content}, both 0600 in directories of 0700, and DATA/names/secrets/=NAME -> ID.
///
/// A secret is what a name leads to: the link is made, or replaced, when everything else is on the disk. So a reader
/// sees the old secret or the new one and never half of one. What no name leads to (somebody was killed) is gone for
/// readers, and the next writer removes it. Containers have copies of their own: nothing here is in use by one.
class Secrets
{
  public:
    explicit Secrets(const Root& root) : root_{&root} {}

    enum class IfTaken
    {
        Refuse,
        Replace, ///< the new one gets an id of its own, and keeps the time of creation
        Keep,    ///< what is there stays, and is the result
    };
    struct Made
    {
        std::string id;
        bool is_new = true; ///< false: kept
    };
    /// `secret`'s id and times are chosen here. Throws Podman's words: `secret name "a/b" can not include ...`,
    /// `secret data must be larger than 0 and less than 512000 bytes`, `NAME: secret name in use`.
    Made create(Secret secret, std::string_view content, IfTaken if_taken, const StoreUse& use) const;

    /// By id, name, or the beginning of exactly one id.
    [[nodiscard]] std::optional<Secret> find(const std::string& text) const;
    /// Throws Error(NotFound) `no secret with name or id "X": no such secret`.
    [[nodiscard]] Secret resolve(const std::string& text) const;
    [[nodiscard]] std::vector<Secret> list() const; ///< by name; damaged ones are left out with a warning
    [[nodiscard]] std::string load_content(const Secret& secret) const;

    /// Returns its id. Throws as resolve.
    std::string remove(const std::string& text) const;

    static constexpr std::size_t content_limit_bytes = 512'000; ///< a secret is smaller than that

  private:
    [[nodiscard]] std::optional<Secret> find_id(const std::string& id) const;
    void publish(const std::string& name, const std::string& id) const;
    void sweep() const;

    const Root* root_;
};

} // namespace skiff::store
