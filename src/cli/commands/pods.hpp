#pragma once

#include "cli/values.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Pods as far as an engine without them can answer truthfully: there are none.
namespace skiff::cli {

struct PodSelectionArgs ///< rm, stop, start, kill, pause, unpause, restart, exists, inspect, top, stats
{
    std::vector<std::string> names;
    bool all = false;
    bool latest = false;
    bool force = false;
    bool ignore = false;
    std::optional<std::uint32_t> timeout_s;
    int signal = 9;
    std::string format;
    bool no_stream = false, no_reset = false, no_trunc = false;
};

struct PodListArgs
{
    std::vector<Filter> filters;
    std::string format, sort;
    bool container_ids = false, container_names = false, container_status = false;
    bool latest = false, namespaces = false, no_trunc = false, no_heading = false, quiet = false;
};

} // namespace skiff::cli
