#pragma once

#include "model/container_config.hpp"

#include <nlohmann/json_fwd.hpp>

namespace skiff::engine {

/// {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}
nlohmann::ordered_json make_port_bindings(const NetworkConfig& network);

} // namespace skiff::engine
