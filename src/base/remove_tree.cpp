// remove_tree_at: the one deletion of whole trees (security.md R6, R60). Its own file because of its own care: the tree
// may be hostile (a million levels deep), lack permission bits, lie on a full disk, and must not lead into other mounts.
// Another process may be removing the same tree: what has gone already is fine.

#include "base/error.hpp"
#include "base/file.hpp"

#include <dirent.h>
#include <memory>
#include <sys/sysmacros.h>

namespace skiff {
namespace {

struct Mount
{
    dev_t device;
    std::uint64_t id;
};

std::optional<Mount> mount_of(int fd)
{
    struct statx status{};
    if (::statx(fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &status) != 0)
        return std::nullopt;
    return Mount{makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_mnt_id};
}

/// Gives the directory the bits that it lacks, by descriptor: by name it might be a link by now, and lead out of the tree.
UniqueFd open_closed_directory(int dir, const char* name)
{
    const UniqueFd place{::openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!place)
        return {};
    // fchmod refuses O_PATH, and fchmodat2 is Linux 6.6; the link in /proc leads to exactly this directory.
    const std::string self = cat("/proc/self/fd/", place.get());
    if (::chmod(self.c_str(), 0700) != 0)
        return {};
    return UniqueFd{::openat(place.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
}

UniqueFd open_directory(int dir, const char* name)
{
    UniqueFd fd{::openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    return !fd && errno == EACCES ? open_closed_directory(dir, name) : std::move(fd);
}

struct Level
{
    std::unique_ptr<DIR, int (*)(DIR*)> stream;
    std::string name; ///< in the level above
};

Level make_level(UniqueFd fd, std::string name)
{
    Level level{{::fdopendir(fd.get()), &::closedir}, std::move(name)};
    if (!level.stream)
        throw Error{errno, cat("listing ", quoted(level.name))};
    (void)fd.release();
    return level;
}

/// Deeper than this, a directory is moved up beside the tree's top before it is emptied: descriptors are finite.
constexpr std::size_t max_depth = 200;

} // namespace

bool remove_tree_at(int dir, const std::string& name)
{
    if (::unlinkat(dir, name.c_str(), 0) == 0)
        return true;
    if (errno == ENOENT)
        return false;
    if (errno != EISDIR && errno != EPERM)
        throw Error{errno, cat("removing ", quoted(name))};

    UniqueFd top = open_directory(dir, name.c_str());
    if (!top && errno == ENOENT)
        return false;
    if (!top)
        throw Error{errno, cat("removing ", quoted(name))};
    const auto top_mount = mount_of(top.get());
    std::vector<Level> levels;
    levels.push_back(make_level(std::move(top), name));
    while (!levels.empty()) {
        const int here = ::dirfd(levels.back().stream.get());
        const dirent* entry = ::readdir(levels.back().stream.get()); // NOLINT(concurrency-mt-unsafe)
        if (entry == nullptr) {
            const std::string finished = levels.back().name;
            const bool last = levels.size() == 1;
            // POSIX allows readdir to miss entries while others are removed: look again before giving up.
            if (::unlinkat(last ? dir : ::dirfd(levels[levels.size() - 2].stream.get()), finished.c_str(), AT_REMOVEDIR) != 0) {
                if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOENT)
                    throw Error{errno, cat("removing ", quoted(finished))};
                if (errno != ENOENT) {
                    ::rewinddir(levels.back().stream.get());
                    continue;
                }
            }
            levels.pop_back();
            continue;
        }
        const std::string entry_name{entry->d_name};
        if (entry_name == "." || entry_name == "..")
            continue;
        if (entry->d_type != DT_DIR) {
            int outcome = ::unlinkat(here, entry_name.c_str(), 0);
            if (outcome != 0 && errno == EACCES && ::fchmod(here, 0700) == 0)
                outcome = ::unlinkat(here, entry_name.c_str(), 0);
            if (outcome == 0 || errno == ENOENT)
                continue;
            if (errno != EISDIR && errno != EPERM)
                throw Error{errno, cat("removing ", quoted(entry_name))};
        }
        UniqueFd child = open_directory(here, entry_name.c_str());
        if (!child && errno == ENOENT)
            continue;
        if (!child)
            throw Error{errno, cat("removing ", quoted(entry_name))};
        const auto mount = mount_of(child.get());
        if (top_mount && mount && (mount->device != top_mount->device || mount->id != top_mount->id))
            throw Error{EBUSY, cat("removing ", quoted(entry_name), ", where something is mounted")};
        if (levels.size() >= max_depth) {
            const std::string raised = cat(".deep.", random_hex(8));
            if (::renameat(here, entry_name.c_str(), ::dirfd(levels.front().stream.get()), raised.c_str()) != 0 &&
                errno != ENOENT)
                throw Error{errno, cat("removing ", quoted(entry_name))};
            continue;
        }
        levels.push_back(make_level(std::move(child), entry_name));
    }
    return true;
}

} // namespace skiff
