#include "cli/groups/limit_options.hpp"

#include "cli/values.hpp"
#include "cli/values_limits.hpp"

namespace skiff::cli {
namespace {

constexpr std::string_view no_io = "limits of block devices are not supported yet";
constexpr std::string_view no_realtime = "realtime bandwidth is not delegated to users";
constexpr std::string_view only_v1 = "it exists in cgroup v1 only";

void set_pids_limit(ResourceLimits& limits, std::string_view text)
{
    limits.pids = read_pids_limit(text);
    limits.pids_asked = true;
}

constexpr Option options[] = {
    refused("blkio-weight", 0, "WEIGHT", no_io),
    refused("blkio-weight-device", 0, "DEVICE:WEIGHT", no_io).many(),
    option<&ResourceLimits::cpu_period_us>("cpu-period", 0, "MICROSECONDS", "Length of a CPU scheduling period")
        .defaults("0"),
    option<&ResourceLimits::cpu_quota_us>("cpu-quota", 0, "MICROSECONDS", "CPU time in each period").defaults("0"),
    refused("cpu-rt-period", 0, "MICROSECONDS", no_realtime),
    refused("cpu-rt-runtime", 0, "MICROSECONDS", no_realtime),
    option<&ResourceLimits::cpu_shares>("cpu-shares", 'c', "SHARES", "Relative weight of CPU time").defaults("0"),
    option<&ResourceLimits::cpus>("cpus", 0, "NUMBER", "How many CPUs (1.5 is one and a half)").defaults("0"),
    option<&ResourceLimits::cpuset_cpus>("cpuset-cpus", 0, "LIST", "Run on these CPUs only (0-3, 0,1)"),
    option<&ResourceLimits::cpuset_mems>("cpuset-mems", 0, "LIST", "Use memory of these NUMA nodes only (0-3, 0,1)"),
    refused("device-read-bps", 0, "PATH:RATE", no_io).many(),
    refused("device-read-iops", 0, "PATH:RATE", no_io).many(),
    refused("device-write-bps", 0, "PATH:RATE", no_io).many(),
    refused("device-write-iops", 0, "PATH:RATE", no_io).many(),
    option<&ResourceLimits::memory_bytes, read_memory>("memory", 'm', "SIZE", "Limit of memory (512m, 2g)"),
    option<&ResourceLimits::memory_reservation_bytes, read_memory>("memory-reservation", 0, "SIZE",
                                                                   "Memory that is kept when the machine runs short"),
    option<&ResourceLimits::memory_swap_bytes, read_memory_swap>("memory-swap", 0, "SIZE",
                                                                 "Limit of memory and swap together, -1 for none"),
    refused("memory-swappiness", 0, "NUMBER", only_v1),
    option<&set_pids_limit>("pids-limit", 0, "COUNT", "Limit of processes and threads, -1 for none")
        .defaults("2048")
        .like(ValueKind::Int),
};

} // namespace

const OptionGroup limit_options{"Resource limit", options};

void finish_limits(const Invocation& invocation, ResourceLimits& limits)
{
    for (const std::string_view other : {"cpu-period", "cpu-quota"})
        if (invocation.has("cpus") && invocation.has(other))
            throw usage_error(cat("--", other, " and --cpus cannot be set together"));
    // Zero is how scripts spell "no limit".
    if (limits.cpus && *limits.cpus <= 0)
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
    if (limits.cpus) {
        constexpr std::uint64_t period_us = 100'000; // the kernel's default
        limits.cpu_period_us = period_us;
        limits.cpu_quota_us = static_cast<std::int64_t>(*limits.cpus * static_cast<double>(period_us));
    }
    if (limits.memory_swap_bytes && *limits.memory_swap_bytes > 0) {
        if (!limits.memory_bytes)
            throw usage_error("you should always set the Memory limit when using Memoryswap limit");
        if (*limits.memory_swap_bytes < *limits.memory_bytes)
            throw usage_error("memoryswap value must be larger than memory value");
    }
}

} // namespace skiff::cli
