#include "runtime/child_steps.hpp"

#include "runtime/child_paths.hpp"
#include "runtime/session_keyring.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace skiff::runtime {
namespace {

/// Plain system calls: the C library's set*id functions signal other threads, of which there are none, and take locks.
bool set_capabilities(std::uint64_t effective, std::uint64_t permitted, std::uint64_t inheritable) noexcept
{
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2];
    for (unsigned half = 0; half < 2; ++half) {
        data[half].effective = static_cast<std::uint32_t>(effective >> (32 * half));
        data[half].permitted = static_cast<std::uint32_t>(permitted >> (32 * half));
        data[half].inheritable = static_cast<std::uint32_t>(inheritable >> (32 * half));
    }
    return ::syscall(SYS_capset, &header, data) == 0;
}

void load_filter(const ProcessPlan& plan, int handshake) noexcept
{
    if (plan.filter.empty())
        return;
    sock_fprog program{static_cast<unsigned short>(plan.filter.size()),
                       const_cast<sock_filter*>(plan.filter.data())}; // NOLINT: the kernel only reads
    const unsigned long listens = plan.has_listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
    // SPEC_ALLOW: without it Linux < 5.16 slows the whole container down with speculation barriers.
    long listener = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW | listens, &program);
    if (listener < 0)
        listener = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, listens, &program);
    if (listener < 0)
        die(handshake, Step::Seccomp);
    if (plan.has_listener) // close-on-exec from birth
        say(handshake, Word::Listening, static_cast<int>(listener));
}

/// True when the working directory is below the root: the kernel says "(unreachable)..." otherwise.
bool working_directory_is_inside() noexcept
{
    char path[4096];
    return ::syscall(SYS_getcwd, path, sizeof path) > 0 && path[0] == '/';
}

void set_identity(const ProcessPlan& plan, int handshake) noexcept
{
    if (plan.set_groups && ::syscall(SYS_setgroups, plan.groups.size(), plan.groups.data()) != 0)
        die(handshake, Step::Groups);
    if (!plan.set_ids)
        return;
    if (::syscall(SYS_setresgid, plan.gid, plan.gid, plan.gid) != 0)
        die(handshake, Step::UserId);
    if (::syscall(SYS_setresuid, plan.uid, plan.uid, plan.uid) != 0)
        die(handshake, Step::UserId);
}

} // namespace

void die(int handshake, Step step, std::uint32_t item) noexcept
{
    const HandshakeMessage message{Word::Failed, step, item, errno};
    (void)!::write(handshake, &message, sizeof message);
    ::_exit(125);
}

void say(int handshake, Word word, int first_fd, int second_fd, std::uint32_t item) noexcept
{
    HandshakeMessage message{word, Step::None, item, 0};
    iovec data{&message, sizeof message};
    alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    const int fds[2] = {first_fd >= 0 ? first_fd : second_fd, second_fd};
    const std::size_t count = (first_fd >= 0 ? 1U : 0U) + (second_fd >= 0 ? 1U : 0U);
    if (count > 0) {
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(count * sizeof(int));
        cmsghdr* first = CMSG_FIRSTHDR(&header);
        first->cmsg_level = SOL_SOCKET;
        first->cmsg_type = SCM_RIGHTS;
        first->cmsg_len = CMSG_LEN(count * sizeof(int));
        std::memcpy(CMSG_DATA(first), fds, count * sizeof(int));
    }
    if (::sendmsg(handshake, &header, MSG_NOSIGNAL) < 0)
        ::_exit(125); // the parent has gone
}

void wait_for(int handshake, Word word) noexcept
{
    HandshakeMessage message{};
    ssize_t got = 0;
    do
        got = ::read(handshake, &message, sizeof message);
    while (got < 0 && errno == EINTR);
    if (got != sizeof message || message.word != word)
        ::_exit(125);
}

void reset_signals() noexcept
{
    // An ignored signal stays ignored across exec: callers under nohup, or ones that ignore SIGPIPE, must not show
    // inside.
    for (int signal = 1; signal < SIGSYS + 1; ++signal)
        if (signal != SIGKILL && signal != SIGSTOP)
            ::signal(signal, SIG_DFL); // NOLINT(cert-err33-c)
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void take_setup_identity(int handshake, uid_t uid, gid_t gid) noexcept
{
    if (::syscall(SYS_setresgid, gid, gid, gid) != 0 || ::syscall(SYS_setresuid, uid, uid, uid) != 0)
        die(handshake, Step::SetupIdentity);
}

void set_oom_score(const ProcessPlan& plan, int handshake) noexcept
{
    if (!plan.set_oom_score)
        return;
    const int file = ::openat(plan.proc_fd, "thread-self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0 || ::write(file, plan.oom_score, std::strlen(plan.oom_score)) < 0)
        die(handshake, Step::OomScore);
    ::close(file);
}

pid_t fork_plainly(std::uint64_t flags) noexcept
{
    clone_args args{};
    args.flags = flags;
    args.exit_signal = (flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD;
    return static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
}

namespace {

void set_limits(const ProcessPlan& plan, int handshake, bool of_descriptors) noexcept
{
    for (std::size_t i = 0; i < plan.rlimits.size(); ++i)
        if ((plan.rlimits[i].resource == RLIMIT_NOFILE) == of_descriptors &&
            ::syscall(SYS_prlimit64, 0, plan.rlimits[i].resource, &plan.rlimits[i].value, nullptr) != 0)
            die(handshake, Step::Rlimit, static_cast<std::uint32_t>(i));
}

} // namespace

void forget_environment() noexcept
{
    for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable)
        ::explicit_bzero(*variable, std::strlen(*variable));
}

void apply_limits(const ProcessPlan& plan, int handshake) noexcept
{
    set_limits(plan, handshake, false);
    enter_session_keyring(plan, handshake);
    ::umask(plan.set_umask ? plan.umask : 022);
}

bool enter_working_directory(const ProcessPlan& plan, int handshake) noexcept
{
    // We stand in "/". Not by chdir: /proc/self/fd/N would lead through one of our descriptors (CVE-2024-21626).
    const int directory = open_in_root(AT_FDCWD, plan.cwd, plan.openat2);
    if (directory < 0 || ::fchdir(directory) != 0) {
        if (errno == EACCES)
            return false;
        die(handshake, Step::WorkingDirectory);
    }
    ::close(directory);
    if (!working_directory_is_inside()) {
        errno = EXDEV;
        die(handshake, Step::WorkingDirectory);
    }
    return true;
}

int arrange_descriptors(const ProcessPlan& plan, int handshake) noexcept
{
    const int floor = std::max(plan.highest_preserved + 1, 3);
    const int moved = ::fcntl(handshake, F_DUPFD_CLOEXEC, floor);
    if (moved < 0)
        die(handshake, Step::Stdio);
    for (std::size_t i = 0; i < plan.preserved.size(); ++i) {
        plan.preserved_scratch[i] = ::fcntl(plan.preserved[i].first, F_DUPFD_CLOEXEC, floor);
        if (plan.preserved_scratch[i] < 0)
            die(moved, Step::Stdio);
    }
    // A session of its own, so that no terminal of the caller's can signal it, or be written to with TIOCSTI.
    if (::setsid() < 0 && errno != EPERM)
        die(moved, Step::Session);
    if (plan.tty && ::ioctl(plan.stdio[0], TIOCSCTTY, 0) != 0)
        die(moved, Step::Session);
    for (int fd = 0; fd <= 2; ++fd) {
        struct stat status
        {
        };
        // Programs reopen /dev/stdout: a pipe must belong to the user for that. Where it cannot, it stays as it is.
        if (plan.set_ids && ::fstat(plan.stdio[fd], &status) == 0 && S_ISFIFO(status.st_mode) &&
            status.st_uid != plan.uid)
            (void)!::fchown(plan.stdio[fd], plan.uid, static_cast<gid_t>(-1));
        if (::dup2(plan.stdio[fd], fd) < 0)
            die(moved, Step::Stdio);
    }
    // Close-on-exec for everything else, strangers' leaks included (R17); those that shall stay are put in place after
    // it.
    if (::syscall(SYS_close_range, 3U, ~0U, 1U << 2U /* CLOSE_RANGE_CLOEXEC */) != 0) {
        if (errno != ENOSYS && errno != EINVAL)
            die(moved, Step::Stdio);
        for (int fd = 3; fd < 4096; ++fd) // Linux < 5.11: ours are close-on-exec from birth, so this is for leaks only
            ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    for (std::size_t i = 0; i < plan.preserved.size(); ++i)
        if (::dup2(plan.preserved_scratch[i], plan.preserved[i].second) < 0)
            die(moved, Step::Stdio);
    return moved;
}

void drop_privileges(const ProcessPlan& plan, int handshake, bool in_working_directory) noexcept
{
    // Our own descriptors may be more than the command is granted: so not before they are arranged.
    set_limits(plan, handshake, true);
    // Without no_new_privs only CAP_SYS_ADMIN may load a filter: so first, while we have it.
    if (!plan.no_new_privileges)
        load_filter(plan, handshake);
    for (unsigned number = 0; number <= plan.last_capability; ++number)
        if ((plan.bounding >> number & 1U) == 0 && ::prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0)
            die(handshake, Step::Capabilities);
    // Changing from root to another id would clear the permitted set, which what was asked for is taken from below.
    if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
        die(handshake, Step::Capabilities);
    set_identity(plan, handshake);
    // Ambient needs inheritable, so only what was asked for is inheritable; else the set is empty (CVE-2022-29162).
    if (!set_capabilities(plan.effective, plan.permitted, plan.ambient))
        die(handshake, Step::Capabilities);
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (unsigned number = 0; number <= plan.last_capability; ++number)
        if ((plan.ambient >> number & 1U) != 0 && ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) != 0)
            die(handshake, Step::Capabilities);
    // Now with the user's own rights: directories that the set-up could not enter (an NFS home, a FUSE mount).
    if (!in_working_directory && !enter_working_directory(plan, handshake)) {
        errno = EACCES;
        die(handshake, Step::WorkingDirectory);
    }
    // Identity changes clear it, so it comes after them.
    if (plan.death_signal != 0)
        ::prctl(PR_SET_PDEATHSIG, plan.death_signal, 0, 0, 0);
    if (plan.no_new_privileges) {
        if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
            die(handshake, Step::NoNewPrivileges);
        load_filter(plan, handshake);
    }
}

void execute(const ProcessPlan& plan, int handshake) noexcept
{
    // As execvp: a name without a slash is looked for in the container's own $PATH; what cannot be executed is only an
    // error when nothing better follows.
    int error = ENOENT;
    for (TextList path = plan.candidates; *path != nullptr; ++path) {
        ::execve(*path, const_cast<char* const*>(plan.argv),
                 const_cast<char* const*>(plan.envp)); // NOLINT: predates const
        if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
            die(handshake, Step::Exec);
        if (errno == EACCES)
            error = EACCES;
    }
    errno = error;
    die(handshake, error == ENOENT ? Step::ExecMissing : Step::Exec);
}

} // namespace skiff::runtime
