#pragma once

#include "base/unique_fd.hpp"
#include "model/container_config.hpp"
#include "rootfs/rootfs.hpp"
#include "runtime/spec_builder.hpp"
#include "store/store.hpp"

#include <string>
#include <vector>

namespace skiff::monitor {

/// The host side of a container's mounts: volumes with their first content, mounted images, overlays over host directories.
struct MountSources
{
    std::vector<runtime::ResolvedMount> mounts;
    std::vector<rootfs::Rootfs> trees; ///< mounted for this run, unmounted with this object
    std::vector<UniqueFd> subpaths;    ///< what was found inside hostile trees: the sources name these descriptors
};

struct MountSourcesRequest
{
    const ContainerConfig& config;
    const store::Store& store;
    int rootfs = -1;            ///< what is at a mount's target in the image goes into a new volume
    runtime::UserIdentity user; ///< who owns with :U
};

MountSources open_mount_sources(const MountSourcesRequest& request);

} // namespace skiff::monitor
