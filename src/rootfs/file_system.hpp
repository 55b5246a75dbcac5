#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace skiff::rootfs {

enum class FileSystemKind {
    Local,   ///< a disk of this machine
    Memory,  ///< this machine's memory: quick, and gone at reboot
    Network, ///< shared with other machines: no place for running containers, locks and sockets (hpc.md §5)
    Unknown,
};

struct FileSystem
{
    std::string type; ///< "ext4", "nfs", "fuse.sshfs" ...
    FileSystemKind kind = FileSystemKind::Unknown;
};

/// Of a path that exists.
FileSystem look_at_file_system(const std::string& path);

/// By the magic number of statfs; `fuse_type` is what mountinfo says, for FUSE.
FileSystem make_file_system(std::uint32_t magic, const std::string& fuse_type = {});

/// What skiff needs of a directory, tried: `detail` is empty where it works.
struct DirectoryProbe
{
    std::string what; ///< "file locks", "symbolic links" ...
    std::string detail;
    [[nodiscard]] bool works() const { return detail.empty(); }
};
std::vector<DirectoryProbe> probe_directory(const std::string& path);

} // namespace skiff::rootfs
