#include "cli/groups/health_options.hpp"

#include "cli/values_health.hpp"

namespace skiff::cli {
namespace {

void set_test(HealthRequest& request, std::string_view text)
{
    request.test = read_health_test(text);
    if (request.test->front() == "NONE") { // as --no-healthcheck
        request.test.reset();
        request.disabled = true;
    }
}

constexpr Option options[] = {
    option<&set_test>("health-cmd", 0, "COMMAND",
                      "Check health with this: a shell line, a JSON array of words, or none")
        .also("healthcheck-command"),
    option<&HealthRequest::interval, read_health_interval>("health-interval", 0, "DURATION",
                                                           "Time between checks, or disable")
        .defaults("30s")
        .also("healthcheck-interval"),
    option<&HealthRequest::log_destination, read_health_log_destination>(
        "health-log-destination", 0, "PLACE", "Where the log of checks goes: local, events_logger or a directory")
        .defaults("local")
        .completes(Completes::Directories),
    option<&HealthRequest::max_log_count>("health-max-log-count", 0, "COUNT",
                                          "Checks kept in the log, 0 for all (default 5)"),
    option<&HealthRequest::max_log_size>("health-max-log-size", 0, "COUNT",
                                         "Characters kept of each check's output, 0 for all (default 500)"),
    option<&HealthRequest::on_failure, read_health_action>("health-on-failure", 0, "ACTION",
                                                           "What to do with an unhealthy container")
        .defaults("none")
        .suggests("none, kill, restart, stop"),
    option<&HealthRequest::retries, read_health_count>("health-retries", 0, "COUNT",
                                                         "So many failures make a container unhealthy")
        .defaults("3")
        .also("healthcheck-retries")
        .wrapped(ValueKind::Uint),
    option<&HealthRequest::start_interval, read_health_start_interval>(
        "health-start-interval", 0, "DURATION", "Time between checks of the start period (default: as --health-interval)"),
    option<&HealthRequest::start_period, read_health_start_period>("health-start-period", 0, "DURATION",
                                                                   "Failures do not count for so long after the start")
        .defaults("0s")
        .also("healthcheck-start-period"),
    option<&HealthRequest::startup_test, read_health_test>("health-startup-cmd", 0, "COMMAND",
                                                           "Check with this instead until it has succeeded"),
    option<&HealthRequest::startup_interval, read_health_interval>("health-startup-interval", 0, "DURATION",
                                                                   "Time between startup checks")
        .defaults("30s"),
    option<&HealthRequest::startup_retries, read_health_count>("health-startup-retries", 0, "COUNT",
                                            "So many failures of the startup check restart the container, 0: never")
        .defaults("0")
        .wrapped(ValueKind::Uint),
    option<&HealthRequest::startup_success, read_health_count>("health-startup-success", 0, "COUNT",
                                            "So many successes end the startup checks")
        .defaults("0")
        .wrapped(ValueKind::Uint),
    option<&HealthRequest::startup_timeout, read_health_timeout>("health-startup-timeout", 0, "DURATION",
                                                                 "A startup check that takes longer has failed")
        .defaults("30s"),
    option<&HealthRequest::timeout, read_health_timeout>("health-timeout", 0, "DURATION",
                                                         "A check that takes longer has failed")
        .defaults("30s")
        .also("healthcheck-timeout"),
    option<&HealthRequest::disabled>("no-healthcheck", 0, "", "No checks, whatever the image says"),
};

} // namespace

const OptionGroup health_options{"Health check", options};

} // namespace skiff::cli
