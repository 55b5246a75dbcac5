#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Resource limits by name (getrlimit(2)).
namespace skiff::kernel {

struct Rlimit
{
    int resource = 0;       ///< RLIMIT_NOFILE ...
    std::uint64_t soft = 0; ///< RLIM_INFINITY: unlimited
    std::uint64_t hard = 0;
};

/// Of "nofile", "NOFILE" or "RLIMIT_NOFILE"; nothing for other words.
std::optional<int> find_rlimit(std::string_view name);
/// "RLIMIT_NOFILE"
std::string rlimit_name(int resource);
/// "nofile": as --ulimit spells it.
std::string short_rlimit_name(int resource);

/// This process' own limits, all of them.
std::vector<Rlimit> current_rlimits();

} // namespace skiff::kernel
