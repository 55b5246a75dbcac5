#pragma once

#include "model/create_request.hpp"

#include <string>
#include <vector>

namespace skiff::cli {

/// image inspect --remote
struct RemoteInspect
{
    bool wanted = false;
    bool raw = false;     ///< the document itself, byte for byte
    bool config = false;  ///< the image's configuration
    bool no_tags = false; ///< do not ask for the repository's tags
    PullOptions options;
};

struct InspectArgs ///< inspect, and that of containers, images, volumes, networks and pods
{
    std::string format = "json";
    std::string type = "all"; ///< "all", "container", "image", "volume", "network", "pod"
    bool latest = false;
    bool size = false;
    bool all = false; ///< volumes only
    std::vector<std::string> names;
    RemoteInspect remote; ///< images only
};

} // namespace skiff::cli
