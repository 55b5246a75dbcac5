#pragma once

#include "engine/engine.hpp"

namespace skiff::engine {

/// Stops and removes all containers, then everything else in the store, then the directories themselves.
void reset_system(Engine& engine);

} // namespace skiff::engine
