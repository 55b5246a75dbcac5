#include "runtime/child_mounts.hpp"

#include "runtime/child_paths.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace skiff::runtime {
namespace {

/// open_tree's flags are unsigned and <fcntl.h>'s are not.
constexpr unsigned at_empty_path = AT_EMPTY_PATH;
constexpr unsigned at_recursive = AT_RECURSIVE;

int attach(int tree, int dir, const char* name) noexcept
{
    const unsigned onto_itself = *name == '\0' ? static_cast<unsigned>(MOVE_MOUNT_T_EMPTY_PATH) : 0U;
    return ::move_mount(tree, "", dir, name, MOVE_MOUNT_F_EMPTY_PATH | onto_itself);
}

int set_attributes(int mount, std::uint64_t set, std::uint64_t propagation, bool recursive) noexcept
{
    mount_attr attributes{};
    attributes.attr_set = set;
    attributes.propagation = propagation & ~static_cast<std::uint64_t>(MS_REC);
    return ::mount_setattr(mount, "", at_empty_path | (recursive ? at_recursive : 0U), &attributes, sizeof attributes);
}

void close_keeping_errno(int fd) noexcept
{
    const int error = errno;
    ::close(fd);
    errno = error;
}

unsigned long legacy_flags(std::uint64_t attributes) noexcept
{
    unsigned long flags =
        attributes & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC); // the same bits in both interfaces
    if ((attributes & MOUNT_ATTR_NOATIME) != 0)
        flags |= MS_NOATIME;
    if ((attributes & MOUNT_ATTR_STRICTATIME) != 0)
        flags |= MS_STRICTATIME;
    if ((attributes & MOUNT_ATTR_NODIRATIME) != 0)
        flags |= MS_NODIRATIME;
    return flags;
}

/// Flags of a mount by remounting it. Those that it has are kept: they may be locked (security.md R9).
int remount(int mounted, std::uint64_t attributes) noexcept
{
    struct statvfs status
    {
    };
    if (::fstatvfs(mounted, &status) != 0)
        return -1;
    const unsigned long kept = status.f_flag & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
    unsigned long atime = (status.f_flag & ST_RELATIME) != 0 ? static_cast<unsigned long>(MS_RELATIME) : 0UL;
    if ((status.f_flag & ST_NOATIME) != 0)
        atime = MS_NOATIME;
    return ::mount(nullptr, FdPath{mounted}.text, nullptr,
                   MS_REMOUNT | MS_BIND | kept | atime | legacy_flags(attributes), nullptr);
}

/// What lies on top of a path that something was just mounted on: its own descriptor still means what is below.
int reopen(int covered) noexcept
{
    // "." of the directory does not cross into the mount, but the text of the link does.
    char path[4096];
    const ssize_t length = ::readlink(FdPath{covered}.text, path, sizeof path - 1);
    if (length < 0)
        return -1;
    path[length] = '\0';
    return ::open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
}

int bind_path(const TreeSource& tree, int dir, const char* name) noexcept
{
    const int source = ::open(tree.path, O_PATH | O_CLOEXEC);
    if (source < 0)
        return -1;
    struct stat status
    {
    };
    int result = ::fstat(source, &status);
    if (result == 0 && tree.inode != 0 && (status.st_dev != tree.device || status.st_ino != tree.inode)) {
        errno = ESTALE; // it was swapped since the parent looked at it
        result = -1;
    }
    const int target = *name == '\0' ? dir : ::openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (result == 0)
        result =
            target < 0 ? -1 : ::mount(FdPath{source}.text, FdPath{target}.text, nullptr, MS_BIND | MS_REC, nullptr);
    close_keeping_errno(source);
    if (target >= 0 && target != dir)
        close_keeping_errno(target);
    return result;
}

int new_filesystem(const char* type, std::span<const FilesystemOption> options, std::uint64_t attributes) noexcept
{
    const int context = ::fsopen(type, FSOPEN_CLOEXEC);
    if (context < 0)
        return -1;
    int result = 0;
    for (const FilesystemOption& option : options)
        if (result == 0)
            result = ::fsconfig(context, option.value != nullptr ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, option.key,
                                option.value, 0);
    if (result == 0)
        result = ::fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
    if (result == 0)
        result = ::fsmount(context, FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes));
    close_keeping_errno(context);
    return result;
}

bool is_refusal(int error) noexcept
{
    return error == EPERM || error == EACCES || error == EBUSY || error == ENODEV || error == EINVAL;
}

int mount_filesystem(const InitPlan& plan, const MountStep& step, int target) noexcept
{
    if (!plan.new_mount_api) {
        const int done = ::mount(step.type, FdPath{target}.text, step.type, legacy_flags(step.attributes), step.data);
        if (done == 0)
            return reopen(target);
        if (!is_refusal(errno) || step.refused_source == nullptr ||
            ::mount(step.refused_source, FdPath{target}.text, nullptr, MS_BIND | MS_REC, nullptr) != 0)
            return -1;
        const int mounted = reopen(target);
        (void)remount(mounted, step.attributes); // what of it is locked already cannot be loosened anyway
        return mounted;
    }
    int mounted = make_detached(step);
    if (mounted < 0 && is_refusal(errno) && step.refused_source != nullptr) {
        // The host's own, with everything below it: the old root is still in place.
        mounted = ::open_tree(AT_FDCWD, step.refused_source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | at_recursive);
        if (mounted >= 0 && set_attributes(mounted, step.attributes, MS_PRIVATE, true) != 0) {
            close_keeping_errno(mounted);
            return -1;
        }
    }
    return mounted < 0 ? -1 : attach_detached(mounted, target);
}

int mount_tree(const InitPlan& plan, const MountStep& step, int target) noexcept
{
    if (attach_tree(step.tree, target, "") != 0)
        return -1;
    if (step.tree.fd >= 0)
        return step.tree.fd; // its flags were set while it was detached
    const int mounted = reopen(target);
    if (mounted < 0)
        return -1;
    const bool fine = (step.attributes == 0 || remount(mounted, step.attributes) == 0) &&
                      (plan.new_mount_api || step.propagation == 0 ||
                       ::mount(nullptr, FdPath{mounted}.text, nullptr, step.propagation, nullptr) == 0);
    if (fine)
        return mounted;
    close_keeping_errno(mounted);
    return -1;
}

} // namespace

int attach_tree(const TreeSource& tree, int dir, const char* name) noexcept
{
    return tree.fd >= 0 ? attach(tree.fd, dir, name) : bind_path(tree, dir, name);
}

int mount_step(const InitPlan& plan, const MountStep& step, int target) noexcept
{
    return step.is_tree ? mount_tree(plan, step, target) : mount_filesystem(plan, step, target);
}

int make_detached(const MountStep& step) noexcept { return new_filesystem(step.type, step.options, step.attributes); }

int attach_detached(int mounted, int target) noexcept
{
    if (attach(mounted, target, "") == 0)
        return mounted;
    close_keeping_errno(mounted);
    return -1;
}

int Stamp::apply(int target) noexcept
{
    if (!attached_ || tree_.fd < 0) {
        attached_ = true;
        return attach_tree(tree_, target, "");
    }
    const int clone = ::open_tree(tree_.fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | at_empty_path);
    if (clone < 0)
        return -1;
    const int result = attach(clone, target, "");
    close_keeping_errno(clone);
    return result;
}

int hide_directory(const InitPlan& plan, Stamp& empty, int target) noexcept
{
    constexpr std::uint64_t attributes = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    if (!plan.new_mount_api)
        return ::mount("tmpfs", FdPath{target}.text, "tmpfs", legacy_flags(attributes), "size=0,nr_inodes=1,mode=0555");
    if (!empty.exists()) {
        static constexpr FilesystemOption options[] = {{"size", "0"}, {"nr_inodes", "1"}, {"mode", "0555"}};
        empty = Stamp{TreeSource{new_filesystem("tmpfs", options, attributes)}};
    }
    return empty.exists() ? empty.apply(target) : -1;
}

int make_read_only(const InitPlan& plan, int target) noexcept
{
    if (!plan.new_mount_api) {
        if (::mount(FdPath{target}.text, FdPath{target}.text, nullptr, MS_BIND | MS_REC, nullptr) != 0)
            return -1;
        const int mounted = reopen(target);
        const int result = mounted < 0 ? -1 : remount(mounted, MOUNT_ATTR_RDONLY);
        if (mounted >= 0)
            close_keeping_errno(mounted);
        return result;
    }
    const int clone = ::open_tree(target, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | at_empty_path | at_recursive);
    if (clone < 0)
        return -1;
    int result = set_attributes(clone, MOUNT_ATTR_RDONLY, 0, true);
    if (result == 0)
        result = attach(clone, target, "");
    close_keeping_errno(clone);
    return result;
}

int set_root_attributes(const InitPlan& plan, int root) noexcept
{
    if (plan.new_mount_api)
        return set_attributes(root, plan.root_readonly ? MOUNT_ATTR_RDONLY : 0U, plan.root_propagation,
                              (plan.root_propagation & MS_REC) != 0 && !plan.root_readonly);
    if (plan.root_readonly && remount(root, MOUNT_ATTR_RDONLY) != 0)
        return -1;
    return plan.root_propagation == 0 ? 0
                                      : ::mount(nullptr, FdPath{root}.text, nullptr, plan.root_propagation, nullptr);
}

} // namespace skiff::runtime
