#pragma once

#include "engine/engine.hpp"
#include "model/filter.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace skiff::engine {

struct PrunedContainers
{
    std::vector<std::string> ids;
    std::uint64_t bytes = 0;
};

/// Removes the containers that do not run, with their anonymous volumes kept.
PrunedContainers prune_containers(Engine& engine, const std::vector<Filter>& filters);

} // namespace skiff::engine
