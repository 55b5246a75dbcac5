#include "cli/commands/stop.hpp"

#include "cli/commands/tables.hpp"
#include "model/container_state.hpp"

namespace skiff::cli {
namespace {

void finish_stop(const Invocation& invocation, StopArgs& args)
{
    finish_selection(invocation, args.selection, Selects::AtLeastOne, args.ignore);
}

void finish_restart(const Invocation& invocation, RestartArgs& args)
{
    if (args.running && args.selection.latest)
        throw usage_error("--running and --latest cannot be used together");
    finish_selection(invocation, args.selection, args.running ? Selects::Any : Selects::AtLeastOne);
}

void finish_kill(const Invocation& invocation, KillArgs& args) { finish_selection(invocation, args.selection); }
void finish_pause(const Invocation& invocation, PauseArgs& args) { finish_selection(invocation, args.selection); }

std::string read_condition(std::string_view text)
{
    const std::string word{text};
    if (word != "healthy" && word != "unhealthy" && !find_container_status(word))
        throw usage_error(cat("unknown container state: ", printable(text), ": invalid argument"));
    return word;
}

void finish_wait(const Invocation& invocation, WaitArgs& args)
{
    if (args.containers.empty() && !args.latest)
        throw usage_error(cat("\"", invocation.path, "\" requires a name, id, or the \"--latest\" flag"));
    if (!args.containers.empty() && args.latest)
        throw usage_error("--latest and containers cannot be used together");
    for (std::string& name : args.containers)
        name = without_slash(std::move(name));
}

template <auto Timeout>
constexpr Option timeout_option()
{
    return option<Timeout, read_wait_seconds>("time", 't', "SECONDS",
                                              "Wait so long before the container is killed, -1: for ever")
        .defaults("10")
        .also("timeout")
        .like(ValueKind::Int);
}

constexpr Option stop_options[] = {
    option<&StopArgs::ignore>("ignore", 'i', "", "A missing container is no error"),
    option<&StopArgs::signal, read_signal>("signal", 's', "SIGNAL", "Send this instead of the container's stop signal")
        .completes(Completes::Signals),
    timeout_option<&StopArgs::timeout_s>(),
};
constexpr UsedGroup stop_groups[] = {
    uses<&StopArgs::selection>(all_option),
    uses<&StopArgs::selection>(latest_option),
    uses<&StopArgs::selection>(filter_option),
    uses<&StopArgs::selection>(id_file_option),
};

constexpr Option restart_options[] = {
    option<&RestartArgs::running>("running", 0, "", "Only containers that run"),
    option<&RestartArgs::signal, read_signal>("signal", 's', "SIGNAL",
                                              "Send this instead of the container's stop signal")
        .completes(Completes::Signals),
    timeout_option<&RestartArgs::timeout_s>(),
};
constexpr UsedGroup restart_groups[] = {
    uses<&RestartArgs::selection>(all_option),
    uses<&RestartArgs::selection>(latest_option),
    uses<&RestartArgs::selection>(filter_option),
    uses<&RestartArgs::selection>(id_file_option),
};

constexpr Option kill_options[] = {
    option<&KillArgs::signal, read_signal>("signal", 's', "SIGNAL", "Name or number of the signal")
        .defaults("KILL")
        .completes(Completes::Signals),
};
constexpr UsedGroup kill_groups[] = {
    uses<&KillArgs::selection>(all_option),
    uses<&KillArgs::selection>(latest_option),
    uses<&KillArgs::selection>(id_file_option),
};

constexpr UsedGroup pause_groups[] = {
    uses<&PauseArgs::selection>(all_option),
    uses<&PauseArgs::selection>(latest_option),
    uses<&PauseArgs::selection>(filter_option),
    uses<&PauseArgs::selection>(id_file_option),
};

constexpr Option wait_options[] = {
    option<&WaitArgs::conditions, read_condition>("condition", 0, "STATE", "Wait for this state (default stopped)")
        .comma_separated()
        .suggests("configured, created, exited, healthy, initialized, paused, removing, running, stopped, stopping, "
                  "unhealthy"),
    option<&WaitArgs::exit_first_match>("exit-first-match", 0, "", "End when one container has reached the state"),
    option<&WaitArgs::ignore>("ignore", 0, "", "A missing container is no error"),
    accepted("interval", 'i', "DURATION", "skiff waits for the event itself, not in steps"),
    option<&WaitArgs::latest>("latest", 'l', "", "The container that was created last"),
};

constexpr std::string_view some_containers = "[CONTAINER...]";

constexpr Command commands[] = {
    {
        .paths = {"stop", "container stop"},
        .summary = "Stop one or more containers",
        .description = "Sends the stop signal to containers, and kills those that do not end in time.",
        .examples = "stop web\nstop --time 2 web db\nstop --all",
        .operands = operands<&StopArgs::selection, &ContainerSelection::containers>(
            "CONTAINER [CONTAINER...]", 0, Operands::many, Completes::RunningContainers),
        .options = stop_options,
        .groups = stop_groups,
        .needs = Needs::UserNamespace,
        .body = body<StopArgs, nullptr, finish_stop>,
    },
    {
        .paths = {"restart", "container restart"},
        .summary = "Restart one or more containers",
        .description = "Stops containers that run, and starts all that are named.",
        .examples = "restart web\nrestart --running --all\nrestart --time 2 db",
        .operands = operands<&RestartArgs::selection, &ContainerSelection::containers>(
            "CONTAINER [CONTAINER...]", 0, Operands::many, Completes::Containers),
        .options = restart_options,
        .groups = restart_groups,
        .needs = Needs::UserNamespace,
        .body = body<RestartArgs, nullptr, finish_restart>,
    },
    {
        .paths = {"kill", "container kill"},
        .summary = "Send a signal to running containers",
        .description = "Sends a signal to the first process of containers.",
        .examples = "kill web\nkill --signal HUP web\nkill --all",
        .operands = operands<&KillArgs::selection, &ContainerSelection::containers>(some_containers, 0, Operands::many,
                                                                                    Completes::RunningContainers),
        .options = kill_options,
        .groups = kill_groups,
        .needs = Needs::Store,
        .body = body<KillArgs, nullptr, finish_kill>,
    },
    {
        .paths = {"pause", "container pause"},
        .summary = "Pause all processes of containers",
        .description = "Freezes containers with the cgroup freezer, where a cgroup is delegated to the user.",
        .examples = "pause web\npause --all",
        .operands = operands<&PauseArgs::selection, &ContainerSelection::containers>(some_containers, 0, Operands::many,
                                                                                     Completes::RunningContainers),
        .groups = pause_groups,
        .needs = Needs::Store,
        .body = body<PauseArgs, nullptr, finish_pause>,
    },
    {
        .paths = {"unpause", "container unpause"},
        .summary = "Unpause the processes of containers",
        .description = "Lets paused containers go on.",
        .examples = "unpause web\nunpause --all",
        .operands = operands<&PauseArgs::selection, &ContainerSelection::containers>(some_containers, 0, Operands::many,
                                                                                     Completes::PausedContainers),
        .groups = pause_groups,
        .needs = Needs::Store,
        .body = body<PauseArgs, nullptr, finish_pause>,
    },
    {
        .paths = {"wait", "container wait"},
        .summary = "Wait for containers to end",
        .description = "Waits until containers have ended, or have reached another state, and prints their exit codes.",
        .examples = "wait web\nwait --condition healthy web",
        .operands =
            operands<&WaitArgs::containers>("CONTAINER [CONTAINER...]", 0, Operands::many, Completes::Containers),
        .options = wait_options,
        .needs = Needs::Store,
        .body = body<WaitArgs, nullptr, finish_wait>,
    },
};

} // namespace

const std::span<const Command> stop_commands{commands};

} // namespace skiff::cli
