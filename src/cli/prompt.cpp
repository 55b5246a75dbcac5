#include "cli/prompt.hpp"

#include "base/defer.hpp"
#include "base/error.hpp"
#include "base/unique_fd.hpp"

#include <csignal>
#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace skiff::cli {
namespace {

constexpr std::size_t longest_line = 64U << 10U;

void show(const std::string& text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }

/// Byte for byte: what lies behind the line belongs to the next question.
std::string read_line(const std::string& what)
{
    std::string line;
    for (;;) {
        char byte = 0;
        const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw Error{errno, cat("reading ", what)};
        if (got == 0 && line.empty())
            throw Error{ErrorKind::Failure, cat("reading ", what, ": EOF")};
        if (got == 0 || byte == '\n')
            break;
        line += byte;
        if (line.size() > longest_line)
            throw Error{ErrorKind::Failure, cat("reading ", what, ": the line is too long")};
    }
    if (line.ends_with('\r'))
        line.pop_back();
    return line;
}

/// Waits for input. A signal that would end or stop us is first let through when the terminal is in order again.
int wait_for_input_or_signal(int signals)
{
    pollfd watched[] = {{STDIN_FILENO, POLLIN, 0}, {signals, POLLIN, 0}};
    while (::poll(watched, 2, -1) < 0 && errno == EINTR) {
    }
    signalfd_siginfo info{};
    if (watched[1].revents != 0 && ::read(signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info))
        return static_cast<int>(info.ssi_signo);
    return 0;
}

} // namespace

std::string ask_line(const std::string& question)
{
    show(question);
    return read_line("an answer");
}

std::string ask_secret(const std::string& question)
{
    termios before{};
    if (::tcgetattr(STDIN_FILENO, &before) != 0)
        throw Error{errno, "reading password"}.with_hint("without a terminal use --password-stdin");
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGTSTP})
        sigaddset(&set, signal);
    sigset_t old;
    ::sigprocmask(SIG_BLOCK, &set, &old);
    const UniqueFd signals{::signalfd(-1, &set, SFD_CLOEXEC)};
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    const auto hide = [&] { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent); };
    const auto put_back = [&] {
        ::tcsetattr(STDIN_FILENO, TCSANOW, &before);
        show("\n");
        ::sigprocmask(SIG_SETMASK, &old, nullptr);
    };
    for (;;) {
        hide();
        show(question);
        int signal = 0;
        {
            const Defer restore{put_back};
            signal = wait_for_input_or_signal(signals.get());
            if (signal == 0)
                return read_line("password");
        }
        ::raise(signal); // most end us here; after a stop the question is asked again
        ::sigprocmask(SIG_BLOCK, &set, nullptr);
    }
}

} // namespace skiff::cli
