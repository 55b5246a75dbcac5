#include "kernel/seccomp_listener.hpp"

#include <cerrno>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace skiff::kernel {

std::optional<HeldCall> SeccompListener::try_receive() const
{
    struct seccomp_notif held
    {
    };
    if (::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_RECV, &held) != 0)
        return std::nullopt;
    HeldCall call{held.id, static_cast<pid_t>(held.pid), held.data.arch == ::seccomp_arch_native(), held.data.nr, {}};
    for (std::size_t i = 0; i < call.arguments.size(); ++i)
        call.arguments.at(i) = held.data.args[i]; // NOLINT: the kernel's array
    return call;
}

bool SeccompListener::is_held(const HeldCall& call) const
{
    std::uint64_t id = call.id;
    return ::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

void SeccompListener::answer_done(const HeldCall& call) const
{
    struct seccomp_notif_resp answer
    {
    };
    answer.id = call.id;
    (void)::ioctl(fd_.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer); // its caller may have gone
}

bool can_listen_to_seccomp()
{
    // Only trying tells: another listener above us is seen nowhere.
    const pid_t child = ::fork();
    if (child == 0) {
        sock_filter allow{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
        const sock_fprog program{1, &allow};
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        ::_exit(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) >= 0 ? 0 : 1);
    }
    if (child < 0)
        return false;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace skiff::kernel
