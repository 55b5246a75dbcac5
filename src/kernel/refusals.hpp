#pragma once

#include "base/error.hpp"

#include <optional>
#include <string>

/// What rootless users are refused by their machine, and what they or their administrator can do about it. All such words
/// are here, each with a test.
namespace skiff::kernel {

enum class Refused {
    UserNamespace,
    IdMap,
    JoinNamespace,
    MountNamespace,
    Mount,
    OverlayMount,
    FuseMount,
    ProcMount,
    NetworkNamespace,
    PidNamespace,
    CgroupLimit,
    FileSpace,
};

/// The facts that decide between causes. Plain data, so that tests can invent machines.
struct MachineFacts
{
    std::optional<long> max_user_namespaces;    ///< /proc/sys/user/max_user_namespaces
    std::optional<long> max_mount_namespaces;   ///< /proc/sys/user/max_mnt_namespaces
    std::optional<long> max_network_namespaces; ///< /proc/sys/user/max_net_namespaces
    std::optional<long> max_pid_namespaces;     ///< /proc/sys/user/max_pid_namespaces
    std::optional<long> unprivileged_clone;     ///< /proc/sys/kernel/unprivileged_userns_clone (Debian's kernels)
    std::optional<long> apparmor_restricts;     ///< /proc/sys/kernel/apparmor_restrict_unprivileged_userns
    bool seccomp_filtered = false;              ///< Seccomp: 2 in /proc/self/status: we run inside another container
    bool in_chroot = false;
    bool fuse_device_usable = true;             ///< /dev/fuse can be opened for reading and writing
};

MachineFacts load_machine_facts();

/// The remedy for an errno, or "" when nothing useful is known.
std::string make_refusal_hint(Refused what, int errno_value, const MachineFacts& facts);

/// Error{errno_value, doing} with its hint, from this machine's facts.
Error explained(Refused what, int errno_value, std::string doing);

} // namespace skiff::kernel
