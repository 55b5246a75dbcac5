#pragma once

#include "base/process.hpp"
#include "base/unique_fd.hpp"
#include "model/id_map.hpp"

#include <optional>
#include <string>
#include <vector>

/// From a list of layers to a mounted tree.
///
/// Everything here runs inside the shared user namespace and a mount namespace of our own (kernel/namespaces.hpp).
namespace skiff::rootfs {

enum class Driver {
    Overlay,       ///< the kernel's, with userxattr (Linux 5.11)
    FuseOverlayfs, ///< the program fuse-overlayfs: where the kernel or the file system refuses the first
    Copy,          ///< a full copy of the image for each container: works everywhere
};

std::string to_string(Driver driver); ///< "overlay", "fuse-overlayfs", "copy"
std::optional<Driver> find_driver(const std::string& name);

struct RootfsRequest
{
    Driver driver = Driver::Overlay;
    std::vector<std::string> layers; ///< absolute directories (layers/<chain>/diff), lowest first; at least one
    /// Absolute; where what must be made from layers in other people's stores goes, beside which nothing can be written.
    /// Empty: all layers are the own store's.
    std::string twins_dir;
    std::string container_dir;       ///< absolute; upper/, work/, merged/ (and tree/ of the copy driver) are made here when missing
    /// The container's own user namespace in the shared one; empty: it has none. Files appear with the owners that the image
    /// gives them inside that namespace (the layers count in the shared one).
    IdMap id_map;
    bool volatile_writes = false; ///< nothing needs to survive a power loss (--rm): fsync costs nothing
    /// Only the image, nothing can be written and there is no upper/: for `image mount`. A container with --read-only is
    /// mounted writable, because mount points may have to be made in it, and is made read-only by the runtime.
    bool read_only = false;
};

/// A mounted tree. Unmounted (detached: it ends with its last user) when the owner goes.
class Rootfs
{
  public:
    Rootfs(std::string path, UniqueFd fd, std::optional<ChildProcess> server);
    Rootfs(Rootfs&& other) noexcept = default;
    Rootfs& operator=(Rootfs&& other) noexcept;
    Rootfs(const Rootfs&) = delete;
    Rootfs& operator=(const Rootfs&) = delete;
    ~Rootfs();

    [[nodiscard]] int fd() const { return fd_.get(); } ///< O_PATH descriptor of the tree's root
    [[nodiscard]] const std::string& path() const { return path_; } ///< its mount point: <container_dir>/merged
    /// The fuse-overlayfs process, to be watched: the tree is dead when it ends. Null for the other drivers.
    [[nodiscard]] const ChildProcess* server() const { return server_ ? &*server_ : nullptr; }
    /// Once; errors only here, the destructor keeps them to itself. Waits for the server's end.
    void unmount();
    /// Leaves it mounted, and the fuse-overlayfs process running: until somebody unmounts path(), or the mount namespace ends.
    void leave_mounted();

  private:
    std::string path_; ///< empty: unmounted or moved from
    UniqueFd fd_;
    std::optional<ChildProcess> server_;
};

/// Mounts the tree. The first mount of a container may take long (copy driver; layers that must be shifted for `id_map`);
/// later ones are a few system calls.
Rootfs mount_rootfs(const RootfsRequest& request);

/// A host directory as the tree (--rootfs DIR), bound on <container_dir>/merged.
Rootfs bind_rootfs(const std::string& directory, const std::string& container_dir);

/// How owners in upper/ (for the copy driver: tree/) relate to the image's: empty when they are the same, else an owner o is
/// the image's find_inside(map, o). For commit.
IdMap id_map_of_changes(const RootfsRequest& request);

/// Where a container's changes lie: <container_dir>/upper, or tree for the copy driver.
std::string changes_directory(const RootfsRequest& request);

} // namespace skiff::rootfs
