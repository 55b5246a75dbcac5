#include "cli/commands/update.hpp"

#include "cli/commands/tables.hpp"
#include "cli/groups/health_options.hpp"
#include "cli/groups/limit_options.hpp"
#include "cli/groups/selection_options.hpp"
#include "cli/values_environment.hpp"
#include "cli/values_health.hpp"

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

constexpr Option update_options[] = {
    option<&UpdateArgs::environment_words>("env", 'e', "NAME[=VALUE]", "Environment variable for the next start"),
    option<&UpdateArgs::latest>("latest", 'l', "", "The container that was created last"),
    option<&UpdateArgs::restart, read_restart_policy>(
        "restart", 0, "POLICY", "Restart when it ends: no, on-failure[:N], always, unless-stopped")
        .suggests("no, on-failure, always, unless-stopped"),
    option<&UpdateArgs::ulimits, add_ulimit>("ulimit", 0, "TYPE=SOFT[:HARD]",
                                             "Limit of a resource per process, for the next start")
        .comma_separated(),
    option<&UpdateArgs::unset_environment>("unsetenv", 0, "NAME", "Drop a variable for the next start"),
};
constexpr UsedGroup update_groups[] = {
    uses<&UpdateArgs::limits>(limit_options),
    uses<&UpdateArgs::health>(health_options),
};

constexpr Option health_run_options[] = {
    option<&HealthRunArgs::ignore_result>("ignore-result", 0, "", "Exit with 0 when the check has failed, too"),
};

constexpr Command commands[] = {
    {
        .paths = {"update", "container update"},
        .summary = "Change the settings of a container",
        .description = "Changes limits, health checks, restart policy and environment of a container. Limits hold at "
                       "once, the rest from "
                       "the next start on.",
        .examples = "update --memory 1g web\nupdate --restart always web\nupdate --health-interval 5s web",
        .operands = operands<&UpdateArgs::containers>("CONTAINER", 0, Operands::many, Completes::Containers),
        .options = update_options,
        .groups = update_groups,
        .needs = Needs::Store,
        .body = body<UpdateArgs, nullptr, finish_update>,
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
        .body = body<HealthRunArgs, nullptr, finish_health_run>,
    },
};

} // namespace

const std::span<const Command> update_commands{commands};

} // namespace skiff::cli
