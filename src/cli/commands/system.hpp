#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct InfoArgs
{
    std::string format;
};

struct DiskUsageArgs
{
    std::string format;
    bool verbose = false;
};

struct CheckArgs
{
    bool quick = false, repair = false, force = false;
    std::optional<std::chrono::nanoseconds> max_age;
};

struct ResetArgs
{
    bool force = false; ///< do not ask
};

struct ConnectionListArgs
{
    std::string format;
    bool quiet = false;
};

struct UnshareArgs
{
    std::vector<std::string> command; ///< empty: the user's shell
    bool rootless_netns = false;
};

} // namespace skiff::cli
