#include "cli/groups/limit_options.hpp"

#include "cli/values.hpp"
#include "cli/values_limits.hpp"
#include "model/asked_limits.hpp"

namespace skiff::cli {
namespace {

constexpr std::string_view no_realtime = "realtime bandwidth is not delegated to users";
constexpr std::string_view only_v1 = "it exists in cgroup v1 only";

void set_pids_limit(ResourceLimits& limits, std::string_view text)
{
    limits.pids = read_pids_limit(text);
    limits.pids_asked = true;
}

constexpr Option options[] = {
    option<&ResourceLimits::io_weight, read_io_weight>("blkio-weight", 0, "WEIGHT",
                                                       "Relative weight of input and output of block devices (10 to 1000)"),
    option<&ResourceLimits::io_device_weights, read_device_weight>("blkio-weight-device", 0, "DEVICE:WEIGHT",
                                                                   "The same for one block device"),
    option<&ResourceLimits::cpu_period_us, read_cpu_period>("cpu-period", 0, "MICROSECONDS",
                                                            "Length of a CPU scheduling period")
        .defaults("0")
        .wrapped(ValueKind::Uint),
    option<&ResourceLimits::cpu_quota_us, read_cpu_quota>("cpu-quota", 0, "MICROSECONDS", "CPU time in each period")
        .defaults("0")
        .wrapped(ValueKind::Int),
    refused("cpu-rt-period", 0, "MICROSECONDS", no_realtime),
    refused("cpu-rt-runtime", 0, "MICROSECONDS", no_realtime),
    option<&ResourceLimits::cpu_shares>("cpu-shares", 'c', "SHARES", "Relative weight of CPU time").defaults("0"),
    option<&ResourceLimits::cpus, read_cpus>("cpus", 0, "NUMBER", "How many CPUs (1.5 is one and a half)")
        .defaults("0")
        .wrapped(ValueKind::Float),
    option<&ResourceLimits::cpuset_cpus, read_number_list>("cpuset-cpus", 0, "LIST", "Run on these CPUs only (0-3, 0,1)")
        .wrapped(ValueKind::String),
    option<&ResourceLimits::cpuset_mems, read_number_list>("cpuset-mems", 0, "LIST",
                                                           "Use memory of these NUMA nodes only (0-3, 0,1)")
        .wrapped(ValueKind::String),
    option<&ResourceLimits::io_read_bps, read_device_bps>("device-read-bps", 0, "PATH:RATE",
                                                          "Bytes per second read from a block device (/dev/sda:10mb)"),
    option<&ResourceLimits::io_read_iops, read_device_iops>("device-read-iops", 0, "PATH:RATE",
                                                            "Reads per second from a block device"),
    option<&ResourceLimits::io_write_bps, read_device_bps>("device-write-bps", 0, "PATH:RATE",
                                                           "Bytes per second written to a block device"),
    option<&ResourceLimits::io_write_iops, read_device_iops>("device-write-iops", 0, "PATH:RATE",
                                                             "Writes per second to a block device"),
    option<&ResourceLimits::memory_bytes, read_memory>("memory", 'm', "SIZE", "Limit of memory (512m, 2g)"),
    option<&ResourceLimits::memory_reservation_bytes, read_memory>("memory-reservation", 0, "SIZE",
                                                                   "Memory that is kept when the machine runs short"),
    option<&ResourceLimits::memory_swap_bytes, read_memory_swap>("memory-swap", 0, "SIZE",
                                                                 "Limit of memory and swap together, -1 for none"),
    refused("memory-swappiness", 0, "NUMBER", only_v1),
    option<&set_pids_limit>("pids-limit", 0, "COUNT", "Limit of processes and threads, -1 for none")
        .defaults("2048")
        .wrapped(ValueKind::Int),
};

} // namespace

const OptionGroup limit_options{"Resource limit", options};

void finish_limits(const Invocation& invocation, ResourceLimits& limits)
{
    for (const std::string_view other : {"cpu-period", "cpu-quota"})
        if (invocation.has("cpus") && invocation.has(other))
            throw usage_error(cat("--", other, " and --cpus cannot be set together"));
    // Zero is how scripts spell "no limit".
    if (limits.cpus == 0.0)
        limits.cpus.reset();
    if (limits.cpu_period_us == 0U)
        limits.cpu_period_us.reset();
    if (limits.cpu_quota_us == 0)
        limits.cpu_quota_us.reset();
    if (limits.cpu_shares == 0U)
        limits.cpu_shares.reset();
    if (limits.memory_bytes == 0)
        limits.memory_bytes.reset();
    if (limits.memory_reservation_bytes == 0)
        limits.memory_reservation_bytes.reset();
    if (limits.memory_swap_bytes == 0)
        limits.memory_swap_bytes.reset();
    if (limits.cpus) {
        constexpr std::uint64_t period_us = 100'000; // the kernel's default
        limits.cpu_period_us = period_us;
        limits.cpu_quota_us = static_cast<std::int64_t>(*limits.cpus * static_cast<double>(period_us));
    }
    if (limits.memory_bytes && *limits.memory_bytes > 0 && !limits.memory_swap_bytes)
        limits.memory_swap_bytes = default_memory_swap(*limits.memory_bytes);
    if (limits.memory_swap_bytes && *limits.memory_swap_bytes > 0) {
        if (!limits.memory_bytes)
            throw usage_error("you should always set the Memory limit when using Memoryswap limit");
        if (*limits.memory_swap_bytes < *limits.memory_bytes)
            throw usage_error("memoryswap value must be larger than memory value");
    }
}

} // namespace skiff::cli
