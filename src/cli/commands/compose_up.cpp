// compose up, create, plan, scale.

#include "cli/commands/compose.hpp"

#include "cli/commands/tables.hpp"
#include "cli/compose/foreground.hpp"
#include "cli/compose/up.hpp"
#include "cli/compose/watch.hpp"
#include "cli/output.hpp"
#include "cli/values.hpp"
#include "frontends/compose/plan_image.hpp"
#include "frontends/compose/plan_lines.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <csignal>
#include <set>

namespace skiff::cli {
namespace {

void finish_up(const Invocation& invocation, ComposeUpArgs& args)
{
    if (args.build && args.no_build)
        throw usage_error("--build and --no-build are incompatible");
    if (args.force_recreate && args.no_recreate)
        throw usage_error("--force-recreate and --no-recreate are incompatible");
    if (args.no_recreate && args.renew_anonymous_volumes)
        throw usage_error("--no-recreate and --renew-anon-volumes are incompatible");
    args.abort_on_exit = args.abort_on_exit || (!args.exit_code_from.empty() && !args.abort_on_failure);
    if (args.watch && (args.detach || args.wait))
        throw usage_error(cat(args.detach ? "--detach" : "--wait", " and --watch are incompatible: watching ends with this command"));
    args.detach = args.detach || args.wait || args.watch;
    const bool attached = args.abort_on_exit || args.abort_on_failure || args.attach_dependencies || !args.attach.empty();
    if (args.detach && attached)
        throw usage_error(cat(args.watch ? "--watch" : args.wait && !invocation.has("detach") ? "--wait" : "--detach",
                              " cannot be combined with --abort-on-container-exit, --abort-on-container-failure, --exit-code-from, "
                              "--attach or --attach-dependencies"));
    if (args.wait_timeout_s < 0)
        throw usage_error("--wait-timeout must be non-negative integer");
}

std::map<std::string, unsigned> read_scale(const std::vector<std::string>& words)
{
    std::map<std::string, unsigned> scale;
    for (const std::string& word : words) {
        const Cut cut = cut_at(word, '=');
        const bool number = cut.tail && !cut.tail->empty() && cut.tail->size() < 5 && cut.tail->find_first_not_of("0123456789") == std::string::npos;
        if (!number || cut.head.empty())
            throw usage_error(cat("invalid --scale option \"", printable(word), "\". Should be SERVICE=NUM"));
        scale[cut.head] = static_cast<unsigned>(std::stoul(*cut.tail));
    }
    return scale;
}

bool is_set(const compose::Project& project, const char* name)
{
    const auto found = project.variables.find(name);
    return found != project.variables.end() && compose::is_true_word(found->second);
}

compose::PlanOptions plan_options(const ComposeSession& session, const ComposeUpArgs& args)
{
    compose::PlanOptions options;
    options.services = args.services;
    options.with_dependencies = !args.no_deps;
    options.force_recreate = args.force_recreate;
    options.no_recreate = args.no_recreate;
    options.always_recreate_dependencies = args.always_recreate_deps;
    options.renew_anonymous_volumes = args.renew_anonymous_volumes;
    options.remove_orphans = args.remove_orphans || is_set(session.project(), "COMPOSE_REMOVE_ORPHANS");
    options.start = !args.no_start;
    options.all_resources = args.compose.all_resources;
    options.scale = read_scale(args.scale);
    for (const auto& [service, count] : options.scale)
        (void)session.project().service(service);
    return options;
}

ImageWishes image_wishes(const ComposeUpArgs& args)
{
    ImageWishes wishes;
    if (args.build || args.no_build)
        wishes.build = args.build;
    wishes.pull = args.pull;
    wishes.quiet = args.quiet_pull;
    wishes.quiet_build = args.quiet_build;
    return wishes;
}

/// The services whose output `up` shows.
std::vector<std::string> attached_services(const ComposeSession& session, const ComposeUpArgs& args)
{
    std::vector<std::string> names;
    const auto chosen = args.attach.empty() ? args.services : args.attach;
    for (const std::string& name : chosen)
        (void)session.project().service(name);
    for (const compose::Service* service : session.project().in_order(chosen, args.attach_dependencies)) {
        const bool refused = !service->attach || std::find(args.no_attach.begin(), args.no_attach.end(), service->name) != args.no_attach.end();
        if (!refused)
            names.push_back(service->name);
    }
    return names;
}

/// From here on ctrl-C stops containers, whoever looks for it at the time: what comes between two of them waits.
void stop_when_interrupted(ComposeSession& session, const ComposeUpArgs& args)
{
    sigset_t interrupts;
    ::sigemptyset(&interrupts);
    ::sigaddset(&interrupts, SIGINT);
    ::sigaddset(&interrupts, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &interrupts, nullptr);
    session.when_interrupted([&session, timeout = args.timeout_s] { stop_gracefully(session, timeout); });
}

bool stays_in_foreground(const ComposeUpArgs& args) { return !args.detach && !args.no_start; }

/// Everything up to the point where containers run. False when something failed.
bool bring_up(ComposeSession& session, const ComposeUpArgs& args)
{
    const compose::PlanOptions options = plan_options(session, args);
    session.lock();
    if (!finish_recreations(session) || !obtain_images(session, args.services, !args.no_deps, image_wishes(args)))
        return false;
    compose::Plan plan = plan_up(session, options);
    if (is_set(session.project(), "COMPOSE_IGNORE_ORPHANS"))
        plan.orphans.clear();
    if (stays_in_foreground(args))
        stop_when_interrupted(session, args);
    const bool done = carry_out(session, plan, args.timeout_s);
    session.unlock();
    return done;
}

int up(const Invocation& invocation, ComposeUpArgs& args)
{
    if (args.no_color)
        args.compose.ansi = "never";
    ComposeSession session{invocation, args.compose, ComposeSession::Files::Required, args.services};
    session.read_env_files(args.services, !args.no_deps);
    session.print_warnings();
    if (!args.exit_code_from.empty())
        (void)session.project().service(args.exit_code_from);
    if (session.project().services.empty())
        throw Error{ErrorKind::Failure, "no service selected"};
    if (args.compose.dry_run) {
        print(compose::describe(plan_up(session, plan_options(session, args)), true));
        return 0;
    }
    const std::string began = text::format_rfc3339_nine_digits(wall_now(), text::Zone::Utc);
    if (!bring_up(session, args))
        return 1;
    if (args.wait)
        wait_until_ready(session, args.services,
                         args.wait_timeout_s > 0 ? std::optional{std::chrono::seconds{args.wait_timeout_s}} : std::nullopt);
    if (!stays_in_foreground(args))
        return 0;
    ForegroundOptions options;
    options.services = attached_services(session, args);
    options.prefix = !args.no_log_prefix;
    options.timestamps = args.timestamps;
    options.abort_on_exit = args.abort_on_exit;
    options.abort_on_failure = args.abort_on_failure;
    options.exit_code_from = args.exit_code_from;
    if (args.abort_on_exit || args.abort_on_failure)
        for (const compose::Service* service : session.project().in_order(args.services, !args.no_deps))
            options.watched.push_back(service->name);
    options.timeout_s = args.timeout_s;
    options.since = began;
    return stay_in_foreground(session, options);
}

int create(const Invocation& invocation, ComposeUpArgs& args)
{
    args.no_start = true;
    return up(invocation, args);
}

int plan(const Invocation& invocation, ComposeUpArgs& args)
{
    ComposeSession session{invocation, args.compose, ComposeSession::Files::Required, args.services};
    session.read_env_files(args.services, !args.no_deps);
    session.print_warnings();
    std::string out;
    std::set<std::string> seen;
    for (const compose::Service* service : session.project().in_order(args.services, !args.no_deps)) {
        compose::ImageQuestion question;
        question.exists = compose::find_image_id(session.engine(), service->image).has_value();
        question.build = image_wishes(args).build;
        question.pull_policy = args.pull;
        const compose::ImageStep step = compose::plan_image(*service, question);
        if (step.kind != compose::ImageStep::Kind::Nothing && seen.insert(service->image).second)
            out += cat("+ image ", service->image, step.kind == compose::ImageStep::Kind::Pull ? " is pulled: " : " is built: ", step.reason, "\n");
    }
    const compose::Plan made = plan_up(session, plan_options(session, args));
    out += compose::describe(made, true);
    for (const std::string& warning : made.warnings)
        out += cat("! ", warning, "\n");
    print(out.empty() ? "Nothing to do.\n" : out);
    return 0;
}

int scale(const Invocation& invocation, ComposeScaleArgs& args)
{
    ComposeUpArgs wanted;
    wanted.compose = args.compose;
    wanted.scale = args.words;
    wanted.no_deps = args.no_deps;
    wanted.no_recreate = true;
    wanted.detach = true;
    for (const auto& [service, count] : read_scale(args.words))
        wanted.services.push_back(service);
    return up(invocation, wanted);
}

int watch_project(const Invocation& invocation, const ComposeOptions& options, const WatchOptions& wanted)
{
    ComposeSession session{invocation, options, ComposeSession::Files::Required, wanted.services};
    session.refuse_dry_run();
    return watch_files(session, wanted);
}

int up_and_watch(const Invocation& invocation, ComposeUpArgs& args)
{
    const int code = up(invocation, args);
    return code != 0 || !args.watch || args.compose.dry_run ? code : watch_project(invocation, args.compose, {args.services, false});
}

int watch(const Invocation& invocation, ComposeWatchArgs& args)
{
    if (!args.no_up) {
        ComposeUpArgs wanted;
        wanted.compose = args.compose;
        wanted.services = args.services;
        wanted.detach = true;
        if (const int code = up(invocation, wanted); code != 0)
            return code;
    }
    return watch_project(invocation, args.compose, {args.services, args.quiet});
}

constexpr Option images_options[] = {
    option<&ComposeUpArgs::build>("build", 0, "", "Build images before containers are made"),
    option<&ComposeUpArgs::no_build>("no-build", 0, "", "Never build an image, even when it is missing"),
    option<&ComposeUpArgs::pull>("pull", 0, "POLICY", "When to pull images")
        .one_of("always, missing, never, build"),
    option<&ComposeUpArgs::quiet_pull>("quiet-pull", 0, "", "Pull without telling"),
};

constexpr Option plan_flags[] = {
    option<&ComposeUpArgs::force_recreate>("force-recreate", 0, "", "Make containers anew although nothing changed"),
    option<&ComposeUpArgs::no_recreate>("no-recreate", 0, "", "Leave containers that exist as they are"),
    option<&ComposeUpArgs::remove_orphans>("remove-orphans", 0, "", "Remove containers whose service is gone"),
    option<&ComposeUpArgs::scale>("scale", 0, "SERVICE=COUNT", "So many containers of a service").many(),
};

constexpr Option create_flags[] = {
    accepted("yes", 'y', "", "there is no question to answer"),
};

constexpr Option up_options[] = {
    option<&ComposeUpArgs::abort_on_exit>("abort-on-container-exit", 0, "", "Stop all when one container ends"),
    option<&ComposeUpArgs::abort_on_failure>("abort-on-container-failure", 0, "", "Stop all when one container fails"),
    option<&ComposeUpArgs::always_recreate_deps>("always-recreate-deps", 0, "", "Make dependencies anew, too"),
    option<&ComposeUpArgs::attach>("attach", 0, "SERVICE", "Show the output of this service only").many(),
    option<&ComposeUpArgs::attach_dependencies>("attach-dependencies", 0, "", "Show the output of dependencies, too"),
    option<&ComposeUpArgs::detach>("detach", 'd', "", "Leave the containers running in the background"),
    option<&ComposeUpArgs::exit_code_from>("exit-code-from", 0, "SERVICE", "Return the exit code of this service; implies --abort-on-container-exit"),
    refused("menu", 0, "", "there is no menu of keys"),
    option<&ComposeUpArgs::no_attach>("no-attach", 0, "SERVICE", "Do not show the output of this service").many(),
    option<&ComposeUpArgs::no_color>("no-color", 0, "", "Names without colours"),
    option<&ComposeUpArgs::no_deps>("no-deps", 0, "", "Leave out what the services depend on"),
    option<&ComposeUpArgs::no_log_prefix>("no-log-prefix", 0, "", "Lines without the container's name"),
    option<&ComposeUpArgs::no_start>("no-start", 0, "", "Make the containers and do not start them"),
    option<&ComposeUpArgs::quiet_build>("quiet-build", 0, "", "Build without telling"),
    option<&ComposeUpArgs::renew_anonymous_volumes>("renew-anon-volumes", 'V', "", "Give new containers new anonymous volumes"),
    option<&ComposeUpArgs::timeout_s>("timeout", 't', "SECONDS", "What a stop waits before it kills"),
    option<&ComposeUpArgs::timestamps>("timestamps", 0, "", "Put the time in front of each line"),
    option<&ComposeUpArgs::wait>("wait", 0, "", "Wait until the services run or are healthy; implies --detach"),
    option<&ComposeUpArgs::wait_timeout_s>("wait-timeout", 0, "SECONDS", "Wait so long at most").defaults("0"),
    option<&ComposeUpArgs::watch>("watch", 'w', "", "Then follow changes of source files, as `compose watch` does"),
    accepted("yes", 'y', "", "there is no question to answer"),
};

constexpr Option plan_own[] = {
    option<&ComposeUpArgs::always_recreate_deps>("always-recreate-deps", 0, "", "Make dependencies anew, too"),
    option<&ComposeUpArgs::no_deps>("no-deps", 0, "", "Leave out what the services depend on"),
};

constexpr Option scale_options[] = {
    option<&ComposeScaleArgs::no_deps>("no-deps", 0, "", "Leave out what the services depend on"),
};

constexpr Option watch_options[] = {
    option<&ComposeWatchArgs::no_up>("no-up", 0, "", "Do not bring the project up first"),
    refused("prune", 0, "", "images of former builds are removed by `image prune`"),
    option<&ComposeWatchArgs::quiet>("quiet", 0, "", "Do not tell what is done"),
};
constexpr UsedGroup watch_groups[] = {compose_group<ComposeWatchArgs>};

constexpr OptionGroup images_group{"", images_options};
constexpr OptionGroup plan_group{"", plan_flags};

/// Both groups write to Args itself.
constexpr UsedGroup whole(const OptionGroup& group)
{
    return {&group, [](void* args) { return args; }};
}

constexpr UsedGroup up_groups[] = {whole(images_group), whole(plan_group), compose_group<ComposeUpArgs>};
constexpr UsedGroup scale_groups[] = {compose_group<ComposeScaleArgs>};

constexpr Command commands[] = {
    {
        .paths = {"compose up"},
        .summary = "Create and start the containers of a project",
        .description = "Brings the containers of a compose file up: images are pulled or built, networks and volumes made, and only containers "
                       "whose configuration or image changed are made anew. Independent services start side by side; a dependent starts as "
                       "soon as its conditions hold. Without --detach the output of all is shown until ctrl-C stops them.",
        .examples = "compose up -d\ncompose up --build --wait\ncompose -f base.yaml -f test.yaml up --abort-on-container-exit --exit-code-from tests",
        .operands = operands<&ComposeUpArgs::services>("[SERVICE...]", 0, Operands::many),
        .options = up_options,
        .groups = up_groups,
        .needs = Needs::UserNamespace,
        .body = body<ComposeUpArgs, up_and_watch, finish_up>,
    },
    {
        .paths = {"compose create"},
        .summary = "Create the containers of a project without starting them",
        .examples = "compose create\ncompose create --force-recreate web",
        .operands = operands<&ComposeUpArgs::services>("[SERVICE...]", 0, Operands::many),
        .options = create_flags,
        .groups = up_groups,
        .needs = Needs::UserNamespace,
        .body = body<ComposeUpArgs, create, finish_up>,
    },
    {
        .paths = {"compose plan"},
        .summary = "Show what up would change, and why",
        .description = "Prints each step that `compose up` with the same options would take, with its reason, and does nothing.",
        .examples = "compose plan\ncompose plan --force-recreate web",
        .operands = operands<&ComposeUpArgs::services>("[SERVICE...]", 0, Operands::many),
        .options = plan_own,
        .groups = up_groups,
        .needs = Needs::Store,
        .body = body<ComposeUpArgs, plan, finish_up>,
    },
    {
        .paths = {"compose scale"},
        .summary = "Change the number of containers of services",
        .examples = "compose scale web=3",
        .operands = operands<&ComposeScaleArgs::words>("SERVICE=COUNT [SERVICE=COUNT...]", 1, Operands::many),
        .options = scale_options,
        .groups = scale_groups,
        .needs = Needs::UserNamespace,
        .body = body<ComposeScaleArgs, scale>,
    },
    {
        .paths = {"compose watch"},
        .summary = "Follow changes of source files",
        .description = "Brings the project up and follows the files that `develop.watch` of its services names until ctrl-C: changed files are "
                       "copied into the containers, or the service is restarted or built anew, as each rule says.",
        .examples = "compose watch\ncompose watch --no-up web",
        .operands = operands<&ComposeWatchArgs::services>("[SERVICE...]", 0, Operands::many),
        .options = watch_options,
        .groups = watch_groups,
        .needs = Needs::UserNamespace,
        .body = body<ComposeWatchArgs, watch>,
    },
};

} // namespace

const std::span<const Command> compose_up_commands{commands};

} // namespace skiff::cli
