#include "monitor/client.hpp"

#include <algorithm>
#include <fcntl.h>
#include <poll.h>

namespace skiff::monitor {

Client::Client(EventLoop& loop, Channel channel) : loop_{loop}, channel_{std::move(channel)}
{
    loop_.watch(channel_.fd(), EPOLLIN, [this](std::uint32_t events) { on_ready(events); });
}

Client::~Client()
{
    if (channel_)
        loop_.unwatch(channel_.fd());
}

void Client::listen(OnMessage on_message, std::function<void()> on_gone)
{
    on_message_ = std::move(on_message);
    on_gone_ = std::move(on_gone);
}

void Client::send(const Answer& answer, int fd) { push(encode(answer), fd); }

void Client::send(Stream stream, std::string_view bytes)
{
    while (!bytes.empty()) {
        push(encode(stream, bytes.substr(0, max_stream_bytes)), -1);
        bytes.remove_prefix(std::min(bytes.size(), max_stream_bytes));
    }
}

void Client::push(std::string data, int fd)
{
    if (gone_)
        return;
    if (queue_.empty()) {
        const auto outcome = channel_.try_send(data, fd < 0 ? std::vector<int>{} : std::vector<int>{fd});
        if (outcome == Channel::TrySend::Sent)
            return;
        if (outcome == Channel::TrySend::PeerGone)
            return; // not reported from inside a sender's loop over its clients: the event loop sees the hang-up
    }
    queued_bytes_ += data.size();
    queue_.push_back({std::move(data), fd < 0 ? UniqueFd{} : UniqueFd{::fcntl(fd, F_DUPFD_CLOEXEC, 0)}});
    update_interest();
}

void Client::drain()
{
    while (!queue_.empty()) {
        const Queued& next = queue_.front();
        const auto outcome =
            channel_.try_send(next.data, next.fd ? std::vector<int>{next.fd.get()} : std::vector<int>{});
        if (outcome == Channel::TrySend::WouldBlock)
            break;
        if (outcome == Channel::TrySend::PeerGone) {
            set_gone();
            return;
        }
        queued_bytes_ -= next.data.size();
        queue_.pop_front();
    }
    update_interest();
    if (!is_congested() && on_drained_)
        on_drained_();
}

void Client::pause_reading(bool pause)
{
    reading_ = !pause;
    update_interest();
}

void Client::update_interest()
{
    if (!gone_)
        loop_.change(channel_.fd(), (reading_ ? EPOLLIN : 0U) | (queue_.empty() ? 0U : EPOLLOUT));
}

void Client::set_gone()
{
    if (gone_)
        return;
    gone_ = true;
    loop_.unwatch(channel_.fd());
    channel_.close();
    queue_.clear();
    queued_bytes_ = 0;
    // The owner usually destroys us in this callback: nothing of ours may be touched after it.
    const auto on_gone = std::move(on_gone_);
    if (on_gone)
        on_gone();
}

void Client::flush(std::chrono::milliseconds limit)
{
    const auto deadline = SteadyClock::now() + limit;
    while (!gone_ && !queue_.empty()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
        if (left.count() <= 0)
            return;
        pollfd writable{channel_.fd(), POLLOUT, 0};
        if (::poll(&writable, 1, static_cast<int>(left.count())) > 0)
            drain();
    }
}

void Client::on_ready(std::uint32_t events)
{
    if ((events & EPOLLOUT) != 0) {
        drain();
        return;
    }
    bool ended = false;
    auto message = channel_.try_receive(ended);
    if (message && on_message_) {
        on_message_(std::move(*message));
        return;
    }
    if (ended || (events & (EPOLLHUP | EPOLLERR)) != 0)
        set_gone();
}

} // namespace skiff::monitor
