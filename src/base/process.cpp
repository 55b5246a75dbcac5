#include "base/process.hpp"

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/pipe_signal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

extern char** environ;

namespace skiff {
namespace {

std::vector<char*> pointers_to(const std::vector<std::string>& strings)
{
    std::vector<char*> pointers;
    pointers.reserve(strings.size() + 1);
    for (const std::string& s : strings)
        pointers.push_back(const_cast<char*>(s.c_str())); // NOLINT: execve's signature predates const
    pointers.push_back(nullptr);
    return pointers;
}

/// Everything the child needs, as plain data: it must not allocate.
struct SpawnPlan
{
    const char* path;
    int exec_fd;
    char* const* argv;
    char* const* envp;
    const std::pair<int, int>* fds;
    std::size_t fd_count;
    int* scratch; ///< fd_count ints: copies of our descriptors above all targets
    int highest_target;
    bool new_session;
    bool null_stdio;
    const char* directory;
    int status_fd;
};

[[noreturn]] void fail(const SpawnPlan& plan)
{
    const int error = errno;
    (void)!::write(plan.status_fd, &error, sizeof error);
    ::_exit(125);
}

[[noreturn]] void spawn_child(SpawnPlan plan) noexcept
{
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL); // NOLINT(cert-err33-c)
    if (plan.new_session && ::setsid() < 0)
        fail(plan);
    // Move everything above the highest target first, so that no dup2 below overwrites a source that is still needed.
    const int floor = std::max(plan.highest_target + 1, 3);
    plan.status_fd = ::fcntl(plan.status_fd, F_DUPFD_CLOEXEC, floor);
    if (plan.exec_fd >= 0)
        plan.exec_fd = ::fcntl(plan.exec_fd, F_DUPFD_CLOEXEC, floor);
    for (std::size_t i = 0; i < plan.fd_count; ++i) {
        plan.scratch[i] = ::fcntl(plan.fds[i].first, F_DUPFD_CLOEXEC, floor);
        if (plan.scratch[i] < 0)
            fail(plan);
    }
    if (plan.null_stdio) {
        const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        for (int fd = 0; fd <= 2 && null >= 0; ++fd)
            ::dup2(null, fd);
    }
    for (std::size_t i = 0; i < plan.fd_count; ++i)
        if (::dup2(plan.scratch[i], plan.fds[i].second) < 0)
            fail(plan);
    // Strangers' descriptors (the caller's leaks) must not live on in a long-lived process; ours are close-on-exec anyway.
    ::syscall(SYS_close_range, static_cast<unsigned>(floor), ~0U, 1U << 2U /* CLOSE_RANGE_CLOEXEC */);
    for (int fd = 3; fd < floor; ++fd) {
        bool wanted = false;
        for (std::size_t i = 0; i < plan.fd_count; ++i)
            wanted = wanted || plan.fds[i].second == fd;
        if (!wanted)
            ::close(fd);
    }
    if (plan.directory != nullptr && ::chdir(plan.directory) != 0)
        fail(plan);
    if (plan.exec_fd >= 0)
        ::syscall(SYS_execveat, plan.exec_fd, "", plan.argv, plan.envp, AT_EMPTY_PATH);
    else
        ::execve(plan.path, plan.argv, plan.envp);
    fail(plan);
}

} // namespace

std::optional<std::uint64_t> find_start_time(pid_t pid)
{
    std::optional<std::string> stat;
    try {
        stat = find_file(AT_FDCWD, cat("/proc/", pid, "/stat"), 4096);
    } catch (const Error&) { // ESRCH while reading: it went away
        return std::nullopt;
    }
    // The second field is the program's name in parentheses and may contain anything: count from the last ")".
    const std::size_t after_name = stat ? stat->rfind(')') : std::string::npos;
    if (after_name == std::string::npos)
        return std::nullopt;
    std::string_view rest{*stat};
    rest.remove_prefix(after_name + 1);
    for (int field = 3; field <= 22; ++field) {
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        if (field == 3 && !rest.empty() && (rest[0] == 'Z' || rest[0] == 'X'))
            return std::nullopt; // a zombie is no live process
        if (field == 22)
            break;
        rest.remove_prefix(std::min(rest.find(' '), rest.size()));
    }
    std::uint64_t value = 0;
    const auto result = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (result.ec != std::errc{})
        return std::nullopt;
    return value;
}

ProcessIdentity identify(pid_t pid)
{
    const auto start = find_start_time(pid);
    if (!start)
        throw Error{ESRCH, cat("identifying process ", pid)};
    return {pid, *start, boot_id()};
}

ExitStatus ExitStatus::from_wait(int wait_status)
{
    if (WIFSIGNALED(wait_status))
        return {128 + WTERMSIG(wait_status), WTERMSIG(wait_status)};
    return {WEXITSTATUS(wait_status), 0};
}

std::optional<Pidfd> Pidfd::find(pid_t pid)
{
    UniqueFd fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
    if (fd)
        return Pidfd{std::move(fd)};
    if (errno == ESRCH || errno == EINVAL)
        return std::nullopt;
    throw Error{errno, cat("opening process ", pid)};
}

std::optional<Pidfd> Pidfd::find(const ProcessIdentity& identity)
{
    if (identity.pid <= 0 || identity.boot != boot_id())
        return std::nullopt;
    auto pidfd = find(identity.pid);
    // Open first, compare then: once the descriptor is ours, the pid cannot be reused behind our back.
    if (pidfd && find_start_time(identity.pid) != identity.start_time)
        return std::nullopt;
    return pidfd;
}

bool Pidfd::send_signal(int signal) const
{
    if (::syscall(SYS_pidfd_send_signal, fd_.get(), signal, nullptr, 0) == 0)
        return true;
    if (errno == ESRCH)
        return false;
    throw Error{errno, cat("sending signal ", signal)};
}

bool Pidfd::wait_for_end(int timeout_ms) const
{
    pollfd watched{fd_.get(), POLLIN, 0};
    int ready = 0;
    do
        ready = ::poll(&watched, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

ExitStatus ChildProcess::wait()
{
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0)
        if (errno != EINTR)
            throw Error{errno, cat("waiting for process ", pid_)};
    return ExitStatus::from_wait(status);
}

std::optional<ExitStatus> ChildProcess::try_wait()
{
    int status = 0;
    const pid_t got = ::waitpid(pid_, &status, WNOHANG);
    if (got < 0)
        throw Error{errno, cat("waiting for process ", pid_)};
    if (got == 0)
        return std::nullopt;
    return ExitStatus::from_wait(status);
}

ChildProcess spawn_process(const SpawnRequest& request)
{
    std::array<int, 2> status_pipe{};
    if (::pipe2(status_pipe.data(), O_CLOEXEC) != 0)
        throw Error{errno, "making a pipe"};
    const UniqueFd status_read{status_pipe[0]};
    UniqueFd status_write{status_pipe[1]};

    const std::vector<char*> argv = pointers_to(request.argv);
    std::vector<char*> envp;
    if (request.environment)
        envp = pointers_to(*request.environment);
    std::vector<int> scratch(request.fds.size());
    int highest = 2;
    for (const auto& [ours, theirs] : request.fds)
        highest = std::max(highest, theirs);
    const SpawnPlan plan{request.argv.at(0).c_str(),
                         request.exec_fd,
                         argv.data(),
                         request.environment ? envp.data() : environ,
                         request.fds.data(),
                         request.fds.size(),
                         scratch.data(),
                         highest,
                         request.new_session,
                         request.null_stdio,
                         request.directory.empty() ? nullptr : request.directory.c_str(),
                         status_write.get()};

    int raw_pidfd = -1;
    clone_args args{};
    args.flags = CLONE_PIDFD;
    args.pidfd = reinterpret_cast<std::uint64_t>(&raw_pidfd);
    args.exit_signal = SIGCHLD;
    const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
    if (pid < 0)
        throw Error{errno, cat("starting ", quoted(request.argv[0]))};
    if (pid == 0)
        spawn_child(plan);
    ChildProcess child{pid, Pidfd{UniqueFd{raw_pidfd}}};
    status_write.reset(); // end of file now means that exec happened
    int error = 0;
    ssize_t got = 0;
    do
        got = ::read(status_read.get(), &error, sizeof error);
    while (got < 0 && errno == EINTR);
    if (got == sizeof error) {
        (void)child.wait();
        throw Error{error, cat("starting ", quoted(request.argv[0]))};
    }
    return child;
}

RunResult run_process(SpawnRequest request, const std::string& input, std::size_t output_limit)
{
    const auto make_pipe = [] {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0)
            throw Error{errno, "making a pipe"};
        return std::pair{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
    };
    auto [in_read, in_write] = make_pipe();
    auto [out_read, out_write] = make_pipe();
    auto [err_read, err_write] = make_pipe();
    request.fds.insert(request.fds.end(), {{in_read.get(), 0}, {out_write.get(), 1}, {err_write.get(), 2}});
    ChildProcess child = spawn_process(request);
    in_read.reset();
    out_write.reset();
    err_write.reset();

    const PipeSignalBlock no_pipe_signal;
    RunResult result;
    std::string_view pending{input};
    ::fcntl(in_write.get(), F_SETFL, O_NONBLOCK);
    if (pending.empty())
        in_write.reset();
    const auto drain = [&](UniqueFd& fd, std::string& into) {
        std::array<char, 16384> buffer; // NOLINT: filled by read
        const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
            fd.reset();
        else if (got > 0 && into.size() < output_limit)
            into.append(buffer.data(), std::min(static_cast<std::size_t>(got), output_limit - into.size()));
    };
    while (out_read || err_read || in_write) {
        std::array<pollfd, 3> watched{pollfd{out_read.get(), POLLIN, 0}, pollfd{err_read.get(), POLLIN, 0},
                                      pollfd{in_write.get(), POLLOUT, 0}};
        if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR)
            throw Error{errno, "waiting for a program's output"};
        if (watched[0].revents != 0)
            drain(out_read, result.output);
        if (watched[1].revents != 0)
            drain(err_read, result.error_output);
        if (watched[2].revents != 0) {
            const ssize_t put = ::write(in_write.get(), pending.data(), pending.size());
            if (put > 0)
                pending.remove_prefix(static_cast<std::size_t>(put));
            if (pending.empty() || (put < 0 && errno != EAGAIN && errno != EINTR))
                in_write.reset();
        }
    }
    result.status = child.wait();
    return result;
}

unsigned count_processors()
{
    cpu_set_t usable;
    const int count = ::sched_getaffinity(0, sizeof usable, &usable) == 0 ? CPU_COUNT(&usable) : 1;
    return static_cast<unsigned>(std::max(count, 1));
}

std::optional<std::string> find_system_program(const std::string& name)
{
    for (const char* dir : {"/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/local/sbin"}) {
        std::string path = cat(dir, "/", name);
        if (::access(path.c_str(), X_OK) == 0)
            return path;
    }
    return std::nullopt;
}

} // namespace skiff
