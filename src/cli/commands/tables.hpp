#pragma once

#include "cli/command.hpp"

#include <span>

/// One table per file of this directory; cli/commands.cpp puts them together.
namespace skiff::cli {

extern const std::span<const Command> build_commands;
extern const std::span<const Command> build_prune_commands;
extern const std::span<const Command> commit_commands;
extern const std::span<const Command> completion_commands;
extern const std::span<const Command> compose_config_commands;
extern const std::span<const Command> compose_images_commands;
extern const std::span<const Command> compose_keep_commands;
extern const std::span<const Command> compose_life_commands;
extern const std::span<const Command> compose_look_commands;
extern const std::span<const Command> compose_observe_commands;
extern const std::span<const Command> compose_reach_commands;
extern const std::span<const Command> compose_up_commands;
extern const std::span<const Command> event_commands;
extern const std::span<const Command> exec_commands;
extern const std::span<const Command> file_commands;
extern const std::span<const Command> image_commands;
extern const std::span<const Command> image_tree_commands;
extern const std::span<const Command> inspect_commands;
extern const std::span<const Command> later_commands;
extern const std::span<const Command> login_commands;
extern const std::span<const Command> man_commands;
extern const std::span<const Command> manifest_commands;
extern const std::span<const Command> mount_commands;
extern const std::span<const Command> network_commands;
extern const std::span<const Command> observe_commands;
extern const std::span<const Command> pod_commands;
extern const std::span<const Command> ps_commands;
extern const std::span<const Command> pull_commands;
extern const std::span<const Command> push_commands;
extern const std::span<const Command> remove_commands;
extern const std::span<const Command> run_commands;
extern const std::span<const Command> search_commands;
extern const std::span<const Command> secret_commands;
extern const std::span<const Command> start_commands;
extern const std::span<const Command> stats_commands;
extern const std::span<const Command> stop_commands;
extern const std::span<const Command> system_commands;
extern const std::span<const Command> trust_commands;
extern const std::span<const Command> update_commands;
extern const std::span<const Command> version_commands;
extern const std::span<const Command> volume_commands;
extern const std::span<const Command> volume_file_commands;

} // namespace skiff::cli
