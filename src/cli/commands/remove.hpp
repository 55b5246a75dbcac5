#pragma once

#include "cli/groups/selection_options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct RemoveArgs
{
    ContainerSelection selection;
    bool depend = false; ///< those that depend on them, too
    bool force = false;
    bool ignore = false; ///< missing containers are no error; --force implies it
    bool volumes = false;
    std::optional<std::uint32_t> timeout_s;
};

struct PruneArgs ///< containers, images, volumes, networks, pods, system: the options that each has
{
    bool force = false; ///< do not ask
    std::vector<Filter> filters;
    bool all = false;
    bool volumes = false;
    bool build_cache = false;
    bool external = false;
    bool dry_run = false;
};

struct CleanupArgs
{
    ContainerSelection selection;
    bool remove = false;
    bool remove_image = false;
    bool stopped_only = false;
    std::string exec_session;
};

struct ExistsArgs
{
    std::vector<std::string> names; ///< one
    bool external = false;
};

struct RenameArgs
{
    std::vector<std::string> names; ///< old, new
};

} // namespace skiff::cli
