#pragma once

#include "rootfs/rootfs.hpp"

/// The program fuse-overlayfs as a driver.
namespace skiff::rootfs {

Rootfs mount_fuse_overlayfs(const RootfsRequest& request);

/// Why it cannot be used here; empty when nothing speaks against it.
std::string find_fuse_overlayfs_problem();

/// The text behind -o.
std::string make_fuse_options(const RootfsRequest& request);

} // namespace skiff::rootfs
