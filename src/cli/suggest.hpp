#pragma once

#include "cli/command.hpp"

#include <string>
#include <string_view>

/// "Did you mean": hints for words that are nearly right. An empty text when nothing is near.
namespace skiff::cli {

/// `group` is what stands in front of the word ("image"), `path` the same as typed ("skiff image").
std::string suggest_command(std::string_view group, std::string_view word, std::string_view path);
/// `command` may be null: then among the global options.
std::string suggest_option(const Command* command, std::string_view name);

} // namespace skiff::cli
