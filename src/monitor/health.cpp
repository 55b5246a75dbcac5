#include "monitor/health.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace skiff::monitor {
namespace {

constexpr const char* starting = "starting";
constexpr const char* healthy = "healthy";
constexpr const char* unhealthy = "unhealthy";
constexpr const char* stopped = "stopped";

} // namespace

std::vector<std::string> health_command(const std::vector<std::string>& test)
{
    if (test.empty())
        return {};
    if (test[0] == "CMD-SHELL")
        return {"/bin/sh", "-c", test.size() > 1 ? test[1] : ""};
    if (test[0] == "CMD")
        return {test.begin() + 1, test.end()};
    return test;
}

HealthChecker::HealthChecker(EventLoop& loop, HealthCheck check, Hooks hooks)
    : loop_{loop}, check_{std::move(check)}, hooks_{std::move(hooks)}
{
}

HealthChecker::~HealthChecker() { stop(); }

bool HealthChecker::in_startup() const
{
    return !check_.startup_test.empty() && startup_successes_ < std::max(check_.startup_success, 1);
}

void HealthChecker::start()
{
    if (!check_.exists())
        return;
    ++generation_;
    started_ = SteadyClock::now();
    startup_successes_ = startup_failures_ = 0;
    state_ = HealthState{starting, 0, {}};
    hooks_.changed();
    if (check_.interval.count() > 0 && !paused_)
        schedule(std::chrono::nanoseconds{0}, Counts::SuccessOnly);
}

void HealthChecker::stop()
{
    ++generation_;
    if (timer_ != 0)
        loop_.cancel(timer_);
    timer_ = 0;
    if (under_way_.empty())
        return;
    state_.status = stopped;
    for (const auto& [run, answer] : std::exchange(under_way_, {}))
        if (answer)
            answer({stopped, 1, {}});
}

void HealthChecker::pause()
{
    paused_ = true;
    if (timer_ != 0)
        loop_.cancel(timer_);
    timer_ = 0;
}

void HealthChecker::resume()
{
    paused_ = false;
    if (check_.exists() && under_way_.empty())
        schedule_next();
}

void HealthChecker::reconfigure(HealthCheck check)
{
    const HealthState before = state_;
    stop();
    check_ = std::move(check);
    state_ = before;
    if (!check_.exists()) {
        state_ = {};
        hooks_.changed();
    } else if (state_.status.empty()) {
        start();
    } else {
        schedule_next();
    }
}

std::chrono::nanoseconds HealthChecker::time_to_next_check() const
{
    if (in_startup())
        return check_.startup_interval;
    const auto left_of_start_period = check_.start_period - (SteadyClock::now() - started_);
    if (check_.start_interval.count() == 0 || state_.status != starting || left_of_start_period.count() <= 0)
        return check_.interval;
    // A long one does not put off the checks that count.
    return std::min(check_.start_interval, std::max(check_.interval, left_of_start_period));
}

void HealthChecker::schedule(std::chrono::nanoseconds delay, Counts counts)
{
    timer_ = loop_.after(delay, [this, counts] {
        timer_ = 0;
        run_check({}, counts);
    });
}

void HealthChecker::schedule_next()
{
    const auto delay = time_to_next_check();
    if (timer_ == 0 && !paused_ && check_.interval.count() > 0 && delay.count() > 0)
        schedule(delay, Counts::All);
}

void HealthChecker::run_now(std::function<void(HealthAnswer)> answer)
{
    if (!check_.exists())
        throw Error{ErrorKind::Failure, "this container has no defined healthcheck"};
    run_check(std::move(answer), Counts::All);
}

void HealthChecker::run_check(std::function<void(HealthAnswer)> answer, Counts counts)
{
    const bool startup = in_startup();
    const std::uint64_t generation = generation_;
    const WallTime begin = wall_now();
    const std::uint64_t run = ++last_run_;
    under_way_[run] = std::move(answer);
    hooks_.run(health_command(startup ? check_.startup_test : check_.test),
               startup ? check_.startup_timeout : check_.timeout,
               [this, startup, counts, generation, begin, run](int code, std::string output) {
                   if (generation != generation_)
                       return;
                   HealthResult result{begin, wall_now(), code, std::move(output)};
                   const auto waiting = under_way_.extract(run);
                   if (!paused_) {
                       if (code == 0 || counts == Counts::All || SteadyClock::now() - started_ >= check_.interval)
                           judge(result, startup);
                       remember(result);
                       hooks_.changed();
                       if (state_.status == unhealthy && check_.on_failure != HealthAction::None && code != 0)
                           hooks_.act(check_.on_failure);
                   }
                   if (waiting.mapped())
                       waiting.mapped()({state_.status, code, std::move(result.output)});
                   schedule_next();
               });
}

void HealthChecker::judge(const HealthResult& result, bool startup)
{
    const bool good = result.exit_code == 0;
    if (startup) {
        if (good && ++startup_successes_ >= std::max(check_.startup_success, 1))
            started_ = SteadyClock::now(); // the start period of the regular check begins now
        else if (!good && check_.startup_retries > 0 && ++startup_failures_ >= check_.startup_retries)
            become(unhealthy);
        return;
    }
    if (good) {
        state_.failing_streak = 0;
        become(healthy);
        return;
    }
    // Failures of the start period are not counted, unless the check has succeeded once.
    if (state_.status == starting && SteadyClock::now() - started_ < check_.start_period)
        return;
    if (++state_.failing_streak >= std::max(check_.retries, 1))
        become(unhealthy);
}

void HealthChecker::become(const std::string& status) { state_.status = status; }

void HealthChecker::remember(HealthResult result)
{
    if (check_.max_log_size > 0 && result.output.size() > check_.max_log_size)
        result.output.resize(check_.max_log_size);
    state_.log.push_back(std::move(result));
    if (check_.max_log_count > 0 && state_.log.size() > check_.max_log_count)
        state_.log.erase(state_.log.begin(), state_.log.end() - static_cast<std::ptrdiff_t>(check_.max_log_count));
}

} // namespace skiff::monitor
