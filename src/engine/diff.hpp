#pragma once

#include "engine/engine.hpp"
#include "rootfs/changes.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

enum class DiffOf { Any, Containers, Images }; ///< Any: images first, as Podman

/// What a container changed in its image, or an image in the one below it; with `other`, what makes `name` differ from it.
/// Sorted by path, without the files that the engine itself puts into containers.
std::vector<rootfs::Change> list_differences(Engine& engine, DiffOf of, const std::string& name, const std::string& other = {});

} // namespace skiff::engine
