#pragma once

#include "base/unique_fd.hpp"

#include <cstdint>
#include <fcntl.h>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <vector>

/// Files by directory descriptor and relative name. All descriptors are close-on-exec; every failure is an Error that
/// names the path.
namespace skiff {

/// openat(); the name is in the error. EINTR is retried.
UniqueFd open_at(int dir, const std::string& name, int flags, mode_t mode = 0);
std::optional<UniqueFd> find_at(int dir, const std::string& name, int flags); ///< nothing when the name does not exist

/// How a path below a root may be followed (openat2).
enum class Follow {
    InRoot,  ///< links and ".." stay inside the root, as after chroot: for the tree of an image or container (hostile)
    Beneath, ///< no link and no way out at all: for our own directories
};

/// Opens `path` below `root`, which may be hostile (security.md R1 to R4). An empty or "/" path is the root itself.
/// Falls back to a walk by components where openat2 is missing. `flags` as for openat.
UniqueFd beneath(int root, std::string_view path, int flags, mode_t mode = 0, Follow follow = Follow::InRoot);
/// As `beneath`, but nothing when a component does not exist (ENOENT, ENOTDIR).
std::optional<UniqueFd> find_beneath(int root, std::string_view path, int flags, Follow follow = Follow::InRoot);
/// Makes the directory `path` below `root` with all its parents (links inside the root are followed) and opens it O_PATH.
UniqueFd make_directories_beneath(int root, std::string_view path, mode_t mode = 0755);

/// The whole content. More than `limit` bytes, or something else than a regular file or a virtual one, is an Error.
std::string read_file(int dir, const std::string& name, std::size_t limit = 16U << 20U);
std::optional<std::string> find_file(int dir, const std::string& name, std::size_t limit = 16U << 20U);
std::string read_all(int fd, std::size_t limit, std::string_view name);
void write_all(int fd, std::string_view data, std::string_view name);

enum class Durability { Fsync, None };
/// Replaces `name` by a temporary file in the same directory and rename: readers see the old or the new content.
/// Fsync: survives power loss (records). None: survives any kill, not power loss (what dies with a reboot anyway).
void save_atomically(int dir, const std::string& name, std::string_view data, Durability durability = Durability::Fsync,
                     mode_t mode = 0600);
/// Writes into an existing virtual file (/proc, /sys): one write, no creation.
void write_virtual_file(int dir, const std::string& name, std::string_view data);

/// mkdir -p. Existing directories are left as they are.
void make_directories(const std::string& path, mode_t mode = 0700);
/// Makes `name` when it is missing, and opens it (O_RDONLY|O_DIRECTORY|O_NOFOLLOW).
UniqueFd make_directory_at(int dir, const std::string& name, mode_t mode = 0700);
bool exists_at(int dir, const std::string& name); ///< the last component is not followed
void rename_at(int from_dir, const std::string& from, int to_dir, const std::string& to);
bool remove_file_at(int dir, const std::string& name); ///< false when it was not there
/// Removes a file or a whole tree without following links and without crossing mounts; works on a full disk, and in
/// directories that lack permission bits of ours. False when it was not there.
bool remove_tree_at(int dir, const std::string& name);

struct DirectoryEntry
{
    std::string name;
    unsigned char type; ///< DT_DIR, DT_REG, DT_LNK ... as readdir says; DT_UNKNOWN is resolved by fstatat
};
std::vector<DirectoryEntry> list_directory(int dir, const std::string& name = ".");
std::string read_link_at(int dir, const std::string& name);
std::optional<std::string> find_link_at(int dir, const std::string& name);
std::string path_of_fd(int fd); ///< what /proc/self/fd says
std::string proc_fd_path(int fd); ///< "/proc/self/fd/N": a path for calls that know no descriptors

/// A directory that goes away with its owner.
class TempDir
{
  public:
    /// Below `parent`, named `prefix` and six random characters, mode 0700.
    TempDir(const std::string& parent, std::string_view prefix);
    TempDir(TempDir&& other) noexcept;
    TempDir& operator=(TempDir&&) = delete;
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir();
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// `bytes` of the kernel's randomness as lower-case hex.
std::string random_hex(std::size_t bytes);

} // namespace skiff
