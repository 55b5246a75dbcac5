// Looking at one container: logs, top, port.

#include "cli/commands/observe.hpp"

#include "base/file.hpp"
#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/groups/selection_options.hpp"
#include "cli/output.hpp"
#include "engine/logs.hpp"
#include "engine/process_table.hpp"
#include "text/table.hpp"
#include "text/time_format.hpp"

#include <array>
#include <unistd.h>

namespace skiff::cli {
namespace {

WallTime read_past(std::string_view text) { return text::parse_time(text, wall_now()); }
WallTime read_end(std::string_view text) { return text::parse_time(text, wall_now(), text::DurationMeans::Ahead); }

/// "all" is Docker's word for it.
std::int64_t read_tail(std::string_view text) { return text == "all" ? -1 : read_integer(text); }

void finish_logs(const Invocation&, LogsArgs& args)
{
    if (args.containers.empty() && !args.latest)
        throw usage_error("specify at least one container name or ID to log");
    if (!args.containers.empty() && args.latest)
        throw usage_error("--latest and containers cannot be used together");
    for (std::string& name : args.containers)
        name = without_slash(std::move(name));
    if (args.since && args.until && *args.until < *args.since)
        throw usage_error("invalid --since and --until: the end lies before the beginning");
}

/// A line of a log as `logs` prints it: output as it was, standard error to standard error.
class LogPrinter
{
  public:
    LogPrinter(const LogsArgs& args, std::vector<std::string> names) : args_{args}, names_{std::move(names)} {}

    void print(std::size_t number, const monitor::LogRecord& record)
    {
        std::string line;
        if (at_line_start_[record.is_error]) {
            if (!names_.empty())
                line += colored(number, names_.at(number)) + " ";
            if (args_.timestamps)
                line += text::format_rfc3339_nine_digits(record.time, text::Zone::Local) + " ";
        }
        line += record.text;
        if (!record.is_partial)
            line += "\n";
        at_line_start_[record.is_error] = !record.is_partial;
        write_all(record.is_error ? STDERR_FILENO : STDOUT_FILENO, line, "the log");
    }

  private:
    [[nodiscard]] std::string colored(std::size_t number, const std::string& name) const
    {
        constexpr int first_color = 31;
        constexpr int colors = 6;
        if (!args_.color)
            return name;
        return cat("\x1b[", first_color + static_cast<int>(number) % colors, "m", name, "\x1b[0m");
    }

    const LogsArgs& args_;
    std::vector<std::string> names_;
    std::array<bool, 2> at_line_start_{true, true};
};

int logs(const Invocation& invocation, LogsArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    std::vector<std::string> ids;
    std::vector<std::string> names;
    if (args.latest)
        ids.push_back(resolve_container(engine, "", true));
    for (const std::string& name : args.containers)
        ids.push_back(resolve_container(engine, name));
    // Several logs at once are told apart: by the short id, or by name when that is asked for.
    if (args.names || ids.size() > 1)
        for (const std::string& id : ids)
            names.push_back(args.names ? engine.store().containers().load_config(id).name : id.substr(0, 12));
    engine::LogOptions options;
    options.follow = args.follow;
    options.since = args.since;
    options.until = args.until;
    if (args.tail >= 0)
        options.tail = static_cast<std::size_t>(args.tail);
    LogPrinter printer{args, std::move(names)};
    engine::read_logs(engine, ids, options,
                      [&](std::size_t number, const monitor::LogRecord& record) { printer.print(number, record); });
    return 0;
}

void finish_top(const Invocation&, TopArgs& args)
{
    if (args.words.empty() && !args.latest)
        throw usage_error("you must provide the name or id of a running container");
    if (!args.latest)
        args.container = without_slash(args.words.front());
    args.descriptors.assign(args.words.begin() + (args.latest ? 0 : 1), args.words.end());
}

int top(const Invocation& invocation, TopArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const std::string id = resolve_container(engine, args.container, args.latest);
    text::Table table;
    for (auto& row : engine::list_container_processes(engine, id, args.descriptors))
        table.add_row(std::move(row));
    print(table.text());
    return 0;
}

void set_port(PortArgs& args, const std::string& text)
{
    const Cut cut = cut_at(text, '/');
    const auto number = while_doing(cat("invalid port ", quoted(text)), [&] { return read_unsigned(cut.head); });
    if (number < 1 || number > 65535)
        throw usage_error(cat("port numbers must be between 1 and 65535 (inclusive), got ", number));
    args.port = static_cast<std::uint16_t>(number);
    args.protocol = cut.tail.value_or("tcp");
    if (args.protocol != "tcp" && args.protocol != "udp")
        throw usage_error(cat("unrecognized protocol ", quoted(args.protocol), ": must be tcp or udp"));
}

void finish_port(const Invocation&, PortArgs& args)
{
    if (args.all && args.latest)
        throw usage_error("--all and --latest cannot be used together");
    const bool elsewhere = args.all || args.latest;
    if (args.words.empty() && !elsewhere)
        throw usage_error("you must supply a running container name or id");
    if (args.all && !args.words.empty())
        throw usage_error("no arguments are needed with --all");
    std::size_t next = 0;
    if (!elsewhere)
        args.container = without_slash(args.words[next++]);
    if (next < args.words.size())
        set_port(args, args.words[next++]);
    if (next < args.words.size())
        throw usage_error("--latest and containers cannot be used together");
}

void print_port(const PortMapping& port, int offset)
{
    const std::string host = port.host_ip.empty() ? "0.0.0.0" : port.host_ip;
    const bool is_ip6 = host.find(':') != std::string::npos;
    print(cat(is_ip6 ? cat("[", host, "]") : host, ":", port.host_port + offset, "\n"));
}

void print_all_ports(const ContainerConfig& config, bool with_id)
{
    for (const PortMapping& port : config.network.ports)
        for (int offset = 0; offset < port.range; ++offset) {
            print(cat(with_id ? config.id.substr(0, 12) + "\t" : "", port.container_port + offset, "/", port.protocol, " -> "));
            print_port(port, offset);
        }
}

void print_one_port(const ContainerConfig& config, const PortArgs& args)
{
    bool found = false;
    for (const PortMapping& port : config.network.ports) {
        const int offset = args.port - port.container_port;
        if (port.protocol != args.protocol || offset < 0 || offset >= port.range)
            continue;
        print_port(port, offset);
        found = true;
    }
    if (!found)
        throw Error{ErrorKind::NotFound, cat("failed to find published port \"", args.port, "/", args.protocol, "\"")};
}

int port(const Invocation& invocation, PortArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const store::Containers& containers = engine.store().containers();
    if (args.all) {
        for (const store::ContainerRecord& record : containers.list(store::Containers::Which::Alive))
            print_all_ports(record.config, true);
        return 0;
    }
    const ContainerConfig config = containers.load_config(resolve_container(engine, args.container, args.latest));
    if (args.port == 0)
        print_all_ports(config, false);
    else
        print_one_port(config, args);
    return 0;
}

constexpr Option logs_options[] = {
    option<&LogsArgs::color>("color", 0, "", "Tell containers apart by colour"),
    accepted("details", 0, "", "log drivers here keep no further details").unlisted(),
    option<&LogsArgs::follow>("follow", 'f', "", "Go on as the container writes"),
    option<&LogsArgs::latest>("latest", 'l', "", "Of the container that was created last"),
    option<&LogsArgs::names>("names", 'n', "", "Put the container's name in front of each line"),
    option<&LogsArgs::since, read_past>("since", 0, "TIME",
                                        "Not before: a time, seconds since 1970, or a duration (10m ago)"),
    option<&LogsArgs::tail, read_tail>("tail", 0, "LINES", "Only so many lines from the end, -1 for all")
        .defaults("-1")
        .wrapped(ValueKind::Int),
    option<&LogsArgs::timestamps>("timestamps", 't', "", "Put the time in front of each line"),
    option<&LogsArgs::until, read_end>("until", 0, "TIME", "Not after"),
};

constexpr Option top_options[] = {
    option<&TopArgs::latest>("latest", 'l', "", "Of the container that was created last"),
};

constexpr Option port_options[] = {
    option<&PortArgs::all>("all", 'a', "", "Of all containers"),
    option<&PortArgs::latest>("latest", 'l', "", "Of the container that was created last"),
};

constexpr Operands top_words = [] {
    Operands made = operands<&TopArgs::words>("CONTAINER [FORMAT-DESCRIPTORS|ARGS...]", 0, Operands::many,
                                              Completes::RunningContainers, Completes::Nothing);
    made.end_options = true;
    return made;
}();

constexpr Command commands[] = {
    {
        .paths = {"logs", "container logs"},
        .summary = "Show the output of containers",
        .description = "Shows what containers have written; their standard error goes to standard error.",
        .examples = "logs web\nlogs --follow --tail 20 web\nlogs --since 10m --timestamps web",
        .operands =
            operands<&LogsArgs::containers>("CONTAINER [CONTAINER...]", 0, Operands::many, Completes::Containers),
        .options = logs_options,
        .needs = Needs::Store,
        .body = body<LogsArgs, logs, finish_logs>,
    },
    {
        .paths = {"top", "container top"},
        .summary = "Show the processes of a container",
        .description = "Shows the processes of a running container, with the columns that the descriptors name.",
        .examples = "top web\ntop web pid user args\ntop web -ef",
        .operands = top_words,
        .options = top_options,
        .needs = Needs::Store,
        .body = body<TopArgs, top, finish_top>,
    },
    {
        .paths = {"port", "container port"},
        .summary = "List the published ports of a container",
        .description = "Lists which addresses of the host lead to a container.",
        .examples = "port web\nport web 80/tcp\nport --all",
        .operands = operands<&PortArgs::words>("CONTAINER [PORT]", 0, 2, Completes::Containers, Completes::Nothing),
        .options = port_options,
        .needs = Needs::Store,
        .body = body<PortArgs, port, finish_port>,
    },
};

} // namespace

const std::span<const Command> observe_commands{commands};

} // namespace skiff::cli
