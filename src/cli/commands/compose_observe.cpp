// compose logs, events, stats: what goes on in a project.

#include "cli/commands/compose.hpp"

#include "cli/commands/tables.hpp"
#include "cli/compose/log_view.hpp"
#include "cli/compose/session.hpp"
#include "cli/output.hpp"
#include "cli/run_words.hpp"
#include "cli/values.hpp"
#include "frontends/compose/labels.hpp"
#include "store/events.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace skiff::cli {
namespace {

using Json = nlohmann::ordered_json;
using compose::Existing;
using Files = ComposeSession::Files;

/// Kept as text, since a worker for each container reads them again: what all of those would complain about is found here.
std::string read_tail(std::string_view text)
{
    if (text != "all")
        (void)read_integer(text);
    return std::string{text};
}
std::string read_time(std::string_view text)
{
    (void)text::parse_time(text, wall_now());
    return std::string{text};
}

int logs(const Invocation& invocation, ComposeLogsArgs& args)
{
    if (args.no_color)
        args.compose.ansi = "never";
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    auto containers = session.containers_of(args.services, true);
    if (args.index != 0)
        std::erase_if(containers, [&](const Existing& one) { return one.number != args.index; });
    LogView view{session, {!args.no_log_prefix, args.timestamps, args.follow, args.tail, args.since, args.until}};
    for (const Existing& one : containers)
        view.reserve(one.short_name());
    if (args.follow) {
        for (const Existing& one : containers)
            view.add(one, [] {});
    }
    while (!session.crew().is_idle())
        session.loop().run_once(std::chrono::seconds{1});
    // Without --follow one after another: each container's lines stay together.
    for (const Existing& one : args.follow ? std::vector<Existing>{} : containers) {
        view.add(one, [] {});
        while (!session.crew().is_idle())
            session.loop().run_once(std::chrono::seconds{1});
    }
    return 0;
}

/// A line of `compose stats --format json`, as a template of `stats`.
constexpr std::string_view stats_line =
    R"({"BlockIO":{{json .BlockIO}},"CPUPerc":{{json .CPUPerc}},"Container":{{json .ID}},"ID":{{json .ID}},"MemPerc":{{json .MemPerc}},)"
    R"("MemUsage":{{json .MemUsage}},"Name":{{json .Name}},"NetIO":{{json .NetIO}},"PIDs":{{json .PIDS}}})";

int stats(const Invocation& invocation, ComposeReachArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.words};
    std::vector<std::string> words{"stats"};
    if (args.no_stream)
        words.emplace_back("--no-stream");
    if (args.no_trunc)
        words.emplace_back("--no-trunc");
    if (!args.format.empty())
        words.push_back(cat("--format=", args.format == "json" ? stats_line : args.format));
    if (args.format == "json")
        words.emplace_back("--no-reset"); // lines for a program
    const auto containers = session.containers_of(args.words, args.all);
    if (containers.empty())
        throw Error{ErrorKind::State, cat("no container of project \"", session.project().name, "\" is running")};
    for (const Existing& one : containers)
        words.push_back(one.id);
    return run_words(invocation, words);
}

/// What Docker's tools call it.
std::string action_of(const store::Event& event)
{
    constexpr std::pair<std::string_view, std::string_view> words[] = {{"died", "die"}, {"exec_died", "exec_die"}, {"remove", "destroy"}};
    if (event.action == "health_status")
        return cat("health_status: ", event.health_status);
    for (const auto& [ours, theirs] : words)
        if (event.action == ours)
            return std::string{theirs};
    return event.action;
}

/// "2024-05-01 12:00:00.000000 container start ID (image=..., name=...)"
void print_event(const store::Event& event, const std::string& service, bool json)
{
    const std::string time = text::format_rfc3339_nano(event.time);
    const std::string action = action_of(event);
    if (json) {
        print(Json{{"time", time}, {"type", "container"}, {"service", service}, {"id", event.id}, {"action", action},
                   {"attributes", {{"image", event.image}, {"name", event.name}}}}
                  .dump(-1, ' ', false, Json::error_handler_t::replace) +
              "\n");
        return;
    }
    print(cat(time, " container ", action, " ", event.id, " (image=", event.image, ", name=", event.name, ")\n"));
}

int events(const Invocation& invocation, ComposeEventsArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    const auto limit = [](const std::string& text, text::DurationMeans means) {
        return text.empty() ? std::optional<WallTime>{} : std::optional{text::parse_time(text, wall_now(), means)};
    };
    const auto since = limit(args.since, text::DurationMeans::Ago);
    const auto until = limit(args.until, text::DurationMeans::Ahead);
    const WallTime began = since.value_or(wall_now());
    store::EventReader reader{session.engine().store().root()};
    for (;;) {
        while (const auto event = reader.next()) {
            const auto project = event->attributes.find(compose::labels::project);
            const auto service = event->attributes.find(compose::labels::service);
            const bool mine = event->type == "container" && project != event->attributes.end() && project->second == session.project().name;
            const std::string name = service == event->attributes.end() ? "" : service->second;
            const bool named = args.services.empty() || std::find(args.services.begin(), args.services.end(), name) != args.services.end();
            if (mine && named && event->time >= began && (!until || event->time <= *until))
                print_event(*event, name, args.json);
        }
        if (until && wall_now() >= *until)
            return 0;
        reader.wait(until ? std::chrono::milliseconds{200} : std::chrono::milliseconds{-1});
    }
}

constexpr Option logs_options[] = {
    option<&ComposeLogsArgs::follow>("follow", 'f', "", "Go on as the containers write"),
    option<&ComposeLogsArgs::index>("index", 0, "NUMBER", "Of this container of a service").defaults("0"),
    option<&ComposeLogsArgs::no_color>("no-color", 0, "", "Names without colours"),
    option<&ComposeLogsArgs::no_log_prefix>("no-log-prefix", 0, "", "Lines without the container's name"),
    option<&ComposeLogsArgs::since, read_time>("since", 0, "TIME", "Not before: a time, or a duration (10m ago)"),
    option<&ComposeLogsArgs::tail, read_tail>("tail", 'n', "LINES", "Only so many lines from the end of each, or all").defaults("all"),
    option<&ComposeLogsArgs::timestamps>("timestamps", 't', "", "Put the time in front of each line"),
    option<&ComposeLogsArgs::until, read_time>("until", 0, "TIME", "Not after"),
};
constexpr Option stats_options[] = {
    option<&ComposeReachArgs::all>("all", 'a', "", "Containers that do not run, too"),
    option<&ComposeReachArgs::format>("format", 0, "FORMAT", "table, json, or a Go template"),
    option<&ComposeReachArgs::no_stream>("no-stream", 0, "", "Once, not again and again"),
    option<&ComposeReachArgs::no_trunc>("no-trunc", 0, "", "Do not shorten ids"),
};
constexpr Option events_options[] = {
    option<&ComposeEventsArgs::json>("json", 0, "", "A JSON object for each event"),
    option<&ComposeEventsArgs::since>("since", 0, "TIME", "Not before"),
    option<&ComposeEventsArgs::until>("until", 0, "TIME", "Not after"),
};

constexpr UsedGroup logs_groups[] = {compose_group<ComposeLogsArgs>};
constexpr UsedGroup reach_groups[] = {compose_group<ComposeReachArgs>};
constexpr UsedGroup events_groups[] = {compose_group<ComposeEventsArgs>};

constexpr Command commands[] = {
    {
        .paths = {"compose logs"},
        .summary = "Show the output of a project's containers",
        .examples = "compose logs\ncompose logs --follow --tail 20 web",
        .operands = operands<&ComposeLogsArgs::services>("[SERVICE...]", 0, Operands::many),
        .options = logs_options,
        .groups = logs_groups,
        .needs = Needs::Store,
        .body = body<ComposeLogsArgs, logs>,
    },
    {
        .paths = {"compose stats"},
        .summary = "Show what a project's containers use",
        .examples = "compose stats --no-stream",
        .operands = operands<&ComposeReachArgs::words>("[SERVICE...]", 0, Operands::many),
        .options = stats_options,
        .groups = reach_groups,
        .needs = Needs::Store,
        .body = body<ComposeReachArgs, stats>,
    },
    {
        .paths = {"compose events"},
        .summary = "Show what happens to a project's containers",
        .examples = "compose events --json",
        .operands = operands<&ComposeEventsArgs::services>("[SERVICE...]", 0, Operands::many),
        .options = events_options,
        .groups = events_groups,
        .needs = Needs::Store,
        .body = body<ComposeEventsArgs, events>,
    },
};

} // namespace

const std::span<const Command> compose_observe_commands{commands};

} // namespace skiff::cli
