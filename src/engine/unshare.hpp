#pragma once

#include "engine/engine.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

/// Becomes `command` (empty: the user's shell) inside the shared user namespace and a mount namespace of its own.
/// Commands of ours that it starts stay there. Throws NotExecutable or CommandNotFound when it cannot be executed.
[[noreturn]] void unshare(Engine& engine, const std::vector<std::string>& command);

} // namespace skiff::engine
