#pragma once

#include "cli/command.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace skiff::cli {

/// What stands between `compose` and the command.
struct ComposeOptions
{
    std::vector<std::string> files, profiles, env_files;
    std::string project_name, project_directory;
    std::int64_t parallel = -1;
    std::string progress, ansi;
    bool dry_run = false;
    bool all_resources = false;
    bool compatibility = false; ///< names with "_", as the first Compose made them
};

extern const OptionGroup compose_options;

/// The group as every compose command uses it; Args has a member `compose`.
template <typename Args>
inline constexpr UsedGroup compose_group = uses<&Args::compose>(compose_options);

} // namespace skiff::cli
