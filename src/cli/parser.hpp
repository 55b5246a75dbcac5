#pragma once

#include "cli/command.hpp"

#include <span>
#include <string>
#include <vector>

namespace skiff::cli {

/// What a command line asks for.
struct ParsedLine
{
    enum class Wants
    {
        Run,
        Help, ///< of `command`, or of the group or program in `path`
        Version,
        MissingCommand, ///< a group's name alone: its help, and an error
    };
    Wants wants = Wants::Run;
    Invocation invocation; ///< `path` is complete as far as it was understood
};

/// Parses as Podman's flag library does: --name=value, --name value, -abc, -p80, booleans with "=false"; "--" ends the
/// options, and so does the first operand of commands like run. Global options may stand anywhere among the options.
/// `words` is argv; `program` the name that stands for words[0] in texts. Throws Error(Usage).
ParsedLine parse_command_line(std::span<const std::string> words, std::string program);

/// All options that may stand behind a command, its own and its groups', with their place.
struct PlacedOption
{
    const Option* option;
    void* (*part)(void* args);
    const OptionGroup* group; ///< null: its own
};
std::vector<PlacedOption> list_options(const Command& command);

} // namespace skiff::cli
