// The cache of builds: `builder prune`, as Docker and Podman spell it.

#include "base/clock.hpp"
#include "base/error.hpp"
#include "cli/commands/tables.hpp"
#include "cli/confirm.hpp"
#include "cli/engine_access.hpp"
#include "cli/front.hpp"
#include "cli/output.hpp"
#include "cli/values.hpp"
#include "engine/prune_builds.hpp"
#include "text/size.hpp"
#include "text/time_format.hpp"

namespace skiff::cli {
namespace {

struct PruneBuildsArgs
{
    bool force = false;
    std::vector<Filter> filters;
};

std::optional<WallTime> find_limit(const std::vector<Filter>& filters)
{
    std::optional<WallTime> limit;
    for (const Filter& filter : filters) {
        if ((filter.key != "until" && filter.key != "unused-for") || filter.negated)
            throw usage_error(cat("invalid filter ", quoted(filter.key), ": until=TIME is known"));
        limit = text::parse_time(filter.value, wall_now());
    }
    return limit;
}

int prune_builds(const Invocation& invocation, PruneBuildsArgs& args)
{
    const std::optional<WallTime> limit = find_limit(args.filters);
    if (!args.force && !confirm(limit ? "WARNING! This command removes what no build has used since then from the build cache."
                                      : "WARNING! This command removes all build cache."))
        return 0;
    engine::Engine engine{engine_options(invocation)};
    const engine::PrunedBuilds pruned = engine::prune_builds(engine, limit);
    print(cat("Total reclaimed space: ", text::format_bytes_decimal(pruned.bytes), "\n"));
    return 0;
}

constexpr Option options[] = {
    accepted("all", 'a', "", "all of the cache goes"),
    option<&PruneBuildsArgs::filters, read_filter>("filter", 0, "until=TIME", "Only steps that no build has used since then (24h, 2026-01-31)").many(),
    option<&PruneBuildsArgs::force>("force", 'f', "", "Do not ask"),
    refused("keep-storage", 0, "SIZE", "--filter until=TIME keeps what is in use"),
};

constexpr Command commands[] = {
    {
        .paths = {"builder prune", "buildx prune"},
        .summary = "Remove the cache of builds",
        .description = "Forgets what builds could use again, with the layers that only the cache kept, and removes what RUN "
                       "--mount=type=cache holds. Images stay. Steps that no build has used for two weeks go by themselves.",
        .examples = "builder prune --force\nbuilder prune --filter until=24h",
        .options = options,
        .needs = Needs::UserNamespace,
        .body = body<PruneBuildsArgs, prune_builds>,
    },
};

} // namespace

const std::span<const Command> build_prune_commands{commands};

} // namespace skiff::cli
