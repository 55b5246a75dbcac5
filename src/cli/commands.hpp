#pragma once

#include "cli/command.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

/// All tables, in the order of the files below commands/.
namespace skiff::cli {

std::vector<const Command*> list_commands();
std::span<const CommandGroup> list_command_groups();

/// By any of its paths ("container ls").
const Command* find_command(std::string_view path);
const CommandGroup* find_command_group(std::string_view path);

/// The words that may follow `path` (empty: at the top): commands and groups, offered ones only, sorted by name.
struct Member
{
    std::string_view word;
    std::string_view summary;
};
std::vector<Member> list_members(std::string_view path);

} // namespace skiff::cli
