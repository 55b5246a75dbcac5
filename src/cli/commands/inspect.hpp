#pragma once

#include <string>
#include <vector>

namespace skiff::cli {

struct InspectArgs ///< inspect, and that of containers, images, volumes, networks and pods
{
    std::string format = "json";
    std::string type = "all"; ///< "all", "container", "image", "volume", "network", "pod"
    bool latest = false;
    bool size = false;
    bool all = false; ///< volumes only
    std::vector<std::string> names;
};

} // namespace skiff::cli
