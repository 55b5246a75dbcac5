#pragma once

#include "engine/engine.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

/// Becomes `command` (empty: the user's shell) inside the shared user namespace and a mount namespace of its own.
/// Commands of ours that it starts stay there. With `network`, it is also in the network namespace of that network: where
/// its bridge is, and its way out. Throws NotExecutable or CommandNotFound when it cannot be executed.
[[noreturn]] void unshare(Engine& engine, const std::vector<std::string>& command, const std::optional<std::string>& network = std::nullopt);

} // namespace skiff::engine
