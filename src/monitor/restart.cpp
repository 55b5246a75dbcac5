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
        return outcome.code != 0 && (policy.max_retries == 0 || outcome.restarts < policy.max_retries);
    case RestartWhen::Always:
    case RestartWhen::UnlessStopped:
        return true;
    }
    return false;
}

} // namespace

std::optional<std::chrono::milliseconds> find_restart_delay(const RestartPolicy& policy, const RunOutcome& outcome)
{
    using std::chrono::milliseconds;
    constexpr milliseconds first{100};
    constexpr milliseconds longest{60'000};
    if (!wants_restart(policy, outcome))
        return std::nullopt;
    if (outcome.lasted >= std::chrono::seconds{10})
        return first;
    const std::uint32_t doublings = std::min(outcome.restarts, 10U);
    return std::min(longest, first * (1U << doublings));
}

} // namespace skiff::monitor
