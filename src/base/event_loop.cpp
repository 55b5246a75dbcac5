#include "base/event_loop.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <csignal>

namespace skiff {

EventLoop::EventLoop() : epoll_{::epoll_create1(EPOLL_CLOEXEC)}
{
    if (!epoll_)
        throw Error{errno, "making an event loop"};
}

EventLoop::~EventLoop() = default;

void EventLoop::watch(int fd, std::uint32_t events, OnReady callback)
{
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
        throw Error{errno, cat("watching descriptor ", fd)};
    watches_[fd] = {events, std::make_shared<OnReady>(std::move(callback))};
}

void EventLoop::change(int fd, std::uint32_t events)
{
    const auto found = watches_.find(fd);
    if (found == watches_.end() || found->second.events == events)
        return;
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0)
        throw Error{errno, cat("watching descriptor ", fd)};
    found->second.events = events;
}

void EventLoop::unwatch(int fd)
{
    if (watches_.erase(fd) != 0)
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

EventLoop::TimerId EventLoop::after(SteadyClock::duration delay, std::function<void()> callback)
{
    const auto now = SteadyClock::now();
    const auto due = now + std::min(delay, SteadyClock::time_point::max() - now); // the longest delays mean "never"
    timers_.emplace(due, Timer{++last_timer_, std::move(callback)});
    return last_timer_;
}

void EventLoop::cancel(TimerId timer)
{
    std::erase_if(timers_, [&](const auto& entry) { return entry.second.id == timer; });
}

void EventLoop::on_signal(int signal, std::function<void(const signalfd_siginfo&)> callback)
{
    signals_[signal] = std::move(callback);
    watch_signals();
}

void EventLoop::forget_signal(int signal)
{
    if (signals_.erase(signal) != 0)
        watch_signals();
}

void EventLoop::watch_signals()
{
    sigset_t set;
    ::sigemptyset(&set);
    for (const auto& [number, unused] : signals_)
        ::sigaddset(&set, number);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    const bool first = !signal_fd_;
    const int fd = ::signalfd(signal_fd_.get(), &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        throw Error{errno, "watching signals"};
    if (first) {
        signal_fd_.reset(fd);
        watch(fd, EPOLLIN, [this](std::uint32_t) { read_signals(); });
    }
}

void EventLoop::read_signals()
{
    signalfd_siginfo info{};
    while (::read(signal_fd_.get(), &info, sizeof info) == sizeof info) {
        const auto found = signals_.find(static_cast<int>(info.ssi_signo));
        if (found != signals_.end())
            found->second(info);
    }
}

void EventLoop::run_due_timers()
{
    while (!timers_.empty() && timers_.begin()->first <= SteadyClock::now()) {
        const auto callback = std::move(timers_.begin()->second.callback);
        timers_.erase(timers_.begin());
        callback();
    }
}

void EventLoop::run_once(SteadyClock::duration limit)
{
    using std::chrono::milliseconds;
    auto wait = limit;
    if (!timers_.empty())
        wait = std::min(wait, std::max(timers_.begin()->first - SteadyClock::now(), SteadyClock::duration::zero()));
    const auto rounded = std::min(std::chrono::ceil<milliseconds>(wait), milliseconds{60'000});
    std::array<epoll_event, 32> events{};
    const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                   static_cast<int>(rounded.count()));
    if (ready < 0 && errno != EINTR)
        throw Error{errno, "waiting for events"};
    for (int i = 0; i < ready; ++i) {
        const epoll_event& event = events.at(static_cast<std::size_t>(i));
        const auto found = watches_.find(event.data.fd);
        if (found == watches_.end())
            continue; // removed by a callback of this round
        const auto callback = found->second.callback;
        (*callback)(event.events);
    }
    run_due_timers();
}

void EventLoop::run()
{
    while (!stopped_)
        run_once(std::chrono::minutes{1});
    stopped_ = false;
}

} // namespace skiff
