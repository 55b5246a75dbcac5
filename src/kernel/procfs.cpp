#include "kernel/procfs.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

namespace skiff::kernel {
namespace {

constexpr ino_t proc_root_inode = 1;

std::uint64_t mount_id(int fd)
{
    struct statx status{};
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) != 0)
        throw Error{errno, "looking at /proc"};
    return status.stx_mnt_id;
}

} // namespace

Procfs Procfs::open()
{
    UniqueFd fd = open_at(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW);
    struct statfs file_system{};
    struct stat status{};
    if (::fstatfs(fd.get(), &file_system) != 0 || ::fstat(fd.get(), &status) != 0)
        throw Error{errno, "looking at /proc"};
    if (file_system.f_type != PROC_SUPER_MAGIC || status.st_ino != proc_root_inode)
        throw Error{ErrorKind::Failure, "/proc is not the process file system"};
    return Procfs{std::move(fd)};
}

UniqueFd Procfs::open_file(const std::string& path, int flags) const
{
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    UniqueFd fd{static_cast<int>(::syscall(SYS_openat2, fd_.get(), path.c_str(), &how, sizeof how))};
    if (fd)
        return fd;
    if (errno != ENOSYS && errno != EPERM)
        throw Error{errno, cat("opening ", quoted(cat("/proc/", path)))};
    fd = beneath(fd_.get(), path, flags, 0, Follow::Beneath);
    if (mount_id(fd.get()) != mount_id(fd_.get()))
        throw Error{EXDEV, cat("opening ", quoted(cat("/proc/", path)), ", where something is mounted")};
    return fd;
}

std::string Procfs::read(const std::string& path) const
{
    return read_all(open_file(path, O_RDONLY).get(), 16U << 20U, cat("/proc/", path));
}

void Procfs::write(const std::string& path, std::string_view data) const
{
    const UniqueFd file = open_file(path, O_WRONLY);
    if (::write(file.get(), data.data(), data.size()) != static_cast<ssize_t>(data.size()))
        throw Error{errno, cat("writing ", quoted(data), " to ", quoted(cat("/proc/", path)))};
}

std::string Procfs::self() const { return read_link_at(fd_.get(), "thread-self"); }

} // namespace skiff::kernel
