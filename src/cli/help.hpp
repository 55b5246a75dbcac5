#pragma once

#include "cli/parser.hpp"

#include <string>
#include <string_view>

/// The text of --help, in Podman's layout, made from the tables.
namespace skiff::cli {

std::string make_help(const ParsedLine& line);

/// "skiff run [options] IMAGE [COMMAND [ARG...]]"
std::string make_usage(const Command& command, const std::string& path);

/// A line of a command's examples as it is typed: the program stands in front of its commands, not of what pipes into them.
std::string make_example(std::string_view line, std::string_view program);

/// "-s, --signal SIGNAL": one option as help and the manual write it.
std::string make_option_title(const Option& option);
/// Its help with choices, default and reason.
std::string make_option_help(const Option& option);

} // namespace skiff::cli
