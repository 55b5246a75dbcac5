#pragma once

#include "model/container_config.hpp"
#include "rootfs/changes.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

/// Leaves out what the engine itself puts into every container: its files in /etc, and the empty places that mounts need.
std::vector<rootfs::Change> without_own_changes(const std::vector<rootfs::Change>& changes);

/// The same for what a container changed in its image, whose mounts are known: what `diff` shows and `commit` keeps.
std::vector<rootfs::Change> list_container_changes(const rootfs::RootfsRequest& tree, const ContainerConfig& config);

} // namespace skiff::engine
