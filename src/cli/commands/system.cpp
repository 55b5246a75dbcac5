// The engine as a whole: info, system df/prune/reset, unshare.

#include "cli/commands/system.hpp"

#include "cli/commands/disk_usage.hpp"
#include "cli/commands/remove.hpp"
#include "cli/commands/tables.hpp"
#include "cli/commands/version.hpp"
#include "cli/confirm.hpp"
#include "cli/engine_access.hpp"
#include "cli/output.hpp"
#include "cli/yaml_text.hpp"
#include "engine/prune_builds.hpp"
#include "engine/check.hpp"
#include "engine/disk_usage.hpp"
#include "engine/info.hpp"
#include "engine/networks.hpp"
#include "engine/prune_containers.hpp"
#include "engine/remove_image.hpp"
#include "engine/reset.hpp"
#include "engine/unshare.hpp"
#include "engine/volume.hpp"
#include "text/size.hpp"

#include <nlohmann/json.hpp>

namespace skiff::cli {
namespace {

void finish_df(const Invocation&, DiskUsageArgs& args)
{
    if (args.verbose && !args.format.empty())
        throw usage_error("cannot combine --format and --verbose flags");
}

int show_info(const Invocation& invocation, InfoArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    nlohmann::ordered_json document = engine::make_info(engine);
    document["version"] = describe_version();
    print(args.format.empty() ? to_yaml(document) : format_document("info", "*define.Info", args.format, document));
    return 0;
}

int show_disk_usage(const Invocation& invocation, DiskUsageArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const engine::DiskUsage usage = engine::measure_disk_usage(engine);
    if (args.verbose) {
        print_usage_details(usage);
        return 0;
    }
    const Listing listing{"df", "system.dfSummary", "{{.Type}}\t{{.Total}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}"};
    const nlohmann::ordered_json rows = make_usage_summary(usage);
    print_list(listing, args.format, false, rows, rows);
    return 0;
}

std::string pruning_warning(const PruneArgs& args)
{
    return cat("WARNING! This command removes:\n\t- all stopped containers\n",
               "\t- all networks not used by at least one container\n",
               args.volumes ? "\t- all volumes not used by at least one container\n" : "",
               args.all ? "\t- all images without at least one container associated with them\n" : "\t- all dangling images\n");
}

void print_removed(const char* title, const std::vector<std::string>& names)
{
    if (!names.empty())
        print(cat(title, "\n"));
    for (const std::string& name : names)
        print(name + "\n");
}

int prune(const Invocation& invocation, PruneArgs& args)
{
    if (args.external && (args.all || args.volumes || args.build_cache || !args.filters.empty()))
        throw usage_error("system prune --external cannot be combined with other options");
    if (!args.force && !args.external && !confirm(pruning_warning(args)))
        return 0;
    engine::Engine engine{engine_options(invocation)};
    if (args.external) // there are no containers of other tools
        return 0;
    const auto containers = engine::prune_containers(engine, args.filters);
    print_removed("Deleted Containers", containers.ids);
    print_removed("Deleted Networks", engine::prune_networks(engine, args.filters));
    std::uint64_t bytes = containers.bytes;
    if (args.volumes) {
        const auto volumes = engine::prune_volumes(engine, true, args.filters);
        print_removed("Deleted Volumes", volumes.names);
        bytes += volumes.bytes;
    }
    const auto images = engine::prune_images(engine, args.all, args.filters);
    print_removed("Deleted Images", images.deleted);
    bytes += images.bytes;
    if (args.build_cache)
        bytes += engine::prune_builds(engine).bytes;
    print(cat("Total reclaimed space: ", text::format_bytes_decimal(bytes), "\n"));
    return 0;
}

int unshare(const Invocation& invocation, UnshareArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::unshare(engine, args.command, args.rootless_netns ? std::optional<std::string>{default_network} : std::nullopt);
}

int reset(const Invocation& invocation, ResetArgs& args)
{
    if (!args.force && !confirm("WARNING! This will remove:\n        - all containers\n        - all images\n        "
                                "- all volumes\n        - everything else that skiff has stored"))
        return 0;
    engine::Engine engine{engine_options(invocation)};
    engine::reset_system(engine);
    return 0;
}

const char* word_for(store::Damage::Of of)
{
    switch (of) {
    case store::Damage::Of::Layer:
        return "layer";
    case store::Damage::Of::Image:
        return "image";
    case store::Damage::Of::Container:
        return "container";
    case store::Damage::Of::Volume:
        return "volume";
    case store::Damage::Of::Store:
        return "store";
    }
    return "";
}

void print_findings(const store::Findings& found)
{
    const store::Damage* before = nullptr;
    for (const store::Damage& damage : found.damages) {
        if (before == nullptr || before->of != damage.of || before->id != damage.id)
            print(cat("Damaged ", damage.read_only ? "read-only " : "", word_for(damage.of), " ", printable(damage.id), ":\n"));
        print(cat("\t", printable(damage.text), "\n"));
        before = &damage;
    }
    for (const store::Leftover& leftover : found.leftovers)
        print(cat("Left over", leftover.is_old ? " for long" : "", ": ", printable(leftover.text), "\n"));
}

int check(const Invocation& invocation, CheckArgs& args)
{
    engine::CheckRequest request;
    request.options.quick = args.quick;
    if (args.max_age)
        request.options.max_age = std::chrono::duration_cast<std::chrono::seconds>(*args.max_age);
    request.repair = args.repair || args.force;
    request.force = args.force;
    engine::Engine engine{engine_options(invocation)};
    const engine::CheckReport report = engine::check_store(engine, request);
    print_findings(report.found);
    for (const std::string& id : report.removed_containers)
        print(cat("Deleted damaged container: ", id, "\n"));
    for (const std::string& id : report.removed_images)
        print(cat("Deleted damaged image: ", id, "\n"));
    for (const std::string& id : report.removed_layers)
        print(cat("Deleted damaged layer: ", printable(id), "\n"));
    if (report.is_sound)
        return 0;
    if (!request.repair)
        throw Error{ErrorKind::Failure, "damage detected in local storage"}.with_hint(
            "`system check --repair` removes what is damaged");
    throw Error{ErrorKind::Failure, "damage in local storage still present after repair attempt"}.with_hint(
        args.force ? "what lies in additional image stores, and volumes, cannot be mended here"
                   : "`system check --repair --force` also removes containers that are damaged or need what is");
}

/// There is nothing to connect to: the list is empty.
int list_connections(const Invocation&, ConnectionListArgs& args)
{
    const Listing listing{
        "list", "system.namedDestination", "{{.Name}}\t{{.URI}}\t{{.Identity}}\t{{.Default}}\t{{.ReadWrite}}",
        R"({"Name": "Name", "Identity": "Identity", "Default": "Default", "ReadWrite": "ReadWrite"})"};
    if (!args.quiet)
        print_list(listing, args.format, false, nlohmann::ordered_json::array(), nlohmann::ordered_json::array());
    return 0;
}

constexpr Option info_options[] = {
    option<&InfoArgs::format>("format", 'f', "FORMAT", "json, or a Go template"),
};
constexpr Option df_options[] = {
    option<&DiskUsageArgs::format>("format", 0, "FORMAT",
                                   "json, or a Go template, with \"table \" in front for columns"),
    option<&DiskUsageArgs::verbose>("verbose", 'v', "", "Each image, container and volume"),
};
constexpr Option prune_options[] = {
    option<&PruneArgs::all>("all", 'a', "", "All images that no container uses, not only those without a name"),
    option<&PruneArgs::build_cache>("build", 0, "", "The cache of builds, too"),
    option<&PruneArgs::external>("external", 0, "", "What other tools left behind, too"),
    option<&PruneArgs::filters, read_filter>("filter", 0, "KEY=VALUE", "Only what matches: label, until"),
    option<&PruneArgs::force>("force", 'f', "", "Do not ask"),
    option<&PruneArgs::volumes>("volumes", 0, "", "Unused volumes, too"),
};
constexpr Option check_options[] = {
    option<&CheckArgs::force>("force", 'f', "", "Repair, and remove containers that are damaged or need what is damaged"),
    option<&CheckArgs::max_age>("max", 'm', "DURATION",
                                               "What nothing needs and is older counts as damage (default 24h)"),
    option<&CheckArgs::quick>("quick", 'q', "", "Do not read the content of layers"),
    option<&CheckArgs::repair>("repair", 'r', "", "Remove damaged layers and images, and what killed commands left over"),
};
constexpr Option reset_options[] = {
    option<&ResetArgs::force>("force", 'f', "", "Do not ask"),
};
constexpr Option connection_options[] = {
    option<&ConnectionListArgs::format>("format", 'f', "FORMAT", "json, or a Go template"),
    option<&ConnectionListArgs::quiet>("quiet", 'q', "", "Names only"),
};
constexpr Option unshare_options[] = {
    option<&UnshareArgs::rootless_netns>("rootless-netns", 0, "", "Also enter the network namespace of the default network"),
};

constexpr Operands shell_words = [] {
    Operands made = operands<&UnshareArgs::command>("[COMMAND [ARG...]]", 0, Operands::many, Completes::Files);
    made.end_options = true;
    return made;
}();

constexpr Command commands[] = {
    {
        .paths = {"info", "system info"},
        .summary = "Show what skiff knows about this machine",
        .description =
            "Shows versions, where images and containers are kept and why, which driver and which ids are used.",
        .examples = "info\ninfo --format '{{.Store.GraphDriverName}}'",
        .options = info_options,
        .needs = Needs::Store,
        .body = body<InfoArgs, show_info>,
    },
    {
        .paths = {"system df"},
        .summary = "Show how much space is used",
        .examples = "system df\nsystem df --verbose",
        .options = df_options,
        .needs = Needs::UserNamespace,
        .body = body<DiskUsageArgs, show_disk_usage, finish_df>,
    },
    {
        .paths = {"system prune"},
        .summary = "Remove what is not used",
        .description = "Removes stopped containers and images without a name, and says how much space that gave.",
        .examples = "system prune\nsystem prune --all --volumes --force",
        .options = prune_options,
        .needs = Needs::UserNamespace,
        .body = body<PruneArgs, prune>,
    },
    {
        .paths = {"system check"},
        .summary = "Look for damage in the store",
        .description =
            "Compares records, names, documents and layers with each other, and the files of each layer with the archive "
            "that they were unpacked from. Exits with 125 when something is damaged.",
        .examples = "system check --quick\nsystem check --repair --max 1h",
        .options = check_options,
        .needs = Needs::UserNamespace,
        .body = body<CheckArgs, check>,
    },
    {
        .paths = {"system reset"},
        .summary = "Remove everything",
        .description =
            "Stops and removes all containers, removes all images and volumes, and empties the directories of skiff.",
        .examples = "system reset --force",
        .options = reset_options,
        .needs = Needs::UserNamespace,
        .body = body<ResetArgs, reset>,
    },
    {
        .paths = {"system connection list", "system connection ls"},
        .summary = "List remote destinations",
        .description = "Lists the machines that commands can be sent to: none, containers run here.",
        .options = connection_options,
        .body = body<ConnectionListArgs, list_connections>,
    },
    {
        .paths = {"unshare"},
        .summary = "Run a command in the user namespace of the containers",
        .description =
            "Runs a command, or a shell, as root of the user namespace that containers run in: there, their files have "
            "the owners that containers see.",
        .examples = "unshare cat /proc/self/uid_map\nunshare chown -R 1000:1000 ./data",
        .operands = shell_words,
        .options = unshare_options,
        .needs = Needs::UserNamespace,
        .body = body<UnshareArgs, unshare>,
    },
};

} // namespace

const std::span<const Command> system_commands{commands};

} // namespace skiff::cli
