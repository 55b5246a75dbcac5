#include "cli/commands/volumes.hpp"

#include "cli/commands/inspect.hpp"
#include "cli/commands/remove.hpp"
#include "cli/commands/tables.hpp"

namespace skiff::cli {
namespace {

void finish_create(const Invocation&, VolumeCreateArgs& args)
{
    for (const std::string& word : args.label_words)
        add_label(args.labels, word);
    for (const std::string& word : args.option_words) {
        Cut cut = cut_at(word, '=');
        args.options[cut.head] = std::move(cut.tail).value_or("");
    }
    if (args.driver != "local")
        throw usage_error(cat("volume driver ", quoted(args.driver), " is not supported: there is only local"));
}

void finish_inspect(const Invocation&, InspectArgs& args)
{
    args.type = "volume";
    if (args.all == !args.names.empty())
        throw usage_error("provide one or more volume names or use --all");
}

void finish_remove(const Invocation&, VolumeRemoveArgs& args)
{
    if (args.all && !args.names.empty())
        throw usage_error("choose either one or more volumes or all");
    if (!args.all && args.names.empty())
        throw usage_error("choose either one or more volumes or all");
    if (args.timeout_s && !args.force)
        throw usage_error("--force option must be specified to use the --time option");
}

constexpr Option create_options[] = {
    option<&VolumeCreateArgs::driver>("driver", 'd', "DRIVER", "Who keeps the volume")
        .defaults("local")
        .suggests("local"),
    option<&VolumeCreateArgs::gid>("gid", 0, "ID", "Group of the volume's directory")
        .defaults("0")
        .like(ValueKind::Int),
    option<&VolumeCreateArgs::ignore>("ignore", 0, "", "An existing volume of that name is no error"),
    option<&VolumeCreateArgs::label_words>("label", 'l', "KEY=VALUE", "Label of the volume"),
    option<&VolumeCreateArgs::option_words>("opt", 'o', "NAME=VALUE", "Option of the driver: type, device, o, nocopy"),
    option<&VolumeCreateArgs::uid>("uid", 0, "ID", "Owner of the volume's directory")
        .defaults("0")
        .like(ValueKind::Int),
};

constexpr Option list_options[] = {
    option<&VolumeListArgs::filters, read_filter>("filter", 'f', "KEY=VALUE",
                                                  "Only those that match: name, label, dangling, anonymous ..."),
    option<&VolumeListArgs::format>("format", 0, "FORMAT",
                                    "json, or a Go template, with \"table \" in front for columns"),
    option<&VolumeListArgs::no_heading>("noheading", 'n', "", "No heading"),
    option<&VolumeListArgs::quiet>("quiet", 'q', "", "Names only"),
    refused("cluster", 0, "", "there are no cluster volumes").unlisted(),
};

constexpr Option inspect_options[] = {
    option<&InspectArgs::all>("all", 'a', "", "All volumes"),
    option<&InspectArgs::format>("format", 'f', "FORMAT", "json, or a Go template").defaults("json"),
};

constexpr Option remove_options[] = {
    option<&VolumeRemoveArgs::all>("all", 'a', "", "All volumes"),
    option<&VolumeRemoveArgs::force>("force", 'f', "", "Also when containers use it: they are removed, too"),
    option<&VolumeRemoveArgs::timeout_s, read_wait_seconds>("time", 't', "SECONDS",
                                                            "With --force: wait so long before containers are killed")
        .defaults("10")
        .also("timeout")
        .like(ValueKind::Int),
};

constexpr Option prune_options[] = {
    option<&PruneArgs::all>("all", 'a', "", "Volumes with a name, too"),
    option<&PruneArgs::dry_run>("dry-run", 0, "", "Only show what would go"),
    option<&PruneArgs::filters, read_filter>("filter", 0, "KEY=VALUE", "Only those that match: label, until, all"),
    option<&PruneArgs::force>("force", 'f', "", "Do not ask"),
};

constexpr Command commands[] = {
    {
        .paths = {"volume create"},
        .summary = "Create a volume",
        .description = "Creates a volume and prints its name.",
        .examples = "volume create data\nvolume create --label backup=yes data",
        .operands = operands<&VolumeCreateArgs::names>("[NAME]", 0, 1),
        .options = create_options,
        .needs = Needs::UserNamespace,
        .body = body<VolumeCreateArgs, nullptr, finish_create>,
    },
    {
        .paths = {"volume ls", "volume list"},
        .summary = "List volumes",
        .examples = "volume ls\nvolume ls --filter dangling=true --quiet",
        .options = list_options,
        .needs = Needs::Store,
        .body = body<VolumeListArgs, nullptr>,
    },
    {
        .paths = {"volume inspect"},
        .summary = "Show all that is known about volumes",
        .examples = "volume inspect data\nvolume inspect --format '{{.Mountpoint}}' data",
        .operands = operands<&InspectArgs::names>("VOLUME [VOLUME...]", 0, Operands::many, Completes::Volumes),
        .options = inspect_options,
        .needs = Needs::Store,
        .body = body<InspectArgs, nullptr, finish_inspect>,
    },
    {
        .paths = {"volume rm", "volume remove"},
        .summary = "Remove volumes",
        .description = "Removes volumes with their files. Volumes that containers use are refused without --force.",
        .examples = "volume rm data\nvolume rm --all --force",
        .operands = operands<&VolumeRemoveArgs::names>("VOLUME [VOLUME...]", 0, Operands::many, Completes::Volumes),
        .options = remove_options,
        .needs = Needs::UserNamespace,
        .body = body<VolumeRemoveArgs, nullptr, finish_remove>,
    },
    {
        .paths = {"volume prune"},
        .summary = "Remove unused volumes",
        .description = "Removes anonymous volumes that no container uses, or all of those.",
        .examples = "volume prune\nvolume prune --all --force",
        .options = prune_options,
        .needs = Needs::UserNamespace,
        .body = body<PruneArgs, nullptr>,
    },
    {
        .paths = {"volume exists"},
        .summary = "Check whether a volume exists",
        .description = "Says by its exit code whether a volume exists: 0 yes, 1 no.",
        .examples = "volume exists data || skiff volume create data",
        .operands = operands<&VolumeNamesArgs::names>("VOLUME", 1, 1, Completes::Volumes),
        .needs = Needs::Store,
        .body = body<VolumeNamesArgs, nullptr>,
    },
};

} // namespace

const std::span<const Command> volume_commands{commands};

} // namespace skiff::cli
