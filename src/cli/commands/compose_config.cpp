// compose config and version.

#include "cli/commands/compose.hpp"

#include "base/file.hpp"
#include "cli/build_info.hpp"
#include "cli/commands/tables.hpp"
#include "cli/compose/session.hpp"
#include "cli/output.hpp"
#include "cli/yaml_text.hpp"
#include "frontends/compose/interpolate.hpp"
#include "frontends/compose/labels.hpp"
#include "frontends/compose/render.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <unistd.h>

namespace skiff::cli {
namespace {

using Json = nlohmann::ordered_json;

compose::Document load(const ComposeConfigArgs& args, const compose::World& world)
{
    compose::LoadRequest request;
    request.files = args.compose.files;
    request.project_directory = args.compose.project_directory;
    request.project_name = args.compose.project_name;
    request.env_files = args.compose.env_files;
    request.interpolate = !args.no_interpolate;
    request.resolve_paths = !args.no_path_resolution;
    return compose::load_document(world, request);
}

compose::ProjectRequest project_request(const ComposeConfigArgs& args, const compose::Document& document)
{
    compose::ProjectRequest wanted;
    wanted.profiles = args.compose.profiles;
    if (const auto more = document.variables.find("COMPOSE_PROFILES"); more != document.variables.end() && !more->second.empty())
        for (std::string& profile : split_at(more->second, ','))
            wanted.profiles.push_back(std::move(profile));
    wanted.named = args.services;
    wanted.resolve_environment = !args.no_env_resolution;
    wanted.all_resources = args.compose.all_resources;
    wanted.compatibility = args.compose.compatibility;
    wanted.check = !args.no_consistency && !args.no_interpolate;
    wanted.normalise = !args.no_normalize;
    return wanted;
}

std::string lines_of(const std::set<std::string>& words)
{
    std::string out;
    for (const std::string& word : words)
        out += word + "\n";
    return out;
}

std::string list_variables(const compose::Document& document)
{
    Json rows = Json::array();
    std::set<std::string> seen;
    for (const compose::Variable& variable : document.used)
        if (seen.insert(variable.name).second)
            rows.push_back({{"Name", variable.name}, {"Required", variable.required ? "true" : "false"}, {"Default", variable.default_value},
                            {"Alternate", variable.alternate}});
    std::sort(rows.begin(), rows.end(), [](const Json& a, const Json& b) { return a.at("Name") < b.at("Name"); });
    std::string out = "NAME\tREQUIRED\tDEFAULT VALUE\tALTERNATE VALUE\n";
    for (const Json& row : rows)
        out += cat(row.at("Name").get<std::string>(), "\t", row.at("Required").get<std::string>(), "\t", row.at("Default").get<std::string>(), "\t",
                   row.at("Alternate").get<std::string>(), "\n");
    return out;
}

/// Only the chosen services, and what they depend on.
void choose_services(compose::Project& project, const std::vector<std::string>& names)
{
    if (names.empty())
        return;
    std::set<std::string> kept;
    for (const compose::Service* service : project.in_order(names, true))
        kept.insert(service->name);
    if (compose::Node* services = project.model.find("services"); services != nullptr)
        std::erase_if(services->entries, [&](const compose::Node::Entry& entry) { return !kept.contains(entry.key); });
}

std::string names_in_order(const compose::Project& project, const std::vector<std::string>& names)
{
    std::string out;
    for (const compose::Service* service : project.in_order(names, true))
        out += service->name + "\n";
    return out;
}

/// Of --hash; none: all.
std::vector<std::string> hashed_services(const std::string& which) { return which == "*" ? std::vector<std::string>{} : split_at(which, ','); }

std::string hashes(const compose::Project& project, const std::string& which)
{
    std::string out;
    const std::vector<std::string> names = hashed_services(which);
    for (const std::string& name : names)
        (void)project.service(name);
    for (const compose::Service& service : project.services)
        if (names.empty() || std::find(names.begin(), names.end(), service.name) != names.end())
            out += cat(service.name, " ", service.hash, "\n");
    return out;
}

/// For what shows services, or checks them; not for lists of names.
void read_env_files(compose::Project& project, const compose::World& world, const ComposeConfigArgs& args)
{
    if (args.no_env_resolution || args.list_environment || args.list_services || args.list_volumes || args.list_networks || args.list_images ||
        args.list_profiles)
        return;
    if (args.hash.empty())
        compose::read_env_files(project, world, args.services, true);
    else
        compose::read_env_files(project, world, hashed_services(args.hash), false);
}

std::string answer(const ComposeConfigArgs& args, const compose::Document& document, compose::Project& project)
{
    if (args.list_environment) {
        std::set<std::string> lines;
        for (const auto& [name, value] : document.variables)
            lines.insert(cat(name, "=", value));
        return lines_of(lines);
    }
    if (args.list_services)
        return names_in_order(project, args.services);
    std::set<std::string> words;
    if (args.list_volumes || args.list_networks) {
        for (const compose::Resource& resource : args.list_volumes ? project.volumes : project.networks)
            words.insert(resource.key);
        return lines_of(words);
    }
    if (args.list_images) {
        for (const compose::Service* service : project.in_order(args.services, true))
            words.insert(service->image);
        return lines_of(words);
    }
    if (args.list_profiles) {
        for (const compose::Service& service : project.services)
            words.insert(service.profiles.begin(), service.profiles.end());
        for (const auto& [name, profiles] : project.disabled)
            words.insert(profiles.begin(), profiles.end());
        return lines_of(words);
    }
    if (!args.hash.empty())
        return hashes(project, args.hash);
    choose_services(project, args.services);
    if (!args.no_interpolate)
        compose::escape_dollars(project.model);
    const Json json = compose::to_json(project.model);
    return args.format == "json" ? json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n" : to_yaml(json);
}

int config(const Invocation& /*invocation*/, ComposeConfigArgs& args)
{
    const compose::ThisWorld world;
    compose::Document document = load(args, world);
    if (args.list_variables) {
        print(list_variables(document));
        return 0;
    }
    const compose::Document kept = document;
    compose::Project project = compose::make_project(world, std::move(document), project_request(args, kept));
    read_env_files(project, world, args);
    for (const std::string& warning : project.warnings) {
        const std::string line = cat("Warning: ", printable(warning), "\n");
        (void)!::write(STDERR_FILENO, line.data(), line.size());
    }
    const std::string text = answer(args, kept, project);
    if (args.quiet)
        return 0;
    if (args.output.empty())
        print(text);
    else
        save_atomically(AT_FDCWD, args.output, text, Durability::None, 0644);
    return 0;
}

int version(const Invocation& /*invocation*/, ComposeVersionArgs& args)
{
    if (args.is_short)
        print(cat(compose::compose_version, "\n"));
    else if (args.format == "json")
        print(cat("{\"version\":\"v", compose::compose_version, "\"}\n"));
    else
        print(cat("Docker Compose version v", compose::compose_version, " (built into skiff ", program_version, ")\n"));
    return 0;
}

constexpr Option config_options[] = {
    option<&ComposeConfigArgs::list_environment>("environment", 0, "", "Print the variables that interpolation uses"),
    option<&ComposeConfigArgs::format>("format", 0, "FORMAT", "yaml or json").one_of("yaml, json").defaults("yaml"),
    option<&ComposeConfigArgs::hash>("hash", 0, "SERVICES", "Print the hashes of these services, * for all"),
    option<&ComposeConfigArgs::list_images>("images", 0, "", "Print the names of images"),
    refused("lock-image-digests", 0, "", "digests of images that are not fetched are not looked up"),
    refused("models", 0, "", "there is no model runner here"),
    option<&ComposeConfigArgs::list_networks>("networks", 0, "", "Print the names of networks"),
    option<&ComposeConfigArgs::no_consistency>("no-consistency", 0, "", "Do not check whether all fits together"),
    option<&ComposeConfigArgs::no_env_resolution>("no-env-resolution", 0, "", "Leave env_file and unset values as they are"),
    option<&ComposeConfigArgs::no_interpolate>("no-interpolate", 0, "", "Leave variables as they are"),
    option<&ComposeConfigArgs::no_normalize>("no-normalize", 0, "", "Leave out the defaults that no file says"),
    option<&ComposeConfigArgs::no_path_resolution>("no-path-resolution", 0, "", "Leave paths relative"),
    option<&ComposeConfigArgs::output>("output", 'o', "FILE", "Write to this file").completes(Completes::Files),
    option<&ComposeConfigArgs::list_profiles>("profiles", 0, "", "Print the names of profiles"),
    option<&ComposeConfigArgs::quiet>("quiet", 'q', "", "Only check"),
    refused("resolve-image-digests", 0, "", "digests of images that are not fetched are not looked up"),
    option<&ComposeConfigArgs::list_services>("services", 0, "", "Print the names of services"),
    option<&ComposeConfigArgs::list_variables>("variables", 0, "", "Print the variables that the files mention"),
    option<&ComposeConfigArgs::list_volumes>("volumes", 0, "", "Print the names of volumes"),
};

constexpr Option version_options[] = {
    option<&ComposeVersionArgs::format>("format", 'f', "FORMAT", "pretty or json").one_of("pretty, json"),
    option<&ComposeVersionArgs::is_short>("short", 0, "", "The number only"),
};

constexpr UsedGroup config_groups[] = {compose_group<ComposeConfigArgs>};
constexpr UsedGroup version_groups[] = {compose_group<ComposeVersionArgs>};

constexpr Command commands[] = {
    {
        .paths = {"compose config", "compose convert"},
        .summary = "Check compose files and print what they say together",
        .description = "Prints the project as it is after all files are merged: variables replaced, short forms written out, paths absolute.",
        .examples = "compose config\ncompose config --quiet\ncompose config --services",
        .operands = operands<&ComposeConfigArgs::services>("[SERVICE...]", 0, Operands::many),
        .options = config_options,
        .groups = config_groups,
        .needs = Needs::Nothing,
        .body = body<ComposeConfigArgs, config>,
    },
    {
        .paths = {"compose version"},
        .summary = "Show which Compose this is",
        .examples = "compose version --short",
        .options = version_options,
        .groups = version_groups,
        .needs = Needs::Nothing,
        .body = body<ComposeVersionArgs, version>,
    },
};

} // namespace

const std::span<const Command> compose_config_commands{commands};

} // namespace skiff::cli
