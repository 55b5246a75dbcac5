#pragma once

#include "model/container_config.hpp"

#include <string_view>
#include <vector>

namespace skiff::cli {

/// What --ulimit asks for.
struct UlimitRequest
{
    std::vector<RlimitConfig> limits;
    bool host = false; ///< --ulimit host: the caller's own limits
};

/// TYPE=SOFT[:HARD] or "host"; -1 or "unlimited" is no limit. A later one of the same type wins.
/// Errors: `ulimit option "x" requires name=SOFT:HARD, failed to be parsed: invalid ulimit argument: x`.
void add_ulimit(UlimitRequest& request, std::string_view text);

/// HOST[:CONTAINER][:rwm]. Errors: `invalid device mode: x`, `invalid device specification: x`. CDI names are refused.
DeviceConfig read_device(std::string_view text);

/// --pids-limit: 0 and -1 are no limit.
std::int64_t read_pids_limit(std::string_view text);

} // namespace skiff::cli
