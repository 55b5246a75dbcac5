#include "cli/commands/stats.hpp"

#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/groups/selection_options.hpp"
#include "cli/output.hpp"
#include "cli/values.hpp"
#include "engine/container_stats.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

namespace skiff::cli {
namespace {

void finish_stats(const Invocation&, StatsArgs& args)
{
    const int ways = (args.all ? 1 : 0) + (args.latest ? 1 : 0) + (args.containers.empty() ? 0 : 1);
    if (ways > 1)
        throw usage_error("--all, --latest and containers cannot be used together");
    if (args.interval_s < 1)
        throw usage_error("invalid interval, must be a positive number greater zero");
    for (std::string& name : args.containers)
        name = without_slash(std::move(name));
}

constexpr const char* headings = R"({"ID": "ID", "UpTime": "CPU TIME", "CPUPerc": "CPU %", "AVGCPU": "AVG CPU %",
    "MemUsage": "MEM USAGE / LIMIT", "MemUsageBytes": "MEM USAGE / LIMIT", "MemPerc": "MEM %", "NetIO": "NET IO",
    "BlockIO": "BLOCK IO", "PIDS": "PIDS"})";
constexpr const char* default_table = "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t"
                                      "{{.BlockIO}}\t{{.PIDS}}\t{{.UpTime}}\t{{.AVGCPU}}";

void print_stats(const std::vector<engine::ContainerStats>& all, const StatsArgs& args)
{
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    nlohmann::ordered_json documents = nlohmann::ordered_json::array();
    for (const engine::ContainerStats& stats : all) {
        rows.push_back(engine::make_stats_row(stats, args.no_trunc));
        documents.push_back(engine::make_stats_document(stats, args.no_trunc));
    }
    print_list({"stats", "containers.containerStats", default_table, headings}, args.format, false, rows, documents);
}

/// The names again and again: with none given, those that run at the time.
std::vector<std::string> choose(engine::Engine& engine, const StatsArgs& args)
{
    if (args.latest)
        return {resolve_container(engine, "", true)};
    std::vector<std::string> ids;
    for (const std::string& name : args.containers)
        ids.push_back(resolve_container(engine, name));
    if (ids.empty())
        for (const store::ContainerRecord& record : engine.store().containers().list())
            if (args.all || record.is_running())
                ids.push_back(record.config.id);
    return ids;
}

int stats(const Invocation& invocation, StatsArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::StatsReader reader{engine};
    for (bool first = true;; first = false) {
        if (!first)
            std::this_thread::sleep_for(std::chrono::seconds{args.interval_s}); // the interval is what was asked for
        const auto read = reader.read(choose(engine, args));
        if (!args.no_reset && !args.no_stream)
            clear_screen();
        print_stats(read, args);
        if (args.no_stream)
            return 0;
    }
}

constexpr Option options[] = {
    option<&StatsArgs::all>("all", 'a', "", "Containers that do not run, too"),
    option<&StatsArgs::format>("format", 0, "FORMAT", "json, or a Go template, with \"table \" in front for columns"),
    option<&StatsArgs::interval_s>("interval", 'i', "SECONDS", "Time between two lists").defaults("5"),
    option<&StatsArgs::latest>("latest", 'l', "", "Of the container that was created last"),
    option<&StatsArgs::no_reset>("no-reset", 0, "", "Do not clear the screen between two lists"),
    option<&StatsArgs::no_stream>("no-stream", 0, "", "One list only"),
    option<&StatsArgs::no_trunc>("no-trunc", 0, "", "Do not shorten ids").also("notruncate"),
};

constexpr Command commands[] = {
    {
        .paths = {"stats", "container stats"},
        .summary = "Show what containers use",
        .description = "Shows CPU time, memory, network and storage traffic of running containers, again and again.",
        .examples = "stats\nstats --no-stream web db\nstats --format '{{.Name}} {{.MemUsage}}'",
        .operands = operands<&StatsArgs::containers>("[CONTAINER...]", 0, Operands::many, Completes::RunningContainers),
        .options = options,
        .needs = Needs::Store,
        .body = body<StatsArgs, stats, finish_stats>,
    },
};

} // namespace

const std::span<const Command> stats_commands{commands};

} // namespace skiff::cli
