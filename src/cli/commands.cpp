#include "cli/commands.hpp"

#include "cli/commands/tables.hpp"
#include "cli/compose/options.hpp"

#include <algorithm>
#include <set>

namespace skiff::cli {
namespace {

// clang-format off: one per line, so that two new ones are no conflict
const std::span<const Command>* const tables[] = {
    &build_commands,
    &build_prune_commands,
    &commit_commands,
    &completion_commands,
    &compose_config_commands,
    &compose_images_commands,
    &compose_keep_commands,
    &compose_life_commands,
    &compose_look_commands,
    &compose_observe_commands,
    &compose_reach_commands,
    &compose_up_commands,
    &event_commands,
    &exec_commands,
    &file_commands,
    &image_commands,
    &image_tree_commands,
    &inspect_commands,
    &later_commands,
    &login_commands,
    &man_commands,
    &manifest_commands,
    &mount_commands,
    &network_commands,
    &observe_commands,
    &pod_commands,
    &ps_commands,
    &pull_commands,
    &push_commands,
    &remove_commands,
    &run_commands,
    &search_commands,
    &secret_commands,
    &start_commands,
    &stats_commands,
    &stop_commands,
    &system_commands,
    &trust_commands,
    &update_commands,
    &version_commands,
    &volume_commands,
    &volume_file_commands,
};
// clang-format on

constexpr CommandGroup groups[] = {
    {"artifact", "Manage OCI artifacts"},
    {"builder", "Build images"},
    {"buildx", "Build images, as Docker spells it"},
    {"compose", "Run an application of several containers", &compose_options},
    {"compose alpha", "Compose commands that may change"},
    {"container", "Manage containers"},
    {"farm", "Farm out builds to remote machines"},
    {"generate", "Generate structured data based on containers, pods or volumes"},
    {"healthcheck", "Manage health checks on containers"},
    {"image", "Manage images"},
    {"image trust", "Say which images may be used"},
    {"kube", "Play containers, pods or volumes from a structured file"},
    {"machine", "Manage virtual machines"},
    {"machine os", "Manage the systems of virtual machines"},
    {"manifest", "Manipulate manifest lists and image indexes"},
    {"network", "Manage networks"},
    {"play", "Play containers and pods from a structured file"},
    {"pod", "Manage pods"},
    {"quadlet", "Manage quadlets"},
    {"secret", "Manage secrets"},
    {"system", "Manage skiff"},
    {"system connection", "Manage remote destinations"},
    {"volume", "Manage volumes"},
};

/// The word behind `group` in `path`, when path is exactly one word longer. An empty group is the top.
std::string_view find_word_behind(std::string_view group, std::string_view path)
{
    if (!group.empty()) {
        if (path.size() <= group.size() || !path.starts_with(group) || path[group.size()] != ' ')
            return {};
        path.remove_prefix(group.size() + 1);
    }
    return path.find(' ') == std::string_view::npos ? path : std::string_view{};
}

} // namespace

std::vector<const Command*> list_commands()
{
    std::vector<const Command*> all;
    for (const auto* table : tables)
        for (const Command& command : *table)
            all.push_back(&command);
    return all;
}

std::span<const CommandGroup> list_command_groups() { return groups; }

const Command* find_command(std::string_view path)
{
    for (const auto* table : tables)
        for (const Command& command : *table)
            for (const std::string_view own : command.paths)
                if (!own.empty() && own == path)
                    return &command;
    return nullptr;
}

const CommandGroup* find_command_group(std::string_view path)
{
    for (const CommandGroup& group : groups)
        if (group.path == path)
            return &group;
    return nullptr;
}

std::vector<Member> list_members(std::string_view path)
{
    std::vector<Member> members;
    for (const Command* command : list_commands()) {
        if (command->hidden || !command->refused.empty())
            continue;
        for (const std::string_view own : command->paths) {
            const std::string_view word = find_word_behind(path, own);
            if (word.empty())
                continue;
            members.push_back({word, command->summary});
            break; // aliases are in the command's own help
        }
    }
    for (const CommandGroup& group : groups)
        if (const std::string_view word = find_word_behind(path, group.path);
            !word.empty() && !list_members(group.path).empty())
            members.push_back({word, group.summary});
    std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.word < b.word; });
    return members;
}

} // namespace skiff::cli
