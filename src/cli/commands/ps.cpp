#include "cli/commands/ps.hpp"

#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/output.hpp"
#include "engine/container_list_document.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

namespace skiff::cli {
namespace {

void finish_ps(const Invocation&, PsArgs& args)
{
    if (args.last >= 0 && args.latest)
        throw usage_error("last and latest are mutually exclusive");
    if (args.quiet && (args.size || args.namespaces))
        throw usage_error("quiet conflicts with size and namespace");
    if (args.size && args.namespaces)
        throw usage_error("size and namespace options conflict");
    if (args.watch_s > 0 && args.latest)
        throw usage_error("the watch and latest flags cannot be used together");
}

constexpr const char* headings = R"({"Cgroup": "CGROUPNS", "CreatedHuman": "CREATED", "ID": "CONTAINER ID", "IPC": "IPC", "MNT": "MNT",
    "NET": "NET", "Networks": "NETWORKS", "PIDNS": "PIDNS", "Pod": "POD ID", "PodName": "PODNAME", "Restarts": "RESTARTS",
    "RunningFor": "RUNNING FOR", "UTS": "UTS", "USERNS": "USERNS"})";

std::string default_table(const PsArgs& args)
{
    if (args.namespaces)
        return "{{.ID}}\t{{.Names}}\t{{.Pid}}\t{{.Cgroup}}\t{{.IPC}}\t{{.MNT}}\t{{.NET}}\t{{.PIDNS}}\t{{.USERNS}}\t{{.UTS}}";
    std::string table = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.CreatedHuman}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";
    if (args.pod)
        table += "\t{{.Pod}}\t{{.PodName}}";
    if (args.size)
        table += "\t{{.Size}}";
    return table;
}

void print_containers(engine::Engine& engine, const PsArgs& args)
{
    engine::ContainerListRequest request;
    request.filters = args.filters;
    request.all = args.all;
    request.external = args.external;
    request.last = args.latest ? 1 : args.last;
    request.sort = args.sort;
    request.size = args.size || args.format.find(".Size") != std::string::npos;
    const auto containers = engine::list_containers(engine, request);
    const WallTime now = wall_now();

    const bool quiet = args.quiet && args.format.empty();
    const std::string format = quiet ? "{{.ID}}" : args.format;
    const bool as_json = format == "json" || format == "jsonl";
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    nlohmann::ordered_json documents = nlohmann::ordered_json::array();
    for (const engine::ListedContainer& container : containers) {
        if (as_json)
            documents.push_back(engine::make_list_document(container, now));
        else
            rows.push_back(engine::make_list_row(container, now, {args.no_trunc, args.namespaces || !format.empty()}));
    }
    print_list({"ps", "containers.psReporter", default_table(args), headings}, format, args.no_heading, rows, documents);
}

int ps(const Invocation& invocation, PsArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    print_containers(engine, args);
    while (args.watch_s > 0) {
        // What is watched is the time, too: "Up 3 seconds".
        std::this_thread::sleep_for(std::chrono::seconds{args.watch_s});
        clear_screen();
        print_containers(engine, args);
    }
    return 0;
}

constexpr Option options[] = {
    option<&PsArgs::all>("all", 'a', "", "Containers that do not run, too"),
    option<&PsArgs::external>("external", 0, "", "Containers of builds, too")
        .also("storage"),
    option<&PsArgs::filters, read_filter>("filter", 'f', "KEY=VALUE",
                                          "Only those that match: name, id, label, status, ancestor ..."),
    option<&PsArgs::format>("format", 0, "FORMAT", "json, or a Go template, with \"table \" in front for columns"),
    option<&PsArgs::last>("last", 'n', "COUNT", "Only so many of the newest, whatever their state").defaults("-1"),
    option<&PsArgs::latest>("latest", 'l', "", "Only the one that was created last"),
    option<&PsArgs::namespaces>("namespace", 0, "", "Show their namespaces").also("ns"),
    option<&PsArgs::no_trunc>("no-trunc", 0, "", "Do not shorten ids and commands").also("notruncate"),
    option<&PsArgs::no_heading>("noheading", 0, "", "No heading"),
    option<&PsArgs::pod>("pod", 'p', "", "Show their pods"),
    option<&PsArgs::quiet>("quiet", 'q', "", "Ids only"),
    option<&PsArgs::size>("size", 's', "", "Show the sizes of their files"),
    option<&PsArgs::sort>("sort", 0, "KEY", "Order")
        .one_of("command, created, id, image, names, runningfor, size, status")
        .defaults("created"),
    accepted("sync", 0, "", "states are always true here"),
    option<&PsArgs::watch_s>("watch", 'w', "SECONDS", "Show them again every so often").defaults("0"),
};

constexpr Command commands[] = {
    {
        .paths = {"ps", "container list", "container ls", "container ps"},
        .summary = "List containers",
        .description = "Lists running containers, or all of them.",
        .examples = "ps\nps --all --filter status=exited\nps --format '{{.Names}}: {{.Status}}'",
        .options = options,
        .needs = Needs::Store,
        .body = body<PsArgs, ps, finish_ps>,
    },
};

} // namespace

const std::span<const Command> ps_commands{commands};

} // namespace skiff::cli
