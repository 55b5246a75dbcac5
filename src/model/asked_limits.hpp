#pragma once

#include "model/container_config.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace skiff {

/// A limit that the user asked for.
struct AskedLimit
{
    std::string_view option;     ///< that asks for it: "--memory"
    std::string_view controller; ///< that carries it out: "memory", "pids", "cpu" ...; empty: any cgroup will do
};

/// Without the engine's own default of processes, and without what follows from another one (period and quota from --cpus).
std::vector<AskedLimit> list_asked_limits(const ResourceLimits& limits);

/// Of memory and swap together, where only memory was limited. Source: Podman and Docker, --memory-swap in the manual.
constexpr std::int64_t default_memory_swap(std::int64_t memory_bytes) { return 2 * memory_bytes; }

} // namespace skiff
