#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace skiff::store {

class Root;

/// What one step of a build made, under the hash of all that it was made from.
struct CachedStep
{
    std::string key;                           ///< 64 hex digits
    std::string slot;                          ///< where the step stands: file, stage, number; for --why
    std::map<std::string, std::string> inputs; ///< what the key was made of, by names for people
    std::map<std::string, std::string> files;  ///< of COPY from a directory, while they are few: path -> mode, size, hash; for --why
    std::string layer;                         ///< chain id; empty: the step makes none
    std::string diff_id;
    std::uint64_t tar_size = 0;
    std::string created; ///< RFC 3339

    WallTime used; ///< of the last build that had it; not part of the record
};

/// DATA/build-cache/steps/KEY.json: one file for each, replaced by rename, so builds at the same time share them without a lock.
/// It is a cache: what cannot be read or written is as if it were not there.
///
/// Its layers are kept from garbage collection as long as their records are; a record that no build asked for goes after
/// `kept_for`, or when there are more than `max_steps`.
class BuildCache
{
  public:
    static constexpr std::chrono::hours kept_for{24 * 14};
    static constexpr std::size_t max_steps = 4000;

    explicit BuildCache(const Root& root) : root_{&root} {}

    /// Counts as used now.
    [[nodiscard]] std::optional<CachedStep> find(const std::string& key) const;
    void save(const CachedStep& step) const;
    [[nodiscard]] std::vector<CachedStep> list() const;
    /// Of all records: what garbage collection has to leave, without the layers below them.
    [[nodiscard]] std::set<std::string> layers() const;

    /// Forgets what has not been used since `before`, and the oldest above `max_steps`. Returns how many. The layers are
    /// collect_garbage's.
    std::size_t prune(WallTime before) const; // NOLINT(modernize-use-nodiscard)
    /// Forgets all.
    std::size_t clear() const; // NOLINT(modernize-use-nodiscard)

    /// The absolute path of DATA/build-cache, made when it is missing: `mounts/` in it holds what RUN --mount=type=cache keeps.
    [[nodiscard]] std::string directory() const;

  private:
    const Root* root_;
};

} // namespace skiff::store
