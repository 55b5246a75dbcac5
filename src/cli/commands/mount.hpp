#pragma once

#include "cli/groups/selection_options.hpp"

#include <string>

namespace skiff::cli {

struct MountArgs ///< mount, image mount; unmount, image unmount
{
    ContainerSelection selection; ///< images: their names
    bool no_trunc = false;
    bool force = false;
    std::string format; ///< "" or "json"
};

} // namespace skiff::cli
