#include "cli/commands/inspect.hpp"

#include "cli/commands/tables.hpp"
#include "cli/engine_access.hpp"
#include "cli/front.hpp"
#include "cli/groups/registry_options.hpp"
#include "cli/output.hpp"
#include "cli/values.hpp"
#include "engine/container_document.hpp"
#include "engine/image_document.hpp"
#include "engine/inspect.hpp"
#include "engine/inspect_remote.hpp"
#include "registry/auth.hpp"

#include <nlohmann/json.hpp>

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
    if (!engine::find_object_type(args.type))
        throw usage_error(cat("invalid type ", quoted(args.type), ": must be \"all\", \"container\", \"image\", \"network\", \"pod\" or \"volume\""));
    if (args.size && args.type != "container" && args.type != "all")
        throw usage_error(cat("size is not supported for type ", quoted(args.type)));
    if (args.latest && invocation.has("type") && args.type != "container" && args.type != "all" && args.type != "pod")
        throw usage_error(cat("--latest cannot be used with --type ", args.type));
    check_names(args);
}

void finish_container(const Invocation&, InspectArgs& args)
{
    args.type = "container";
    check_names(args);
}

void finish_image(const Invocation& invocation, InspectArgs& args)
{
    args.type = "image";
    check_names(args);
    check_platform(invocation);
    registry::check_auth_file(args.remote.options.authfile);
    if (args.remote.wanted)
        return;
    for (const std::string_view name : {"raw", "config", "no-tags", "arch", "os", "variant", "platform", "authfile", "cert-dir", "creds", "tls-verify"})
        if (invocation.has(name))
            throw usage_error(cat("--", name, " goes with --remote: images of the store have no choice"));
}

using Json = nlohmann::ordered_json;

/// Words of Docker's and of older times that templates still use.
std::string with_current_names(std::string format)
{
    constexpr std::pair<std::string_view, std::string_view> renamed[] = {
        {".Src", ".Source"}, {".Dst", ".Destination"}, {".ImageID", ".Image"}};
    for (const auto& [old_name, name] : renamed)
        for (std::size_t at = format.find(old_name); at != std::string::npos; at = format.find(old_name, at + name.size())) {
            const bool is_whole = at + old_name.size() == format.size() ||
                                  std::isalnum(static_cast<unsigned char>(format[at + old_name.size()])) == 0;
            if (is_whole)
                format.replace(at, old_name.size(), name);
        }
    return format;
}

/// Containers and images are told by fields that nothing else has.
Json view_of(const Json& document, const std::string& format)
{
    if (document.contains("StaticDir"))
        return engine::make_template_view(document);
    // {{json .Config}} leaves out what is empty, {{.Config.User}} is empty.
    const bool names_field = document.contains("RootFS") && format.find(".Config.") != std::string::npos;
    return names_field ? engine::make_image_template_view(document) : document;
}

std::string type_of(const Json& document)
{
    if (document.contains("StaticDir"))
        return "*define.InspectContainerData";
    return document.contains("RootFS") ? "*inspect.ImageData" : "interface {}";
}

/// All that was found, then what was not: one bad name keeps nobody from seeing the others.
int inspect(const Invocation& invocation, InspectArgs& args)
{
    engine::Engine engine{engine_options(invocation)};
    const engine::ObjectType type = *engine::find_object_type(args.type);
    if (args.latest)
        args.names = {resolve_container(engine, "", true)};
    Json found = Json::array();
    std::vector<Error> errors;
    for (const std::string& name : args.names) {
        try {
            found.push_back(engine::inspect_object(engine, type, name, args.size));
        } catch (const Error& error) {
            const std::string_view doing = type == engine::ObjectType::Any ? "" : "inspecting object: ";
            errors.push_back(Error{error.kind(), cat(doing, error.message())}.with_hint(error.hint()));
        }
    }
    if (args.format == "json" || args.format.empty())
        print(format_document("inspect", "", "json", found));
    else
        for (const Json& document : found)
            print(format_document("inspect", type_of(document), with_current_names(args.format), view_of(document, args.format)));
    for (const Error& error : errors)
        print_error(error);
    return errors.empty() ? 0 : exit_code(errors.back().kind());
}

/// One image of a registry in the form that was asked for.
std::string show_remote(engine::Engine& engine, const InspectArgs& args, const std::string& name)
{
    engine::Silence progress;
    const RemoteInspect& wanted = args.remote;
    const engine::RemoteImage image = engine::find_remote_image(engine, name, wanted.options, progress);
    if (wanted.raw)
        return wanted.config ? image.document.config_bytes : image.raw_manifest();
    if (wanted.config)
        return format_document("inspect", "v1.Image", args.format, Json::parse(image.document.config_bytes));
    return format_document("inspect", "inspect.Output", args.format,
                           engine::make_remote_document(engine, image, wanted.options,
                                                        wanted.no_tags ? engine::TagList::NotWanted : engine::TagList::Wanted));
}

int inspect_images(const Invocation& invocation, InspectArgs& args)
{
    if (!args.remote.wanted)
        return inspect(invocation, args);
    engine::Engine engine{engine_options(invocation)};
    int worst = 0;
    for (const std::string& name : args.names) {
        try {
            print(show_remote(engine, args, name));
        } catch (const Error& error) { // the others are shown all the same
            print_error(error);
            worst = exit_code(error.kind());
        }
    }
    return worst;
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
    option<&InspectArgs::remote, &RemoteInspect::wanted>("remote", 0, "", "Look at images where they are, in a registry or an archive"),
    option<&InspectArgs::remote, &RemoteInspect::config>("config", 0, "", "With --remote: the image's configuration"),
    option<&InspectArgs::remote, &RemoteInspect::raw>("raw", 0, "", "With --remote: the manifest or index as it is, byte for byte"),
    option<&InspectArgs::remote, &RemoteInspect::no_tags>("no-tags", 'n', "", "With --remote: do not list the repository's tags"),
};
constexpr UsedGroup image_groups[] = {
    uses<&InspectArgs::remote, &RemoteInspect::options>(platform_options),
    uses<&InspectArgs::remote, &RemoteInspect::options>(registry_access_options),
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
        .body = body<InspectArgs, inspect, finish_inspect>,
    },
    {
        .paths = {"container inspect"},
        .summary = "Show all that is known about containers",
        .examples = "container inspect web\ncontainer inspect --format '{{.State.Pid}}' web",
        .operands = operands<&InspectArgs::names>("CONTAINER [CONTAINER...]", 0, Operands::many, Completes::Containers),
        .options = of_containers,
        .needs = Needs::Store,
        .body = body<InspectArgs, inspect, finish_container>,
    },
    {
        .paths = {"image inspect"},
        .summary = "Show all that is known about images",
        .description = "Shows images of the store as JSON, or by a template; with --remote images that are somewhere else, without "
                       "fetching their layers.",
        .examples = "image inspect debian\nimage inspect --format '{{.Config.Cmd}}' debian\n"
                    "image inspect --remote --platform linux/arm64 docker.io/library/debian:12\n"
                    "image inspect --remote --format '{{.Digest}}' quay.io/podman/stable",
        .operands = operands<&InspectArgs::names>("IMAGE [IMAGE...]", 0, Operands::many, Completes::Images),
        .options = of_images,
        .groups = image_groups,
        .needs = Needs::Store,
        .body = body<InspectArgs, inspect_images, finish_image>,
    },
};

} // namespace

const std::span<const Command> inspect_commands{commands};

} // namespace skiff::cli
