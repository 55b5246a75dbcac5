#include "rootfs/copy_up.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "rootfs/tree_copy.hpp"

#include <dirent.h>
#include <sys/sysmacros.h>

namespace skiff::rootfs {
namespace {

std::uint32_t outside(const std::vector<IdRange>& ranges, std::uint32_t id)
{
    if (ranges.empty())
        return id;
    const auto mapped = find_outside(ranges, id);
    if (!mapped)
        throw Error{ErrorKind::Failure, cat("the id ", id, " does not exist in this container's user namespace")};
    return *mapped;
}

std::uint64_t mount_id(int fd)
{
    struct statx status{};
    return ::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) == 0 ? status.stx_mnt_id : 0;
}

void change(int dir, const std::string& name, std::uint32_t uid, std::uint32_t gid)
{
    if (::fchownat(dir, name.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) != 0)
        throw Error{errno, cat("changing the owner of ", quoted(name))};
}

void change_below(int dir, std::uint32_t uid, std::uint32_t gid, std::uint64_t mount, int depth)
{
    constexpr int max_depth = 512; // each level costs a descriptor
    if (depth > max_depth)
        throw Error{ELOOP, "changing owners: the directories are nested too deeply"};
    for (const DirectoryEntry& entry : list_directory(dir)) {
        change(dir, entry.name, uid, gid);
        if (entry.type != DT_DIR)
            continue;
        const UniqueFd child = open_at(dir, entry.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (mount_id(child.get()) == mount)
            change_below(child.get(), uid, gid, mount, depth + 1);
    }
}

} // namespace

void copy_up_directory(int root, const std::string& path, const std::string& target)
{
    const auto source = find_beneath(root, path, O_RDONLY | O_DIRECTORY);
    if (!source)
        return;
    const UniqueFd into = open_at(AT_FDCWD, target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    TreeCopy{into.get(), {}}.copy_raw(source->get(), into.get());
}

void change_owner(const std::string& path, std::uint32_t uid, std::uint32_t gid, const IdMap& id_map)
{
    const std::uint32_t new_uid = outside(id_map.uids, uid);
    const std::uint32_t new_gid = outside(id_map.gids, gid);
    const UniqueFd top = open_at(AT_FDCWD, path, O_PATH);
    struct stat status{};
    if (::fstat(top.get(), &status) != 0)
        throw Error{errno, cat("looking at ", quoted(path))};
    if (status.st_uid == new_uid && status.st_gid == new_gid)
        return;
    change(top.get(), "", new_uid, new_gid);
    if (S_ISDIR(status.st_mode)) {
        const UniqueFd dir = open_at(top.get(), ".", O_RDONLY | O_DIRECTORY);
        change_below(dir.get(), new_uid, new_gid, mount_id(dir.get()), 0);
    }
}

} // namespace skiff::rootfs
