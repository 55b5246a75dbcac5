#pragma once

#include "model/container_config.hpp"
#include "store/store.hpp"

#include <string>

namespace skiff::monitor {

/// Where a volume is whose options name a type: bind and none are a directory of the host, and their options are added
/// to `mount`; a tmpfs is mounted in our mount namespace.
///
/// As long as one container has a tmpfs volume mounted, all others that mount it get the same file system: its monitor
/// gives a clone. Who mounts it anew notes that in RUN/locks, under the volume's lock, so that of two that start at
/// once one waits for the other. With the last of them the file system goes. Kernels without the new mount calls cannot
/// clone: there each container has one of its own.
std::string open_mounted_volume(const store::Store& store, const store::Volume& volume, const std::string& container,
                                MountConfig& mount);

} // namespace skiff::monitor
