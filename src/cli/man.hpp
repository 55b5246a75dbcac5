#pragma once

#include "cli/command.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Manual pages: synopsis and options from the tables, prose from man/*.md.
namespace skiff::cli {

/// "skiff-container-prune"
std::string man_page_name(const Command& command);
std::string man_page_name(const CommandGroup& group); ///< "skiff-container"

/// The page of a command. `prose` may be empty; its section DESCRIPTION replaces the table's, the others follow the
/// options.
std::string make_man_page(const Command& command, std::string_view prose);

/// The page of a group: its options and commands. `prose` as for a command.
std::string make_man_page(const CommandGroup& group, std::string_view prose);

/// skiff(1): the global options and all commands.
std::string make_main_man_page(std::string_view prose);

/// Commands that have a page: all that are offered and not hidden.
std::vector<const Command*> list_documented_commands();
/// Those that hold any of these.
std::vector<const CommandGroup*> list_documented_groups();

} // namespace skiff::cli
