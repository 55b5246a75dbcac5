// compose ps, images, ls, volumes, logs, top, port, events, stats: looking at a project.

#include "cli/commands/compose.hpp"

#include "cli/commands/tables.hpp"
#include "cli/compose/log_view.hpp"
#include "cli/compose/session.hpp"
#include "cli/output.hpp"
#include "cli/run_words.hpp"
#include "cli/values.hpp"
#include "engine/container_list_document.hpp"
#include "frontends/compose/labels.hpp"
#include "store/events.hpp"
#include "text/size.hpp"
#include "text/table.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace skiff::cli {
namespace {

using Json = nlohmann::ordered_json;
using compose::Existing;
using Files = ComposeSession::Files;

std::string label_of(const store::ContainerRecord& record, const char* name)
{
    const auto found = record.config.labels.find(name);
    return found == record.config.labels.end() ? std::string{} : found->second;
}

std::string state_word(const store::ContainerRecord& record) { return to_string(record.status); }

/// Podman says "Up 2 seconds (starting)", compose programs "Up 2 seconds (health: starting)".
std::string status_text(const store::ContainerRecord& record, WallTime now)
{
    constexpr std::string_view starting = "(starting)";
    std::string text = engine::describe_status(record, now);
    if (const std::size_t place = text.find(starting); place != std::string::npos)
        text.replace(place, starting.size(), "(health: starting)");
    return text;
}

/// Compose's own row; what it shares with `ps` comes from there.
Json make_row(const store::ContainerRecord& record, WallTime now, bool no_trunc)
{
    engine::ListedContainer listed{record, std::nullopt};
    const Json common = engine::make_list_row(listed, now, {no_trunc, false});
    Json publishers = Json::array();
    for (const PortMapping& port : record.config.network.ports)
        for (int offset = 0; offset < port.range; ++offset)
            publishers.push_back({{"URL", port.host_ip.empty() ? "0.0.0.0" : port.host_ip},
                                  {"TargetPort", port.container_port + offset},
                                  {"PublishedPort", port.host_port + offset},
                                  {"Protocol", port.protocol}});
    std::string all_labels;
    for (const auto& [name, value] : record.config.labels)
        all_labels += cat(all_labels.empty() ? "" : ",", name, "=", value);
    const auto text = [&](const char* key) {
        const auto found = common.find(key);
        return found != common.end() && found->is_string() ? found->get<std::string>() : std::string{};
    };
    std::string command = text("Command");
    return {{"Command", cat("\"", command, "\"")},
            {"CreatedAt", text("CreatedAt")},
            {"ExitCode", record.exit && !record.is_running() ? record.exit->code : 0},
            {"Health", record.state ? record.state->health.status : std::string{}},
            {"ID", text("ID")},
            {"Image", record.config.image_name},
            {"Labels", all_labels},
            {"Name", record.config.name},
            {"Names", record.config.name},
            {"Ports", text("Ports")},
            {"Project", label_of(record, compose::labels::project)},
            {"Publishers", publishers},
            {"RunningFor", text("RunningFor")},
            {"Service", label_of(record, compose::labels::service)},
            {"State", state_word(record)},
            {"Status", status_text(record, now)}};
}

std::set<std::string> wanted_states(const ComposeListArgs& args)
{
    std::set<std::string> states(args.statuses.begin(), args.statuses.end());
    for (const std::string& filter : args.filters) {
        const Cut cut = cut_at(filter, '=');
        if (cut.head == "source" && cut.tail)
            throw usage_error("--filter source=... is not supported: there is status=");
        if (cut.head != "status" || !cut.tail)
            throw usage_error(cat("arguments to --filter should be in form KEY=VAL; there is status=, not ", quoted(filter)));
        states.insert(*cut.tail);
    }
    for (const std::string& state : states)
        if (!find_container_status(state) && state != "restarting" && state != "dead")
            throw usage_error(cat("unknown status ", quoted(state)));
    return states;
}

std::vector<store::ContainerRecord> list_records(ComposeSession& session, const ComposeListArgs& args)
{
    const std::set<std::string> states = wanted_states(args);
    std::vector<store::ContainerRecord> records;
    for (const Existing& one : session.containers()) {
        const bool named = args.services.empty() || std::find(args.services.begin(), args.services.end(), one.service) != args.services.end();
        const bool orphan = session.project().find_service(one.service) == nullptr && !session.project().disabled.contains(one.service);
        if (!named || (orphan && !args.orphans) || (one.one_off && !args.all && !one.is_running()))
            continue;
        if (!args.all && states.empty() && !one.is_running())
            continue;
        if (!states.empty() && !states.contains(to_string(one.status)))
            continue;
        records.push_back(session.engine().store().containers().load(one.id));
    }
    return records;
}

void print_json_lines(const Json& rows)
{
    std::string out;
    for (const Json& row : rows)
        out += row.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    print(out);
}

int ps(const Invocation& invocation, ComposeListArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    for (const std::string& service : args.services)
        (void)session.project().service(service);
    const auto records = list_records(session, args);
    if (args.quiet) {
        for (const auto& record : records)
            print(record.config.id + "\n");
        return 0;
    }
    if (args.list_services) {
        std::set<std::string> services;
        for (const auto& record : records)
            services.insert(label_of(record, compose::labels::service));
        for (const std::string& service : services)
            print(service + "\n");
        return 0;
    }
    Json rows = Json::array();
    for (const auto& record : records)
        rows.push_back(make_row(record, wall_now(), args.no_trunc));
    if (args.format == "json") {
        print_json_lines(rows);
        return 0;
    }
    constexpr const char* table = "{{.Name}}\t{{.Image}}\t{{.Command}}\t{{.Service}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}";
    print_list({"ps", "formatter.ContainerContext", table, R"({"RunningFor": "CREATED"})"}, args.format == "table" ? "" : args.format, false, rows, rows);
    return 0;
}

int images(const Invocation& invocation, ComposeListArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    Json rows = Json::array();
    std::set<std::string> ids;
    for (const Existing& one : session.containers_of(args.services, true)) {
        const store::ContainerRecord record = session.engine().store().containers().load(one.id);
        const auto image = session.engine().store().images().find_id(one.image_id);
        std::string repository = record.config.image_name;
        std::string tag = "latest";
        const std::size_t colon = repository.rfind(':');
        if (colon != std::string::npos && repository.find('/', colon) == std::string::npos) {
            tag = repository.substr(colon + 1);
            repository.resize(colon);
        }
        ids.insert(one.image_id);
        rows.push_back({{"ID", cat("sha256:", one.image_id)},
                        {"ContainerName", one.name},
                        {"Repository", repository},
                        {"Tag", tag},
                        {"Platform", image ? cat(image->os, "/", image->architecture, image->variant.empty() ? "" : "/", image->variant) : ""},
                        {"Size", image ? image->size : 0}});
    }
    if (args.quiet) {
        for (const std::string& id : ids)
            print(id + "\n");
    } else if (args.format == "json") {
        print(rows.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    } else {
        text::Table table{{"CONTAINER", "REPOSITORY", "TAG", "PLATFORM", "IMAGE ID", "SIZE"}};
        for (const Json& row : rows)
            table.add_row({row["ContainerName"], row["Repository"], row["Tag"], row["Platform"], row["ID"].get<std::string>().substr(7, 12),
                           text::format_bytes_decimal(row["Size"].get<std::uint64_t>(), 3)});
        print(table.text());
    }
    return 0;
}

int list_projects(const Invocation& invocation, ComposeListArgs& args)
{
    const auto engine = make_engine(invocation);
    struct Found
    {
        std::map<std::string, int> states;
        std::string files;
        bool runs = false;
    };
    std::map<std::string, Found> projects;
    for (const store::ContainerRecord& record : engine->store().containers().list()) {
        const std::string name = label_of(record, compose::labels::project);
        if (name.empty())
            continue;
        Found& found = projects[name];
        ++found.states[state_word(record)];
        found.runs = found.runs || record.is_running();
        found.files = label_of(record, compose::labels::files);
    }
    std::string wanted;
    for (const std::string& filter : args.filters) {
        const Cut cut = cut_at(filter, '=');
        if (cut.head != "name" || !cut.tail)
            throw usage_error(cat("unknown filter ", quoted(filter), "; there is name="));
        wanted = *cut.tail;
    }
    Json rows = Json::array();
    for (const auto& [name, found] : projects) {
        if ((!args.all && !found.runs) || name.find(wanted) == std::string::npos)
            continue;
        std::string status;
        for (const auto& [state, count] : found.states)
            status += cat(status.empty() ? "" : ", ", state, "(", count, ")");
        rows.push_back({{"Name", name}, {"Status", status}, {"ConfigFiles", found.files}});
    }
    if (args.quiet) {
        for (const Json& row : rows)
            print(row["Name"].get<std::string>() + "\n");
    } else if (args.format == "json") {
        print(rows.dump() + "\n");
    } else {
        text::Table table{{"NAME", "STATUS", "CONFIG FILES"}};
        for (const Json& row : rows)
            table.add_row({row["Name"], row["Status"], row["ConfigFiles"]});
        print(table.text());
    }
    return 0;
}

int volumes(const Invocation& invocation, ComposeListArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    std::vector<std::string> names;
    for (const store::Volume& volume : session.engine().store().volumes().list()) {
        const auto project = volume.labels.find(compose::labels::project);
        if (project != volume.labels.end() && project->second == session.project().name)
            names.push_back(volume.name);
    }
    if (args.quiet || args.format.empty() || args.format == "table") {
        if (!args.quiet)
            print("DRIVER      VOLUME NAME\n");
        for (const std::string& name : names)
            print(args.quiet ? name + "\n" : cat("local       ", name, "\n"));
        return 0;
    }
    return run_words(invocation, {"volume", "ls", cat("--filter=label=", compose::labels::project, "=", session.project().name),
                                  cat("--format=", args.format)});
}

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

int top(const Invocation& invocation, ComposeListArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    int code = 0;
    for (const Existing& one : session.containers_of(args.services, false)) {
        print(cat(one.name, "\n"));
        code = std::max(code, run_words(invocation, {"top", one.id}));
        print("\n");
    }
    return code;
}

int port(const Invocation& invocation, ComposeReachArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, {args.words[0]}};
    const Existing one = session.container_of(args.words[0], args.index, true);
    if (args.protocol != "tcp" && args.protocol != "udp")
        throw usage_error(cat("unknown protocol ", quoted(args.protocol), ": there are tcp and udp"));
    return run_words(invocation, {"port", one.id, cat(args.words[1], "/", args.protocol)});
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

constexpr Option format_option = option<&ComposeListArgs::format>("format", 0, "FORMAT", "table, json, or a Go template");
constexpr Option quiet_option = option<&ComposeListArgs::quiet>("quiet", 'q', "", "Ids or names only");

constexpr Option ps_options[] = {
    option<&ComposeListArgs::all>("all", 'a', "", "Containers that do not run, too"),
    option<&ComposeListArgs::filters>("filter", 0, "KEY=VALUE", "Only those that match: status").many(),
    format_option,
    option<&ComposeListArgs::no_trunc>("no-trunc", 0, "", "Do not shorten commands"),
    option<&ComposeListArgs::orphans>("orphans", 0, "", "Containers whose service is gone, too").defaults("true"),
    quiet_option,
    option<&ComposeListArgs::list_services>("services", 0, "", "Names of services only"),
    option<&ComposeListArgs::statuses>("status", 0, "STATUS", "Only those in this state: running, exited, paused ...").many(),
};
constexpr Option images_options[] = {format_option, quiet_option};
constexpr Option ls_options[] = {
    option<&ComposeListArgs::all>("all", 'a', "", "Projects that do not run, too"),
    option<&ComposeListArgs::filters>("filter", 0, "KEY=VALUE", "Only those that match: name").many(),
    format_option,
    quiet_option,
};
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
constexpr Option port_options[] = {
    option<&ComposeReachArgs::index>("index", 0, "NUMBER", "Of this container of the service").defaults("0"),
    option<&ComposeReachArgs::protocol>("protocol", 0, "NAME", "tcp or udp").defaults("tcp"),
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

constexpr UsedGroup list_groups[] = {compose_group<ComposeListArgs>};
constexpr UsedGroup logs_groups[] = {compose_group<ComposeLogsArgs>};
constexpr UsedGroup reach_groups[] = {compose_group<ComposeReachArgs>};
constexpr UsedGroup events_groups[] = {compose_group<ComposeEventsArgs>};

template <auto Run>
constexpr Command list(std::string_view path, std::string_view summary, std::string_view examples, std::span<const Option> options, bool services = true)
{
    Command made;
    made.paths = {path};
    made.summary = summary;
    made.examples = examples;
    if (services)
        made.operands = operands<&ComposeListArgs::services>("[SERVICE...]", 0, Operands::many);
    made.options = options;
    made.groups = list_groups;
    made.needs = Needs::Store;
    made.body = body<ComposeListArgs, Run>;
    return made;
}

constexpr Command commands[] = {
    list<ps>("compose ps", "List the containers of a project", "compose ps\ncompose ps --all --format json", ps_options),
    list<images>("compose images", "List the images of a project's containers", "compose images", images_options),
    list<list_projects>("compose ls", "List projects", "compose ls --all", ls_options, false),
    list<volumes>("compose volumes", "List the volumes of a project", "compose volumes", images_options),
    list<top>("compose top", "Show the processes of a project's containers", "compose top\ncompose top web", {}),
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
        .paths = {"compose port"},
        .summary = "Show which address of the host leads to a port of a service",
        .examples = "compose port web 80",
        .operands = operands<&ComposeReachArgs::words>("SERVICE PORT", 2, 2),
        .options = port_options,
        .groups = reach_groups,
        .needs = Needs::Store,
        .body = body<ComposeReachArgs, port>,
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

const std::span<const Command> compose_look_commands{commands};

} // namespace skiff::cli
