#include "store/staging.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "store/record_file.hpp"
#include "store/root.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>

namespace skiff::store {
namespace {

/// False when it was not there, or cannot be removed by us.
bool try_remove(int dir, const std::string& name)
{
    try {
        return remove_tree_at(dir, name);
    } catch (const Error& error) {
        log::debug(cat("sweeping: ", error.message(), "; ignored"));
        return false;
    }
}

bool has_entries(const Root& root)
{
    struct stat status
    {
    };
    if (::fstatat(root.data(), "staging", &status, 0) != 0)
        return false;
    // Two links: the directory has no directories. Some file systems (btrfs, overlay) always say one.
    return status.st_nlink != 2;
}

/// The lock of a dead owner, so that nobody else takes its name meanwhile; nothing while the owner lives.
std::optional<FileLock> try_lock_of_dead(const Root& root, const std::string& lock)
{
    if (lock == Staging::by_use)
        return FileLock::try_acquire(root.data(), "store.lock", FileLock::Mode::Exclusive);
    return root.try_lock(lock);
}

} // namespace

Staging::Staging(const Root& root, std::string_view lock)
    : root_{&root}, path_{cat("staging/", lock, ".", random_hex(6))}
{
    if (::mkdirat(root.data(), path_.c_str(), 0700) != 0)
        throw Error{errno, cat("making directory ", quoted(absolute_path()))};
    fd_ = open_at(root.data(), path_, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

Staging::Staging(Staging&& other) noexcept
    : root_{other.root_}, path_{std::exchange(other.path_, {})}, fd_{std::move(other.fd_)}
{
}

Staging::~Staging()
{
    if (!path_.empty())
        try_remove(root_->data(), path_);
}

std::string Staging::absolute_path() const { return cat(root_->data_path(), "/", path_); }

void Staging::commit(const std::string& path)
{
    rename_at(root_->data(), path_, root_->data(), path);
    path_.clear();
}

void sweep_staging(const Root& root, bool alone)
{
    if (!has_entries(root))
        return;
    for (const DirectoryEntry& entry : list_place(root.data(), "staging")) {
        const std::string lock = entry.name.substr(0, entry.name.rfind('.'));
        std::optional<FileLock> held;
        if (!alone || lock != Staging::by_use) {
            held = try_lock_of_dead(root, lock);
            if (!held)
                continue;
        }
        if (try_remove(root.data(), cat("staging/", entry.name)))
            log::debug(cat("removed ", quoted(entry.name), ", which a process left that died"));
        if (held && lock != Staging::by_use)
            ::unlinkat(root.run(), cat("locks/", lock).c_str(), 0);
    }
}

void sweep_staging_of(const Root& root, const std::string& lock)
{
    if (!has_entries(root))
        return;
    for (const DirectoryEntry& entry : list_place(root.data(), "staging"))
        if (entry.name.substr(0, entry.name.rfind('.')) == lock)
            try_remove(root.data(), cat("staging/", entry.name));
}

bool move_to_trash(const Root& root, const std::string& path, const std::string& essence)
{
    const std::string name = path.substr(path.rfind('/') + 1);
    if (::renameat(root.data(), path.c_str(), root.data(), cat("trash/", name, ".", random_hex(6)).c_str()) == 0)
        return true;
    const int error = errno;
    if (error == ENOENT)
        return false;
    if (error != ENOSPC && error != EDQUOT)
        throw Error{error, cat("removing ", quoted(cat(root.data_path(), "/", path)))};
    remove_file_at(root.data(), cat(path, "/", essence));
    remove_tree_at(root.data(), path);
    return true;
}

void empty_trash(const Root& root)
{
    for (const DirectoryEntry& entry : list_place(root.data(), "trash")) {
        const std::string path = cat("trash/", entry.name);
        // Who deletes a tree holds it: to help somebody with his large image would make a short command wait for it.
        const UniqueFd tree{::openat(root.data(), path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        if (tree && ::flock(tree.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
            continue;
        try {
            remove_tree_at(root.data(), path);
        } catch (const Error& error) {
            log::warn(cat("some removed files still take space in ", quoted(cat(root.data_path(), "/trash")), ": ",
                          error.message()));
        }
    }
}

} // namespace skiff::store
