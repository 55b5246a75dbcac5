// Lists of images for several platforms: the group `manifest`.

#include "cli/commands/manifests.hpp"

#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/front.hpp"
#include "cli/groups/format_options.hpp"
#include "cli/groups/registry_options.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/selection.hpp"
#include "cli/values.hpp"
#include "engine/remove_image.hpp"

#include <nlohmann/json.hpp>

namespace skiff::cli {
namespace {

constexpr std::string_view no_artifacts = "artifacts are not built yet";

void read_annotation(std::map<std::string, std::string>& annotations, std::string_view text)
{
    const Cut cut = cut_at(text, '=');
    if (!cut.tail)
        throw usage_error(cat("no value given for annotation \"", printable(text), "\""));
    annotations[cut.head] = *cut.tail;
}

int create(const Invocation& invocation, ManifestCreateArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::CreateListRequest request;
    request.name = args.words.front();
    request.images.assign(args.words.begin() + 1, args.words.end());
    request.all = args.all;
    request.amend = args.amend;
    request.annotations = args.annotations;
    request.transport = args.options;
    print(engine::create_list(engine, request) + "\n");
    return 0;
}

int add(const Invocation& invocation, ManifestAddArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::AddToListRequest request;
    request.list = args.words.front();
    request.images.assign(args.words.begin() + 1, args.words.end());
    request.all = args.all;
    request.facts = args.facts;
    request.transport = args.options;
    print(engine::add_to_list(engine, request) + "\n");
    return 0;
}

void finish_annotate(const Invocation&, ManifestAnnotateArgs& args)
{
    if (args.index && args.words.size() > 1)
        throw usage_error("--index changes the list itself: no image may be named");
    if (!args.index && args.words.size() < 2)
        throw usage_error("name an image of the list, or its digest; or use --index");
}

int annotate(const Invocation& invocation, ManifestAnnotateArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const std::string image = args.words.size() > 1 ? args.words[1] : "";
    print(engine::annotate_list(engine, args.words[0], image, args.facts) + "\n");
    return 0;
}

int remove_entry(const Invocation& invocation, ManifestNamesArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    print(engine::remove_from_list(engine, args.names[0], args.names[1]) + "\n");
    return 0;
}

int inspect(const Invocation& invocation, ManifestInspectArgs& args)
{
    if (args.insecure)
        args.options.tls_verify = false;
    engine::Engine engine{engine_options(invocation)};
    const std::string text = engine::read_list(engine, args.names.front(), args.options);
    constexpr int indent = 4;
    print(nlohmann::ordered_json::parse(text).dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    return 0;
}

int exists(const Invocation& invocation, ManifestNamesArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    return engine::find_list(engine, args.names.front()) ? 0 : 1;
}

int remove(engine::Engine& engine, const std::vector<std::string>& names, bool ignore)
{
    int worst = 0;
    std::vector<std::string> lists;
    for (const std::string& name : names) {
        try {
            if (!ignore || engine.store().images().find(name)) {
                (void)engine::resolve_list(engine, name);
                lists.push_back(name);
            }
        } catch (const Error& error) {
            print_error(error);
            worst = removal_exit_code(error.kind());
        }
    }
    const engine::RemovedImages removed = engine::remove_images(engine, lists, {});
    for (const std::string& name : removed.untagged)
        print(cat("Untagged: ", name, "\n"));
    for (const std::string& id : removed.deleted)
        print(cat("Deleted: ", id, "\n"));
    for (const Error& problem : removed.problems) {
        print_error(problem);
        worst = std::max(worst, removal_exit_code(problem.kind()));
    }
    return worst;
}

int remove_lists(const Invocation& invocation, ManifestNamesArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    return remove(engine, args.names, args.ignore);
}

int push(const Invocation& invocation, ManifestPushArgs& args)
{
    engine::PushListRequest request;
    request.list = args.words[0];
    request.destination = args.words.size() > 1 ? args.words[1] : "";
    request.transport = args.options;
    request.send = make_send_options(args.format);
    request.all = args.all;
    for (const std::string& each : args.add_compression)
        request.add_compression.push_back(*make_send_options({"", each, {}, {}}).compression);
    engine::Engine engine{engine_options(invocation)};
    std::string digest;
    {
        ProgressPrinter progress{args.quiet};
        digest = engine::push_list(engine, request, progress);
    }
    save_digest(args.digest_file, digest);
    return args.remove || args.purge ? remove(engine, {args.words[0]}, false) : 0;
}

constexpr Option create_options[] = {
    option<&ManifestCreateArgs::all>("all", 0, "", "Of images that are lists, add every entry"),
    option<&ManifestCreateArgs::amend>("amend", 'a', "", "Change a list that is there"),
    option<&ManifestCreateArgs::annotations, read_annotation>("annotation", 0, "KEY=VALUE", "Annotation of the list").many(),
};
constexpr UsedGroup create_groups[] = {uses<&ManifestCreateArgs::options>(registry_options)};

constexpr Option facts_options[] = {
    option<&engine::ManifestFacts::annotations, read_annotation>("annotation", 0, "KEY=VALUE", "Annotation of the entry").many(),
    option<&engine::ManifestFacts::architecture>("arch", 0, "ARCH", "Architecture of the image"),
    accepted("features", 0, "FEATURE", "no tool looks at a processor's features").many(),
    option<&engine::ManifestFacts::os>("os", 0, "OS", "Operating system of the image"),
    option<&engine::ManifestFacts::os_features>("os-features", 0, "FEATURE", "Features of the operating system").comma_separated(),
    option<&engine::ManifestFacts::os_version>("os-version", 0, "VERSION", "Version of the operating system"),
    option<&engine::ManifestFacts::variant>("variant", 0, "VARIANT", "Variant of the architecture"),
};
const OptionGroup facts_group{"", facts_options};

constexpr Option add_options[] = {
    option<&ManifestAddArgs::all>("all", 0, "", "Of images that are lists, add every entry"),
    refused("artifact", 0, "", no_artifacts),
    refused("artifact-config", 0, "FILE", no_artifacts),
    refused("artifact-config-type", 0, "TYPE", no_artifacts),
    refused("artifact-exclude-titles", 0, "", no_artifacts),
    refused("artifact-layer-type", 0, "TYPE", no_artifacts),
    refused("artifact-subject", 0, "IMAGE", no_artifacts),
    refused("artifact-type", 0, "TYPE", no_artifacts),
};
constexpr UsedGroup add_groups[] = {
    uses<&ManifestAddArgs::facts>(facts_group),
    uses<&ManifestAddArgs::options>(registry_options),
};

constexpr Option annotate_options[] = {
    option<&ManifestAnnotateArgs::index>("index", 0, "", "Change the list itself: only --annotation applies"),
    refused("subject", 0, "IMAGE", no_artifacts),
};
constexpr UsedGroup annotate_groups[] = {uses<&ManifestAnnotateArgs::facts>(facts_group)};

constexpr Option inspect_options[] = {
    option<&ManifestInspectArgs::insecure>("insecure", 0, "", "As --tls-verify=false").unlisted(),
    option<&ManifestInspectArgs::verbose>("verbose", 'v', "", "Nothing more").unlisted(),
};
constexpr UsedGroup inspect_groups[] = {uses<&ManifestInspectArgs::options>(registry_options)};

constexpr Option push_options[] = {
    option<&ManifestPushArgs::add_compression>("add-compression", 0, "gzip|zstd", "Send each image once more in this form")
        .comma_separated()
        .suggests("gzip, zstd"),
    option<&ManifestPushArgs::all>("all", 0, "", "The images too, and not only the list").defaults("true"),
    option<&ManifestPushArgs::digest_file>("digestfile", 0, "FILE", "Write the digest of the list there to a file")
        .completes(Completes::Files),
    option<&ManifestPushArgs::purge>("purge", 'p', "", "As --rm").unlisted(),
    option<&ManifestPushArgs::quiet>("quiet", 'q', "", "No progress"),
    option<&ManifestPushArgs::remove>("rm", 0, "", "Remove the list from the store afterwards"),
};
constexpr UsedGroup push_groups[] = {
    uses<&ManifestPushArgs::format>(format_options),
    uses<&ManifestPushArgs::format>(signing_options),
    uses<&ManifestPushArgs::options>(registry_options),
};

constexpr Option remove_options[] = {
    option<&ManifestNamesArgs::ignore>("ignore", 'i', "", "A missing list is no error"),
};

constexpr Command commands[] = {
    {
        .paths = {"manifest create"},
        .summary = "Create a manifest list",
        .description = "Makes a list of images for several platforms under one name, and prints its id. Images that are not in "
                       "the store are looked up at their registry and not fetched.",
        .examples = "manifest create app:1\nmanifest create app:1 app:1-amd64 app:1-arm64",
        .operands = operands<&ManifestCreateArgs::words>("LIST [IMAGE...]", 1, Operands::many, Completes::Images),
        .options = create_options,
        .groups = create_groups,
        .needs = Needs::Store,
        .body = body<ManifestCreateArgs, create>,
    },
    {
        .paths = {"manifest add"},
        .summary = "Add images to a manifest list",
        .examples = "manifest add app:1 app:1-arm64\nmanifest add --arch arm64 --os linux app:1 docker://example.org/app:arm",
        .operands = operands<&ManifestAddArgs::words>("LIST IMAGE [IMAGE...]", 2, Operands::many, Completes::Images),
        .options = add_options,
        .groups = add_groups,
        .needs = Needs::Store,
        .body = body<ManifestAddArgs, add>,
    },
    {
        .paths = {"manifest annotate"},
        .summary = "Change what a manifest list says of an image",
        .examples = "manifest annotate --variant v8 app:1 app:1-arm64\nmanifest annotate --index --annotation a=b app:1",
        .operands = operands<&ManifestAnnotateArgs::words>("LIST [IMAGE|DIGEST]", 1, 2, Completes::Images),
        .options = annotate_options,
        .groups = annotate_groups,
        .needs = Needs::Store,
        .body = body<ManifestAnnotateArgs, annotate, finish_annotate>,
    },
    {
        .paths = {"manifest exists"},
        .summary = "Check whether a manifest list exists",
        .description = "Ends with 0 when the store has the list, else with 1.",
        .examples = "manifest exists app:1",
        .operands = operands<&ManifestNamesArgs::names>("LIST", 1, 1, Completes::Images),
        .needs = Needs::Store,
        .body = body<ManifestNamesArgs, exists>,
    },
    {
        .paths = {"manifest inspect"},
        .summary = "Show a manifest list",
        .description = "Shows a list of the store, or the manifest or list that a registry has under that name.",
        .examples = "manifest inspect app:1\nmanifest inspect docker.io/library/debian:12",
        .operands = operands<&ManifestInspectArgs::names>("LIST", 1, 1, Completes::Images),
        .options = inspect_options,
        .groups = inspect_groups,
        .needs = Needs::Store,
        .body = body<ManifestInspectArgs, inspect>,
    },
    {
        .paths = {"manifest push"},
        .summary = "Send a manifest list to a registry",
        .description = "Sends a list and its images to a registry, an OCI layout or a directory.",
        .examples = "manifest push app:1 docker://example.org/team/app:1\nmanifest push --all=false --rm app:1 oci:layout:app",
        .operands = operands<&ManifestPushArgs::words>("LIST [DESTINATION]", 1, 2, Completes::Images),
        .options = push_options,
        .groups = push_groups,
        .needs = Needs::UserNamespace,
        .body = body<ManifestPushArgs, push>,
    },
    {
        .paths = {"manifest remove"},
        .summary = "Remove an entry from a manifest list",
        .examples = "manifest remove app:1 sha256:0123...",
        .operands = operands<&ManifestNamesArgs::names>("LIST DIGEST", 2, 2, Completes::Images, Completes::Nothing),
        .needs = Needs::Store,
        .body = body<ManifestNamesArgs, remove_entry>,
    },
    {
        .paths = {"manifest rm"},
        .summary = "Remove manifest lists",
        .description = "Removes lists. The images that they name stay.",
        .examples = "manifest rm app:1",
        .operands = operands<&ManifestNamesArgs::names>("LIST [LIST...]", 1, Operands::many, Completes::Images),
        .options = remove_options,
        .needs = Needs::UserNamespace,
        .body = body<ManifestNamesArgs, remove_lists>,
    },
};

} // namespace

const std::span<const Command> manifest_commands{commands};

} // namespace skiff::cli
