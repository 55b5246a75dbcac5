// How images come in: pull, load, import.

#include "cli/commands/pull.hpp"

#include "cli/commands/tables.hpp"
#include "cli/configured_defaults.hpp"
#include "cli/engine_access.hpp"
#include "cli/front.hpp"
#include "cli/groups/registry_options.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/values.hpp"
#include "engine/import.hpp"
#include "engine/load.hpp"
#include "engine/pull.hpp"
#include "registry/auth.hpp"

#include <unistd.h>

namespace skiff::cli {
namespace {

void finish_pull(const Invocation& invocation, PullArgs& args)
{
    check_platform(invocation);
    registry::check_auth_file(args.options.authfile);
    if (args.images.empty())
        throw usage_error("requires at least 1 arg(s), only received 0");
    if (args.all_tags && args.policy != PullPolicy::Always)
        throw usage_error("--all-tags always asks the registry: it goes with no other --policy than always");
}

void finish_load(const Invocation&, LoadArgs& args)
{
    if (args.input == "-")
        args.input.clear();
    if (args.input.empty() && ::isatty(STDIN_FILENO) != 0)
        throw usage_error("cannot read from terminal, use command-line redirection or the --input flag");
}

int pull(const Invocation& invocation, PullArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    add_configured_retries(engine.settings(), args.options);
    int worst = 0;
    Interruption interruption;
    for (const std::string& name : args.images) {
        try {
            ProgressPrinter progress{args.options.quiet, &interruption};
            for (const std::string& id : args.all_tags
                     ? engine::pull_all_tags(engine, name, args.options, progress)
                     : std::vector{engine::ensure_image(engine, name, args.policy, args.options, progress)})
                print(id + "\n");
        } catch (const Error& error) { // the others are fetched all the same
            if (interruption.happened())
                interruption.end_program();
            print_error(error);
            worst = exit_code(error.kind());
        }
    }
    return worst;
}

int load(const Invocation& invocation, LoadArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    std::vector<std::string> names;
    {
        ProgressPrinter progress{args.quiet};
        names = engine::load_images(engine, args.input, progress);
    }
    for (const std::string& name : names)
        print(cat("Loaded image: ", name, "\n"));
    return 0;
}

int import(const Invocation& invocation, ImportArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::ImportRequest request;
    request.archive = args.words.front();
    request.name = args.words.size() > 1 ? args.words[1] : "";
    request.changes = args.changes;
    request.message = args.message;
    request.architecture = args.architecture;
    request.os = args.os;
    request.variant = args.variant;
    std::string id;
    {
        ProgressPrinter progress{args.quiet};
        id = engine::import_image(engine, request, progress);
    }
    print(cat("sha256:", id, "\n"));
    return 0;
}

constexpr Option pull_options[] = {
    option<&PullArgs::all_tags>("all-tags", 'a', "", "All images that the repository has a tag for"),
    option<&PullArgs::policy, read_pull_policy>("policy", 0, "POLICY", "When to fetch: always, missing, never, newer")
        .defaults("always")
        .suggests("always, missing, never, newer"),
};
constexpr UsedGroup pull_groups[] = {
    uses<&PullArgs::options>(image_choice_options),
    uses<&PullArgs::options>(registry_options),
};

constexpr Option load_options[] = {
    option<&LoadArgs::input>("input", 'i', "FILE", "Read this archive or directory instead of standard input")
        .completes(Completes::Files),
    refused("platform", 0, "OS/ARCH", "all images of the archive are loaded").unlisted(),
    option<&LoadArgs::quiet>("quiet", 'q', "", "No progress"),
};

constexpr Option import_options[] = {
    option<&ImportArgs::architecture>("arch", 0, "ARCH", "Architecture of the image"),
    option<&ImportArgs::changes>(
        "change", 'c', "INSTRUCTION",
        "Set CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME or WORKDIR"),
    option<&ImportArgs::message>("message", 'm', "TEXT", "Comment in the image's history"),
    option<&ImportArgs::os>("os", 0, "OS", "Operating system of the image"),
    refused("platform", 0, "OS/ARCH", "use --os and --arch").unlisted(),
    option<&ImportArgs::quiet>("quiet", 'q', "", "No progress"),
    option<&ImportArgs::variant>("variant", 0, "VARIANT", "Variant of the architecture"),
};

constexpr Command commands[] = {
    {
        .paths = {"pull", "image pull"},
        .summary = "Fetch images",
        .description = "Fetches images from a registry, or from docker-archive:FILE, oci-archive:FILE, oci:DIR or "
                       "dir:DIR, and prints their "
                       "ids. Names without a registry are looked up as registries.conf says.",
        .examples = "pull docker.io/library/debian:12\npull --platform linux/arm64 alpine\npull oci-archive:image.tar",
        .operands = operands<&PullArgs::images>("IMAGE [IMAGE...]", 1, Operands::many, Completes::Images),
        .options = pull_options,
        .groups = pull_groups,
        .needs = Needs::UserNamespace,
        .body = body<PullArgs, pull, finish_pull>,
    },
    {
        .paths = {"load", "image load"},
        .summary = "Load images from an archive",
        .description =
            "Loads all images of a docker-archive, an oci-archive or an OCI directory; archives may be compressed.",
        .examples = "load -i images.tar\ngunzip -c images.tar.gz | skiff load\nload -i oci-layout/",
        .options = load_options,
        .needs = Needs::UserNamespace,
        .body = body<LoadArgs, load, finish_load>,
    },
    {
        .paths = {"import", "image import"},
        .summary = "Make an image from a tar archive of files",
        .description = "Makes an image with one layer, the files of an archive, and prints its id.",
        .examples = "import rootfs.tar.gz base:1\nmmdebstrap bookworm - | skiff import --change CMD=bash - debian",
        .operands = operands<&ImportArgs::words>("PATH [REFERENCE]", 1, 2, Completes::Files, Completes::Nothing),
        .options = import_options,
        .needs = Needs::UserNamespace,
        .body = body<ImportArgs, import>,
    },
};

} // namespace

const std::span<const Command> pull_commands{commands};

} // namespace skiff::cli
