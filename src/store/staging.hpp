#pragma once

#include "base/unique_fd.hpp"

#include <string>
#include <string_view>

namespace skiff::store {

class Root;

/// A directory object while it is built, below DATA/staging. Its name says which lock its owner holds, so whoever gets
/// that lock knows that the owner is dead and removes it (security.md R56, R57).
class Staging
{
  public:
    /// The owner holds a StoreUse.
    static constexpr std::string_view by_use = "use";

    /// `lock` is by_use or the name of a file in RUN/locks that the caller holds exclusively.
    Staging(const Root& root, std::string_view lock);
    Staging(Staging&& other) noexcept;
    Staging& operator=(Staging&&) = delete;
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;
    ~Staging(); ///< removes it when it was not committed

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] std::string absolute_path() const;
    /// Renames it to `path` (below DATA), which must not exist.
    void commit(const std::string& path);

  private:
    const Root* root_;
    std::string path_; ///< below DATA; empty once committed
    UniqueFd fd_;
};

/// Removes what dead processes left. `alone`: the caller holds a StoreAlone.
void sweep_staging(const Root& root, bool alone);

/// The same for the dead owners of one lock, which the caller holds now.
void sweep_staging_of(const Root& root, const std::string& lock);

/// Takes the object `path` (a directory below DATA) out of sight by renaming it to DATA/trash; false when it was not
/// there. Where not even that is possible (no space for a directory entry), unlinking `essence`, without which it is
/// not an object, does the same. The caller says `empty_trash` afterwards, inside the user namespace.
bool move_to_trash(const Root& root, const std::string& path, const std::string& essence);

/// Removes what is in the trash, whoever put it there, but not what somebody is removing already. With a warning when something stays (files of subordinate ids,
/// from outside the user namespace): it is out of sight, but still takes space, until somebody else comes by.
void empty_trash(const Root& root);

} // namespace skiff::store
