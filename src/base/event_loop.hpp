#pragma once

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <sys/epoll.h>
#include <sys/signalfd.h>

namespace skiff {

/// One thread's wait for everything: descriptors (epoll), timers, signals (signalfd), processes (pidfd).
/// Callbacks may add and remove watches, their own included.
class EventLoop
{
  public:
    using OnReady = std::function<void(std::uint32_t events)>; ///< EPOLLIN, EPOLLOUT, EPOLLHUP ...
    using TimerId = std::uint64_t;

    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// The descriptor stays the caller's; unwatch it before it is closed.
    void watch(int fd, std::uint32_t events, OnReady callback);
    void change(int fd, std::uint32_t events);
    void unwatch(int fd);
    [[nodiscard]] bool is_watched(int fd) const { return watches_.contains(fd); }

    TimerId after(SteadyClock::duration delay, std::function<void()> callback);
    void cancel(TimerId timer);

    /// Blocks the signal for this thread and delivers it here instead. Spawned programs get an empty signal mask.
    void on_signal(int signal, std::function<void(const signalfd_siginfo&)> callback);
    /// It stays blocked; from within its own callback it cannot be forgotten.
    void forget_signal(int signal);

    void run();  ///< until stop()
    void stop() { stopped_ = true; }
    /// Handles what is ready; waits at most `limit` for the first event. For loops inside other libraries.
    void run_once(SteadyClock::duration limit);

  private:
    struct Watch
    {
        std::uint32_t events;
        std::shared_ptr<OnReady> callback; ///< shared: a callback may remove its own watch while it runs
    };
    struct Timer
    {
        TimerId id;
        std::function<void()> callback;
    };

    void run_due_timers();
    void watch_signals();
    void read_signals();

    UniqueFd epoll_;
    std::map<int, Watch> watches_;
    std::multimap<SteadyClock::time_point, Timer> timers_;
    std::map<int, std::function<void(const signalfd_siginfo&)>> signals_;
    UniqueFd signal_fd_;
    TimerId last_timer_ = 0;
    bool stopped_ = false;
};

} // namespace skiff
