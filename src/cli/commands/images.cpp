#include "cli/commands/images.hpp"

#include "cli/commands/image_rows.hpp"
#include "cli/commands/remove.hpp"
#include "cli/commands/tables.hpp"
#include "cli/confirm.hpp"
#include "cli/engine_access.hpp"
#include "cli/front.hpp"
#include "cli/output.hpp"
#include "cli/selection.hpp"
#include "engine/prune_builds.hpp"
#include "engine/image_document.hpp"
#include "engine/image_list.hpp"
#include "engine/remove_image.hpp"
#include "engine/tag_image.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace skiff::cli {
namespace {

using Json = nlohmann::ordered_json;

void finish_remove(const Invocation&, RemoveImagesArgs& args)
{
    if (args.all && !args.images.empty())
        throw usage_error("when using the --all switch, you may not pass any images names or IDs");
    if (!args.all && args.images.empty())
        throw usage_error("image name or ID must be specified");
}

Filter read_image_filter(std::string_view text)
{
    if (text.find('=') == std::string_view::npos)
        throw usage_error(cat("invalid image filter \"", printable(text),
                              "\": must be in the format \"filter=value or filter!=value\""));
    return read_filter(text);
}

void print_ids(const Json& rows)
{
    std::set<std::string> printed;
    std::string lines;
    for (const Json& row : rows)
        if (const std::string id = row["ID"]; printed.insert(id).second)
            lines += id + "\n";
    print(lines);
}

/// Of an additional store; only then there is a column for it.
bool has_read_only(const Json& images)
{
    return std::any_of(images.begin(), images.end(), [](const Json& image) { return image["ReadOnly"].get<bool>(); });
}

int list_images(const Invocation& invocation, ImagesArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::ImageQuery query;
    query.name = args.names.empty() ? "" : args.names.front();
    query.filters = args.filters;
    query.all = args.all;
    const auto relations = args.format.empty() ? engine::Relations::No : engine::Relations::Yes;
    const Json images = engine::make_image_summaries(engine, engine::list_images(engine, query), relations);
    const ImageRows rows = make_image_rows(images, args.sort, args.no_trunc,
                                           args.format.starts_with("json") ? RowsForJson::Yes : RowsForJson::No);
    if (args.quiet) {
        print_ids(rows.for_templates);
        return 0;
    }
    const Listing listing{"images", "images.imageReporter",
                          cat("{{.Repository}}\t{{.Tag}}", args.digests ? "\t{{.Digest}}" : "",
                              "\t{{.ID}}\t{{.Created}}\t{{.Size}}", args.history ? "\t{{.History}}" : "",
                              has_read_only(images) ? "\t{{.ReadOnly}}" : ""),
                          R"({"ID": "IMAGE ID", "ReadOnly": "R/O"})"};
    print_list(listing, args.format, args.no_heading, rows.for_templates, rows.for_json);
    return 0;
}

int show_history(const Invocation& invocation, HistoryArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const Json steps = engine::make_image_history(engine, args.images.front());
    const Json rows = make_history_rows(steps, args.human, args.no_trunc);
    if (args.quiet) {
        for (const Json& row : rows)
            print(row["ID"].get<std::string>() + "\n");
        return 0;
    }
    Listing listing{"history", "images.historyReporter",
                    "{{.ID}}\t{{.Created}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}"};
    listing.type.times.clear(); // they are texts here
    print_list(listing, args.format, false, rows, steps);
    return 0;
}

int tag(const Invocation& invocation, TagArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::tag_image(engine, args.names.front(), {args.names.begin() + 1, args.names.end()});
    return 0;
}

int untag(const Invocation& invocation, TagArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    engine::untag_image(engine, args.names.front(), {args.names.begin() + 1, args.names.end()});
    return 0;
}

int remove_images(const Invocation& invocation, RemoveImagesArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const engine::RemovedImages removed =
        engine::remove_images(engine, args.images, {args.all, args.force, args.ignore, args.no_prune});
    for (const std::string& name : removed.untagged)
        print(cat("Untagged: ", name, "\n"));
    for (const std::string& id : removed.deleted)
        print(cat("Deleted: ", id, "\n"));
    int worst = 0;
    for (const Error& problem : removed.problems) {
        print_error(problem);
        worst = std::max(worst, removal_exit_code(problem.kind()));
    }
    return worst;
}

int image_exists(const Invocation& invocation, ImageExistsArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    return engine.store().images().find(args.images.front()) ? 0 : 1;
}

int prune_images(const Invocation& invocation, PruneArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    if (!args.force &&
        !confirm(args.all ? "WARNING! This command removes all images without at least one container associated with them."
                          : "WARNING! This command removes all dangling images."))
        return 0;
    for (const std::string& id : engine::prune_images(engine, args.all, args.filters).deleted)
        print(id + "\n");
    if (args.build_cache)
        engine::prune_builds(engine);
    return 0;
}

constexpr Option images_options[] = {
    option<&ImagesArgs::all>("all", 'a', "", "Intermediate images, too"),
    option<&ImagesArgs::digests>("digests", 0, "", "Show digests"),
    option<&ImagesArgs::filters, read_image_filter>("filter", 'f', "KEY=VALUE",
                                              "Only those that match: dangling, reference, label, before, since ..."),
    option<&ImagesArgs::format>("format", 0, "FORMAT", "json, or a Go template, with \"table \" in front for columns"),
    option<&ImagesArgs::history>("history", 0, "", "Show the names that they had"),
    option<&ImagesArgs::no_trunc>("no-trunc", 0, "", "Do not shorten ids").also("notruncate"),
    option<&ImagesArgs::no_heading>("noheading", 'n', "", "No heading"),
    option<&ImagesArgs::quiet>("quiet", 'q', "", "Ids only"),
    option<&ImagesArgs::sort>("sort", 0, "KEY", "Order")
        .one_of("created, id, repository, size, tag")
        .defaults("created"),
    refused("tree", 0, "", "an image here is for one platform").unlisted(),
};

constexpr Option history_options[] = {
    option<&HistoryArgs::format>("format", 0, "FORMAT", "json, or a Go template"),
    option<&HistoryArgs::human>("human", 'H', "", "Sizes and ages for people").defaults("true"),
    option<&HistoryArgs::no_trunc>("no-trunc", 0, "", "Do not shorten anything").also("notruncate"),
    refused("platform", 0, "OS/ARCH", "an image here is for one platform").unlisted(),
    option<&HistoryArgs::quiet>("quiet", 'q', "", "Ids only"),
};

constexpr Option remove_options[] = {
    option<&RemoveImagesArgs::all>("all", 'a', "", "All images"),
    option<&RemoveImagesArgs::force>("force", 'f', "",
                                     "Also with several names, or in use: its containers are removed"),
    option<&RemoveImagesArgs::ignore>("ignore", 'i', "", "A missing image is no error"),
    option<&RemoveImagesArgs::no_prune>("no-prune", 0, "", "Keep parents without a name"),
    refused("platform", 0, "OS/ARCH", "an image here is for one platform").unlisted(),
};

constexpr Option prune_options[] = {
    option<&PruneArgs::all>("all", 'a', "", "All images that no container uses, not only those without a name"),
    option<&PruneArgs::build_cache>("build-cache", 0, "", "The cache of builds, too"),
    option<&PruneArgs::external>("external", 0, "", "Images that containers of other tools use, too"),
    option<&PruneArgs::filters, read_filter>("filter", 0, "KEY=VALUE", "Only those that match: label, until"),
    option<&PruneArgs::force>("force", 'f', "", "Do not ask"),
};

constexpr Command commands[] = {
    {
        .paths = {"images", "image list", "image ls"},
        .summary = "List images",
        .description = "Lists the images in the store.",
        .examples =
            "images\nimages --filter dangling=true --quiet\nimages --format '{{.Repository}}:{{.Tag}} {{.Size}}'",
        .operands = operands<&ImagesArgs::names>("[IMAGE]", 0, 1, Completes::Images),
        .options = images_options,
        .needs = Needs::Store,
        .body = body<ImagesArgs, list_images>,
    },
    {
        .paths = {"history", "image history"},
        .summary = "Show how an image was made",
        .description = "Shows the layers of an image with the commands that made them.",
        .examples = "history debian\nhistory --no-trunc --format '{{.CreatedBy}}' debian",
        .operands = operands<&HistoryArgs::images>("IMAGE", 1, 1, Completes::Images),
        .options = history_options,
        .needs = Needs::Store,
        .body = body<HistoryArgs, show_history>,
    },
    {
        .paths = {"tag", "image tag"},
        .summary = "Give an image further names",
        .examples = "tag debian registry.example.org/base:1\ntag 0a1b2c3d4e5f mine",
        .operands =
            operands<&TagArgs::names>("IMAGE TARGET_NAME [TARGET_NAME...]", 2, Operands::many, Completes::Images),
        .needs = Needs::Store,
        .body = body<TagArgs, tag>,
    },
    {
        .paths = {"untag", "image untag"},
        .summary = "Take names away from an image",
        .description = "Takes the given names away from an image, or all of them. The image stays.",
        .examples = "untag debian\nuntag 0a1b2c3d4e5f mine",
        .operands = operands<&TagArgs::names>("IMAGE [IMAGE...]", 1, Operands::many, Completes::Images),
        .needs = Needs::Store,
        .body = body<TagArgs, untag>,
    },
    {
        .paths = {"rmi", "image rm", "image remove"},
        .summary = "Remove images",
        .description = "Takes a name away from images, and removes those that have no other one and no container.",
        .examples = "rmi debian\nrmi --force 0a1b2c3d4e5f\nrmi --all",
        .operands = operands<&RemoveImagesArgs::images>("IMAGE [IMAGE...]", 0, Operands::many, Completes::Images),
        .options = remove_options,
        .needs = Needs::UserNamespace,
        .body = body<RemoveImagesArgs, remove_images, finish_remove>,
    },
    {
        .paths = {"image exists"},
        .summary = "Check whether an image exists",
        .description = "Says by its exit code whether an image is in the store: 0 yes, 1 no.",
        .examples = "image exists debian || skiff pull debian",
        .operands = operands<&ImageExistsArgs::images>("IMAGE", 1, 1, Completes::Images),
        .needs = Needs::Store,
        .body = body<ImageExistsArgs, image_exists>,
    },
    {
        .paths = {"image prune"},
        .summary = "Remove unused images",
        .description = "Removes images without a name that no container uses, and says how much space that gave.",
        .examples = "image prune\nimage prune --all --force --filter until=168h",
        .options = prune_options,
        .needs = Needs::UserNamespace,
        .body = body<PruneArgs, prune_images>,
    },
};

} // namespace

const std::span<const Command> image_commands{commands};

} // namespace skiff::cli
