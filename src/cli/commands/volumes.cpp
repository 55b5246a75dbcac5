#include "cli/commands/volumes.hpp"

#include "cli/commands/inspect.hpp"
#include "cli/commands/remove.hpp"
#include "cli/commands/tables.hpp"
#include "cli/confirm.hpp"
#include "cli/engine_access.hpp"
#include "cli/front.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "engine/volume.hpp"

#include <nlohmann/json.hpp>

namespace skiff::cli {
namespace {

using Json = nlohmann::ordered_json;

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

int create(const Invocation& invocation, VolumeCreateArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::VolumeRequest request;
    request.name = args.names.empty() ? "" : args.names.front();
    request.labels = args.labels;
    request.options = args.options;
    request.ignore_existing = args.ignore;
    request.uid = args.uid;
    request.gid = args.gid;
    print(engine::create_volume(engine, request) + "\n");
    return 0;
}

/// Templates may name what JSON leaves out.
Json with_all_fields(Json document)
{
    const Json defaults{{"UID", 0}, {"GID", 0}, {"Anonymous", false}, {"NeedsCopyUp", false}, {"NeedsChown", false}, {"Timeout", 0}};
    for (const auto& [key, value] : defaults.items())
        if (!document.contains(key))
            document[key] = value;
    return document;
}

/// Labels and options are words in tables, and objects in JSON.
std::string as_words(const Json& object)
{
    std::string text;
    for (const auto& [key, value] : object.items())
        text += cat(text.empty() ? "" : ",", key, "=", value.get<std::string>());
    return text;
}

int list(const Invocation& invocation, VolumeListArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    Json rows = Json::array();
    Json documents = Json::array();
    for (const store::Volume& volume : engine::list_volumes(engine, args.filters)) {
        documents.push_back(engine::make_volume_document(engine, volume));
        Json row = with_all_fields(documents.back());
        row["Labels"] = as_words(row["Labels"]);
        row["Options"] = as_words(row["Options"]);
        row["VolumeName"] = volume.name;
        rows.push_back(std::move(row));
    }
    if (args.quiet) {
        for (const Json& row : rows)
            print(row["Name"].get<std::string>() + "\n");
        return 0;
    }
    if (rows.empty() && args.format.empty())
        return 0;
    const Listing listing{"list", "volumes.VolumeListReport", "{{.Driver}}\t{{.Name}}", R"({"Name": "VOLUME NAME"})"};
    print_list(listing, args.format, args.no_heading, rows, documents);
    return 0;
}

int inspect(const Invocation& invocation, InspectArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    if (args.all)
        for (const store::Volume& volume : engine.store().volumes().list())
            args.names.push_back(volume.name);
    Json documents = Json::array();
    std::vector<Error> problems;
    for (const std::string& name : args.names) {
        try {
            documents.push_back(engine::inspect_volume(engine, name));
        } catch (const Error& error) {
            problems.push_back(error);
        }
    }
    if (args.format == "json")
        print(format_document("inspect", "define.InspectVolumeData", "json", documents));
    else
        for (const Json& document : documents)
            print(format_document("inspect", "define.InspectVolumeData", args.format, with_all_fields(document)));
    for (const Error& problem : problems)
        print_error(problem);
    return problems.empty() ? 0 : exit_code(problems.back().kind());
}

int remove(const Invocation& invocation, VolumeRemoveArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    if (args.all)
        for (const store::Volume& volume : engine.store().volumes().list())
            args.names.push_back(volume.name);
    int worst = 0;
    for (const std::string& name : args.names) {
        try {
            const std::string removed = engine::remove_volume(engine, name, {args.force, args.timeout_s});
            if (!removed.empty())
                print(name + "\n");
        } catch (const Error& error) {
            print_error(error);
            worst = std::max(worst, removal_exit_code(error.kind()));
        }
    }
    return worst;
}

bool is_pruning_wanted(engine::Engine& engine, const PruneArgs& args)
{
    const auto volumes = engine::find_unused_volumes(engine, args.all, args.filters);
    std::string warning = args.all ? "WARNING! This will remove all volumes not used by at least one container."
                                   : "WARNING! This will remove all anonymous volumes not used by at least one container.";
    if (volumes.empty()) {
        print(cat(warning, args.all ? "\nNo dangling volumes found\n" : "\nNo dangling anonymous volumes found\n"));
        return false;
    }
    warning += " The following volumes will be removed:";
    for (const store::Volume& volume : volumes)
        warning += "\n" + volume.name;
    return confirm(warning);
}

void finish_prune(const Invocation&, PruneArgs& args)
{
    if (args.force && args.dry_run)
        throw usage_error("--force and --dry-run cannot be used together");
}

int prune(const Invocation& invocation, PruneArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    std::vector<std::string> names;
    if (args.dry_run) {
        print("Volumes that would be pruned:\n");
        for (const store::Volume& volume : engine::find_unused_volumes(engine, args.all, args.filters))
            names.push_back(volume.name);
    } else if (args.force || is_pruning_wanted(engine, args))
        names = engine::prune_volumes(engine, args.all, args.filters).names;
    for (const std::string& name : names)
        print(name + "\n");
    return 0;
}

int exists(const Invocation& invocation, VolumeNamesArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    return engine.store().volumes().find(args.names.front()) ? 0 : 1;
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
        .wrapped(ValueKind::Int),
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
        .body = body<VolumeCreateArgs, create, finish_create>,
    },
    {
        .paths = {"volume ls", "volume list"},
        .summary = "List volumes",
        .examples = "volume ls\nvolume ls --filter dangling=true --quiet",
        .options = list_options,
        .needs = Needs::Store,
        .body = body<VolumeListArgs, list>,
    },
    {
        .paths = {"volume inspect"},
        .summary = "Show all that is known about volumes",
        .examples = "volume inspect data\nvolume inspect --format '{{.Mountpoint}}' data",
        .operands = operands<&InspectArgs::names>("VOLUME [VOLUME...]", 0, Operands::many, Completes::Volumes),
        .options = inspect_options,
        .needs = Needs::Store,
        .body = body<InspectArgs, inspect, finish_inspect>,
    },
    {
        .paths = {"volume rm", "volume remove"},
        .summary = "Remove volumes",
        .description = "Removes volumes with their files. Volumes that containers use are refused without --force.",
        .examples = "volume rm data\nvolume rm --all --force",
        .operands = operands<&VolumeRemoveArgs::names>("VOLUME [VOLUME...]", 0, Operands::many, Completes::Volumes),
        .options = remove_options,
        .needs = Needs::UserNamespace,
        .body = body<VolumeRemoveArgs, remove, finish_remove>,
    },
    {
        .paths = {"volume prune"},
        .summary = "Remove unused volumes",
        .description = "Removes anonymous volumes that no container uses, or all of those.",
        .examples = "volume prune\nvolume prune --all --force",
        .options = prune_options,
        .needs = Needs::UserNamespace,
        .body = body<PruneArgs, prune, finish_prune>,
    },
    {
        .paths = {"volume exists"},
        .summary = "Check whether a volume exists",
        .description = "Says by its exit code whether a volume exists: 0 yes, 1 no.",
        .examples = "volume exists data || skiff volume create data",
        .operands = operands<&VolumeNamesArgs::names>("VOLUME", 1, 1, Completes::Volumes),
        .needs = Needs::Store,
        .body = body<VolumeNamesArgs, exists>,
    },
};

} // namespace

const std::span<const Command> volume_commands{commands};

} // namespace skiff::cli
