#pragma once

#include "engine/engine.hpp"

#include <cstdint>

namespace skiff::engine {

/// What the files of a container take.
struct ContainerSize
{
    std::uint64_t changed_bytes = 0; ///< written by the container itself
    std::uint64_t total_bytes = 0;   ///< with its image
};

/// Reads the container's whole tree of changes, in the user namespace.
ContainerSize measure_container(Engine& engine, const ContainerConfig& config);

} // namespace skiff::engine
