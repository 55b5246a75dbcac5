#include "cli/commands/commit.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/groups/selection_options.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "engine/commit.hpp"

namespace skiff::cli {
namespace {

void finish_commit(const Invocation&, CommitArgs& args)
{
    args.words.front() = without_slash(std::move(args.words.front()));
    if (args.format != "oci" && args.format != "docker")
        throw usage_error(cat("unrecognized image format \"", printable(args.format), "\""));
    if (args.format == "oci" && !args.message.empty())
        throw usage_error("messages are only compatible with the docker image format (-f docker)");
}

int commit(const Invocation& invocation, CommitArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::CommitRequest request;
    request.container = resolve_container(engine, args.words.front());
    request.name = args.words.size() > 1 ? args.words[1] : "";
    request.author = args.author;
    request.message = args.message;
    request.changes = args.changes;
    if (!args.config_file.empty())
        request.config = while_doing("--config", [&] { return read_file(AT_FDCWD, args.config_file); });
    request.format = args.format == "docker" ? build::ImageFormat::Docker : build::ImageFormat::Oci;
    request.pause = args.pause;
    request.squash = args.squash;
    request.include_volumes = args.include_volumes;
    std::string id;
    {
        ProgressPrinter progress{args.quiet};
        id = engine::commit_container(engine, request, progress);
    }
    if (!args.id_file.empty())
        write_all(open_at(AT_FDCWD, args.id_file, O_WRONLY | O_CREAT | O_TRUNC, 0644).get(), id, args.id_file);
    print(id + "\n");
    return 0;
}

constexpr Option commit_options[] = {
    option<&CommitArgs::author>("author", 'a', "NAME", "Author of the image"),
    option<&CommitArgs::changes>(
        "change", 'c', "INSTRUCTION",
        "Set CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME or WORKDIR"),
    option<&CommitArgs::config_file>("config", 0, "FILE", "JSON whose fields go on top of the image's configuration")
        .completes(Completes::Files),
    option<&CommitArgs::format>("format", 'f', "FORMAT", "oci or docker").defaults("oci").suggests("oci, docker"),
    option<&CommitArgs::id_file>("iidfile", 0, "FILE", "Write the image's id to a file").completes(Completes::Files),
    option<&CommitArgs::include_volumes>("include-volumes", 0, "",
                                         "The places of the container's volumes become volumes of the image"),
    option<&CommitArgs::message>("message", 'm', "TEXT", "Comment on the image (with --format docker)"),
    option<&CommitArgs::pause>("pause", 'p', "", "The container stands still meanwhile"),
    option<&CommitArgs::quiet>("quiet", 'q', "", "No progress"),
    option<&CommitArgs::squash>("squash", 's', "", "One layer, with all files"),
};

constexpr Command commands[] = {
    {
        .paths = {"commit", "container commit"},
        .summary = "Make an image from a container",
        .description = "Makes an image of what a container, running or not, has changed in its own image.",
        .examples = "commit web web:patched\ncommit --change 'CMD [\"nginx\"]' --author me web registry.example.org/web:2",
        .operands = operands<&CommitArgs::words>("CONTAINER [IMAGE]", 1, 2, Completes::Containers, Completes::Images),
        .options = commit_options,
        .needs = Needs::UserNamespace,
        .body = body<CommitArgs, commit, finish_commit>,
    },
};

} // namespace

const std::span<const Command> commit_commands{commands};

} // namespace skiff::cli
