#pragma once

#include "engine/engine.hpp"

#include <string>
#include <vector>

/// Files of containers and images, mounted for the user to look at: `mount` and `image mount`. Such mounts are seen in the
/// mount namespace of `unshare` only, and end with it.
namespace skiff::engine {

struct MountedTree
{
    std::string id;
    std::vector<std::string> names;
    std::string path;
};

/// Throws unless we run below `unshare`; `command` and `program` are for the text. Enters the shared user namespace.
void require_unshared(Engine& engine, const std::string& command, const std::string& program);

/// Returns where; once more is no error. A running container's root file system comes without its volumes.
std::string mount_container(Engine& engine, const std::string& id);
bool unmount_container(Engine& engine, const std::string& id); ///< false when it was not mounted
std::vector<MountedTree> list_mounted_containers(Engine& engine);

std::string mount_image(Engine& engine, const std::string& id); ///< read-only
bool unmount_image(Engine& engine, const std::string& id);
std::vector<MountedTree> list_mounted_images(Engine& engine);

} // namespace skiff::engine
