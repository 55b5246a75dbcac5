#pragma once

#include "model/health.hpp"
#include "model/record_fields.hpp"

/// The JSON of health.hpp's structs, which both the configuration and the state contain. For .cpp files of this room
/// only.
namespace skiff {

constexpr auto words_of(record::Of<HealthAction>)
{
    return std::array{
        std::pair{HealthAction::None, "none"},
        std::pair{HealthAction::Kill, "kill"},
        std::pair{HealthAction::Restart, "restart"},
        std::pair{HealthAction::Stop, "stop"},
    };
}

template <typename Fields>
void describe(Fields& field, record::Of<HealthCheck>)
{
    field("test", &HealthCheck::test);
    field("interval", &HealthCheck::interval);
    field("timeout", &HealthCheck::timeout);
    field("start_period", &HealthCheck::start_period);
    field("start_interval", &HealthCheck::start_interval);
    field("retries", &HealthCheck::retries);
    field("on_failure", &HealthCheck::on_failure);
    field("startup_test", &HealthCheck::startup_test);
    field("startup_interval", &HealthCheck::startup_interval);
    field("startup_timeout", &HealthCheck::startup_timeout);
    field("startup_retries", &HealthCheck::startup_retries);
    field("startup_success", &HealthCheck::startup_success);
    field("log_destination", &HealthCheck::log_destination);
    field("max_log_count", &HealthCheck::max_log_count);
    field("max_log_size", &HealthCheck::max_log_size);
}

template <typename Fields>
void describe(Fields& field, record::Of<HealthResult>)
{
    field("start", &HealthResult::start);
    field("end", &HealthResult::end);
    field("exit_code", &HealthResult::exit_code);
    field("output", &HealthResult::output);
}

template <typename Fields>
void describe(Fields& field, record::Of<HealthState>)
{
    field("status", &HealthState::status);
    field("failing_streak", &HealthState::failing_streak);
    field("log", &HealthState::log);
}

} // namespace skiff
