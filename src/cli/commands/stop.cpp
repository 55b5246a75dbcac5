#include "cli/commands/stop.hpp"

#include "base/log.hpp"
#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "engine/life.hpp"
#include "engine/start.hpp"
#include "model/container_state.hpp"
#include "text/duration.hpp"
#include "text/signal_names.hpp"

#include <limits>

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

/// A duration, or a number of milliseconds; skiff waits for the event itself, not in steps.
void check_interval(WaitArgs&, std::string_view text)
{
    const bool plain = !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
    while_doing("invalid --interval", [&] { text::parse_duration(plain ? cat(text, "ms") : std::string{text}); });
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

engine::StopOptions stop_options_of(const std::optional<std::uint32_t>& timeout_s, const std::optional<int>& signal)
{
    engine::StopOptions options;
    options.wait_for_ever = timeout_s == std::numeric_limits<std::uint32_t>::max(); // --time -1
    options.timeout_s = timeout_s;
    options.signal = signal.value_or(0);
    return options;
}

/// --all and filters mean the containers that the verb can be done to.
void keep_only(engine::Engine& engine, const ContainerSelection& selection, std::vector<Selected>& selected,
               bool (*fits)(const store::ContainerRecord&))
{
    if (selection.all || !selection.filters.empty())
        std::erase_if(selected, [&](const Selected& s) { return !fits(engine::settle(engine, s.id)); });
}

bool is_running(const store::ContainerRecord& record) { return record.is_running(); }

/// Podman's words, which scripts look for.
void warn_of_kill(const ContainerConfig& config, const engine::StopOptions& options)
{
    const int signal = options.signal == 0 ? config.stop_signal : options.signal;
    log::warn_structured(cat("StopSignal SIG", text::signal_name(signal), " failed to stop container ", config.name, " in ",
                             options.timeout_s.value_or(config.stop_timeout_s), " seconds, resorting to SIGKILL"));
}

int stop(const Invocation& invocation, StopArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    int worst = 0;
    auto selected = select_containers(engine, args.selection, args.ignore ? Missing::IsIgnored : Missing::IsAnError, worst);
    keep_only(engine, args.selection, selected, [](const store::ContainerRecord& r) { return r.monitor_alive; });
    return for_each_container(selected, worst, [&](const Selected& container) {
        const engine::StopOptions options = stop_options_of(args.timeout_s, args.signal);
        const ContainerConfig config = engine.store().containers().load_config(container.id);
        if (engine::stop_container(engine, container.id, options) == engine::StopOutcome::Killed)
            warn_of_kill(config, options);
    });
}

int restart(const Invocation& invocation, RestartArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    int worst = 0;
    ContainerSelection selection = args.selection;
    if (args.running && selection.containers.empty())
        selection.all = true;
    auto selected = select_containers(engine, selection, Missing::IsAnError, worst);
    if (args.running)
        std::erase_if(selected, [&](const Selected& s) { return !engine::settle(engine, s.id).is_running(); });
    return for_each_container(selected, worst, [&](const Selected& container) {
        const engine::StopOptions options = stop_options_of(args.timeout_s, args.signal);
        const ContainerConfig config = engine.store().containers().load_config(container.id);
        if (engine::restart_container(engine, container.id, options) == engine::StopOutcome::Killed)
            warn_of_kill(config, options);
    });
}

int kill(const Invocation& invocation, KillArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    int worst = 0;
    auto selected = select_containers(engine, args.selection, Missing::IsAnError, worst);
    keep_only(engine, args.selection, selected, is_running);
    return for_each_container(selected, worst,
                              [&](const Selected& container) { engine::kill_container(engine, container.id, args.signal); });
}

int pause(const Invocation& invocation, PauseArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    int worst = 0;
    auto selected = select_containers(engine, args.selection, Missing::IsAnError, worst);
    keep_only(engine, args.selection, selected,
              [](const store::ContainerRecord& r) { return r.status == ContainerStatus::Running; });
    return for_each_container(selected, worst, [&](const Selected& container) { engine::pause_container(engine, container.id); });
}

int unpause(const Invocation& invocation, PauseArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    int worst = 0;
    auto selected = select_containers(engine, args.selection, Missing::IsAnError, worst);
    keep_only(engine, args.selection, selected,
              [](const store::ContainerRecord& r) { return r.status == ContainerStatus::Paused; });
    return for_each_container(selected, worst, [&](const Selected& container) { engine::unpause_container(engine, container.id); });
}

int wait(const Invocation& invocation, WaitArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    int worst = 0;
    std::vector<engine::WaitFor> conditions;
    for (const std::string& word : args.conditions)
        conditions.push_back(*engine::find_wait_condition(word));
    if (conditions.empty())
        conditions.push_back(engine::WaitFor::Stopped);
    ContainerSelection selection;
    selection.containers = args.containers;
    selection.latest = args.latest;
    const auto selected = select_containers(engine, selection, args.ignore ? Missing::IsIgnored : Missing::IsAnError, worst);
    if (args.ignore && selected.size() < args.containers.size())
        print("-1\n"); // Podman's answer for one that is not there
    std::vector<std::string> ids;
    for (const Selected& container : selected)
        ids.push_back(container.id);
    for (const int code : engine::wait_for_containers(engine, ids, conditions, args.exit_first_match))
        print(cat(code, "\n"));
    return worst;
}

template <auto Timeout>
constexpr Option timeout_option()
{
    return option<Timeout, read_wait_seconds>("time", 't', "SECONDS",
                                              "Wait so long before the container is killed, -1: for ever")
        .defaults("10")
        .also("timeout")
        .wrapped(ValueKind::Int);
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
    option<check_interval>("interval", 'i', "DURATION", "Checked and ignored: skiff waits for the event itself, not in steps").defaults("250ms"),
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
        .body = body<StopArgs, stop, finish_stop>,
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
        .body = body<RestartArgs, restart, finish_restart>,
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
        .body = body<KillArgs, kill, finish_kill>,
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
        .body = body<PauseArgs, pause, finish_pause>,
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
        .body = body<PauseArgs, unpause, finish_pause>,
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
        .body = body<WaitArgs, wait, finish_wait>,
    },
};

} // namespace

const std::span<const Command> stop_commands{commands};

} // namespace skiff::cli
