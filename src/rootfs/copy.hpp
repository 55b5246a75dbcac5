#pragma once

#include "rootfs/rootfs.hpp"

/// The driver that needs nothing of the kernel or the file system: each container gets a copy of its image.
namespace skiff::rootfs {

Rootfs mount_copy(const RootfsRequest& request);

} // namespace skiff::rootfs
