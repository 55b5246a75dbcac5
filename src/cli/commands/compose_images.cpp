// compose build, pull, push: the images of a project.

#include "cli/commands/compose.hpp"

#include "cli/commands/tables.hpp"
#include "cli/compose/build_words.hpp"
#include "cli/compose/session.hpp"
#include "cli/output.hpp"
#include "cli/run_words.hpp"
#include "cli/values.hpp"
#include "frontends/compose/state.hpp"
#include "text/shell_words.hpp"

#include <map>
#include <set>
#include <unistd.h>

namespace skiff::cli {
namespace {

using Files = ComposeSession::Files;

int build(const Invocation& invocation, ComposeImagesArgs& args)
{
    if (args.check && args.push)
        throw usage_error("--check and --push are incompatible: nothing is built");
    ComposeSession session{invocation, args.compose, Files::Required, args.services};
    session.refuse_dry_run();
    session.print_warnings();
    const BuildChanges changes{args.no_cache, args.pull, args.build_arguments, args.ssh, args.memory, args.check};
    std::vector<Job> jobs;
    std::map<std::string, std::size_t> places;
    for (const compose::Service* service : session.project().in_order(args.services, args.include_dependencies)) {
        if (!service->has_build)
            continue;
        Job job;
        job.subject = cat("Image ", service->image);
        job.doing = args.check ? "Checking" : "Building";
        job.done = args.check ? "Checked" : "Built";
        job.speaker = service->name;
        // additional_contexts: service:X wants X first.
        const compose::Node* contexts = service->node.find("build")->find("additional_contexts");
        if (contexts != nullptr)
            for (const compose::Node::Entry& entry : contexts->entries)
                if (const auto other = places.find(entry.value.text.starts_with("service:") ? entry.value.text.substr(8) : ""); other != places.end())
                    job.after.push_back(other->second);
        if (args.print) {
            print(text::join_shell_words(make_build_words(session.project(), *service, changes)) + "\n");
            continue;
        }
        job.work = [&session, &changes, service](engine::Engine&) { run_build(session.invocation(), session.project(), *service, changes); };
        job.is_shown = !args.quiet;
        places[service->name] = jobs.size();
        jobs.push_back(std::move(job));
    }
    if (jobs.empty() && !args.print)
        session.board().say("No services to build");
    if (!session.run(std::move(jobs)))
        return 1;
    if (args.push)
        for (const auto& [service, place] : places)
            if (const int code = run_words(invocation, {"push", session.project().service(service).image}); code != 0)
                return code;
    return 0;
}

int transfer(const Invocation& invocation, ComposeImagesArgs& args, bool push)
{
    ComposeSession session{invocation, args.compose, Files::Required, args.services};
    session.refuse_dry_run();
    session.print_warnings();
    std::vector<Job> jobs;
    std::set<std::string> seen;
    for (const compose::Service* service : session.project().in_order(args.services, args.include_dependencies)) {
        const bool skipped = push ? !service->has_build : (service->has_build && (args.ignore_buildable || service->node.find("image") == nullptr));
        if (skipped || !seen.insert(service->image).second || (push && service->node.find("image") == nullptr))
            continue;
        if (!push && args.policy == "missing" && compose::find_image_id(session.engine(), service->image))
            continue;
        Job job;
        job.subject = cat("Image ", service->image);
        job.doing = push ? "Pushing" : "Pulling";
        job.done = push ? "Pushed" : "Pulled";
        job.is_shown = !args.quiet;
        // What can be built need not be in a registry.
        job.may_fail = args.ignore_failures || (!push && service->has_build);
        std::vector<std::string> words{push ? "push" : "pull", "--quiet"};
        if (const std::string platform = service->node.text_of("platform"); !platform.empty() && !push)
            words.push_back(cat("--platform=", platform));
        words.push_back(service->image);
        job.work = [&invocation, words](engine::Engine&) {
            if (const int code = run_words(invocation, words); code != 0)
                ::_exit(code);
        };
        jobs.push_back(std::move(job));
    }
    return session.run(std::move(jobs)) ? 0 : 1;
}

int pull(const Invocation& invocation, ComposeImagesArgs& args) { return transfer(invocation, args, false); }
int push(const Invocation& invocation, ComposeImagesArgs& args) { return transfer(invocation, args, true); }

constexpr Option build_options[] = {
    option<&ComposeImagesArgs::build_arguments>("build-arg", 0, "NAME=VALUE", "Build argument").many(),
    refused("builder", 0, "NAME", "there is one builder, in skiff itself"),
    option<&ComposeImagesArgs::check>("check", 0, "", "Only check the builds, as skiff build --check does"),
    option<&ComposeImagesArgs::memory>("memory", 'm', "SIZE", "Limit of memory"),
    option<&ComposeImagesArgs::no_cache>("no-cache", 0, "", "Do every step anew"),
    option<&ComposeImagesArgs::print>("print", 0, "", "Print the builds in the words of skiff build, and do nothing"),
    refused("provenance", 0, "KIND", "attestations are not made"),
    option<&ComposeImagesArgs::pull>("pull", 0, "", "Look for newer base images"),
    option<&ComposeImagesArgs::push>("push", 0, "", "Push the images when they are built"),
    option<&ComposeImagesArgs::quiet>("quiet", 'q', "", "Do not tell of progress"),
    refused("sbom", 0, "KIND", "attestations are not made"),
    option<&ComposeImagesArgs::ssh>("ssh", 0, "default|ID=PATH", "SSH agent or key for the build").many(),
    option<&ComposeImagesArgs::include_dependencies>("with-dependencies", 0, "", "Build what the services depend on, too"),
};
constexpr Option pull_options[] = {
    option<&ComposeImagesArgs::ignore_buildable>("ignore-buildable", 0, "", "Leave out what can be built"),
    option<&ComposeImagesArgs::ignore_failures>("ignore-pull-failures", 0, "", "Go on when one cannot be pulled"),
    option<&ComposeImagesArgs::include_dependencies>("include-deps", 0, "", "Pull for what the services depend on, too"),
    option<&ComposeImagesArgs::policy>("policy", 0, "POLICY", "missing, or always").one_of("missing, always"),
    option<&ComposeImagesArgs::quiet>("quiet", 'q', "", "Do not tell of progress"),
};
constexpr Option push_options[] = {
    option<&ComposeImagesArgs::ignore_failures>("ignore-push-failures", 0, "", "Go on when one cannot be pushed"),
    option<&ComposeImagesArgs::include_dependencies>("include-deps", 0, "", "Push for what the services depend on, too"),
    option<&ComposeImagesArgs::quiet>("quiet", 'q', "", "Do not tell of progress"),
};

constexpr UsedGroup images_groups[] = {compose_group<ComposeImagesArgs>};

constexpr Command commands[] = {
    {
        .paths = {"compose build"},
        .summary = "Build the images of a project",
        .examples = "compose build\ncompose build --no-cache web",
        .operands = operands<&ComposeImagesArgs::services>("[SERVICE...]", 0, Operands::many),
        .options = build_options,
        .groups = images_groups,
        .needs = Needs::UserNamespace,
        .body = body<ComposeImagesArgs, build>,
    },
    {
        .paths = {"compose pull"},
        .summary = "Pull the images of a project",
        .examples = "compose pull\ncompose pull --ignore-buildable",
        .operands = operands<&ComposeImagesArgs::services>("[SERVICE...]", 0, Operands::many),
        .options = pull_options,
        .groups = images_groups,
        .needs = Needs::UserNamespace,
        .body = body<ComposeImagesArgs, pull>,
    },
    {
        .paths = {"compose push"},
        .summary = "Push the images that a project builds",
        .examples = "compose push web",
        .operands = operands<&ComposeImagesArgs::services>("[SERVICE...]", 0, Operands::many),
        .options = push_options,
        .groups = images_groups,
        .needs = Needs::Store,
        .body = body<ComposeImagesArgs, push>,
    },
};

} // namespace

const std::span<const Command> compose_images_commands{commands};

} // namespace skiff::cli
