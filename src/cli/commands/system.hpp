#pragma once

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
