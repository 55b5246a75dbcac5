#include "cli/attach_terminal.hpp"

#include "base/error.hpp"
#include "base/event_loop.hpp"
#include "base/file.hpp"
#include "base/pipe_signal.hpp"

#include <array>
#include <csignal>
#include <deque>
#include <sys/ioctl.h>
#include <termios.h>

namespace skiff::cli {
namespace {

/// Raw mode for as long as it lives.
class RawTerminal
{
  public:
    explicit RawTerminal(int fd) : fd_{fd}
    {
        if (::tcgetattr(fd, &before_) != 0)
            return;
        termios raw = before_;
        ::cfmakeraw(&raw);
        active_ = ::tcsetattr(fd, TCSADRAIN, &raw) == 0;
    }
    ~RawTerminal()
    {
        if (active_)
            ::tcsetattr(fd_, TCSADRAIN, &before_);
    }
    RawTerminal(const RawTerminal&) = delete;
    RawTerminal& operator=(const RawTerminal&) = delete;

  private:
    int fd_;
    termios before_{};
    bool active_ = false;
};

/// Finds the key sequence in a stream of input; holds back what may be its beginning.
class DetachDetector
{
  public:
    explicit DetachDetector(std::vector<char> keys) : keys_{std::move(keys)} {}

    /// Appends to `pass` what goes on to the container. True when the sequence is complete.
    bool feed(std::string_view input, std::string& pass)
    {
        for (const char c : input) {
            if (!keys_.empty() && c == keys_[matched_]) {
                if (++matched_ == keys_.size())
                    return true;
                continue;
            }
            pass.append(keys_.data(), matched_);
            matched_ = !keys_.empty() && c == keys_[0] ? 1 : 0;
            if (matched_ == 0)
                pass += c;
            else if (keys_.size() == 1)
                return true;
        }
        return false;
    }

  private:
    std::vector<char> keys_;
    std::size_t matched_ = 0;
};

/// Signals that mean the command, not us. KILL and STOP cannot be caught; CHLD, PIPE and the job control ones stay ours.
constexpr std::array forwarded_signals{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT, SIGABRT,
                                       SIGTRAP, SIGIO, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGPWR, SIGSYS, SIGURG};

class Attachment
{
  public:
    Attachment(Channel& conversation, const AttachOptions& options)
        : conversation_{conversation}, options_{options}, detector_{parse_detach_keys(options.detach_keys)}
    {
    }

    AttachOutcome run()
    {
        std::optional<RawTerminal> raw;
        const bool our_terminal = options_.tty && ::isatty(STDIN_FILENO) != 0;
        if (our_terminal && options_.in)
            raw.emplace(STDIN_FILENO);
        loop_.watch(conversation_.fd(), EPOLLIN, [this](std::uint32_t events) { on_conversation(events); });
        if (options_.tty) {
            send_size();
            loop_.on_signal(SIGWINCH, [this](const signalfd_siginfo&) { send_size(); });
        }
        if (options_.forward_signals)
            for (const int signal : forwarded_signals)
                loop_.on_signal(signal, [this, signal](const signalfd_siginfo&) {
                    send(monitor::encode(monitor::Request{monitor::KillRequest{signal}}));
                });
        if (options_.in)
            watch_input();
        loop_.run();
        if (failure_)
            monitor::rethrow(*failure_);
        return outcome_;
    }

  private:
    void finish()
    {
        loop_.unwatch(conversation_.fd());
        loop_.stop();
    }

    void on_conversation(std::uint32_t events)
    {
        if ((events & EPOLLOUT) != 0)
            drain();
        // One message per event would cost a system call more for each: take what is there.
        for (int i = 0; i < 64; ++i) {
            bool ended = false;
            const auto message = conversation_.try_receive(ended);
            if (ended) {
                finish();
                return;
            }
            if (!message)
                return;
            if (monitor::is_stream(message->data)) {
                print(monitor::decode_stream(message->data));
                if (outcome_.reader_gone) {
                    finish();
                    return;
                }
            } else if (!handle(monitor::decode_answer(message->data)))
                return;
        }
    }

    /// False when the conversation is over.
    bool handle(const monitor::Answer& answer)
    {
        if (const auto* exited = std::get_if<monitor::Exited>(&answer))
            outcome_.exited = *exited;
        else if (const auto* failed = std::get_if<monitor::Failed>(&answer))
            failure_ = *failed;
        else
            return true; // Started
        finish();
        return false;
    }

    void print(const monitor::StreamBytes& bytes)
    {
        const bool is_error = bytes.stream == monitor::Stream::Stderr;
        if (!(is_error ? options_.err : options_.out))
            return;
        try {
            write_all(is_error ? STDERR_FILENO : STDOUT_FILENO, bytes.bytes, is_error ? "standard error" : "standard output");
        } catch (const Error& error) {
            if (error.errno_value() != EPIPE)
                throw;
            // Whoever read our output has had enough; the process sees what it would see at the end of a pipe: nothing more.
            (is_error ? options_.err : options_.out) = false;
            outcome_.reader_gone = !options_.began_it;
            send(monitor::encode(monitor::Request{monitor::CloseOutput{is_error}}));
        }
    }

    void watch_input()
    {
        try {
            loop_.watch(STDIN_FILENO, EPOLLIN, [this](std::uint32_t) { read_input(); });
        } catch (const Error& error) {
            if (error.errno_value() != EPERM)
                throw;
            input_is_file_ = true; // a regular file is always ready, and epoll refuses it
            schedule_file_input();
        }
    }

    /// A regular file as input: one piece per round of the loop, as long as the conversation takes them.
    void schedule_file_input()
    {
        if (!input_is_file_ || !reading_ || read_scheduled_ || !queue_.empty())
            return;
        read_scheduled_ = true;
        loop_.after(std::chrono::milliseconds{0}, [this] {
            read_scheduled_ = false;
            read_input();
            schedule_file_input();
        });
    }

    void read_input()
    {
        std::array<char, monitor::max_stream_bytes> buffer; // NOLINT: filled by read
        const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            return;
        if (got <= 0) {
            end_input();
            return;
        }
        const std::string_view bytes{buffer.data(), static_cast<std::size_t>(got)};
        if (!has_keys_) { // a file may contain any bytes
            send(monitor::encode(monitor::Stream::Stdin, bytes));
            return;
        }
        std::string pass;
        const bool detached = detector_.feed(bytes, pass);
        if (!pass.empty())
            send(monitor::encode(monitor::Stream::Stdin, pass));
        if (detached) {
            outcome_.detached = true;
            finish();
        }
    }

    void end_input()
    {
        reading_ = false;
        if (!input_is_file_)
            loop_.unwatch(STDIN_FILENO);
        send(monitor::encode(monitor::Request{monitor::CloseStdin{}}));
    }

    void send_size()
    {
        if (const auto size = find_terminal_size())
            send(monitor::encode(monitor::Request{monitor::ResizeRequest{size->rows, size->columns}}));
    }

    /// Never waits: both directions must keep flowing, or a `cat` of a large file would wait for itself.
    void send(std::string message)
    {
        queue_.push_back(std::move(message));
        drain();
    }

    void drain()
    {
        while (!queue_.empty()) {
            const auto sent = conversation_.try_send(queue_.front());
            if (sent == Channel::TrySend::WouldBlock)
                break;
            queue_.pop_front(); // a peer that has gone is noticed by reading
        }
        const bool blocked = !queue_.empty();
        if (loop_.is_watched(conversation_.fd()))
            loop_.change(conversation_.fd(), EPOLLIN | (blocked ? static_cast<std::uint32_t>(EPOLLOUT) : 0U));
        if (loop_.is_watched(STDIN_FILENO))
            loop_.change(STDIN_FILENO, blocked ? 0U : static_cast<std::uint32_t>(EPOLLIN));
        schedule_file_input();
    }

    Channel& conversation_;
    AttachOptions options_;
    EventLoop loop_;
    DetachDetector detector_;
    bool has_keys_ = options_.tty || ::isatty(STDIN_FILENO) != 0; ///< somebody types
    std::deque<std::string> queue_;
    bool reading_ = true;
    bool input_is_file_ = false;
    bool read_scheduled_ = false;
    AttachOutcome outcome_;
    std::optional<monitor::Failed> failure_;
};

} // namespace

AttachOutcome attach_terminal(Channel& conversation, const AttachOptions& options)
{
    AttachOutcome outcome;
    {
        const PipeSignalBlock block;
        outcome = Attachment{conversation, options}.run();
    }
    if (outcome.reader_gone)
        ::raise(SIGPIPE);
    return outcome;
}

std::vector<char> parse_detach_keys(const std::string& text)
{
    std::vector<char> keys;
    std::string_view rest{text};
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        const std::string_view key = rest.substr(0, comma);
        rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        if (key.size() == 1) {
            keys.push_back(key[0]);
            continue;
        }
        constexpr std::string_view control = "ctrl-";
        const char letter = key.size() == control.size() + 1 && key.starts_with(control) ? key.back() : '\0';
        const bool valid = (letter >= 'a' && letter <= 'z') || (letter >= '@' && letter <= '_');
        if (!valid)
            throw Error{ErrorKind::Usage, cat("invalid detach keys ", quoted(text), ": unknown key ", quoted(key))}.with_hint(
                "a key is one character or ctrl-X, with X a letter or one of @ [ \\ ] ^ _; keys are separated by commas");
        keys.push_back(static_cast<char>(letter & 0x1F));
    }
    return keys;
}

std::optional<TerminalSize> find_terminal_size()
{
    winsize size{};
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
            return TerminalSize{size.ws_row, size.ws_col};
    return std::nullopt;
}

} // namespace skiff::cli
