#pragma once

#include "model/create_request.hpp"

#include <cstdint>
#include <optional>
#include <string>
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

/// --device: a CDI name, or HOST[:CONTAINER][:rwm]. Errors: `invalid device mode: x`, `invalid device specification: x`.
void add_device(CreateRequest& request, std::string_view text);
DeviceConfig read_device(std::string_view text); ///< the latter only
/// --gpus: a CDI name, or what stands behind "nvidia.com/gpu=": "all", a number, a UUID.
void add_gpu(CreateRequest& request, std::string_view text);

/// --pids-limit: 0 and -1 are no limit.
std::int64_t read_pids_limit(std::string_view text);

/// --cpus: 0 (no limit), or from 0.01 to what a machine can have.
double read_cpus(std::string_view text);
/// Microseconds as the kernel's scheduler takes them; 0 is the default, a negative quota no limit.
std::uint64_t read_cpu_period(std::string_view text);
std::int64_t read_cpu_quota(std::string_view text);
/// --cpuset-cpus, --cpuset-mems: "0-3,7".
std::string read_number_list(std::string_view text);

/// --blkio-weight: 10 to 1000; 0 is the default.
void read_io_weight(std::optional<std::uint16_t>& weight, std::string_view text);
/// PATH:WEIGHT, PATH:BYTES[kb|mb|gb], PATH:COUNT.
DeviceLimit read_device_weight(std::string_view text);
DeviceLimit read_device_bps(std::string_view text);
DeviceLimit read_device_iops(std::string_view text);

} // namespace skiff::cli
