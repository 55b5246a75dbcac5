#pragma once

#include "cli/command.hpp"
#include "engine/engine.hpp"

namespace skiff::cli {

/// The global options in the engine's terms.
engine::EngineOptions engine_options(const Invocation& invocation);

/// What a user calls a container (a name, an id, a beginning of one, or --latest) as its id.
std::string resolve_container(engine::Engine& engine, const std::string& text, bool latest = false);

} // namespace skiff::cli
