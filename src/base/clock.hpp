#pragma once

#include <chrono>
#include <string>

namespace skiff {

/// Wall-clock instants are kept as nanoseconds since 1970, UTC; durations are measured with SteadyClock only.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;
using SteadyClock = std::chrono::steady_clock;

[[nodiscard]] WallTime wall_now();

/// Identifies this boot of the machine; anything volatile that was recorded under another one is void.
/// Source: /proc/sys/kernel/random/boot_id. SKIFF_BOOT_ID overrides it (tests simulate a reboot with it).
[[nodiscard]] const std::string& boot_id();

} // namespace skiff
