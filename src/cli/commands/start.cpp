#include "cli/commands/start.hpp"

#include "cli/commands/tables.hpp"

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
        .body = body<StartArgs, nullptr, finish_start>,
    },
    {
        .paths = {"attach", "container attach"},
        .summary = "Attach to a running container",
        .description = "Connects the terminal to the streams of a running container. The detach keys leave it running.",
        .examples = "attach shell\nattach --no-stdin web",
        .operands = operands<&AttachArgs::containers>("CONTAINER", 0, Operands::many, Completes::RunningContainers),
        .options = attach_options,
        .needs = Needs::Store,
        .body = body<AttachArgs, nullptr, finish_attach>,
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
        .body = body<InitArgs, nullptr, finish_init>,
    },
};

} // namespace

const std::span<const Command> start_commands{commands};

} // namespace skiff::cli
