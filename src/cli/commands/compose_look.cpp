// compose ps, images, ls, volumes, top, port: what there is of a project.

#include "cli/commands/compose.hpp"

#include "cli/commands/tables.hpp"
#include "cli/compose/session.hpp"
#include "cli/output.hpp"
#include "cli/run_words.hpp"
#include "cli/values.hpp"
#include "engine/container_list_document.hpp"
#include "frontends/compose/labels.hpp"
#include "text/size.hpp"
#include "text/table.hpp"

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
constexpr Option port_options[] = {
    option<&ComposeReachArgs::index>("index", 0, "NUMBER", "Of this container of the service").defaults("0"),
    option<&ComposeReachArgs::protocol>("protocol", 0, "NAME", "tcp or udp").defaults("tcp"),
};
constexpr UsedGroup list_groups[] = {compose_group<ComposeListArgs>};
constexpr UsedGroup reach_groups[] = {compose_group<ComposeReachArgs>};

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
        .paths = {"compose port"},
        .summary = "Show which address of the host leads to a port of a service",
        .examples = "compose port web 80",
        .operands = operands<&ComposeReachArgs::words>("SERVICE PORT", 2, 2),
        .options = port_options,
        .groups = reach_groups,
        .needs = Needs::Store,
        .body = body<ComposeReachArgs, port>,
    },
};

} // namespace

const std::span<const Command> compose_look_commands{commands};

} // namespace skiff::cli
