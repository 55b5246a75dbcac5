#include "cli/commands/inspect.hpp"

#include "cli/commands/tables.hpp"
#include "cli/values.hpp"

namespace skiff::cli {
namespace {

void check_names(const InspectArgs& args)
{
    if (args.latest && !args.names.empty())
        throw usage_error("--latest and arguments cannot be used together");
    if (args.names.empty() && !args.latest && !args.all)
        throw usage_error(args.type == "container" || args.type == "all"
                              ? "no containers or images specified: must provide a name or id"
                              : cat("no ", args.type, "s specified: must provide a name or id"));
}

void finish_inspect(const Invocation& invocation, InspectArgs& args)
{
    if (args.latest && invocation.has("type") && args.type != "container" && args.type != "all" && args.type != "pod")
        throw usage_error(cat("--latest cannot be used with --type ", args.type));
    check_names(args);
}

void finish_container(const Invocation&, InspectArgs& args)
{
    args.type = "container";
    check_names(args);
}

void finish_image(const Invocation&, InspectArgs& args)
{
    args.type = "image";
    check_names(args);
}

constexpr Option format_option =
    option<&InspectArgs::format>("format", 'f', "FORMAT", "json, or a Go template").defaults("json");
constexpr Option latest_option = option<&InspectArgs::latest>("latest", 'l', "", "The container that was created last");
constexpr Option size_option = option<&InspectArgs::size>("size", 's', "", "Add the sizes of its files");

constexpr Option all_types[] = {
    format_option,
    latest_option,
    size_option,
    option<&InspectArgs::type>("type", 't', "TYPE", "Look for this kind of object only")
        .suggests("all, container, image, network, pod, volume")
        .defaults("all"),
};
constexpr Option of_containers[] = {format_option, latest_option, size_option};
constexpr Option of_images[] = {
    format_option,
    refused("platform", 0, "OS/ARCH", "an image here is for one platform").unlisted(),
};

constexpr Command commands[] = {
    {
        .paths = {"inspect"},
        .summary = "Show all that is known about objects",
        .description = "Shows containers, images, volumes, networks or pods as JSON, or by a template.",
        .examples = "inspect web\ninspect --format '{{.State.Status}}' web db\ninspect --type image debian",
        .operands = operands<&InspectArgs::names>("NAME [NAME...]", 0, Operands::many, Completes::ContainersAndImages),
        .options = all_types,
        .needs = Needs::Store,
        .body = body<InspectArgs, nullptr, finish_inspect>,
    },
    {
        .paths = {"container inspect"},
        .summary = "Show all that is known about containers",
        .examples = "container inspect web\ncontainer inspect --format '{{.State.Pid}}' web",
        .operands = operands<&InspectArgs::names>("CONTAINER [CONTAINER...]", 0, Operands::many, Completes::Containers),
        .options = of_containers,
        .needs = Needs::Store,
        .body = body<InspectArgs, nullptr, finish_container>,
    },
    {
        .paths = {"image inspect"},
        .summary = "Show all that is known about images",
        .examples = "image inspect debian\nimage inspect --format '{{.Config.Cmd}}' debian",
        .operands = operands<&InspectArgs::names>("IMAGE [IMAGE...]", 0, Operands::many, Completes::Images),
        .options = of_images,
        .needs = Needs::Store,
        .body = body<InspectArgs, nullptr, finish_image>,
    },
};

} // namespace

const std::span<const Command> inspect_commands{commands};

} // namespace skiff::cli
