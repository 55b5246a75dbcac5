#pragma once

#include "engine/engine.hpp"

#include <nlohmann/json_fwd.hpp>

namespace skiff::engine {

/// Podman's Info without "version", which the command line knows: the machine, the store, the configuration; with what
/// was chosen and why. Opens the store; may enter the user namespace to try a storage driver.
nlohmann::ordered_json make_info(Engine& engine);

/// Its "host": a part of make_info.
nlohmann::ordered_json make_host_info(Engine& engine);

} // namespace skiff::engine
