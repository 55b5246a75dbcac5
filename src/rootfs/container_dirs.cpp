#include "rootfs/container_dirs.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "rootfs/foreign_layer.hpp"
#include "rootfs/id_shift.hpp"

#include <array>
#include <sys/stat.h>

namespace skiff::rootfs {
namespace {

/// True when it was not there. 0755: mkdir with our umask gives 0700, which is what strangers should see.
bool make_missing(int dir, const char* name)
{
    if (::mkdirat(dir, name, 0755) == 0)
        return true;
    if (errno == EEXIST)
        return false;
    throw Error{errno, cat("making the directory ", quoted(name))};
}

void adopt_root_attributes(int dir, const char* name, const RootfsRequest& request)
{
    const std::string& top = request.layers.back();
    struct stat root{};
    if (::stat(top.c_str(), &root) != 0)
        throw Error{errno, cat("looking at the layer ", quoted(top))};
    if (!request.twins_dir.empty() && is_foreign_layer(top))
        correct_foreign(open_at(AT_FDCWD, top, O_RDONLY | O_DIRECTORY).get(), "", root);
    const bool shift = needs_shift(request.id_map) && request.driver != Driver::FuseOverlayfs;
    const uid_t uid = shift ? shifted_id(request.id_map.uids, root.st_uid) : root.st_uid;
    const gid_t gid = shift ? shifted_id(request.id_map.gids, root.st_gid) : root.st_gid;
    const std::array<timespec, 2> times{root.st_atim, root.st_mtim};
    if ((uid != 0 || gid != 0) && ::fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
        throw Error{errno, cat("giving ", quoted(name), " to ", uid, ":", gid)};
    if (::fchmodat(dir, name, root.st_mode & 07777U, 0) != 0 || ::utimensat(dir, name, times.data(), 0) != 0)
        throw Error{errno, cat("preparing the directory ", quoted(name))};
}

} // namespace

void make_container_dirs(const RootfsRequest& request)
{
    const UniqueFd dir = open_at(AT_FDCWD, request.container_dir, O_PATH | O_DIRECTORY);
    make_missing(dir.get(), "merged");
    if (request.read_only) {
        make_missing(dir.get(), "empty");
        return;
    }
    make_missing(dir.get(), "work");
    if (make_missing(dir.get(), "upper"))
        adopt_root_attributes(dir.get(), "upper", request);
}

} // namespace skiff::rootfs
