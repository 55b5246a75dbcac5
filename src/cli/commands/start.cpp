#include "cli/commands/start.hpp"

#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/follow.hpp"
#include "cli/selection.hpp"
#include "engine/exec.hpp"
#include "engine/start.hpp"

namespace skiff::cli {
namespace {

void finish_start(const Invocation& invocation, StartArgs& args)
{
    const std::vector<std::string>& names = args.selection.containers;
    if (args.selection.all && !names.empty())
        throw usage_error("either start all containers or the container(s) provided in the arguments");
    if (args.attach && (names.size() > 1 || args.selection.all))
        throw usage_error("you cannot start and attach multiple containers at once");
    if (args.signal_proxy.value_or(false) && !args.attach)
        throw usage_error("you cannot use sig-proxy without --attach: invalid argument");
    const bool chosen =
        !names.empty() || args.selection.latest || args.selection.all || !args.selection.filters.empty();
    if (!chosen)
        throw usage_error("start requires at least one argument");
    finish_selection(invocation, args.selection);
}

void finish_attach(const Invocation& invocation, AttachArgs& args)
{
    check_one_or_latest(invocation, args.latest, args.containers);
}

void finish_init(const Invocation& invocation, InitArgs& args) { finish_selection(invocation, args.selection); }

AttachOptions attach_options_for(const ContainerConfig& config, const std::optional<std::string>& detach_keys)
{
    AttachOptions options;
    options.tty = config.tty;
    options.detach_keys = detach_keys.value_or(config.detach_keys);
    return options;
}

int start_attached(engine::Engine& engine, const std::string& id, const StartArgs& args)
{
    const ContainerConfig config = engine.store().containers().load_config(id);
    engine::StartOptions options;
    options.attach_in = args.interactive && config.open_stdin;
    options.attach_out = options.attach_err = true;
    if (const auto size = find_terminal_size(); size && config.tty) {
        options.rows = size->rows;
        options.columns = size->columns;
    }
    Channel conversation = engine::start_container(engine, id, options);
    AttachOptions attach = attach_options_for(config, args.detach_keys);
    attach.in = options.attach_in;
    attach.forward_signals = args.signal_proxy.value_or(true);
    return follow(engine, id, conversation, attach);
}

int start(const Invocation& invocation, StartArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    int worst = 0;
    std::vector<Selected> selected = select_containers(engine, args.selection, Missing::IsAnError, worst);
    if (args.attach)
        return selected.empty() ? worst : start_attached(engine, selected.front().id, args);
    // --all means those that are down.
    const bool by_rule = args.selection.all || !args.selection.filters.empty();
    if (by_rule)
        std::erase_if(selected, [&](const Selected& s) { return engine::settle(engine, s.id).is_running(); });
    return for_each_container(selected, worst, [&](const Selected& container) {
        const store::ContainerRecord record = engine::settle(engine, container.id);
        if (record.is_running() || (record.monitor_alive && record.status != ContainerStatus::Initialized))
            return; // as Podman: what runs is started
        engine::start_container(engine, container.id, {});
    });
}

int attach(const Invocation& invocation, AttachArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const std::string id = resolve_container(engine, args.latest ? "" : args.containers.front(), args.latest);
    const ContainerConfig config = engine.store().containers().load_config(id);
    monitor::AttachRequest wants;
    wants.in = !args.no_stdin && config.open_stdin;
    Channel conversation = engine::attach_to_container(engine, id, wants);
    AttachOptions options = attach_options_for(config, args.detach_keys);
    options.began_it = false;
    options.in = wants.in;
    options.forward_signals = args.signal_proxy;
    return follow(engine, id, conversation, options);
}

int init(const Invocation& invocation, InitArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    int worst = 0;
    const auto selected = select_containers(engine, args.selection, Missing::IsAnError, worst);
    return for_each_container(selected, worst, [&](const Selected& container) {
        engine::StartOptions options;
        options.initialize_only = true;
        engine::start_container(engine, container.id, options);
    });
}

constexpr Option start_options[] = {
    option<&StartArgs::selection, &ContainerSelection::all>("all", 0, "",
                                                            "Start all containers, or all that match the filter"),
    option<&StartArgs::attach>("attach", 'a', "", "Connect to the output of the container"),
    option<&StartArgs::detach_keys>("detach-keys", 0, "KEYS", "Keys that leave the container running")
        .defaults("ctrl-p,ctrl-q"),
    option<&StartArgs::interactive>("interactive", 'i', "", "Connect to standard input, too"),
    option<&StartArgs::signal_proxy>("sig-proxy", 0, "", "Pass signals on to the process (default true with --attach)"),
    refused("checkpoint", 0, "NAME", "checkpoints need privileges over the whole machine").unlisted(),
    refused("checkpoint-dir", 0, "DIR", "checkpoints need privileges over the whole machine").unlisted(),
};
constexpr UsedGroup start_groups[] = {
    uses<&StartArgs::selection>(filter_option),
    uses<&StartArgs::selection>(latest_option),
};

constexpr Option attach_options[] = {
    option<&AttachArgs::detach_keys>("detach-keys", 0, "KEYS", "Keys that leave the container running")
        .defaults("ctrl-p,ctrl-q"),
    option<&AttachArgs::latest>("latest", 'l', "", "The container that was created last"),
    option<&AttachArgs::no_stdin>("no-stdin", 0, "", "Do not connect to standard input"),
    option<&AttachArgs::signal_proxy>("sig-proxy", 0, "", "Pass signals on to the process").defaults("true"),
};

constexpr UsedGroup init_groups[] = {
    uses<&InitArgs::selection>(all_option),
    uses<&InitArgs::selection>(latest_option),
};

constexpr Command commands[] = {
    {
        .paths = {"start", "container start"},
        .summary = "Start one or more containers",
        .description = "Starts containers that were created or have ended, and prints their names as given.",
        .examples = "start web db\nstart --attach --interactive shell\nstart --all --filter label=stack=blog",
        .operands = operands<&StartArgs::selection, &ContainerSelection::containers>(
            "CONTAINER [CONTAINER...]", 0, Operands::many, Completes::Containers),
        .options = start_options,
        .groups = start_groups,
        .needs = Needs::UserNamespace,
        .body = body<StartArgs, start, finish_start>,
    },
    {
        .paths = {"attach", "container attach"},
        .summary = "Attach to a running container",
        .description = "Connects the terminal to the streams of a running container. The detach keys leave it running.",
        .examples = "attach shell\nattach --no-stdin web",
        .operands = operands<&AttachArgs::containers>("CONTAINER", 0, Operands::many, Completes::RunningContainers),
        .options = attach_options,
        .needs = Needs::Store,
        .body = body<AttachArgs, attach, finish_attach>,
    },
    {
        .paths = {"init", "container init"},
        .summary = "Initialize one or more containers",
        .description =
            "Sets everything up for containers, and leaves them waiting just before their command; start goes on.",
        .examples = "init web\ninit --all",
        .operands = operands<&InitArgs::selection, &ContainerSelection::containers>(
            "CONTAINER [CONTAINER...]", 0, Operands::many, Completes::Containers),
        .groups = init_groups,
        .needs = Needs::UserNamespace,
        .body = body<InitArgs, init, finish_init>,
    },
};

} // namespace

const std::span<const Command> start_commands{commands};

} // namespace skiff::cli
