#include "engine/make_config.hpp"

#include "base/error.hpp"

namespace skiff::engine {
namespace {

template <typename Value, typename Asked>
void choose(Value& into, const std::optional<Asked>& asked)
{
    if (asked)
        into = static_cast<Value>(*asked);
}

} // namespace

void merge_health(HealthCheck& health, const HealthRequest& asked)
{
    choose(health.test, asked.test);
    choose(health.interval, asked.interval);
    choose(health.timeout, asked.timeout);
    choose(health.start_period, asked.start_period);
    choose(health.start_interval, asked.start_interval);
    choose(health.retries, asked.retries);
    choose(health.on_failure, asked.on_failure);
    choose(health.startup_test, asked.startup_test);
    choose(health.startup_interval, asked.startup_interval);
    choose(health.startup_timeout, asked.startup_timeout);
    choose(health.startup_retries, asked.startup_retries);
    choose(health.startup_success, asked.startup_success);
    choose(health.log_destination, asked.log_destination);
    choose(health.max_log_count, asked.max_log_count);
    choose(health.max_log_size, asked.max_log_size);
}

HealthCheck make_health(const HealthRequest& asked, const oci::ExecutionConfig& image)
{
    HealthCheck health;
    if (asked.disabled) {
        health.test = {"NONE"};
        return health;
    }
    if (image.healthcheck && !image.healthcheck->test.empty()) {
        const oci::ImageHealthCheck& from = *image.healthcheck;
        health.test = from.test;
        if (from.interval.count() > 0)
            health.interval = from.interval;
        if (from.timeout.count() > 0)
            health.timeout = from.timeout;
        if (from.retries > 0)
            health.retries = from.retries;
        if (from.start_period.count() > 0)
            health.start_period = from.start_period;
        if (from.start_interval.count() > 0)
            health.start_interval = from.start_interval;
    }
    merge_health(health, asked);
    if (!health.exists() && health.on_failure != HealthAction::None)
        throw Error{ErrorKind::Usage, cat("cannot set on-failure action to ",
                                          health.on_failure == HealthAction::Kill      ? "kill"
                                          : health.on_failure == HealthAction::Restart ? "restart"
                                                                                       : "stop",
                                          " without a health check")};
    if (!health.startup_test.empty() && !health.exists())
        throw Error{ErrorKind::Usage, "cannot set a startup healthcheck when there is no regular healthcheck"};
    return health;
}

} // namespace skiff::engine
