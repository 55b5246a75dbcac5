#pragma once

#include "engine/engine.hpp"

#include <string>

namespace skiff::engine {

/// Writes the files of a container, without its volumes and other mounts, as a tar archive to `output`. Owners are those that
/// the container sees.
void export_container(Engine& engine, const std::string& id, int output);

} // namespace skiff::engine
