#pragma once

#include "cli/attach_terminal.hpp"
#include "engine/engine.hpp"

#include <string>

namespace skiff::cli {

/// Stays with a conversation to its end; returns the exit code of the process, 0 after the detach keys. When the monitor went
/// away without a word the container's record tells, else 125.
int follow(engine::Engine& engine, const std::string& id, Channel& conversation, const AttachOptions& options);

} // namespace skiff::cli
