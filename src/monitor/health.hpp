#pragma once

#include "base/event_loop.hpp"
#include "model/health.hpp"
#include "monitor/control.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace skiff::monitor {

/// Runs a container's health check on time and judges what comes back. It starts nothing itself: the monitor's hooks do.
class HealthChecker
{
  public:
    using OnResult = std::function<void(int exit_code, std::string output)>;
    struct Hooks
    {
        /// Runs `argv` inside the container, kills it after `timeout`, calls back once (from the loop).
        std::function<void(const std::vector<std::string>& argv, std::chrono::nanoseconds timeout, OnResult)> run;
        std::function<void()> changed;             ///< state() is another one than before
        std::function<void(HealthAction)> act;     ///< the container became unhealthy
    };

    HealthChecker(EventLoop& loop, HealthCheck check, Hooks hooks);
    ~HealthChecker();
    HealthChecker(const HealthChecker&) = delete;
    HealthChecker& operator=(const HealthChecker&) = delete;

    void start();
    /// No further runs. Who waits for one that is still under way is told "stopped", and that becomes the state.
    void stop();
    /// Nothing runs in a paused container: no check begins, and one that is under way is no verdict.
    void pause();
    void resume();
    /// Runs the check at once, besides the timer; answers when it is done. Throws when the container has no check.
    void run_now(std::function<void(HealthAnswer)> answer);
    void reconfigure(HealthCheck check);

    [[nodiscard]] const HealthState& state() const { return state_; }

  private:
    [[nodiscard]] bool in_startup() const;
    [[nodiscard]] std::chrono::nanoseconds time_to_next_check() const;
    /// What is ready at once shall be healthy at once; but where others look first after an interval, no failure counts before.
    enum class Counts { All, SuccessOnly };
    void schedule(std::chrono::nanoseconds delay, Counts counts);
    void schedule_next();
    void run_check(std::function<void(HealthAnswer)> answer, Counts counts);
    void judge(const HealthResult& result, bool startup);
    void remember(HealthResult result);
    void become(const std::string& status);

    EventLoop& loop_;
    HealthCheck check_;
    Hooks hooks_;
    HealthState state_;
    EventLoop::TimerId timer_ = 0; ///< of the next check; 0 when it is under way, too
    bool paused_ = false;
    SteadyClock::time_point started_;
    int startup_successes_ = 0;
    int startup_failures_ = 0;
    std::uint64_t generation_ = 0; ///< results of an older one are dropped
    std::map<std::uint64_t, std::function<void(HealthAnswer)>> under_way_; ///< who waits for the runs of this generation
    std::uint64_t last_run_ = 0;
};

/// {"CMD", "a", "b"} -> a b; {"CMD-SHELL", line} -> /bin/sh -c line; a bare list is a command.
std::vector<std::string> health_command(const std::vector<std::string>& test);

} // namespace skiff::monitor
