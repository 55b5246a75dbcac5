#include "kernel/clone.hpp"

#include "base/error.hpp"

#include <csignal>
#include <linux/sched.h>
#include <sys/syscall.h>

namespace skiff::kernel {
namespace {

Error refusal(int error, const CloneRequest& request)
{
    Error failure{error, "making a process with namespaces of its own"};
    const bool makes_namespaces = (request.flags & (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET)) != 0;
    if (error == ENOSPC && makes_namespaces)
        failure.add_hint("the limits in /proc/sys/user/max_*_namespaces are reached; remove containers, or ask the "
                         "administrator to raise them");
    else if (error == EPERM && makes_namespaces)
        failure.add_hint("the kernel or a security module refuses namespaces to ordinary users; see "
                         "/proc/sys/user/max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns");
    else if (error == EAGAIN)
        failure.add_hint("the limit of processes is reached (ulimit -u, or the pids limit of the cgroup)");
    else if (error == ENOSYS)
        failure.add_hint(
            "clone3 is missing: Linux 5.3 or newer is needed, and an outer container's seccomp filter must allow it");
    return failure;
}

} // namespace

std::optional<ChildProcess> clone_process(const CloneRequest& request)
{
    int raw_pidfd = -1;
    clone_args args{};
    args.flags = request.flags | CLONE_PIDFD;
    args.pidfd = reinterpret_cast<std::uint64_t>(&raw_pidfd);
    args.exit_signal = (request.flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD;
    if (request.cgroup_fd >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = static_cast<std::uint64_t>(request.cgroup_fd);
    }
    const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
    if (pid == 0)
        return std::nullopt;
    if (pid < 0)
        throw refusal(errno, request);
    return ChildProcess{pid, Pidfd{UniqueFd{raw_pidfd}}};
}

} // namespace skiff::kernel
