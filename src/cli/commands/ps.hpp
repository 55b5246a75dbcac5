#pragma once

#include "cli/values.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace skiff::cli {

struct PsArgs
{
    bool all = false;
    bool external = false; ///< those of builds, too
    bool latest = false;
    bool namespaces = false; ///< --namespace: show them
    bool no_trunc = false;
    bool no_heading = false;
    bool pod = false;
    bool quiet = false;
    bool size = false;
    int last = -1;             ///< so many of the newest; -1: all
    std::uint32_t watch_s = 0; ///< show again every so many seconds; 0: once
    std::string format, sort = "created";
    std::vector<Filter> filters;
};

} // namespace skiff::cli
