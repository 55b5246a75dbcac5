#pragma once

#include "model/container_config.hpp"

namespace skiff::monitor {

/// With --health-log-destination DIRECTORY: DIRECTORY/ID-healthcheck.log gets the state in the form that `inspect` shows.
/// Does nothing for other destinations.
void try_save_health_log(const ContainerConfig& config, const HealthState& state);

} // namespace skiff::monitor
