// compose exec, run, attach, cp: reaching into a project.

#include "cli/commands/compose.hpp"

#include "base/file.hpp"
#include "cli/commands/tables.hpp"
#include "cli/compose/make_container.hpp"
#include "cli/compose/up.hpp"
#include "cli/output.hpp"
#include "cli/run_words.hpp"
#include "cli/values.hpp"
#include "cli/values_environment.hpp"
#include "frontends/compose/create_words.hpp"

#include <algorithm>
#include <unistd.h>

namespace skiff::cli {
namespace {

using compose::Existing;
using Files = ComposeSession::Files;

/// Compose programs say nothing about a command that they leave in the background.
void silence_output()
{
    const UniqueFd nothing = open_at(AT_FDCWD, "/dev/null", O_WRONLY);
    if (::dup2(nothing.get(), STDOUT_FILENO) < 0)
        throw Error{errno, "turning off the output"};
}

int exec(const Invocation& invocation, ComposeReachArgs& args)
{
    std::string id;
    {
        ComposeSession session{invocation, args.compose, Files::Optional, {args.words[0]}};
        session.refuse_dry_run();
        id = session.container_of(args.words[0], args.index, true).id;
    }
    std::vector<std::string> words{"exec"};
    // A terminal unless -T, or nobody sits at one.
    const bool at_terminal = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
    if (args.detach) {
        words.emplace_back("--detach");
        silence_output();
    } else if (args.interactive) {
        words.emplace_back("--interactive");
    }
    if (!args.no_tty && at_terminal && !args.detach)
        words.emplace_back("--tty");
    if (args.privileged)
        words.emplace_back("--privileged");
    if (!args.user.empty())
        words.push_back(cat("--user=", args.user));
    if (!args.working_dir.empty())
        words.push_back(cat("--workdir=", args.working_dir));
    for (const std::string& variable : args.environment)
        words.push_back(cat("--env=", variable));
    words.push_back(id);
    words.insert(words.end(), args.words.begin() + 1, args.words.end());
    return run_words(invocation, words);
}

compose::OneOff make_one_off(const ComposeRunArgs& args, bool tty)
{
    compose::OneOff one_off;
    one_off.slug = random_hex(6);
    if (args.words.size() > 1)
        one_off.command.emplace(args.words.begin() + 1, args.words.end());
    one_off.entrypoint = args.entrypoint;
    one_off.user = args.user;
    one_off.working_dir = args.working_dir;
    one_off.environment = args.environment;
    one_off.labels = args.labels;
    one_off.volumes = args.volumes;
    one_off.publish = args.publish;
    one_off.cap_add = args.cap_add;
    one_off.cap_drop = args.cap_drop;
    one_off.service_ports = args.service_ports;
    one_off.use_aliases = args.use_aliases;
    one_off.auto_remove = args.remove;
    one_off.tty = tty;
    one_off.interactive = args.interactive && !args.detach;
    return one_off;
}

/// All that the service depends on, and its own image.
bool prepare_run(ComposeSession& session, const ComposeRunArgs& args, const compose::Service& service)
{
    ImageWishes wishes;
    if (args.build)
        wishes.build = true;
    wishes.pull = args.pull;
    wishes.quiet = args.quiet_pull || args.quiet;
    wishes.quiet_build = args.quiet_build || args.quiet;
    if (!obtain_images(session, {service.name}, !args.no_deps, wishes))
        return false;
    // The service itself is not started; its networks and volumes are made by a plan that wants none of its containers.
    compose::PlanOptions options;
    options.services = {service.name};
    options.with_dependencies = !args.no_deps;
    options.remove_orphans = args.remove_orphans;
    options.no_recreate = true;
    compose::Plan plan = plan_up(session, options);
    using Kind = compose::Action::Kind;
    for (compose::Action& action : plan.actions)
        if (action.service == service.name && action.kind != Kind::CreateNetwork && action.kind != Kind::CreateVolume &&
            action.kind != Kind::RecreateNetwork) {
            action.kind = Kind::Keep;
            action.id.clear(); // whether there is one is not asked
        }
    plan.orphans.clear();
    if (!plan.is_empty() && !carry_out(session, plan, {}))
        return false;
    if (args.no_deps)
        return true;
    // Conditions of the service itself.
    Job waiting;
    waiting.subject = cat("Service ", service.name);
    waiting.is_shown = false;
    std::vector<compose::Action::Wait> waits;
    for (const compose::Dependency& dependency : service.depends_on)
        if (dependency.condition != compose::Condition::Started) // that it is
            waits.push_back({dependency.service, dependency.condition, dependency.required});
    waiting.gate = make_gate(session, std::move(waits));
    return session.run_with_events({std::move(waiting)});
}

int run(const Invocation& invocation, ComposeRunArgs& args)
{
    std::vector<std::string> environment; // files first: what is said later counts
    for (const auto& [name, value] : make_environment(args.environment_files, {}))
        environment.push_back(cat(name, "=", value));
    args.environment.insert(args.environment.begin(), environment.begin(), environment.end());
    std::string id;
    bool interactive = false;
    {
        ComposeSession session{invocation, args.compose, Files::Required, {args.words[0]}};
        session.refuse_dry_run();
        session.read_env_files({args.words[0]}, !args.no_deps);
        session.print_warnings();
        const compose::Service& service = session.project().service(args.words[0]);
        session.lock();
        if (!prepare_run(session, args, service))
            return 1;
        session.unlock();
        const bool tty = !args.no_tty && !args.detach && ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
        const compose::OneOff one_off = make_one_off(args, tty);
        compose::Instance instance;
        instance.name = args.name.empty() ? cat(session.project().name, "-", service.name, "-run-", one_off.slug) : args.name;
        interactive = one_off.interactive;
        std::string error;
        int code = 0;
        const auto make = [&] {
            const auto engine = make_engine(invocation);
            print(make_container(invocation, *engine, session.project(), service, instance, &one_off));
            return 0;
        };
        session.crew().start(make, [&](const Crew::Result& result) {
            code = result.code;
            error = result.error;
            id = result.out;
        });
        while (!session.crew().is_idle())
            session.loop().run_once(std::chrono::seconds{1});
        (void)!::write(STDERR_FILENO, error.data(), error.size());
        if (code != 0)
            return code;
    }
    std::vector<std::string> words{"start"};
    if (!args.detach)
        words.emplace_back("--attach");
    if (interactive)
        words.emplace_back("--interactive");
    words.push_back(id);
    return run_words(invocation, words);
}

int attach(const Invocation& invocation, ComposeReachArgs& args)
{
    std::string id;
    {
        ComposeSession session{invocation, args.compose, Files::Optional, {args.words[0]}};
        id = session.container_of(args.words[0], args.index, true).id;
    }
    std::vector<std::string> words{"attach"};
    if (args.no_stdin)
        words.emplace_back("--no-stdin");
    words.push_back(cat("--sig-proxy=", args.sig_proxy ? "true" : "false"));
    if (!args.detach_keys.empty())
        words.push_back(cat("--detach-keys=", args.detach_keys));
    words.push_back(id);
    return run_words(invocation, words);
}

/// "SERVICE:PATH" as "CONTAINER:PATH", one for each container that is meant.
std::vector<std::string> places_of(ComposeSession& session, const std::string& word, const ComposeReachArgs& args)
{
    const std::size_t colon = word.find(':');
    if (colon == std::string::npos || word.starts_with('.') || word.starts_with('/'))
        return {word};
    const std::string service = word.substr(0, colon);
    std::vector<std::string> places;
    if (!args.all)
        return {cat(session.container_of(service, args.index, false).id, word.substr(colon))};
    for (const Existing& one : session.containers_of({service}, true))
        places.push_back(cat(one.id, word.substr(colon)));
    return places;
}

int copy(const Invocation& invocation, ComposeReachArgs& args)
{
    std::vector<std::string> sources;
    std::vector<std::string> targets;
    {
        ComposeSession session{invocation, args.compose, Files::Optional};
        session.refuse_dry_run();
        sources = places_of(session, args.words[0], args);
        targets = places_of(session, args.words[1], args);
    }
    if (sources.size() != 1)
        throw usage_error("--all is for copying to the containers of a service");
    int code = 0;
    for (const std::string& target : targets) {
        std::vector<std::string> words{"cp"};
        if (args.archive)
            words.emplace_back("--archive");
        words.push_back(sources[0]);
        words.push_back(target);
        code = std::max(code, run_words(invocation, words));
    }
    return code;
}

constexpr Option index_option = option<&ComposeReachArgs::index>("index", 0, "NUMBER", "This container of the service").defaults("0");

constexpr Option exec_options[] = {
    option<&ComposeReachArgs::detach>("detach", 'd', "", "Leave the command running in the background"),
    option<&ComposeReachArgs::environment>("env", 'e', "NAME[=VALUE]", "Environment variable").many(),
    index_option,
    option<&ComposeReachArgs::interactive>("interactive", 'i', "", "Keep standard input open").defaults("true").unlisted(),
    option<&ComposeReachArgs::no_tty>("no-tty", 'T', "", "Without a terminal").also("no-TTY"),
    option<&ComposeReachArgs::privileged>("privileged", 0, "", "With all capabilities"),
    option<&ComposeReachArgs::user>("user", 'u', "USER[:GROUP]", "Name or number of the user"),
    option<&ComposeReachArgs::working_dir>("workdir", 'w', "DIR", "Working directory in the container"),
};

constexpr Option run_options[] = {
    option<&ComposeRunArgs::build>("build", 0, "", "Build the image first"),
    option<&ComposeRunArgs::cap_add>("cap-add", 0, "CAPABILITY", "Further capability").many(),
    option<&ComposeRunArgs::cap_drop>("cap-drop", 0, "CAPABILITY", "Capability to do without").many(),
    option<&ComposeRunArgs::detach>("detach", 'd', "", "Leave the container running in the background"),
    option<&ComposeRunArgs::entrypoint>("entrypoint", 0, "COMMAND", "Instead of the image's entrypoint"),
    option<&ComposeRunArgs::environment>("env", 'e', "NAME[=VALUE]", "Environment variable").many(),
    option<&ComposeRunArgs::environment_files>("env-from-file", 0, "FILE", "File of environment variables").many().completes(Completes::Files),
    option<&ComposeRunArgs::interactive>("interactive", 'i', "", "Keep standard input open").defaults("true"),
    option<&ComposeRunArgs::labels>("label", 'l', "KEY=VALUE", "Label of the container").many(),
    option<&ComposeRunArgs::name>("name", 0, "NAME", "Name of the container"),
    option<&ComposeRunArgs::no_tty>("no-tty", 'T', "", "Without a terminal").also("no-TTY"),
    option<&ComposeRunArgs::no_deps>("no-deps", 0, "", "Do not start what the service depends on"),
    option<&ComposeRunArgs::publish>("publish", 'p', "PORT", "Publish a port").many(),
    option<&ComposeRunArgs::pull>("pull", 0, "POLICY", "When to pull the image").one_of("always, missing, never"),
    option<&ComposeRunArgs::quiet>("quiet", 'q', "", "Do not tell of progress"),
    option<&ComposeRunArgs::quiet_build>("quiet-build", 0, "", "Build without telling"),
    option<&ComposeRunArgs::quiet_pull>("quiet-pull", 0, "", "Pull without telling"),
    option<&ComposeRunArgs::remove_orphans>("remove-orphans", 0, "", "Remove containers whose service is gone"),
    option<&ComposeRunArgs::remove>("rm", 0, "", "Remove the container when it ends"),
    option<&ComposeRunArgs::service_ports>("service-ports", 'P', "", "Publish the ports of the service"),
    option<&ComposeRunArgs::use_aliases>("use-aliases", 0, "", "Be found by the service's names on its networks"),
    option<&ComposeRunArgs::user>("user", 'u', "USER[:GROUP]", "Name or number of the user"),
    option<&ComposeRunArgs::volumes>("volume", 'v', "[SOURCE:]DIR[:OPTIONS]", "Further mount").many(),
    option<&ComposeRunArgs::working_dir>("workdir", 'w', "DIR", "Working directory in the container"),
};

constexpr Option attach_options[] = {
    option<&ComposeReachArgs::detach_keys>("detach-keys", 0, "KEYS", "Keys that leave the container running"),
    index_option,
    option<&ComposeReachArgs::no_stdin>("no-stdin", 0, "", "Do not connect to standard input"),
    option<&ComposeReachArgs::sig_proxy>("sig-proxy", 0, "", "Pass signals on to the process").defaults("true"),
};

constexpr Option copy_options[] = {
    option<&ComposeReachArgs::all>("all", 0, "", "To all containers of the service"),
    option<&ComposeReachArgs::archive>("archive", 'a', "", "Keep owners"),
    accepted("follow-link", 'L', "", "a source that is a link is followed anyway"),
    index_option,
};

constexpr UsedGroup reach_groups[] = {compose_group<ComposeReachArgs>};
constexpr UsedGroup run_groups[] = {compose_group<ComposeRunArgs>};

constexpr Operands with_command(Operands operands)
{
    operands.end_options = true;
    return operands;
}

constexpr Command commands[] = {
    {
        .paths = {"compose exec"},
        .summary = "Run a command in a container of a service",
        .examples = "compose exec web sh\ncompose exec -T db pg_dump app",
        .operands = with_command(operands<&ComposeReachArgs::words>("SERVICE COMMAND [ARG...]", 2, Operands::many)),
        .options = exec_options,
        .groups = reach_groups,
        .needs = Needs::Store,
        .body = body<ComposeReachArgs, exec>,
    },
    {
        .paths = {"compose run"},
        .summary = "Run a command in a new container of a service",
        .description = "Starts what the service depends on, then runs a container of the service's configuration once. Its ports are not "
                       "published unless --service-ports says so.",
        .examples = "compose run --rm web python manage.py migrate",
        .operands = with_command(operands<&ComposeRunArgs::words>("SERVICE [COMMAND [ARG...]]", 1, Operands::many)),
        .options = run_options,
        .groups = run_groups,
        .needs = Needs::UserNamespace,
        .body = body<ComposeRunArgs, run>,
    },
    {
        .paths = {"compose attach"},
        .summary = "Attach to a running container of a service",
        .examples = "compose attach web",
        .operands = operands<&ComposeReachArgs::words>("SERVICE", 1, 1),
        .options = attach_options,
        .groups = reach_groups,
        .needs = Needs::Store,
        .body = body<ComposeReachArgs, attach>,
    },
    {
        .paths = {"compose cp"},
        .summary = "Copy files between the host and containers of a service",
        .examples = "compose cp web:/var/log/app.log .\ncompose cp settings.ini web:/etc/app/",
        .operands = operands<&ComposeReachArgs::words>("[SERVICE:]SOURCE [SERVICE:]TARGET", 2, 2),
        .options = copy_options,
        .groups = reach_groups,
        .needs = Needs::UserNamespace,
        .body = body<ComposeReachArgs, copy>,
    },
};

} // namespace

const std::span<const Command> compose_reach_commands{commands};

} // namespace skiff::cli
