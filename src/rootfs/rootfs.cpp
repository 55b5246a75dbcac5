#include "rootfs/rootfs.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/mount.hpp"
#include "rootfs/copy.hpp"
#include "rootfs/fuse_overlayfs.hpp"
#include "rootfs/id_shift.hpp"
#include "rootfs/overlay.hpp"

#include <csignal>

namespace skiff::rootfs {
namespace {

/// A server ends by itself when its file system is gone; one that hangs must not hang us.
void end_server(ChildProcess& server)
{
    constexpr int patience_ms = 10'000; // it may still have much to write back
    if (!server.pidfd().wait_for_end(patience_ms)) {
        log::warn("fuse-overlayfs does not end after unmounting; killing it");
        server.pidfd().send_signal(SIGKILL);
    }
    (void)server.wait();
}

} // namespace

std::string to_string(Driver driver)
{
    switch (driver) {
    case Driver::Overlay:
        return "overlay";
    case Driver::FuseOverlayfs:
        return "fuse-overlayfs";
    case Driver::Copy:
        return "copy";
    }
    return {};
}

std::optional<Driver> find_driver(const std::string& name)
{
    for (const Driver driver : {Driver::Overlay, Driver::FuseOverlayfs, Driver::Copy})
        if (to_string(driver) == name)
            return driver;
    return std::nullopt;
}

Rootfs::Rootfs(std::string path, UniqueFd fd, std::optional<ChildProcess> server)
    : path_{std::move(path)}, fd_{std::move(fd)}, server_{std::move(server)}
{
}

Rootfs& Rootfs::operator=(Rootfs&& other) noexcept
{
    std::swap(path_, other.path_);
    std::swap(fd_, other.fd_);
    std::swap(server_, other.server_);
    return *this;
}

Rootfs::~Rootfs()
{
    try {
        unmount();
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; ignored, the mount ends with its namespace"));
    }
}

void Rootfs::unmount()
{
    if (!fd_)
        return;
    fd_.reset(); // or we ourselves were the last user
    auto server = std::exchange(server_, std::nullopt);
    kernel::unmount(std::exchange(path_, {}));
    if (server)
        end_server(*server);
}

void Rootfs::leave_mounted()
{
    fd_.reset();
    path_.clear();
    server_.reset();
}

Rootfs mount_rootfs(const RootfsRequest& request)
{
    switch (request.driver) {
    case Driver::Overlay:
        return mount_overlay(request);
    case Driver::FuseOverlayfs:
        return mount_fuse_overlayfs(request);
    case Driver::Copy:
        return mount_copy(request);
    }
    throw Error{ErrorKind::Failure, "no such storage driver"};
}

Rootfs bind_rootfs(const std::string& directory, const std::string& container_dir)
{
    const UniqueFd source = open_at(AT_FDCWD, directory, O_PATH | O_DIRECTORY);
    make_directories(cat(container_dir, "/merged"));
    std::string path = cat(container_dir, "/merged");
    const UniqueFd target = open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY);
    kernel::bind_mount(source.get(), target.get(), {.propagation = MS_PRIVATE}, kernel::Recursive::Yes);
    UniqueFd mounted = open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY);
    return Rootfs{std::move(path), std::move(mounted), std::nullopt};
}

IdMap id_map_of_changes(const RootfsRequest& request)
{
    if (request.driver == Driver::FuseOverlayfs || !needs_shift(request.id_map))
        return {};
    return request.id_map;
}

std::string changes_directory(const RootfsRequest& request)
{
    return cat(request.container_dir, request.driver == Driver::Copy ? "/tree" : "/upper");
}

} // namespace skiff::rootfs
