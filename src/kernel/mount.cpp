#include "kernel/mount.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "kernel/refusals.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/statvfs.h>

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

namespace skiff::kernel {
namespace {

void require_mount_api()
{
    if (!has_mount_api())
        throw Error{ENOSYS, "using a detached mount"};
}

unsigned long old_flags(std::uint64_t attributes)
{
    unsigned long flags = 0;
    constexpr std::pair<std::uint64_t, unsigned long> pairs[] = {
        {MOUNT_ATTR_RDONLY, MS_RDONLY}, {MOUNT_ATTR_NOSUID, MS_NOSUID}, {MOUNT_ATTR_NODEV, MS_NODEV},
        {MOUNT_ATTR_NOEXEC, MS_NOEXEC}, {MOUNT_ATTR_NODIRATIME, MS_NODIRATIME}};
    for (const auto& [attribute, flag] : pairs)
        if ((attributes & attribute) != 0)
            flags |= flag;
    if ((attributes & MOUNT_ATTR__ATIME) == MOUNT_ATTR_NOATIME)
        flags |= MS_NOATIME;
    if ((attributes & MOUNT_ATTR__ATIME) == MOUNT_ATTR_STRICTATIME)
        flags |= MS_STRICTATIME;
    return flags;
}

/// The flags that a remount must repeat because an outer namespace locked them (security.md R9).
unsigned long present_flags(int mount)
{
    struct statvfs status{};
    if (::fstatvfs(mount, &status) != 0)
        throw Error{errno, "looking at a mount"};
    unsigned long flags = 0;
    constexpr std::pair<unsigned long, unsigned long> pairs[] = {
        {ST_RDONLY, MS_RDONLY}, {ST_NOSUID, MS_NOSUID},   {ST_NODEV, MS_NODEV},
        {ST_NOEXEC, MS_NOEXEC}, {ST_NOATIME, MS_NOATIME}, {ST_NODIRATIME, MS_NODIRATIME}};
    for (const auto& [present, flag] : pairs)
        if ((status.f_flag & present) != 0)
            flags |= flag;
    return flags;
}

void bind_mount_the_old_way(int source, int target, const MountAttributes& attributes, Recursive recursive)
{
    const std::string from = proc_fd_path(source);
    const std::string to = proc_fd_path(target);
    const unsigned long recursion = recursive == Recursive::Yes ? MS_REC : 0;
    if (::mount(from.c_str(), to.c_str(), nullptr, MS_BIND | recursion, nullptr) != 0)
        throw explained(Refused::Mount, errno, "binding a directory or file");
    if (attributes.set == 0 && attributes.clear == 0 && attributes.propagation == 0)
        return;
    // The descriptor still names what lies below; the path of its magic link leads to the new mount. Mounts further below
    // keep their flags: mount(2) cannot change a whole tree.
    const UniqueFd mounted = open_at(AT_FDCWD, path_of_fd(target), O_PATH);
    const std::string top = proc_fd_path(mounted.get());
    if (attributes.propagation != 0 && ::mount(nullptr, top.c_str(), nullptr, attributes.propagation | recursion, nullptr) != 0)
        throw Error{errno, "setting a mount's propagation"};
    if (attributes.set == 0 && attributes.clear == 0)
        return;
    const unsigned long flags = (present_flags(mounted.get()) & ~old_flags(attributes.clear)) | old_flags(attributes.set);
    if (::mount(nullptr, top.c_str(), nullptr, MS_REMOUNT | MS_BIND | flags, nullptr) != 0)
        throw explained(Refused::Mount, errno, "setting a mount's flags");
}

} // namespace

bool has_mount_api()
{
    static const bool present = [] {
        // The youngest of these calls, with a descriptor that cannot be: a kernel that knows it answers EBADF.
        mount_attr none{};
        return ::mount_setattr(-1, "", AT_EMPTY_PATH, &none, sizeof none) == 0 || errno != ENOSYS;
    }();
    const char* off = std::getenv("SKIFF_NO_MOUNT_API");
    return present && (off == nullptr || off[0] != '1');
}

UniqueFd clone_mount(int dir, const std::string& path, Recursive recursive)
{
    require_mount_api();
    const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW | (path.empty() ? AT_EMPTY_PATH : 0U) |
                           (recursive == Recursive::Yes ? static_cast<unsigned>(AT_RECURSIVE) : 0U);
    UniqueFd mount{::open_tree(dir, path.c_str(), flags)};
    if (!mount)
        throw explained(Refused::Mount, errno, cat("cloning the mount at ", quoted(path)));
    return mount;
}

void set_mount_attributes(int mount, const MountAttributes& attributes, Recursive recursive)
{
    require_mount_api();
    mount_attr attr{};
    attr.attr_set = attributes.set;
    attr.attr_clr = attributes.clear;
    attr.propagation = attributes.propagation;
    const unsigned flags = AT_EMPTY_PATH | (recursive == Recursive::Yes ? static_cast<unsigned>(AT_RECURSIVE) : 0U);
    if (::mount_setattr(mount, "", flags, &attr, sizeof attr) != 0)
        throw explained(Refused::Mount, errno, "setting a mount's flags");
}

void attach_mount(int mount, int target)
{
    require_mount_api();
    if (::move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
        throw explained(Refused::Mount, errno, "attaching a mount");
}

Filesystem::Filesystem(const char* type) : type_{type}
{
    require_mount_api();
    context_.reset(::fsopen(type, FSOPEN_CLOEXEC));
    if (!context_)
        throw explained(Refused::Mount, errno, cat("making a ", type, " file system"));
}

void Filesystem::fail(int errno_value, const std::string& doing) const
{
    // The context keeps messages of the form "e overlay: text" for us.
    std::array<char, 512> message; // NOLINT: filled by read
    const ssize_t length = ::read(context_.get(), message.data(), message.size());
    std::string text = cat("making a ", type_, " file system: ", doing);
    if (length > 2)
        text += cat(" (", printable({message.data() + 2, static_cast<std::size_t>(length) - 2}), ")");
    throw explained(Refused::Mount, errno_value, std::move(text));
}

Filesystem& Filesystem::set(const char* key, const std::string& value)
{
    if (::fsconfig(context_.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0) != 0)
        fail(errno, cat(key, "=", printable(value)));
    return *this;
}

Filesystem& Filesystem::set_flag(const char* key)
{
    if (::fsconfig(context_.get(), FSCONFIG_SET_FLAG, key, nullptr, 0) != 0)
        fail(errno, key);
    return *this;
}

Filesystem& Filesystem::set_fd(const char* key, int fd)
{
    if (::fsconfig(context_.get(), FSCONFIG_SET_FD, key, nullptr, fd) != 0)
        fail(errno, key);
    return *this;
}

UniqueFd Filesystem::mount(std::uint64_t attributes)
{
    if (::fsconfig(context_.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
        fail(errno, "creating it");
    UniqueFd mount{::fsmount(context_.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes))};
    if (!mount)
        fail(errno, "mounting it");
    return mount;
}

void bind_mount(int source, int target, const MountAttributes& attributes, Recursive recursive)
{
    if (!has_mount_api()) {
        bind_mount_the_old_way(source, target, attributes, recursive);
        return;
    }
    const UniqueFd mount = clone_mount(source, "", recursive);
    if (attributes.set != 0 || attributes.clear != 0 || attributes.propagation != 0)
        set_mount_attributes(mount.get(), attributes, recursive);
    attach_mount(mount.get(), target);
}

void mount_filesystem(const char* type, int target, unsigned long flags, const std::string& data, const std::string& source)
{
    if (::mount(source.empty() ? type : source.c_str(), proc_fd_path(target).c_str(), type, flags, data.c_str()) != 0)
        throw explained(std::string_view{type} == "proc" ? Refused::ProcMount : Refused::Mount, errno,
                        cat("mounting a ", type, " file system"));
}

bool is_mount_point(const std::string& path)
{
    struct statx here{};
    struct statx parent{};
    const UniqueFd fd{::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    if (!fd || ::statx(fd.get(), "", AT_EMPTY_PATH, STATX_MNT_ID, &here) != 0)
        return false;
    const std::size_t slash = path.find_last_of('/');
    const std::string above = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    return ::statx(AT_FDCWD, above.c_str(), 0, STATX_MNT_ID, &parent) == 0 && here.stx_mnt_id != parent.stx_mnt_id;
}

bool unmount(const std::string& path)
{
    if (::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
        return true;
    if (errno == EINVAL || errno == ENOENT)
        return false;
    throw Error{errno, cat("unmounting ", quoted(path))};
}

namespace {

/// mountinfo writes blanks, line breaks and backslashes in octal.
std::string without_octal(std::string_view text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 3 >= text.size()) {
            plain += text[i];
            continue;
        }
        plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
        i += 3;
    }
    return plain;
}

} // namespace

void unmount_all_below(const std::string& directory)
{
    const std::string mounts = read_file(AT_FDCWD, "/proc/self/mountinfo");
    std::vector<std::string> points;
    for (std::size_t from = 0; from < mounts.size();) {
        const std::size_t end = std::min(mounts.find('\n', from), mounts.size());
        std::string_view line{mounts.data() + from, end - from};
        from = end + 1;
        for (int field = 0; field < 4; ++field) // id, parent, device, root
            line.remove_prefix(std::min(line.find(' ') + 1, line.size()));
        if (std::string point = without_octal(line.substr(0, line.find(' '))); point.starts_with(directory + "/"))
            points.push_back(std::move(point));
    }
    for (auto point = points.rbegin(); point != points.rend(); ++point) // what was mounted last goes first
        (void)unmount(*point);
}

} // namespace skiff::kernel
