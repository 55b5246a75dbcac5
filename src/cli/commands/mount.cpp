// Files of containers and images where the user can look at them: mount, unmount.

#include "cli/commands/mount.hpp"

#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "engine/mounts.hpp"
#include "text/table.hpp"

#include <nlohmann/json.hpp>

namespace skiff::cli {
namespace {

void check_mount_format(const MountArgs& args)
{
    if (!args.format.empty() && args.format != "json")
        throw usage_error(cat("unknown --format argument: ", quoted(args.format)));
}

void finish_mount(const Invocation& invocation, MountArgs& args)
{
    check_mount_format(args);
    finish_selection(invocation, args.selection, Selects::Any);
}

void finish_unmount(const Invocation& invocation, MountArgs& args) { finish_selection(invocation, args.selection); }

/// Containers are listed by id, images by name.
void print_mounted(const std::vector<engine::MountedTree>& mounted, const MountArgs& args, bool images)
{
    if (args.format == "json") {
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        for (const engine::MountedTree& tree : mounted) {
            nlohmann::ordered_json row{{"id", tree.id}, {"Names", tree.names}};
            if (images)
                row["Repositories"] = tree.names;
            row["mountpoint"] = tree.path;
            list.push_back(std::move(row));
        }
        print(cat(list.dump(1), "\n"));
        return;
    }
    constexpr std::size_t short_id = 12;
    std::string lines;
    for (const engine::MountedTree& tree : mounted) {
        const std::string id = args.no_trunc || images ? tree.id : tree.id.substr(0, short_id);
        lines += cat(images && !tree.names.empty() ? tree.names.front() : id, "\t", tree.path, "\n");
    }
    print(text::align_columns(lines));
}

int mount(const Invocation& invocation, MountArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::require_unshared(engine, invocation.path, invocation.program);
    const ContainerSelection& selection = args.selection;
    if (!selection.all && !selection.latest && selection.containers.empty()) {
        print_mounted(engine::list_mounted_containers(engine), args, false);
        return 0;
    }
    int worst = 0;
    const auto selected = select_containers(engine, selection, Missing::IsAnError, worst);
    return for_each_container(selected, worst,
                              [&](Selected& container) { container.shown = engine::mount_container(engine, container.id); });
}

int unmount(const Invocation& invocation, MountArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::require_unshared(engine, invocation.path, invocation.program);
    int worst = 0;
    std::vector<Selected> selected = select_containers(engine, args.selection, Missing::IsAnError, worst);
    if (args.selection.all) {
        selected.clear();
        for (const engine::MountedTree& tree : engine::list_mounted_containers(engine))
            selected.push_back({tree.id, tree.id});
    }
    return for_each_container(selected, worst, [&](Selected& container) {
        engine::unmount_container(engine, container.id);
        container.shown = container.id;
    });
}

/// The images that are named, or all of them.
std::vector<std::string> select_images(engine::Engine& engine, const ContainerSelection& selection)
{
    std::vector<std::string> ids;
    for (const std::string& name : selection.containers)
        ids.push_back(engine.store().images().resolve(name).image.id);
    if (selection.all)
        for (const store::Image& image : engine.store().images().list_all())
            ids.push_back(image.id);
    return ids;
}

int image_mount(const Invocation& invocation, MountArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::require_unshared(engine, invocation.path, invocation.program);
    const std::vector<std::string> ids = select_images(engine, args.selection);
    std::vector<engine::MountedTree> mounted;
    for (const std::string& id : ids)
        mounted.push_back({id, engine.store().images().names_of(*engine.store().images().find_id(id)),
                           engine::mount_image(engine, id)});
    if (ids.empty() && !args.selection.all)
        mounted = engine::list_mounted_images(engine);
    if (ids.size() == 1 && args.format.empty() && !args.selection.all)
        print(cat(mounted.front().path, "\n"));
    else
        print_mounted(mounted, args, true);
    return 0;
}

int image_unmount(const Invocation& invocation, MountArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::require_unshared(engine, invocation.path, invocation.program);
    for (const std::string& id : select_images(engine, args.selection))
        if (engine::unmount_image(engine, id))
            print(cat(id, "\n"));
    return 0;
}

void finish_image_mount(const Invocation&, MountArgs& args)
{
    check_mount_format(args);
    if (args.selection.all && !args.selection.containers.empty())
        throw usage_error("when using the --all switch, you may not pass any image names or IDs");
}

void finish_image_unmount(const Invocation&, MountArgs& args)
{
    if (args.selection.all && !args.selection.containers.empty())
        throw usage_error("when using the --all switch, you may not pass any image names or IDs");
    if (!args.selection.all && args.selection.containers.empty())
        throw usage_error("image name or ID must be specified");
}

constexpr Option mount_options[] = {
    option<&MountArgs::format>("format", 0, "FORMAT", "json, instead of a table").suggests("json"),
    option<&MountArgs::no_trunc>("no-trunc", 0, "", "Do not shorten ids").also("notruncate"),
};
constexpr Option unmount_options[] = {
    option<&MountArgs::force>("force", 'f', "", "Also when somebody else mounted it"),
};
constexpr UsedGroup mount_groups[] = {
    uses<&MountArgs::selection>(all_option),
    uses<&MountArgs::selection>(latest_option),
};

constexpr Option image_mount_options[] = {
    option<&MountArgs::selection, &ContainerSelection::all>("all", 'a', "", "All images"),
    option<&MountArgs::format>("format", 0, "FORMAT", "json, instead of a table").suggests("json"),
};
constexpr Option image_unmount_options[] = {
    option<&MountArgs::selection, &ContainerSelection::all>("all", 'a', "", "All images"),
    option<&MountArgs::force>("force", 'f', "", "Also when somebody else mounted it"),
};

template <Completes Names>
constexpr Operands mounted(std::string_view usage)
{
    return operands<&MountArgs::selection, &ContainerSelection::containers>(usage, 0, Operands::many, Names);
}

constexpr Command commands[] = {
    {
        .paths = {"mount", "container mount"},
        .summary = "Mount the root file systems of containers",
        .description = "Mounts root file systems of containers and prints where; without a name, lists what is "
                       "mounted. The mounts are "
                       "visible inside `unshare`.",
        .examples = "unshare sh -c 'ls $(skiff mount web)'\nmount",
        .operands = mounted<Completes::Containers>("[CONTAINER...]"),
        .options = mount_options,
        .groups = mount_groups,
        .needs = Needs::UserNamespace,
        .body = body<MountArgs, mount, finish_mount>,
    },
    {
        .paths = {"unmount", "umount", "container unmount", "container umount"},
        .summary = "Unmount the root file systems of containers",
        .description = "Takes back what mount has mounted.",
        .examples = "unmount web\nunmount --all",
        .operands = mounted<Completes::Containers>("CONTAINER [CONTAINER...]"),
        .options = unmount_options,
        .groups = mount_groups,
        .needs = Needs::UserNamespace,
        .body = body<MountArgs, unmount, finish_unmount>,
    },
    {
        .paths = {"image mount"},
        .summary = "Mount the files of images",
        .description = "Mounts images read-only and prints where; without a name, lists what is mounted. The mounts "
                       "are visible inside "
                       "`unshare`.",
        .examples = "unshare sh -c 'ls $(skiff image mount debian)'",
        .operands = mounted<Completes::Images>("[IMAGE...]"),
        .options = image_mount_options,
        .needs = Needs::UserNamespace,
        .body = body<MountArgs, image_mount, finish_image_mount>,
    },
    {
        .paths = {"image unmount", "image umount"},
        .summary = "Unmount images",
        .examples = "image unmount debian\nimage unmount --all",
        .operands = mounted<Completes::Images>("IMAGE [IMAGE...]"),
        .options = image_unmount_options,
        .needs = Needs::UserNamespace,
        .body = body<MountArgs, image_unmount, finish_image_unmount>,
    },
};

} // namespace

const std::span<const Command> mount_commands{commands};

} // namespace skiff::cli
