#pragma once

#include "cli/command.hpp"

#include <span>

/// One table per file of this directory; cli/commands.cpp puts them together.
namespace skiff::cli {

extern const std::span<const Command> run_commands;
extern const std::span<const Command> version_commands;

} // namespace skiff::cli
