#include "monitor/restart.hpp"

#include <algorithm>

namespace skiff::monitor {
namespace {

bool wants_restart(const RestartPolicy& policy, const RunOutcome& outcome)
{
    if (outcome.stopped_by_user)
        return false;
    switch (policy.when) {
    case RestartWhen::No:
        return false;
    case RestartWhen::OnFailure:
        return outcome.code != 0;
    case RestartWhen::Always:
    case RestartWhen::UnlessStopped:
        return true;
    }
    return false;
}

std::chrono::nanoseconds growing_pause(std::uint32_t failures)
{
    constexpr std::chrono::milliseconds first{100};
    constexpr std::chrono::milliseconds longest{60'000};
    const std::uint32_t doublings = failures == 0 ? 0 : std::min(failures - 1, 10U);
    return std::min(longest, first * (1U << doublings));
}

} // namespace

std::optional<std::chrono::nanoseconds> Restarts::next_pause(const RestartPolicy& policy, const RunOutcome& outcome)
{
    constexpr std::chrono::seconds usual_window{10};
    const bool has_window = policy.window.count() > 0;
    const bool succeeded = outcome.lasted >= (has_window ? policy.window : usual_window);
    failures_ = succeeded ? 0 : failures_ + 1;
    if (succeeded && has_window)
        retries_ = 0;
    if (!wants_restart(policy, outcome) || (policy.max_retries != 0 && retries_ >= policy.max_retries))
        return std::nullopt;
    ++count_;
    ++retries_;
    return policy.delay.count() > 0 ? policy.delay : growing_pause(failures_);
}

} // namespace skiff::monitor
