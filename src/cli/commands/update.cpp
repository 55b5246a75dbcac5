#include "cli/commands/update.hpp"

#include "cli/commands/tables.hpp"
#include "cli/groups/health_options.hpp"
#include "cli/groups/limit_options.hpp"
#include "cli/groups/restart_options.hpp"
#include "cli/groups/selection_options.hpp"
#include "cli/values_environment.hpp"
#include "cli/values_health.hpp"
#include "cli/engine_access.hpp"
#include "cli/output.hpp"
#include "engine/life.hpp"
#include "engine/update.hpp"

namespace skiff::cli {
namespace {

void finish_update(const Invocation& invocation, UpdateArgs& args)
{
    check_one_or_latest(invocation, args.latest, args.containers);
    finish_limits(invocation, args.limits);
    check_health(args.health);
    args.environment = make_environment({}, args.environment_words);
}

void finish_health_run(const Invocation&, HealthRunArgs& args)
{
    args.containers[0] = without_slash(args.containers[0]);
}

int update(const Invocation& invocation, UpdateArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::UpdateRequest request;
    request.limits = args.limits;
    request.health = args.health;
    request.restart = args.restart;
    request.rlimits = args.ulimits.limits;
    request.host_rlimits = args.ulimits.host;
    request.environment = args.environment;
    request.unset_environment = args.unset_environment;
    const std::string id = resolve_container(engine, args.latest ? "" : args.containers.front(), args.latest);
    engine::update_container(engine, id, request);
    print(id + "\n");
    return 0;
}

/// A failed check says so on standard output, too: scripts read either.
int run_health_check(const Invocation& invocation, HealthRunArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const engine::HealthVerdict verdict = engine::run_health_check(engine, resolve_container(engine, args.containers.front()));
    if (verdict.exit_code == 0)
        return 0;
    print(verdict.status == "stopped" ? "stopped\n" : "unhealthy\n");
    return args.ignore_result ? 0 : 1;
}

constexpr Option update_options[] = {
    option<&UpdateArgs::environment_words>("env", 'e', "NAME[=VALUE]", "Environment variable for the next start"),
    option<&UpdateArgs::latest>("latest", 'l', "", "The container that was created last"),
    option<&UpdateArgs::ulimits, add_ulimit>("ulimit", 0, "TYPE=SOFT[:HARD]",
                                             "Limit of a resource per process, for the next start")
        .comma_separated(),
    option<&UpdateArgs::unset_environment>("unsetenv", 0, "NAME", "Drop a variable for the next start"),
};
constexpr UsedGroup update_groups[] = {
    uses<&UpdateArgs::limits>(limit_options),
    uses<&UpdateArgs::health>(health_options),
    uses<&UpdateArgs::restart>(restart_options),
};

constexpr Option health_run_options[] = {
    option<&HealthRunArgs::ignore_result>("ignore-result", 0, "", "Exit with 0 when the check has failed, too"),
};

constexpr Command commands[] = {
    {
        .paths = {"update", "container update"},
        .summary = "Change the settings of a container",
        .description = "Changes limits, health checks, restart policy and environment of a container. Variables and "
                       "limits of a single process hold from the next start on, the rest at once.",
        .examples = "update --memory 1g web\nupdate --restart always web\nupdate --health-interval 5s web",
        .operands = operands<&UpdateArgs::containers>("CONTAINER", 0, Operands::many, Completes::Containers),
        .options = update_options,
        .groups = update_groups,
        .needs = Needs::Store,
        .body = body<UpdateArgs, update, finish_update>,
    },
    {
        .paths = {"healthcheck run"},
        .summary = "Run the health check of a container",
        .description =
            "Runs the health check of a running container at once. The exit code is 0 when it is healthy, 1 when not.",
        .examples = "healthcheck run web",
        .operands = operands<&HealthRunArgs::containers>("CONTAINER", 1, 1, Completes::RunningContainers),
        .options = health_run_options,
        .needs = Needs::Store,
        .body = body<HealthRunArgs, run_health_check, finish_health_run>,
    },
};

} // namespace

const std::span<const Command> update_commands{commands};

} // namespace skiff::cli
