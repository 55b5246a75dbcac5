#pragma once

#include "engine/engine.hpp"
#include "model/create_request.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

/// What shall change; all that is unset stays.
struct UpdateRequest
{
    ResourceLimits limits;
    HealthRequest health;
    RestartRequest restart;
    std::vector<RlimitConfig> rlimits;
    bool host_rlimits = false; ///< the caller's own instead
    NamedValues environment;
    std::vector<std::string> unset_environment;
};

/// Changes a container's settings. Limits, health checks and the restart policy hold at once, the rest from the next start
/// on. When the running container cannot have them, nothing is changed.
/// Throws `healthcheck command is not set` for settings of a check that does not exist.
void update_container(Engine& engine, const std::string& id, const UpdateRequest& request);

/// `config` with the changes. Pure.
ContainerConfig make_updated(ContainerConfig config, const UpdateRequest& request);

} // namespace skiff::engine
