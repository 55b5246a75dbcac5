#include "rootfs/file_system.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

namespace skiff::rootfs {
namespace {

constexpr std::uint32_t fuse_magic = 0x65735546;

struct Known
{
    std::uint32_t magic;
    const char* type;
    FileSystemKind kind;
};

constexpr Known known[] = {
    {0x0000EF53, "ext4", FileSystemKind::Local},
    {0x58465342, "xfs", FileSystemKind::Local},
    {0x9123683E, "btrfs", FileSystemKind::Local},
    {0x2FC12FC1, "zfs", FileSystemKind::Local},
    {0xF2F52010, "f2fs", FileSystemKind::Local},
    {0xCA451A4E, "bcachefs", FileSystemKind::Local},
    {0x794C7630, "overlay", FileSystemKind::Local},
    {0x01021994, "tmpfs", FileSystemKind::Memory},
    {0x858458F6, "ramfs", FileSystemKind::Memory},
    {0x00006969, "nfs", FileSystemKind::Network},
    {0x0BD00BD0, "lustre", FileSystemKind::Network},
    {0x47504653, "gpfs", FileSystemKind::Network},
    {0x19830326, "beegfs", FileSystemKind::Network},
    {0xAAD7AAEA, "panfs", FileSystemKind::Network},
    {0x00C36400, "ceph", FileSystemKind::Network},
    {0x7461636F, "ocfs2", FileSystemKind::Network},
    {0x01161970, "gfs2", FileSystemKind::Network},
    {0x5346414F, "afs", FileSystemKind::Network},
    {0x6B414653, "afs", FileSystemKind::Network},
    {0xFE534D42, "smb2", FileSystemKind::Network},
    {0xFF534D42, "cifs", FileSystemKind::Network},
    {0xBEEFDEAD, "snfs", FileSystemKind::Network},
    {0x01021997, "9p", FileSystemKind::Network},
    {0x0000F15F, "ecryptfs", FileSystemKind::Unknown}, // no overlay on it
};

/// "fuse.sshfs" from the mountinfo line of the device.
std::string find_fuse_type(dev_t device)
{
    const auto text = find_file(AT_FDCWD, "/proc/self/mountinfo");
    const std::string wanted = cat(" ", ::major(device), ":", ::minor(device), " ");
    const std::size_t line = text ? text->find(wanted) : std::string::npos;
    const std::size_t dash = line == std::string::npos ? line : text->find(" - ", line);
    if (dash == std::string::npos)
        return "fuse";
    const std::size_t begin = dash + 3;
    return text->substr(begin, text->find(' ', begin) - begin);
}

void expect(bool holds)
{
    if (!holds)
        throw Error{errno, ""};
}

void try_locks(int dir)
{
    const UniqueFd one = open_at(dir, "file", O_RDWR);
    const UniqueFd two = open_at(dir, "file", O_RDWR);
    expect(::flock(one.get(), LOCK_EX | LOCK_NB) == 0);
    if (::flock(two.get(), LOCK_EX | LOCK_NB) == 0)
        throw Error{ErrorKind::Failure, "two may hold the same lock"};
}

void try_shared_memory(int dir)
{
    const UniqueFd file = open_at(dir, "file", O_RDWR);
    expect(::ftruncate(file.get(), 4096) == 0);
    void* memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    expect(memory != MAP_FAILED); // NOLINT
    ::munmap(memory, 4096);
}

void try_socket(int dir)
{
    const UniqueFd socket{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
    expect(static_cast<bool>(socket));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = cat(proc_fd_path(dir), "/socket");
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    expect(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

void try_modes(int dir)
{
    struct stat status{};
    expect(::fchmodat(dir, "file", 04751, 0) == 0 && ::fstatat(dir, "file", &status, 0) == 0);
    if ((status.st_mode & 07777U) != 04751U)
        throw Error{ErrorKind::Failure, "modes are not kept"};
}

void try_times(int dir)
{
    const std::array<timespec, 2> times{timespec{1, 1}, timespec{1'000'000'000, 123'456'789}};
    struct stat status{};
    expect(::utimensat(dir, "file", times.data(), 0) == 0 && ::fstatat(dir, "file", &status, 0) == 0);
    if (status.st_mtim.tv_sec != 1'000'000'000)
        throw Error{ErrorKind::Failure, "times are not kept"};
}

} // namespace

FileSystem make_file_system(std::uint32_t magic, const std::string& fuse_type)
{
    if (magic == fuse_magic) {
        // fuseblk is ntfs and the like on a disk; whatever else FUSE serves mostly comes from afar.
        const bool on_disk = fuse_type == "fuseblk" || fuse_type == "fuse.fuse-overlayfs";
        return {fuse_type, on_disk ? FileSystemKind::Local : FileSystemKind::Network};
    }
    const auto* found = std::find_if(std::begin(known), std::end(known), [&](const Known& k) { return k.magic == magic; });
    if (found == std::end(known))
        return {cat("type ", magic), FileSystemKind::Unknown};
    return {found->type, found->kind};
}

FileSystem look_at_file_system(const std::string& path)
{
    struct statfs file_system{};
    struct stat status{};
    if (::statfs(path.c_str(), &file_system) != 0 || ::stat(path.c_str(), &status) != 0)
        throw Error{errno, cat("looking at the file system of ", quoted(path))};
    const auto magic = static_cast<std::uint32_t>(file_system.f_type);
    return make_file_system(magic, magic == fuse_magic ? find_fuse_type(status.st_dev) : std::string{});
}

std::vector<DirectoryProbe> probe_directory(const std::string& path)
{
    const TempDir scratch{path, ".probe-"};
    const UniqueFd dir = open_at(AT_FDCWD, scratch.path(), O_RDONLY | O_DIRECTORY);
    const int fd = dir.get();
    write_all(open_at(fd, "file", O_CREAT | O_WRONLY, 0600).get(), "content", "probe");
    const std::pair<const char*, std::function<void()>> trials[] = {
        {"file locks", [fd] { try_locks(fd); }},
        {"symbolic links", [fd] { expect(::symlinkat("file", fd, "link") == 0); }},
        {"hard links", [fd] { expect(::linkat(fd, "file", fd, "second", 0) == 0); }},
        {"file modes", [fd] { try_modes(fd); }},
        {"file times", [fd] { try_times(fd); }},
        {"extended attributes", [&] { expect(::setxattr(cat(scratch.path(), "/file").c_str(), "user.probe", "y", 1, 0) == 0); }},
        {"whiteout devices", [fd] { expect(::mknodat(fd, "whiteout", S_IFCHR, makedev(0, 0)) == 0); }},
        {"shared memory maps", [fd] { try_shared_memory(fd); }},
        {"sockets", [fd] { try_socket(fd); }},
        {"replacing by rename", [fd] { rename_at(fd, "second", fd, "link"); }},
    };
    std::vector<DirectoryProbe> probes;
    for (const auto& [what, trial] : trials) {
        std::string detail;
        try {
            trial();
        } catch (const Error& error) {
            detail = error.errno_value() != 0 ? errno_text(error.errno_value()) : error.message();
        }
        probes.push_back({what, std::move(detail)});
    }
    return probes;
}

} // namespace skiff::rootfs
