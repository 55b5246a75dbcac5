#pragma once

#include "model/container_config.hpp"
#include "store/events.hpp"

#include <string>

namespace skiff::monitor {

/// What the event log says about a container: name, image and labels are filled in.
store::Event make_container_event(const ContainerConfig& config, const std::string& action);

} // namespace skiff::monitor
