#include "tests/support/running.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <pty.h>
#include <set>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace skiff::testing {
namespace {

using Clock = std::chrono::steady_clock;

std::set<pid_t>& owned_processes()
{
    static std::set<pid_t> pids;
    return pids;
}

std::string read_text(const std::string& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string read_all(int fd, Clock::time_point deadline)
{
    std::string text;
    std::array<char, 65536> buffer{};
    while (Clock::now() < deadline) {
        pollfd watched{fd, POLLIN, 0};
        if (::poll(&watched, 1, 200) == 0)
            continue;
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got == 0 || (got < 0 && errno != EINTR)) // a terminal whose last user has gone answers EIO
            break;
        text.append(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    return text;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::array<int, 2> make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("making a pipe");
    return ends;
}

[[noreturn]] void become(const Running::Start& start, char* const* argv, char* const* envp)
{
    std::signal(SIGPIPE, SIG_DFL);
    if (start.in_child)
        start.in_child();
    if (!start.directory.empty() && ::chdir(start.directory.c_str()) != 0)
        ::_exit(99);
    ::execve(argv[0], argv, envp);
    ::_exit(98);
}

} // namespace

std::string Result::line() const { return out.ends_with('\n') ? out.substr(0, out.size() - 1) : out; }

void PrintTo(const Result& result, std::ostream* stream)
{
    const auto shown = [](const std::string& text) { return text.size() < 4000 ? text : text.substr(0, 4000) + "..."; };
    *stream << "exit code " << result.code << "\nstandard output:\n"
            << shown(result.out) << "\nstandard error:\n" << shown(result.err);
}

int slowness()
{
    double waiting = 1;
    const long processors = std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L);
    if (::getloadavg(&waiting, 1) != 1)
        return 1;
    return std::clamp(static_cast<int>(waiting / static_cast<double>(processors)), 1, 10);
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit)
{
    const auto deadline = Clock::now() + limit * slowness();
    while (!condition()) {
        find_orphans();
        if (Clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{20}); // the other side is a process of another program
    }
    return true;
}

Running::Running(Start start) : patience_{start.patience}
{
    const std::vector<char*> argv = pointers_to(start.argv);
    const std::vector<char*> envp = pointers_to(start.environment);
    if (start.on_terminal) {
        const winsize size{24, 80, 0, 0};
        pid_ = ::forkpty(&out_, nullptr, nullptr, &size);
        if (pid_ == 0)
            become(start, argv.data(), envp.data());
        ::fcntl(out_, F_SETFD, FD_CLOEXEC);
        in_ = out_;
    } else {
        const auto in = make_pipe();
        const auto out = make_pipe();
        const auto err = make_pipe();
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(in[0], 0);
            ::dup2(out[1], 1);
            ::dup2(err[1], 2);
            become(start, argv.data(), envp.data());
        }
        for (const int fd : {in[0], out[1], err[1]})
            ::close(fd);
        in_ = in[1];
        out_ = out[0];
        err_ = err[0];
    }
    owned_processes().insert(pid_);
}

Running::Running(Running&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)}, in_{std::exchange(other.in_, -1)}, out_{std::exchange(other.out_, -1)},
      err_{std::exchange(other.err_, -1)}, seen_{std::move(other.seen_)}, patience_{other.patience_}, searched_{other.searched_}
{
}

Running::~Running()
{
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        owned_processes().erase(pid_);
    }
    for (const int fd : {in_, out_ == in_ ? -1 : out_, err_})
        if (fd >= 0)
            ::close(fd);
}

void Running::write(const std::string& text) const
{
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t put = ::write(in_, text.data() + done, text.size() - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return;
        done += static_cast<std::size_t>(put);
    }
}

void Running::close_input()
{
    if (in_ >= 0 && in_ != out_)
        ::close(std::exchange(in_, -1));
}

void Running::signal(int number) const { ::kill(pid_, number); }

void Running::resize(std::uint16_t rows, std::uint16_t columns) const
{
    const winsize size{rows, columns, 0, 0};
    ::ioctl(out_, TIOCSWINSZ, &size);
}

void Running::read_until(const std::string& text)
{
    const auto deadline = Clock::now() + std::chrono::seconds{20} * slowness();
    std::array<char, 4096> buffer{};
    for (;;) {
        if (const std::size_t found = seen_.find(text, searched_); found != std::string::npos) {
            searched_ = found + text.size();
            return;
        }
        pollfd watched{out_, POLLIN, 0};
        if (Clock::now() > deadline || ::poll(&watched, 1, 1000) < 0) {
            ADD_FAILURE() << "waited for \"" << text << "\" and saw \"" << seen_ << "\"";
            return;
        }
        if (watched.revents == 0)
            continue;
        const ssize_t got = ::read(out_, buffer.data(), buffer.size());
        if (got <= 0) {
            ADD_FAILURE() << "the program ended before \"" << text << "\"; it printed \"" << seen_ << "\"";
            return;
        }
        seen_.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

Result Running::finish(const std::string& input)
{
    const auto deadline = Clock::now() + patience_ * slowness();
    Result result;
    std::thread feeder{[&] {
        write(input);
        close_input();
    }};
    std::thread errors{[&] { result.err = err_ < 0 ? "" : read_all(err_, deadline); }};
    result.out = seen_ + read_all(out_, deadline);
    errors.join();
    int status = 0;
    if (Clock::now() >= deadline) {
        ADD_FAILURE() << "a command did not end: " << describe_processes({pid_}) << ::testing::PrintToString(result);
        ::kill(pid_, SIGKILL);
    }
    rusage usage{};
    while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
    }
    result.peak_memory_kib = static_cast<std::uint64_t>(usage.ru_maxrss);
    feeder.join();
    owned_processes().erase(std::exchange(pid_, -1));
    result.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return result;
}

void become_subreaper()
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    std::signal(SIGPIPE, SIG_IGN);
}

std::vector<pid_t> find_orphans()
{
    std::istringstream children{read_text("/proc/self/task/" + std::to_string(::getpid()) + "/children")};
    std::vector<pid_t> living;
    for (pid_t pid = 0; children >> pid;)
        if (!owned_processes().contains(pid) && ::waitpid(pid, nullptr, WNOHANG) == 0)
            living.push_back(pid);
    return living;
}

std::string describe_processes(const std::vector<pid_t>& pids)
{
    std::string text;
    for (const pid_t pid : pids) {
        std::string words = read_text("/proc/" + std::to_string(pid) + "/cmdline");
        std::replace(words.begin(), words.end(), '\0', ' ');
        text += std::to_string(pid) + " " + words + "\n";
    }
    return text;
}

} // namespace skiff::testing
