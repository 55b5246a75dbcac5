#include "cli/groups/restart_options.hpp"

#include "cli/values.hpp"
#include "text/duration.hpp"

namespace skiff::cli {
namespace {

void set_policy(RestartRequest& request, std::string_view text)
{
    const RestartPolicy policy = read_restart_policy(text);
    request.when = policy.when;
    request.max_retries = policy.max_retries;
}

std::chrono::nanoseconds read_time(std::string_view text)
{
    const auto time = text::parse_duration(text);
    if (time < std::chrono::nanoseconds{0})
        throw usage_error("it must be 0 seconds or greater");
    return time;
}

constexpr Option options[] = {
    option<&set_policy>("restart", 0, "POLICY",
                        "Restart when it ends: no, on-failure[:N], always[:N], unless-stopped[:N]")
        .suggests("no, on-failure, always, unless-stopped"),
    option<&RestartRequest::delay, read_time>("restart-delay", 0, "DURATION",
                                              "Time before each restart, 0 for one that grows")
        .defaults("0s")
        .wrapped(ValueKind::Duration),
    option<&RestartRequest::window, read_time>("restart-window", 0, "DURATION",
                                               "A run of this length has succeeded, and N counts anew; 0: never")
        .defaults("0s")
        .wrapped(ValueKind::Duration),
};

} // namespace

const OptionGroup restart_options{"Restart", options};

} // namespace skiff::cli
