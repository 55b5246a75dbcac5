#include "monitor/session.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <utility>

namespace skiff::monitor {
namespace {

void set_nonblocking(const UniqueFd& fd)
{
    if (fd)
        ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

} // namespace

Session::Session(EventLoop& loop, SessionStreams streams, bool input_ends_with_client)
    : loop_{loop}, streams_{std::move(streams)}, input_ends_with_client_{input_ends_with_client}
{
    set_nonblocking(streams_.in);
    set_nonblocking(streams_.out);
    set_nonblocking(streams_.err);
    set_nonblocking(streams_.terminal);
    watch_output(streams_.out, Stream::Stdout);
    watch_output(streams_.err, Stream::Stderr);
    watch_output(streams_.terminal, Stream::Stdout);
}

Session::~Session()
{
    for (const UniqueFd* fd : {&streams_.in, &streams_.out, &streams_.err, &streams_.terminal})
        if (*fd)
            loop_.unwatch(fd->get());
    // Clients and loop live longer, and both may call us.
    for (const Listener& listener : listeners_)
        listener.client->on_drained(nullptr);
    loop_.cancel(reopen_timer_);
    loop_.cancel(finish_timer_);
}

void Session::watch_output(UniqueFd& fd, Stream stream)
{
    if (!fd)
        return;
    loop_.watch(fd.get(), EPOLLIN, [this, &fd, stream](std::uint32_t events) {
        if ((events & EPOLLOUT) != 0)
            drain_input(); // a terminal is both
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !throttled_)
            read_output(fd, stream);
    });
}

/// The number of bytes; 0 once there is nothing more to read now.
std::size_t Session::read_output(UniqueFd& fd, Stream stream)
{
    if (!fd)
        return 0;
    std::array<char, max_stream_bytes> buffer; // NOLINT: filled by read
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got > 0) {
        deliver(stream, {buffer.data(), static_cast<std::size_t>(got)});
        return static_cast<std::size_t>(got);
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    // End of file; for a terminal EIO: the last program that had it open has gone. Another may open it again only while
    // the process lives, so a terminal stays ours until then.
    if (&fd == &streams_.terminal && !status_) {
        loop_.change(fd.get(), 0);
        reopen_timer_ = loop_.after(std::chrono::milliseconds{20}, [this] {
            if (streams_.terminal && !throttled_ && !status_)
                set_input_interest();
        });
        return 0;
    }
    loop_.unwatch(fd.get());
    fd.reset();
    return 0;
}

void Session::deliver(Stream stream, std::string_view bytes)
{
    if (tap_)
        tap_(stream, bytes);
    for (const Listener& listener : listeners_)
        if (stream == Stream::Stdout ? listener.wants.out : listener.wants.err)
            listener.client->send(stream, bytes);
    throttle();
}

void Session::hold_output(bool held)
{
    held_ = held;
    throttle();
}

/// Reads on only while every listener keeps up.
void Session::throttle()
{
    const bool congested =
        held_ || std::any_of(listeners_.begin(), listeners_.end(), [](const Listener& l) { return l.client->is_congested(); });
    if (congested == throttled_)
        return;
    throttled_ = congested;
    for (const UniqueFd* fd : {&streams_.out, &streams_.err})
        if (*fd)
            loop_.change(fd->get(), congested ? 0U : static_cast<std::uint32_t>(EPOLLIN));
    set_input_interest();
}

void Session::attach(const std::shared_ptr<Client>& client, const AttachRequest& wants)
{
    client->on_drained([this] { throttle(); });
    listeners_.push_back({client, wants});
}

void Session::detach(const Client* client)
{
    const auto found =
        std::find_if(listeners_.begin(), listeners_.end(), [&](const Listener& l) { return l.client.get() == client; });
    if (found == listeners_.end())
        return;
    found->client->on_drained(nullptr);
    const bool had_input = found->wants.in;
    listeners_.erase(found);
    if (had_input && input_ends_with_client_)
        close_input(nullptr);
    throttle();
}

void Session::write_input(std::string_view bytes)
{
    if (input_fd() < 0 || close_input_when_drained_)
        return;
    pending_input_ += bytes;
    drain_input();
}

void Session::close_input(const Client* client)
{
    // A terminal's input does not end: further commands may attach to it.
    if (streams_.terminal || !streams_.in || (client != nullptr && !input_ends_with_client_))
        return;
    close_input_when_drained_ = true;
    drain_input();
}

void Session::drain_input()
{
    const int fd = input_fd();
    while (fd >= 0 && !pending_input_.empty()) {
        const std::string_view rest = std::string_view{pending_input_}.substr(written_input_);
        const ssize_t put = ::write(fd, rest.data(), rest.size());
        if (put < 0 && errno == EAGAIN)
            break;
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0) { // nobody reads it any more (EPIPE, EIO)
            pending_input_.clear();
            written_input_ = 0;
            close_input_when_drained_ = !streams_.terminal;
            break;
        }
        written_input_ += static_cast<std::size_t>(put);
        if (written_input_ * 2 >= pending_input_.size()) // not at each write: a slow reader takes 4 KiB of 256 at a time
            pending_input_.erase(0, std::exchange(written_input_, 0));
    }
    for (const Listener& listener : listeners_)
        listener.client->pause_reading(pending_input_.size() - written_input_ > max_pending_input);
    if (pending_input_.empty() && close_input_when_drained_ && streams_.in) {
        loop_.unwatch(streams_.in.get());
        streams_.in.reset();
    }
    set_input_interest();
}

void Session::set_input_interest()
{
    const std::uint32_t out = pending_input_.empty() ? 0U : static_cast<std::uint32_t>(EPOLLOUT);
    if (streams_.terminal) {
        loop_.change(streams_.terminal.get(), out | (throttled_ ? 0U : static_cast<std::uint32_t>(EPOLLIN)));
        return;
    }
    if (!streams_.in)
        return;
    if (out == 0)
        loop_.unwatch(streams_.in.get());
    else if (!loop_.is_watched(streams_.in.get()))
        loop_.watch(streams_.in.get(), EPOLLOUT, [this](std::uint32_t) { drain_input(); });
}

void Session::close_output(Stream stream)
{
    UniqueFd& fd = streams_.terminal ? streams_.terminal : stream == Stream::Stderr ? streams_.err : streams_.out;
    if (!fd)
        return;
    loop_.unwatch(fd.get());
    fd.reset();
}

void Session::resize(std::uint16_t rows, std::uint16_t columns)
{
    if (!streams_.terminal || rows == 0 || columns == 0)
        return;
    winsize size{};
    size.ws_row = rows;
    size.ws_col = columns;
    ::ioctl(streams_.terminal.get(), TIOCSWINSZ, &size);
}

/// What the process wrote before it ended is in the pipe already. Reading until it is empty, and no further: a child that
/// it left in the background may hold the other end open for ever, or write as fast as we read.
void Session::drain_after_end(UniqueFd& fd, Stream stream)
{
    constexpr std::size_t largest_pipe = 1024U * 1024U; // what users may ask for: /proc/sys/fs/pipe-max-size
    for (std::size_t left = largest_pipe; left > 0;) {
        const std::size_t got = read_output(fd, stream);
        if (got == 0)
            break;
        left -= std::min(left, got);
    }
    if (fd) {
        loop_.unwatch(fd.get());
        fd.reset();
    }
}

void Session::process_ended(ExitStatus status, std::function<void()> on_finished)
{
    status_ = status;
    drain_after_end(streams_.out, Stream::Stdout);
    drain_after_end(streams_.err, Stream::Stderr);
    drain_after_end(streams_.terminal, Stream::Stdout);
    if (streams_.in) {
        loop_.unwatch(streams_.in.get());
        streams_.in.reset();
    }
    finish_timer_ = loop_.after(std::chrono::milliseconds{0}, std::move(on_finished));
}

} // namespace skiff::monitor
