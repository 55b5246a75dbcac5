#pragma once

#include "engine/engine.hpp"
#include "engine/progress.hpp"
#include "registry/open_destination.hpp"

#include <string>

namespace skiff::engine {

/// One end of a copy between machines.
struct ScpPlace
{
    std::string host;  ///< "[USER@]HOST" or "ssh://[USER@]HOST[:PORT]"; empty: here
    std::string image; ///< empty at the receiving end: as it was called
};

struct ScpRequest
{
    ScpPlace from, to;
    registry::DiskFormat format = registry::DiskFormat::DockerArchive; ///< on the way; archives only
};

/// Copies an image from one machine to another by `save`, ssh (the user's own, found in $PATH) and `load`. On the other
/// machine skiff is used, or podman or docker where there is none. Returns what the receiving end printed or loaded:
/// lines "Loaded image: NAME".
std::string copy_between_machines(Engine& engine, const ScpRequest& request, Progress& progress);

} // namespace skiff::engine
