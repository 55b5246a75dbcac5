#pragma once

#include "model/create_request.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

/// --health-*.
namespace skiff::cli {

/// A shell line, a JSON array of words, "CMD word...", "CMD-SHELL line" or "none", in the image specification's form.
/// Errors: `must define a healthcheck command for all healthchecks`.
std::vector<std::string> read_health_test(std::string_view text);

std::chrono::nanoseconds
read_health_interval(std::string_view text); ///< "disable" is 0; `invalid healthcheck-interval: ...`
std::chrono::nanoseconds
read_health_timeout(std::string_view text); ///< `healthcheck-timeout must be at least 1 second`
std::chrono::nanoseconds
read_health_start_period(std::string_view text); ///< `healthcheck-start-period must be 0 seconds or greater`
std::chrono::nanoseconds
read_health_start_interval(std::string_view text); ///< `healthcheck-start-interval must be 0 seconds or greater`
int read_health_count(std::string_view text); ///< 0 to 65535

/// none, kill, restart, stop. Errors: `invalid on-failure action "x" for health check: supported actions are ...`.
HealthAction read_health_action(std::string_view text);

/// local, events_logger, or an existing directory.
std::string read_health_log_destination(std::string_view text);

/// What the options say together. Errors: `cannot specify both --no-healthcheck and --health-cmd` ...
void check_health(const HealthRequest& request);

} // namespace skiff::cli
