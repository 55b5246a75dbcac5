#pragma once

#include <string>
#include <vector>

namespace skiff::cli {

struct StatsArgs
{
    std::vector<std::string> containers;
    bool all = false;
    bool latest = false;
    bool no_stream = false;
    bool no_reset = false; ///< do not clear the screen between two lists
    bool no_trunc = false;
    int interval_s = 5;
    std::string format;
};

} // namespace skiff::cli
