#pragma once

#include "model/container_config.hpp"
#include "rootfs/rootfs.hpp"
#include "store/store.hpp"

namespace skiff::monitor {

/// How the root file system of a container is put together from the store; not for containers on a plain directory.
/// Throws when this program does not have its storage driver.
rootfs::RootfsRequest make_rootfs_request(const store::Store& store, const ContainerConfig& config);

/// Mounts it, whatever it is made of. One process at a time: a container's upper layer must not be mounted twice.
rootfs::Rootfs mount_container_root(const store::Store& store, const ContainerConfig& config);

} // namespace skiff::monitor
