#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace skiff {

enum class HealthAction { None, Kill, Restart, Stop };

/// A health check, from --health-* or the image's HEALTHCHECK.
struct HealthCheck
{
    /// As the image specification keeps it: {"NONE"}, {"CMD", argv...} or {"CMD-SHELL", line}. Empty: no check.
    std::vector<std::string> test;
    std::chrono::nanoseconds interval{std::chrono::seconds{30}}; ///< 0: only when `healthcheck run` asks
    std::chrono::nanoseconds timeout{std::chrono::seconds{30}};
    std::chrono::nanoseconds start_period{0};
    std::chrono::nanoseconds start_interval{0}; ///< between checks of the start period; 0: the interval
    int retries = 3;
    HealthAction on_failure = HealthAction::None;
    std::vector<std::string> startup_test; ///< runs instead of `test` until it has succeeded `startup_success` times
    std::chrono::nanoseconds startup_interval{std::chrono::seconds{30}};
    std::chrono::nanoseconds startup_timeout{std::chrono::seconds{30}};
    int startup_retries = 0;
    int startup_success = 0;
    std::string log_destination = "local"; ///< "local", "events_logger" or a directory
    std::uint32_t max_log_count = 5;       ///< 0: unlimited
    std::uint32_t max_log_size = 500;      ///< characters of output kept per run; 0: unlimited

    [[nodiscard]] bool exists() const { return !test.empty() && test[0] != "NONE"; }
    bool operator==(const HealthCheck&) const = default;
};

/// One run of a check.
struct HealthResult
{
    WallTime start;
    WallTime end;
    int exit_code = 0;
    std::string output;
};

/// What the monitor knows about a container's health.
struct HealthState
{
    std::string status; ///< "starting", "healthy", "unhealthy"; empty without a check
    int failing_streak = 0;
    std::vector<HealthResult> log; ///< oldest first
};

} // namespace skiff
