#pragma once

#include "base/clock.hpp"
#include "engine/engine.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace skiff::engine {

struct PrunedBuilds
{
    std::size_t steps = 0;   ///< forgotten
    std::uint64_t bytes = 0; ///< of layers that nothing else needs, and of cache mounts
};

/// Forgets what builds could use again, with the layers that only the cache kept, what RUN --mount=type=cache holds (but for what a
/// build is using), and the containers of builds that have died. With `unused_since`, only steps that no build has had since then; what
/// the mounts hold stays. Enters the user namespace.
PrunedBuilds prune_builds(Engine& engine, std::optional<WallTime> unused_since = std::nullopt);

} // namespace skiff::engine
