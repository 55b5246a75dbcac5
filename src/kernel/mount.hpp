#pragma once

#include "base/unique_fd.hpp"

#include <cstdint>
#include <string>
#include <sys/mount.h>

/// Mounts by descriptors. A detached mount (from clone_mount or Filesystem) is a descriptor of an O_PATH kind that nobody
/// else can see: set its flags first, attach it then (security.md R7). Names in errors are for people only.
///
/// Where the new mount API is missing (before Linux 5.2; mount_setattr: 5.12), or SKIFF_NO_MOUNT_API=1 simulates it,
/// has_mount_api() is false, detached mounts throw ENOSYS, and bind_mount and mount_filesystem use mount(2) on
/// /proc/self/fd/N.
namespace skiff::kernel {

[[nodiscard]] bool has_mount_api();

enum class Recursive { No, Yes };

/// A detached copy of the mount at `path` (relative to `dir`; "": `dir` itself).
UniqueFd clone_mount(int dir, const std::string& path, Recursive recursive);

/// MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC ... and MS_PRIVATE, MS_SLAVE, MS_SHARED or
/// MS_UNBINDABLE as propagation (0: as it is). Flags that an outer namespace locked cannot be cleared: EPERM.
struct MountAttributes
{
    std::uint64_t set = 0;
    std::uint64_t clear = 0;
    std::uint64_t propagation = 0;
};
void set_mount_attributes(int mount, const MountAttributes& attributes, Recursive recursive);

/// Puts a detached mount on `target` (a directory or file, opened O_PATH). `target` itself then still is what lies below;
/// `mount` is the mounted tree.
void attach_mount(int mount, int target);

/// A new instance of a file system, configured key by key. Errors carry the kernel's own message when it gives one.
class Filesystem
{
  public:
    explicit Filesystem(const char* type);
    Filesystem& set(const char* key, const std::string& value); ///< at most 255 bytes
    Filesystem& set_flag(const char* key);
    Filesystem& set_fd(const char* key, int fd);
    /// Creates it, and a detached mount of it with `attributes` (MOUNT_ATTR_*).
    UniqueFd mount(std::uint64_t attributes);

  private:
    [[noreturn]] void fail(int errno_value, const std::string& doing) const;
    std::string type_;
    UniqueFd context_;
};

/// Binds `source` on `target` (both O_PATH descriptors). Flags locked by an outer namespace stay as they are.
void bind_mount(int source, int target, const MountAttributes& attributes, Recursive recursive);

/// Mounts a new instance of `type` on `target`, in one step and with mount(2)'s flags (MS_NOSUID ...) and data text.
/// `source` is the name that /proc/PID/mountinfo shows; empty: the type.
void mount_filesystem(const char* type, int target, unsigned long flags, const std::string& data, const std::string& source = {});

/// Whether something is mounted exactly there, as our mount namespace sees it.
[[nodiscard]] bool is_mount_point(const std::string& path);

/// Detaches what is mounted at the path; false when nothing was. It goes away when its last user does.
bool unmount(const std::string& path); // NOLINT(modernize-use-nodiscard)
/// Everything that this mount namespace has mounted below `directory` (absolute, without links), detached.
void unmount_all_below(const std::string& directory);

} // namespace skiff::kernel
