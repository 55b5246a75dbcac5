#include "runtime/reaper.hpp"

#include "runtime/child_steps.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace skiff::runtime {
namespace {

/// The command line of the engine's process, with the container's name and more, is not the container's business.
void take_name(char* own_name) noexcept
{
    static constexpr char name[] = "skiff-init";
    ::prctl(PR_SET_NAME, name);
    if (own_name == nullptr)
        return;
    const std::size_t length = std::strlen(own_name);
    std::memset(own_name, 0, length);
    if (length >= sizeof name - 1)
        std::memcpy(own_name, name, sizeof name - 1);
}

[[noreturn]] void reap(pid_t command) noexcept
{
    // Pipes must end when the command and its children have closed them: we hold none. (Old kernels lack close_range; a
    // limit of descriptors is all there is then.)
    if (::syscall(SYS_close_range, 0U, ~0U, 0U) != 0)
        for (int fd = 0; fd < 4096; ++fd)
            ::close(fd);
    sigset_t all;
    ::sigfillset(&all);
    for (;;) {
        int status = 0;
        for (pid_t gone = ::waitpid(-1, &status, WNOHANG); gone > 0; gone = ::waitpid(-1, &status, WNOHANG))
            if (gone == command) // the kernel ends everything else in the namespace with us
                ::_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
        const int signal = ::sigwaitinfo(&all, nullptr);
        if (signal > 0 && signal != SIGCHLD)
            ::kill(command, signal);
    }
}

} // namespace

void become_reaper_of_child(const ProcessPlan& plan, int handshake) noexcept
{
    // Blocked before the fork: a signal that arrives early waits instead of being lost.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, &before);
    take_name(plan.own_name); // before there is a command that could look; its own name comes with exec
    const pid_t command = fork_plainly();
    if (command < 0)
        die(handshake, Step::Reaper);
    if (command > 0)
        reap(command);
    // A process group of its own, in the foreground: the terminal's signals reach it once, and not through us as well.
    ::setpgid(0, 0);
    if (plan.tty) {
        const pid_t group = ::getpid();
        ::ioctl(0, TIOCSPGRP, &group); // SIGTTOU is blocked
    }
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

} // namespace skiff::runtime
