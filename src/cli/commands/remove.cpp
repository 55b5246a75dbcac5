#include "cli/commands/remove.hpp"

#include "cli/commands/tables.hpp"
#include "cli/confirm.hpp"
#include "cli/engine_access.hpp"
#include "cli/front.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "engine/life.hpp"
#include "engine/prune_containers.hpp"
#include "engine/remove.hpp"
#include "engine/remove_image.hpp"

namespace skiff::cli {
namespace {

void finish_remove(const Invocation& invocation, RemoveArgs& args)
{
    if (args.timeout_s && !args.force)
        throw usage_error("--force option must be specified to use the --time option");
    args.ignore = args.ignore || args.force;
    args.depend = args.depend || args.selection.all;
    finish_selection(invocation, args.selection, Selects::AtLeastOne, args.ignore);
}

void finish_cleanup(const Invocation& invocation, CleanupArgs& args)
{
    if (!args.exec_session.empty() && (args.remove || args.remove_image))
        throw usage_error("exec and rm options are not compatible");
    finish_selection(invocation, args.selection);
}

/// Podman's other order of the words, which it has here only.
Error nothing_to_remove(const std::string& name)
{
    return {ErrorKind::NotFound, cat("no container with ID or name \"", name, "\" found: no such container")};
}

int remove(const Invocation& invocation, RemoveArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    int worst = 0;
    std::vector<Selected> selected;
    selected = select_containers(engine, args.selection, args.ignore ? Missing::IsIgnored : Missing::IsAnError, worst,
                                 nothing_to_remove);
    worst = worst == exit_code(ErrorKind::NotFound) ? 1 : worst;
    engine::RemoveOptions options;
    options.force = args.force;
    options.volumes = args.volumes;
    options.depend = args.depend;
    options.timeout_s = args.timeout_s;
    return for_each_container(
        selected, worst,
        [&](const Selected& container) {
            // --all and --depend may have taken it along with another one.
            if (engine.store().containers().exists(container.id) || !options.depend)
                engine::remove_container(engine, container.id, options);
        },
        removal_exit_code);
}

int prune_containers(const Invocation& invocation, PruneArgs& args)
{
    if (!args.force && !confirm("WARNING! This will remove all non running containers."))
        return 0;
    engine::Engine engine{engine_options(invocation)};
    for (const std::string& id : engine::prune_containers(engine, args.filters).ids)
        print(id + "\n");
    return 0;
}

int container_exists(const Invocation& invocation, ExistsArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    return engine.store().containers().find(args.names.front()) ? 0 : 1;
}

int rename(const Invocation& invocation, RenameArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::rename_container(engine, resolve_container(engine, args.names.at(0)), args.names.at(1));
    return 0;
}

int cleanup(const Invocation& invocation, CleanupArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    int worst = 0;
    const auto selected = select_containers(engine, args.selection, Missing::IsAnError, worst);
    return for_each_container(selected, worst, [&](const Selected& container) {
        const ContainerConfig config = engine.store().containers().load_config(container.id);
        engine::clean_up_container(engine, container.id, args.stopped_only || !args.exec_session.empty());
        if (args.remove || args.remove_image)
            engine::remove_container(engine, container.id, {});
        if (args.remove_image)
            for (const Error& problem : engine::remove_images(engine, {config.image_id}, {}).problems)
                throw problem;
    });
}

constexpr Option remove_options[] = {
    option<&RemoveArgs::depend>("depend", 0, "", "Remove containers that depend on them, too"),
    option<&RemoveArgs::selection, &ContainerSelection::filters, read_filter>(
        "filter", 0, "KEY=VALUE", // -f is --force here
        "Containers that match: name, label, status, ancestor ..."),
    option<&RemoveArgs::force>("force", 'f', "", "Stop them when they run"),
    option<&RemoveArgs::ignore>("ignore", 'i', "", "A missing container is no error"),
    refused("link", 0, "", "links are history").unlisted(),
    option<&RemoveArgs::timeout_s, read_wait_seconds>("time", 't', "SECONDS",
                                                      "With --force: wait so long before it is killed, -1: for ever")
        .defaults("10")
        .also("timeout")
        .wrapped(ValueKind::Int),
    option<&RemoveArgs::volumes>("volumes", 'v', "", "Remove their anonymous volumes, too"),
};
constexpr UsedGroup remove_groups[] = {
    uses<&RemoveArgs::selection>(all_option),
    uses<&RemoveArgs::selection>(latest_option),
    uses<&RemoveArgs::selection>(id_file_option),
};

constexpr Option prune_options[] = {
    option<&PruneArgs::filters, read_filter>("filter", 0, "KEY=VALUE", "Only what matches: label, until"),
    option<&PruneArgs::force>("force", 'f', "", "Do not ask"),
};

constexpr Option cleanup_options[] = {
    option<&CleanupArgs::exec_session>("exec", 0, "SESSION", "Clean up after this exec session only"),
    option<&CleanupArgs::remove>("rm", 0, "", "Remove the containers afterwards"),
    option<&CleanupArgs::remove_image>("rmi", 0, "", "Remove their images, too"),
    option<&CleanupArgs::stopped_only>("stopped-only", 0, "", "Leave running containers alone").unlisted(),
};
constexpr UsedGroup cleanup_groups[] = {
    uses<&CleanupArgs::selection>(all_option),
    uses<&CleanupArgs::selection>(latest_option),
};

constexpr Option exists_options[] = {
    option<&ExistsArgs::external>("external", 0, "", "Containers of other tools count, too").also("storage"),
};

constexpr Command commands[] = {
    {
        .paths = {"rm", "container rm"},
        .summary = "Remove one or more containers",
        .description = "Removes containers with their files. Running ones are refused without --force.",
        .examples = "rm web\nrm --force --volumes web db\nrm --all --filter status=exited",
        .operands = operands<&RemoveArgs::selection, &ContainerSelection::containers>(
            "CONTAINER [CONTAINER...]", 0, Operands::many, Completes::Containers),
        .options = remove_options,
        .groups = remove_groups,
        .needs = Needs::UserNamespace,
        .body = body<RemoveArgs, remove, finish_remove>,
    },
    {
        .paths = {"container prune"},
        .summary = "Remove all stopped containers",
        .description = "Removes all containers that do not run.",
        .examples = "container prune\ncontainer prune --force --filter until=24h",
        .options = prune_options,
        .needs = Needs::UserNamespace,
        .body = body<PruneArgs, prune_containers>,
    },
    {
        .paths = {"container cleanup"},
        .summary = "Clean up after containers",
        .description =
            "Unmounts what containers left behind. Monitors do this themselves; it is needed after one was killed.",
        .examples = "container cleanup --all",
        .operands = operands<&CleanupArgs::selection, &ContainerSelection::containers>(
            "CONTAINER [CONTAINER...]", 0, Operands::many, Completes::Containers),
        .options = cleanup_options,
        .groups = cleanup_groups,
        .needs = Needs::UserNamespace,
        .body = body<CleanupArgs, cleanup, finish_cleanup>,
    },
    {
        .paths = {"container exists"},
        .summary = "Check whether a container exists",
        .description = "Says by its exit code whether a container exists: 0 yes, 1 no.",
        .examples = "container exists web && echo yes",
        .operands = operands<&ExistsArgs::names>("CONTAINER", 1, 1, Completes::Containers),
        .options = exists_options,
        .needs = Needs::Store,
        .body = body<ExistsArgs, container_exists>,
    },
    {
        .paths = {"rename", "container rename"},
        .summary = "Rename a container",
        .description = "Gives a container another name.",
        .examples = "rename web old-web",
        .operands = operands<&RenameArgs::names>("CONTAINER NAME", 2, 2, Completes::Containers, Completes::Nothing),
        .needs = Needs::Store,
        .body = body<RenameArgs, rename>,
    },
};

} // namespace

const std::span<const Command> remove_commands{commands};

} // namespace skiff::cli
