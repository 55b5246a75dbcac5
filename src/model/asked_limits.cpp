#include "model/asked_limits.hpp"

namespace skiff {
namespace {

template <auto Member>
bool is_set(const ResourceLimits& limits)
{
    const auto& value = limits.*Member;
    if constexpr (requires { value.has_value(); })
        return value.has_value();
    else
        return !value.empty();
}

template <auto Member>
bool is_set_by_hand(const ResourceLimits& limits)
{
    return is_set<Member>(limits) && !limits.cpus;
}

bool is_swap_asked(const ResourceLimits& limits)
{
    return limits.memory_swap_bytes && !(limits.memory_bytes && *limits.memory_swap_bytes == default_memory_swap(*limits.memory_bytes));
}

struct Limit
{
    AskedLimit name;
    bool (*is_asked)(const ResourceLimits& limits);
};

constexpr Limit all_limits[] = {
    {{"--memory", "memory"}, is_set<&ResourceLimits::memory_bytes>},
    {{"--memory-reservation", "memory"}, is_set<&ResourceLimits::memory_reservation_bytes>},
    {{"--memory-swap", "memory"}, is_swap_asked},
    {{"--cpus", "cpu"}, is_set<&ResourceLimits::cpus>},
    {{"--cpu-shares", "cpu"}, is_set<&ResourceLimits::cpu_shares>},
    {{"--cpu-period", "cpu"}, is_set_by_hand<&ResourceLimits::cpu_period_us>},
    {{"--cpu-quota", "cpu"}, is_set_by_hand<&ResourceLimits::cpu_quota_us>},
    {{"--cpuset-cpus", "cpuset"}, is_set<&ResourceLimits::cpuset_cpus>},
    {{"--cpuset-mems", "cpuset"}, is_set<&ResourceLimits::cpuset_mems>},
    {{"--pids-limit", "pids"}, [](const ResourceLimits& limits) { return limits.pids_asked; }},
    {{"--blkio-weight", "io"}, is_set<&ResourceLimits::io_weight>},
    {{"--blkio-weight-device", "io"}, is_set<&ResourceLimits::io_device_weights>},
    {{"--device-read-bps", "io"}, is_set<&ResourceLimits::io_read_bps>},
    {{"--device-write-bps", "io"}, is_set<&ResourceLimits::io_write_bps>},
    {{"--device-read-iops", "io"}, is_set<&ResourceLimits::io_read_iops>},
    {{"--device-write-iops", "io"}, is_set<&ResourceLimits::io_write_iops>},
    {{"--cgroup-conf", ""}, is_set<&ResourceLimits::unified>},
};

} // namespace

std::vector<AskedLimit> list_asked_limits(const ResourceLimits& limits)
{
    std::vector<AskedLimit> asked;
    for (const Limit& limit : all_limits)
        if (limit.is_asked(limits))
            asked.push_back(limit.name);
    return asked;
}

} // namespace skiff
