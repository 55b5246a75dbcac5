#pragma once

#include "cli/command.hpp"
#include "cli/values.hpp"

#include <string>
#include <vector>

/// Which containers a command is about: names, or one of the ways around them.
namespace skiff::cli {

struct ContainerSelection
{
    bool all = false;
    bool latest = false;
    std::vector<std::string> id_files;
    std::vector<Filter> filters;
    std::vector<std::string> containers; ///< as written (without Docker's leading slash), then those of the files
};

// Of ContainerSelection; a command lists those that it has.
extern const OptionGroup all_option, latest_option, filter_option, id_file_option;

/// Whether no container at all is a mistake.
enum class Selects
{
    AtLeastOne,
    Any
};

/// Reads the id files, and refuses what cannot be meant together, in the words of Podman.
/// With `ignore_missing` a missing id file is as good as an empty one.
void finish_selection(const Invocation& invocation, ContainerSelection& selection,
                      Selects selects = Selects::AtLeastOne, bool ignore_missing = false);

/// For commands about one container: a name or --latest. Errors: `"skiff attach" requires a name, id, or the "--latest"
/// flag`.
void check_one_or_latest(const Invocation& invocation, bool latest, std::vector<std::string>& containers);

/// Docker shows names with a slash in front of them, and takes them so.
std::string without_slash(std::string name);

} // namespace skiff::cli
