#include "kernel/refusals.hpp"

#include "base/file.hpp"

#include <charconv>

namespace skiff::kernel {
namespace {

std::optional<long> find_setting(const char* path)
{
    const auto text = find_file(AT_FDCWD, path, 4096);
    long value = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc{})
        return std::nullopt;
    return value;
}

bool is_in_chroot()
{
    // The mount point of the root's line is "/"; after chroot that line is missing, unless the new root is a mount itself.
    const auto mounts = find_file(AT_FDCWD, "/proc/self/mountinfo");
    return mounts && mounts->find(" / rw") == std::string::npos && mounts->find(" / ro") == std::string::npos;
}

std::string limit_hint(const char* file, const char* what)
{
    return cat("this machine allows no ", what, " (/proc/sys/user/", file, " is 0); an administrator can allow them with `sysctl user.",
               file, "=15000`");
}

std::string used_up_hint(const char* file, const char* what)
{
    return cat("all ", what, " that you may have are in use, or they are nested too deep (limit: /proc/sys/user/", file, ")");
}

std::string user_namespace_hint(int errno_value, const MachineFacts& facts)
{
    if (facts.max_user_namespaces == 0)
        return limit_hint("max_user_namespaces", "user namespaces");
    if (errno_value == ENOSPC || errno_value == EUSERS)
        return used_up_hint("max_user_namespaces", "user namespaces");
    if (facts.unprivileged_clone == 0)
        return "this machine allows user namespaces to root only (/proc/sys/kernel/unprivileged_userns_clone is 0); an "
               "administrator can allow them with `sysctl kernel.unprivileged_userns_clone=1`";
    if (errno_value != EPERM && errno_value != EACCES)
        return {};
    if (facts.apparmor_restricts == 1)
        return "AppArmor restricts user namespaces here (/proc/sys/kernel/apparmor_restrict_unprivileged_userns is 1); an "
               "administrator can install a profile for skiff with `userns,` in it, or set that value to 0";
    if (facts.in_chroot)
        return "user namespaces cannot be made inside a chroot";
    if (facts.seccomp_filtered)
        return "a seccomp filter of an outer container or service forbids it; start that one with "
               "`--security-opt seccomp=unconfined`, or run skiff outside";
    return "this machine forbids user namespaces to ordinary users; ask its administrator";
}

std::string mount_hint(int errno_value, const MachineFacts& facts)
{
    if (errno_value != EPERM && errno_value != EACCES)
        return {};
    if (facts.apparmor_restricts == 1)
        return user_namespace_hint(errno_value, facts);
    if (facts.seccomp_filtered)
        return "a seccomp filter of an outer container or service forbids mounts; start that one with "
               "`--security-opt seccomp=unconfined`, or run skiff outside";
    return {};
}

std::string overlay_hint(int errno_value, const MachineFacts& facts)
{
    switch (errno_value) {
    case EPERM:
    case ENODEV:
        return "the kernel does not let users mount overlays (Linux 5.11 and later do); choose another driver with "
               "`--storage-driver fuse-overlayfs` or `--storage-driver copy`";
    case EINVAL:
        return "the file system below cannot hold an overlay's upper directory (NFS, Lustre and FUSE cannot); put skiff's data "
               "on a local disk with --root, or choose `--storage-driver copy`";
    case ESTALE:
        return "the layers changed below a container's files; remove that container and create it again";
    default:
        return mount_hint(errno_value, facts);
    }
}

} // namespace

MachineFacts load_machine_facts()
{
    MachineFacts facts;
    facts.max_user_namespaces = find_setting("/proc/sys/user/max_user_namespaces");
    facts.max_mount_namespaces = find_setting("/proc/sys/user/max_mnt_namespaces");
    facts.max_network_namespaces = find_setting("/proc/sys/user/max_net_namespaces");
    facts.max_pid_namespaces = find_setting("/proc/sys/user/max_pid_namespaces");
    facts.unprivileged_clone = find_setting("/proc/sys/kernel/unprivileged_userns_clone");
    facts.apparmor_restricts = find_setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns");
    const auto status = find_file(AT_FDCWD, "/proc/self/status", 65536);
    facts.seccomp_filtered = status && status->find("\nSeccomp:\t2") != std::string::npos;
    facts.in_chroot = is_in_chroot();
    facts.fuse_device_usable = ::access("/dev/fuse", R_OK | W_OK) == 0;
    return facts;
}

std::string make_refusal_hint(Refused what, int errno_value, const MachineFacts& facts)
{
    switch (what) {
    case Refused::UserNamespace:
    case Refused::IdMap:
        return user_namespace_hint(errno_value, facts);
    case Refused::JoinNamespace:
        if (errno_value == ESRCH)
            return "it has ended meanwhile; try again";
        return {};
    case Refused::MountNamespace:
        if (facts.max_mount_namespaces == 0)
            return limit_hint("max_mnt_namespaces", "mount namespaces");
        if (errno_value == ENOSPC)
            return used_up_hint("max_mnt_namespaces", "mount namespaces");
        return user_namespace_hint(errno_value, facts);
    case Refused::NetworkNamespace:
        if (facts.max_network_namespaces == 0)
            return cat(limit_hint("max_net_namespaces", "network namespaces"), ", or use `--network host`");
        if (errno_value == ENOSPC)
            return cat(used_up_hint("max_net_namespaces", "network namespaces"), "; `--network host` needs none");
        return {};
    case Refused::PidNamespace:
        if (facts.max_pid_namespaces == 0)
            return cat(limit_hint("max_pid_namespaces", "pid namespaces"), ", or use `--pid host`");
        if (errno_value == ENOSPC)
            return cat(used_up_hint("max_pid_namespaces", "pid namespaces"), "; `--pid host` needs none");
        return {};
    case Refused::Mount:
        return mount_hint(errno_value, facts);
    case Refused::OverlayMount:
        return overlay_hint(errno_value, facts);
    case Refused::FuseMount:
        if (!facts.fuse_device_usable)
            return "/dev/fuse cannot be opened by you; an administrator can load the module `fuse` and set the device's mode "
                   "to 0666, or choose `--storage-driver copy`";
        return mount_hint(errno_value, facts);
    case Refused::ProcMount:
        if (errno_value == EPERM || errno_value == EBUSY)
            return "parts of /proc are hidden here, as inside another container, so a new one may not be mounted; use `--pid host`, "
                   "or start the outer container with `--security-opt unmask=ALL`";
        return {};
    case Refused::CgroupLimit:
        if (errno_value == EINVAL || errno_value == ERANGE || errno_value == EBUSY)
            return {}; // the value is what is wrong
        return "no cgroup is delegated to you, so limits cannot be set: log in with a systemd user session on a machine with cgroups "
               "version 2 (loginctl enable-linger), or leave the limits out";
    case Refused::FileSpace:
        if (errno_value == ENOSPC || errno_value == EDQUOT)
            return "there is no room left; `skiff system df` shows what takes it, `skiff container prune` and `skiff image prune` give it "
                   "back";
        return {};
    }
    return {};
}

Error explained(Refused what, int errno_value, std::string doing)
{
    Error error{errno_value, std::move(doing)};
    try {
        error.add_hint(make_refusal_hint(what, errno_value, load_machine_facts()));
    } catch (const Error&) { // without /proc there is no hint; the refusal itself is still the news
    }
    return error;
}

} // namespace skiff::kernel
