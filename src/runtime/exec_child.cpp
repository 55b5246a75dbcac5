// An exec, from clone to exec, in two processes.
//
// The first one is not visible inside: it still is in our pid namespace. It closes everything of the host (R17), joins
// the container's namespaces, and only then makes the second one there, which is a child of our parent (CLONE_PARENT).
// When a hostile container sees that one, all that it could find in it is the container's own (T-15).

#include "runtime/exec_child.hpp"

#include "runtime/child_steps.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace skiff::runtime {
namespace {

/// Closes all descriptors that are not in the ascending list.
void close_others(std::span<const int> kept) noexcept
{
    unsigned from = 3;
    for (const int fd : kept) {
        if (fd < 0 || static_cast<unsigned>(fd) < from)
            continue;
        if (static_cast<unsigned>(fd) > from)
            ::syscall(SYS_close_range, from, static_cast<unsigned>(fd) - 1, 0U);
        from = static_cast<unsigned>(fd) + 1;
    }
    ::syscall(SYS_close_range, from, ~0U, 0U);
}

[[noreturn]] void run_inside(const ExecPlan& plan) noexcept
{
    const int handshake = arrange_descriptors(plan.process, plan.handshake);
    const bool in_working_directory = enter_working_directory(plan.process, handshake);
    drop_privileges(plan.process, handshake, in_working_directory);
    execute(plan.process, handshake);
}

} // namespace

void exec_main(const ExecPlan& plan) noexcept
{
    set_oom_score(plan.process, plan.handshake);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    forget_environment();
    reset_signals();
    close_others(plan.kept);
    if (plan.namespaces != 0 && ::setns(plan.target_pidfd, plan.namespaces) != 0)
        die(plan.handshake, Step::JoinNamespace);
    ::close(plan.target_pidfd);
    if (plan.set_setup_ids)
        take_setup_identity(plan.handshake, plan.setup_uid, plan.setup_gid);
    apply_limits(plan.process, plan.handshake);
    const pid_t pid = fork_plainly(CLONE_PARENT);
    if (pid < 0)
        die(plan.handshake, Step::JoinNamespace);
    if (pid == 0)
        run_inside(plan);
    say(plan.handshake, Word::Joined, -1, -1, static_cast<std::uint32_t>(pid));
    ::_exit(0);
}

} // namespace skiff::runtime
