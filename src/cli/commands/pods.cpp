#include "cli/commands/pods.hpp"

#include "cli/commands/remove.hpp"
#include "cli/commands/tables.hpp"
#include "cli/front.hpp"
#include "cli/output.hpp"

#include <nlohmann/json.hpp>

namespace skiff::cli {
namespace {

using Json = nlohmann::ordered_json;

Error no_such_pod(std::string_view name)
{
    return {ErrorKind::NotFound, cat("no pod with name or ID ", printable(name), " found: no such pod")};
}

void finish_pods(const Invocation&, PodSelectionArgs& args)
{
    if (args.all && args.latest)
        throw usage_error("--all and --latest cannot be used together");
    if (!args.names.empty() && args.all)
        throw usage_error("no arguments are needed with --all");
    if (!args.names.empty() && args.latest)
        throw usage_error("--latest and pods cannot be used together");
    if (args.names.empty() && !args.all && !args.latest)
        throw usage_error("you must provide at least one name or id");
}

/// Nothing to do for all pods; any one is missing. `missing` is the exit code that the command has for that.
int act_on_pods(const PodSelectionArgs& args, int missing)
{
    if (args.force || args.ignore)
        return 0;
    if (args.latest)
        throw Error{ErrorKind::NotFound, "no pods found: no such pod"};
    for (const std::string& name : args.names)
        print_error(no_such_pod(name));
    return args.names.empty() ? 0 : missing;
}

int remove_pods(const Invocation&, PodSelectionArgs& args) { return act_on_pods(args, 1); }
int other_verb_on_pods(const Invocation&, PodSelectionArgs& args)
{
    return act_on_pods(args, exit_code(ErrorKind::NotFound));
}
int pod_exists(const Invocation&, PodSelectionArgs&) { return 1; }
int prune_pods(const Invocation&, PruneArgs&) { return 0; }

int inspect_pods(const Invocation& invocation, PodSelectionArgs& args)
{
    print("[]\n");
    return other_verb_on_pods(invocation, args);
}

void finish_pod_stats(const Invocation&, PodSelectionArgs& args)
{
    if ((args.all ? 1 : 0) + (args.latest ? 1 : 0) + (args.names.empty() ? 0 : 1) > 1)
        throw usage_error("--all, --latest and arguments cannot be used together");
}

int show_pod_stats(const Invocation& invocation, PodSelectionArgs& args)
{
    return args.names.empty() && !args.latest ? 0 : other_verb_on_pods(invocation, args);
}

int list_pods(const Invocation&, PodListArgs& args)
{
    const Listing listing{"ps", "pods.ListPodReporter",
                          "{{.Id}}\t{{.Name}}\t{{.Status}}\t{{.Created}}\t{{.InfraID}}\t{{.NumberOfContainers}}",
                          R"({"Id": "POD ID", "NumberOfContainers": "# OF CONTAINERS"})"};
    if (!args.quiet)
        print_list(listing, args.format, args.no_heading, Json::array(), Json::array());
    return 0;
}

constexpr Option all_option = option<&PodSelectionArgs::all>("all", 'a', "", "All pods");
constexpr Option latest_option = option<&PodSelectionArgs::latest>("latest", 'l', "", "The pod that was created last");
constexpr Option ignore_option = option<&PodSelectionArgs::ignore>("ignore", 'i', "", "A missing pod is no error");
constexpr Option time_option = option<&PodSelectionArgs::timeout_s, read_wait_seconds>(
                                   "time", 't', "SECONDS", "Wait so long before containers are killed")
                                   .defaults("10")
                                   .also("timeout")
                                   .wrapped(ValueKind::Int);
constexpr Option id_file_option = refused("pod-id-file", 0, "FILE", "pods are not built yet").many();

constexpr Option remove_options[] = {
    all_option,     option<&PodSelectionArgs::force>("force", 'f', "", "Also when containers run"),
    ignore_option,  latest_option,
    id_file_option, time_option,
};
constexpr Option stop_options[] = {all_option, ignore_option, latest_option, id_file_option, time_option};
constexpr Option start_options[] = {all_option, latest_option, id_file_option};
constexpr Option plain_options[] = {all_option, latest_option};
constexpr Option kill_options[] = {
    all_option,
    latest_option,
    option<&PodSelectionArgs::signal, read_signal>("signal", 's', "SIGNAL", "Name or number of the signal")
        .defaults("KILL")
        .completes(Completes::Signals),
};
constexpr Option inspect_options[] = {
    option<&PodSelectionArgs::format>("format", 'f', "FORMAT", "json, or a Go template").defaults("json"),
    latest_option,
};
constexpr Option top_options[] = {latest_option};
constexpr Option stats_options[] = {
    all_option,
    option<&PodSelectionArgs::format>("format", 0, "FORMAT", "json, or a Go template"),
    latest_option,
    option<&PodSelectionArgs::no_reset>("no-reset", 0, "", "Do not clear the screen between two lists"),
    option<&PodSelectionArgs::no_stream>("no-stream", 0, "", "One list only"),
    option<&PodSelectionArgs::no_trunc>("no-trunc", 0, "", "Do not shorten ids"),
};
constexpr Option prune_options[] = {
    option<&PruneArgs::force>("force", 'f', "", "Do not ask"),
};
constexpr Option list_options[] = {
    option<&PodListArgs::container_ids>("ctr-ids", 0, "", "Show ids of containers"),
    option<&PodListArgs::container_names>("ctr-names", 0, "", "Show names of containers"),
    option<&PodListArgs::container_status>("ctr-status", 0, "", "Show states of containers"),
    option<&PodListArgs::filters, read_filter>("filter", 'f', "KEY=VALUE", "Only those that match"),
    option<&PodListArgs::format>("format", 0, "FORMAT", "json, or a Go template"),
    option<&PodListArgs::latest>("latest", 'l', "", "Only the one that was created last"),
    option<&PodListArgs::namespaces>("namespace", 0, "", "Show namespaces").also("ns"),
    option<&PodListArgs::no_trunc>("no-trunc", 0, "", "Do not shorten ids"),
    option<&PodListArgs::no_heading>("noheading", 'n', "", "No heading"),
    option<&PodListArgs::quiet>("quiet", 'q', "", "Ids only"),
    option<&PodListArgs::sort>("sort", 0, "KEY", "Order")
        .one_of("created, id, name, number, status")
        .defaults("created"),
};

/// The verbs on pods differ in their names and options only.
constexpr Command pod_command(std::array<std::string_view, 6> paths, std::string_view summary,
                              std::span<const Option> options, Body body_of, std::string_view usage = "POD [POD...]")
{
    Command made;
    made.paths = paths;
    made.summary = summary;
    made.operands = operands<&PodSelectionArgs::names>(usage, 0, Operands::many, Completes::Pods);
    made.options = options;
    made.body = body_of;
    return made;
}

constexpr Body other_verb = body<PodSelectionArgs, other_verb_on_pods, finish_pods>;

constexpr Command commands[] = {
    {
        .paths = {"pod ps", "pod ls", "pod list"},
        .summary = "List pods",
        .options = list_options,
        .body = body<PodListArgs, list_pods>,
    },
    {
        .paths = {"pod exists"},
        .summary = "Check whether a pod exists",
        .operands = operands<&PodSelectionArgs::names>("POD", 1, 1, Completes::Pods),
        .body = body<PodSelectionArgs, pod_exists>,
    },
    {
        .paths = {"pod prune"},
        .summary = "Remove all stopped pods",
        .options = prune_options,
        .body = body<PruneArgs, prune_pods>,
    },
    pod_command({"pod inspect"}, "Show all that is known about pods", inspect_options,
                body<PodSelectionArgs, inspect_pods, finish_pods>),
    pod_command({"pod kill"}, "Send a signal to the containers of pods", kill_options, other_verb),
    pod_command({"pod pause"}, "Pause the containers of pods", plain_options, other_verb),
    pod_command({"pod restart"}, "Restart pods", plain_options, other_verb),
    pod_command({"pod rm"}, "Remove pods", remove_options, body<PodSelectionArgs, remove_pods, finish_pods>),
    pod_command({"pod start"}, "Start pods", start_options, other_verb),
    pod_command({"pod stats"}, "Show what pods use", stats_options, body<PodSelectionArgs, show_pod_stats, finish_pod_stats>, "[POD...]"),
    pod_command({"pod stop"}, "Stop pods", stop_options, other_verb),
    pod_command({"pod top"}, "Show the processes of a pod", top_options, other_verb,
                "POD [FORMAT-DESCRIPTORS|ARGS...]"),
    pod_command({"pod unpause"}, "Unpause the containers of pods", plain_options, other_verb),
};

} // namespace

const std::span<const Command> pod_commands{commands};

} // namespace skiff::cli
