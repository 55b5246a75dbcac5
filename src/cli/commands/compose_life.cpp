// compose down, start, stop, restart, kill, pause, unpause, rm, wait.

#include "cli/commands/compose.hpp"

#include "cli/commands/tables.hpp"
#include "cli/compose/teardown.hpp"
#include "cli/compose/up.hpp"
#include "cli/confirm.hpp"
#include "cli/output.hpp"
#include "cli/values.hpp"
#include "engine/life.hpp"
#include "engine/remove.hpp"
#include "text/signal_names.hpp"

#include <algorithm>

namespace skiff::cli {
namespace {

using compose::Existing;
using Files = ComposeSession::Files;

int down(const Invocation& invocation, ComposeDownArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    for (const std::string& service : args.services)
        (void)session.project().service(service);
    DownOptions options;
    options.services = args.services;
    options.volumes = args.volumes;
    options.remove_orphans = args.remove_orphans || !session.has_files();
    options.images = args.images;
    options.timeout_s = args.timeout_s;
    if (args.compose.dry_run) {
        print(describe_down(session, options));
        return 0;
    }
    session.lock();
    return take_down(session, options) ? 0 : 1;
}

ComposeSession& prepare(ComposeSession& session)
{
    session.refuse_dry_run();
    session.lock();
    return session;
}

int start(const Invocation& invocation, ComposeLifeArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    prepare(session);
    const auto containers = session.containers_of(args.services, true);
    for (const std::string& service : args.services)
        if (std::none_of(containers.begin(), containers.end(), [&](const Existing& one) { return one.service == service; }))
            throw Error{ErrorKind::State, cat("service \"", service, "\" has no container to start")}.with_hint("`compose up` makes it");
    if (!start_containers(session, containers))
        return 1;
    session.unlock();
    if (args.wait)
        wait_until_ready(session, args.services,
                         args.wait_timeout_s > 0 ? std::optional{std::chrono::seconds{args.wait_timeout_s}} : std::nullopt);
    return 0;
}

int stop(const Invocation& invocation, ComposeLifeArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    prepare(session);
    return stop_containers(session, session.containers_of(args.services, false), args.timeout_s) ? 0 : 1;
}

/// Dependents that ask for it are restarted with a service.
std::vector<std::string> with_dependents(const ComposeSession& session, const std::vector<std::string>& services)
{
    std::vector<std::string> all = services;
    for (std::size_t i = 0; i < all.size(); ++i)
        for (const compose::Service& other : session.project().services)
            for (const compose::Dependency& dependency : other.depends_on)
                if (dependency.restart && dependency.service == all[i] && std::find(all.begin(), all.end(), other.name) == all.end())
                    all.push_back(other.name);
    return all;
}

int restart(const Invocation& invocation, ComposeLifeArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    prepare(session);
    const auto services = args.no_deps ? args.services : with_dependents(session, args.services);
    const auto containers = session.containers_of(services, true);
    const Verb verb{"Restarting", "Started", [timeout = args.timeout_s](engine::Engine& engine, const Existing& container) {
                        engine::StopOptions options;
                        options.timeout_s = timeout;
                        engine::restart_container(engine, container.id, options);
                    }};
    return for_each(session, containers, verb, false) ? 0 : 1;
}

int kill(const Invocation& invocation, ComposeLifeArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    prepare(session);
    const int signal = text::parse_signal(args.signal);
    if (!kill_containers(session, session.containers_of(args.services, false), signal))
        return 1;
    if (args.remove_orphans) {
        std::vector<Existing> orphans;
        for (Existing& one : session.containers())
            if (!one.one_off && session.project().find_service(one.service) == nullptr && !session.project().disabled.contains(one.service))
                orphans.push_back(std::move(one));
        return remove_containers(session, orphans, false) ? 0 : 1;
    }
    return 0;
}

int pause(const Invocation& invocation, ComposeLifeArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    prepare(session);
    const Verb verb{"Pausing", "Paused", [](engine::Engine& engine, const Existing& container) { engine::pause_container(engine, container.id); }};
    return for_each(session, session.containers_of(args.services, false), verb, true) ? 0 : 1;
}

int unpause(const Invocation& invocation, ComposeLifeArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    prepare(session);
    auto containers = session.containers_of(args.services, false);
    std::erase_if(containers, [](const Existing& one) { return one.status != ContainerStatus::Paused; });
    const Verb verb{"Unpausing", "Unpaused", [](engine::Engine& engine, const Existing& container) { engine::unpause_container(engine, container.id); }};
    return for_each(session, containers, verb, false) ? 0 : 1;
}

int remove(const Invocation& invocation, ComposeLifeArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    prepare(session);
    if (args.stop && !stop_containers(session, session.containers_of(args.services, false), args.timeout_s))
        return 1;
    auto containers = session.containers_of(args.services, true);
    std::erase_if(containers, [](const Existing& one) { return one.is_up(); });
    if (containers.empty()) {
        session.board().say("No stopped containers");
        return 0;
    }
    std::string names;
    for (const Existing& one : containers)
        names += cat(names.empty() ? "" : ", ", one.name);
    if (!args.force && !confirm(cat("Going to remove ", names)))
        return 1;
    return remove_containers(session, containers, args.volumes) ? 0 : 1;
}

int wait(const Invocation& invocation, ComposeWaitArgs& args)
{
    ComposeSession session{invocation, args.compose, Files::Optional, args.services};
    session.refuse_dry_run();
    const auto containers = session.containers_of(args.services, false);
    if (containers.empty())
        throw Error{ErrorKind::State, cat("no containers for project \"", session.project().name, "\"")};
    std::vector<std::string> ids;
    for (const Existing& one : containers)
        ids.push_back(one.id);
    const auto codes = engine::wait_for_containers(session.engine(), ids, {engine::WaitFor::Stopped}, args.down);
    int code = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (!args.down)
            print(cat("container \"", containers[i].name, "\" exited with status code ", codes[i], "\n"));
        code = codes[i] != 0 ? codes[i] : code;
    }
    if (args.down) {
        session.lock();
        (void)take_down(session, {});
    }
    return code;
}

constexpr Option timeout_option = option<&ComposeLifeArgs::timeout_s>("timeout", 't', "SECONDS", "What a stop waits before it kills");

constexpr Option down_options[] = {
    option<&ComposeDownArgs::images>("rmi", 0, "WHICH", "Remove images, too: local ones were built without a name of their own").one_of("all, local"),
    option<&ComposeDownArgs::remove_orphans>("remove-orphans", 0, "", "Remove containers whose service is gone"),
    option<&ComposeDownArgs::timeout_s>("timeout", 't', "SECONDS", "What a stop waits before it kills"),
    option<&ComposeDownArgs::volumes>("volumes", 'v', "", "Remove the project's volumes, with their data"),
};
constexpr Option start_options[] = {
    option<&ComposeLifeArgs::wait>("wait", 0, "", "Wait until the services run or are healthy"),
    option<&ComposeLifeArgs::wait_timeout_s>("wait-timeout", 0, "SECONDS", "Wait so long at most").defaults("0"),
};
constexpr Option stop_options[] = {timeout_option};
constexpr Option restart_options[] = {
    option<&ComposeLifeArgs::no_deps>("no-deps", 0, "", "Leave out dependents that ask to be restarted, too"),
    timeout_option,
};
constexpr Option kill_options[] = {
    option<&ComposeLifeArgs::remove_orphans>("remove-orphans", 0, "", "Remove containers whose service is gone"),
    option<&ComposeLifeArgs::signal>("signal", 's', "SIGNAL", "Name or number of the signal").defaults("KILL").completes(Completes::Signals),
};
constexpr Option rm_options[] = {
    option<&ComposeLifeArgs::force>("force", 'f', "", "Do not ask"),
    option<&ComposeLifeArgs::stop>("stop", 's', "", "Stop them first"),
    option<&ComposeLifeArgs::volumes>("volumes", 'v', "", "Remove their anonymous volumes, too"),
};
constexpr Option wait_options[] = {
    option<&ComposeWaitArgs::down>("down-project", 0, "", "Take the project down when the first one has ended"),
};

constexpr UsedGroup down_groups[] = {compose_group<ComposeDownArgs>};
constexpr UsedGroup life_groups[] = {compose_group<ComposeLifeArgs>};
constexpr UsedGroup wait_groups[] = {compose_group<ComposeWaitArgs>};

template <auto Run>
constexpr Command life(std::string_view path, std::string_view summary, std::string_view examples, std::span<const Option> options)
{
    Command made;
    made.paths = {path};
    made.summary = summary;
    made.examples = examples;
    made.operands = operands<&ComposeLifeArgs::services>("[SERVICE...]", 0, Operands::many);
    made.options = options;
    made.groups = life_groups;
    made.needs = Needs::UserNamespace;
    made.body = body<ComposeLifeArgs, Run>;
    return made;
}

constexpr Command commands[] = {
    {
        .paths = {"compose down"},
        .summary = "Stop and remove the containers and networks of a project",
        .description = "Stops the containers of a project, dependents first, and removes them and the project's networks. Volumes and images "
                       "stay unless asked for. External networks and volumes always stay.",
        .examples = "compose down\ncompose down --volumes --rmi local",
        .operands = operands<&ComposeDownArgs::services>("[SERVICE...]", 0, Operands::many),
        .options = down_options,
        .groups = down_groups,
        .needs = Needs::UserNamespace,
        .body = body<ComposeDownArgs, down>,
    },
    life<start>("compose start", "Start the containers that a project has", "compose start\ncompose start web", start_options),
    life<stop>("compose stop", "Stop the containers of a project", "compose stop\ncompose stop --timeout 3 web", stop_options),
    life<restart>("compose restart", "Restart the containers of a project", "compose restart web", restart_options),
    life<kill>("compose kill", "Send a signal to the containers of a project", "compose kill\ncompose kill --signal HUP web", kill_options),
    life<pause>("compose pause", "Pause the containers of a project", "compose pause web", {}),
    life<unpause>("compose unpause", "Continue paused containers of a project", "compose unpause web", {}),
    life<remove>("compose rm", "Remove the stopped containers of a project", "compose rm --force\ncompose rm --stop --force web", rm_options),
    {
        .paths = {"compose wait"},
        .summary = "Wait until containers of a project end",
        .examples = "compose wait migrations",
        .operands = operands<&ComposeWaitArgs::services>("SERVICE [SERVICE...]", 1, Operands::many),
        .options = wait_options,
        .groups = wait_groups,
        .needs = Needs::Store,
        .body = body<ComposeWaitArgs, wait>,
    },
};

} // namespace

const std::span<const Command> compose_life_commands{commands};

} // namespace skiff::cli
