// We mount /dev/fuse ourselves and hand the descriptor over as the mount point "/dev/fd/N": nobody has to wait until the
// program has mounted, because the first access to the tree waits in the kernel for the program's first answer. It also
// needs neither fusermount3 nor a path that it could misread.

#include "rootfs/fuse_overlayfs.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "kernel/mount.hpp"
#include "kernel/refusals.hpp"
#include "rootfs/container_dirs.hpp"
#include "rootfs/foreign_layer.hpp"
#include "rootfs/id_shift.hpp"

#include <array>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/vfs.h>

namespace skiff::rootfs {
namespace {

constexpr int fuse_fd_in_server = 3;

std::string mapping_text(const std::vector<IdRange>& ranges)
{
    std::string text;
    for (const IdRange& range : ranges)
        text += cat(text.empty() ? "" : ":", range.inside, ":", range.outside, ":", range.size);
    return text;
}

/// The program resolves its paths and splits them again, so there is no way to hide a separator from it.
const std::string& usable(const std::string& path)
{
    if (path.find_first_of(":,\\") != std::string::npos)
        throw Error{ErrorKind::Failure, cat("fuse-overlayfs cannot use ", quoted(path), ": there is a ':', ',' or '\\' in it")};
    return path;
}

void mount_device(const UniqueFd& device, const std::string& target, bool read_only)
{
    const std::string data =
        cat("fd=", device.get(), ",rootmode=40755,user_id=0,group_id=0,default_permissions,allow_other");
    if (::mount("fuse-overlayfs", target.c_str(), "fuse.fuse-overlayfs", MS_NODEV | (read_only ? 0UL + MS_RDONLY : 0UL), data.c_str()) != 0)
        throw kernel::explained(kernel::Refused::FuseMount, errno, cat("mounting a FUSE file system on ", quoted(target)));
}

/// The program warns first and says last why it ends.
std::string last_line_of(int file)
{
    std::array<char, 4096> text; // NOLINT: filled by pread
    const ssize_t length = ::pread(file, text.data(), text.size(), 0);
    std::string_view all{text.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
    while (all.ends_with('\n'))
        all.remove_suffix(1);
    return printable(all.substr(all.rfind('\n') + 1));
}

} // namespace

std::string make_fuse_options(const RootfsRequest& request)
{
    std::string lowers;
    for (auto layer = request.layers.rbegin(); layer != request.layers.rend(); ++layer)
        lowers += cat(lowers.empty() ? "" : ":", usable(*layer));
    std::string options = cat("lowerdir=", lowers);
    if (!request.read_only)
        options += cat(",upperdir=", usable(request.container_dir), "/upper,workdir=", request.container_dir, "/work");
    if (needs_shift(request.id_map))
        options += cat(",uidmapping=", mapping_text(request.id_map.uids), ",gidmapping=", mapping_text(request.id_map.gids));
    // It would believe the attributes that say what ids files have, and none of these exist here.
    if (!request.twins_dir.empty() && has_one_id() && has_foreign_layer(request.layers))
        options += ",squash_to_root";
    if (request.volatile_writes)
        options += ",fsync=0";
    return options;
}

std::string find_fuse_overlayfs_problem()
{
    if (!find_system_program("fuse-overlayfs"))
        return "the program fuse-overlayfs is not installed";
    if (::access("/dev/fuse", R_OK | W_OK) != 0)
        return cat("/dev/fuse: ", errno_text(errno));
    return {};
}

Rootfs mount_fuse_overlayfs(const RootfsRequest& request)
{
    const auto program = find_system_program("fuse-overlayfs");
    if (!program)
        throw Error{ErrorKind::Failure, "the program fuse-overlayfs is not installed"}.with_hint(
            "install the package fuse-overlayfs, or choose another driver for new containers with `--storage-driver`");
    make_container_dirs(request);
    UniqueFd device{::open("/dev/fuse", O_RDWR | O_CLOEXEC)};
    if (!device)
        throw kernel::explained(kernel::Refused::FuseMount, errno, "opening /dev/fuse");
    const std::string target = cat(request.container_dir, "/merged");
    const UniqueFd words{::memfd_create("fuse-overlayfs-output", MFD_CLOEXEC)};

    SpawnRequest spawn;
    spawn.argv = {*program, "-f", "-o", make_fuse_options(request), cat("/dev/fd/", fuse_fd_in_server)};
    spawn.environment = {{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"}}; // security.md R25
    spawn.fds = {{words.get(), 1}, {words.get(), 2}, {device.get(), fuse_fd_in_server}};
    spawn.new_session = true; // ^C at the terminal is for the container
    spawn.directory = "/";
    mount_device(device, target, request.read_only);
    std::optional<Rootfs> rootfs;
    try {
        rootfs.emplace(target, open_at(AT_FDCWD, target, O_PATH | O_DIRECTORY), spawn_process(spawn));
    } catch (const Error&) {
        kernel::unmount(target);
        throw;
    }
    // The kernel's own attributes of a FUSE root need no server, its statfs does. While we hold the device open, a server
    // that ended would leave us waiting: the last copy must be the server's.
    device.reset();
    struct statfs answer{};
    if (::statfs(target.c_str(), &answer) == 0)
        return std::move(*rootfs);
    const std::string reason = last_line_of(words.get());
    throw Error{ErrorKind::Failure, cat("mounting with fuse-overlayfs: ", reason.empty() ? "it ended at once" : reason)};
}

} // namespace skiff::rootfs
