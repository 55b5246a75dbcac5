#pragma once

#include "engine/engine.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace skiff::engine {

/// What a container uses at one moment; all zero when it does not run.
struct ContainerStats
{
    std::string id, name;
    std::chrono::nanoseconds cpu_time{0}, system_time{0}; ///< of all CPUs together; the second: in the kernel
    double cpu_percent = 0;     ///< of one CPU, since the reading before; of the first one since the start
    double average_percent = 0; ///< since the start
    std::uint64_t memory_bytes = 0, memory_limit_bytes = 0;
    std::uint64_t received_bytes = 0, sent_bytes = 0; ///< by its own network
    std::uint64_t block_read_bytes = 0, block_written_bytes = 0;
    std::uint64_t pids = 0;
    WallTime taken;
};

/// Reads again and again; CPU percentages are of the time between two readings. From the container's cgroup; where it has
/// none, from /proc: then what ended processes used is not known, and threads count by process.
class StatsReader
{
  public:
    explicit StatsReader(Engine& engine) : engine_{engine} {}
    /// Containers that vanish meanwhile are left out.
    std::vector<ContainerStats> read(const std::vector<std::string>& ids);

  private:
    Engine& engine_;
    std::map<std::string, ContainerStats> before_;
};

/// What `stats --format json` shows, and what templates see.
nlohmann::ordered_json make_stats_document(const ContainerStats& stats, bool no_trunc);
nlohmann::ordered_json make_stats_row(const ContainerStats& stats, bool no_trunc);

/// Bytes in and out of all cards but lo, in a text of /proc/PID/net/dev.
struct NetworkTraffic
{
    std::uint64_t received_bytes = 0, sent_bytes = 0;
};
NetworkTraffic parse_network_traffic(const std::string& text);

} // namespace skiff::engine
