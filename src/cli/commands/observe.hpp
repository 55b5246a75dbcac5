#pragma once

#include "base/clock.hpp"
#include "cli/values.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct LogsArgs
{
    std::vector<std::string> containers;
    bool latest = false;
    bool follow = false;
    bool names = false; ///< put the container's name in front of each line
    bool color = false; ///< and tell containers apart by colour
    bool timestamps = false;
    std::int64_t tail = -1; ///< so many lines; -1: all
    std::optional<WallTime> since, until;
};

struct TopArgs
{
    std::vector<std::string> words; ///< the container, unless --latest, and descriptors or options of ps(1)
    bool latest = false;

    // Complete when the command's function runs:
    std::string container; ///< empty with `latest`
    std::vector<std::string> descriptors;
};

struct PortArgs
{
    std::vector<std::string> words; ///< the container, unless --all or --latest, and PORT[/PROTOCOL]
    bool all = false;
    bool latest = false;

    // Complete when the command's function runs:
    std::string container;
    std::uint16_t port = 0; ///< 0: all of them
    std::string protocol = "tcp";
};

} // namespace skiff::cli
