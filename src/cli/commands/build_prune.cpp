// The cache of builds: `builder prune`, as Docker and Podman spell it.

#include "base/cat.hpp"
#include "cli/commands/tables.hpp"
#include "cli/confirm.hpp"
#include "cli/engine_access.hpp"
#include "cli/output.hpp"
#include "engine/prune_builds.hpp"
#include "text/size.hpp"

namespace skiff::cli {
namespace {

struct PruneBuildsArgs
{
    bool force = false;
};

int prune_builds(const Invocation& invocation, PruneBuildsArgs& args)
{
    if (!args.force && !confirm("WARNING! This command removes all build cache."))
        return 0;
    engine::Engine engine{engine_options(invocation)};
    const engine::PrunedBuilds pruned = engine::prune_builds(engine);
    print(cat("Total reclaimed space: ", text::format_bytes_decimal(pruned.bytes), "\n"));
    return 0;
}

constexpr Option options[] = {
    accepted("all", 'a', "", "all of the cache goes"),
    refused("filter", 0, "KEY=VALUE", "all of the cache goes; steps that no build has used for two weeks go by themselves").many(),
    option<&PruneBuildsArgs::force>("force", 'f', "", "Do not ask"),
    refused("keep-storage", 0, "SIZE", "all of the cache goes"),
};

constexpr Command commands[] = {
    {
        .paths = {"builder prune", "buildx prune"},
        .summary = "Remove the cache of builds",
        .description = "Forgets what builds could use again, with the layers that only the cache kept, and removes what RUN "
                       "--mount=type=cache holds. Images stay.",
        .examples = "builder prune --force",
        .options = options,
        .needs = Needs::UserNamespace,
        .body = body<PruneBuildsArgs, prune_builds>,
    },
};

} // namespace

const std::span<const Command> build_prune_commands{commands};

} // namespace skiff::cli
