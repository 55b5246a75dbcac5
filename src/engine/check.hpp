#pragma once

#include "engine/engine.hpp"
#include "store/check.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

struct CheckRequest
{
    store::CheckOptions options;
    bool repair = false; ///< remove damaged layers and images, and what is left over
    bool force = false;  ///< and the containers that need them, or are damaged themselves
};

struct CheckReport
{
    store::Findings found;
    std::vector<std::string> removed_layers, removed_images, removed_containers;
    bool is_sound = true; ///< nothing was found, or nothing is left of it after the repair
};

/// `system check`.
CheckReport check_store(Engine& engine, const CheckRequest& request);

} // namespace skiff::engine
