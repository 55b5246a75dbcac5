#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The files of --env-file.
namespace skiff::text {

struct EnvFileEntry
{
    std::string name;                 ///< may end with '*' when there is no value: all variables that begin so
    std::optional<std::string> value; ///< unset: to be taken from the caller's environment, where it is set
};

/// Reads lines NAME=VALUE or NAME; empty lines and those that begin with '#' are skipped. Blanks before a name are
/// dropped, everything behind '=' belongs to the value: nothing is unquoted or expanded.
/// Throws Error(Failure) that names `file` and the line. Source: Docker's and Podman's --env-file.
std::vector<EnvFileEntry> parse_env_file(std::string_view text, std::string_view file);

} // namespace skiff::text
