#include "frontends/compose/project.hpp"

#include "base/hash.hpp"
#include "engine/private_content.hpp"
#include "frontends/compose/normalise.hpp"
#include "frontends/compose/render.hpp"
#include "frontends/compose/validate.hpp"
#include "text/suggest.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

namespace skiff::compose {
namespace {

std::vector<std::string> texts_of(const Node* list)
{
    std::vector<std::string> texts;
    if (list != nullptr)
        for (const Node& item : list->items)
            texts.push_back(item.text);
    return texts;
}

Condition read_condition(const Node& node, const std::string& path)
{
    const std::string word = node.text_of("condition");
    if (word.empty() || word == "service_started")
        return Condition::Started;
    if (word == "service_healthy")
        return Condition::Healthy;
    if (word == "service_completed_successfully")
        return Condition::Completed;
    throw error_at(node.find("condition")->place, cat(path, ".condition ", quoted(word), " is not known"))
        .with_hint("conditions are service_started, service_healthy and service_completed_successfully");
}

std::vector<Dependency> read_dependencies(const Node& service, const std::string& name)
{
    std::vector<Dependency> all;
    const Node* depends = service.find("depends_on");
    if (depends != nullptr)
        for (const Node::Entry& entry : depends->entries) {
            const std::string required = entry.value.text_of("required");
            all.push_back({entry.key, read_condition(entry.value, cat("services.", name, ".depends_on.", entry.key)),
                           entry.value.flag_of("restart"), required != "false"});
        }
    return all;
}

unsigned read_count(const Node* node, unsigned otherwise)
{
    if (node == nullptr || !node->is_text())
        return otherwise;
    int number = 0;
    const auto [end, failure] = std::from_chars(node->text.data(), node->text.data() + node->text.size(), number);
    if (failure != std::errc{} || number < 0 || number > 10'000)
        throw error_at(node->place, cat(quoted(node->text), " is no number of containers"));
    return static_cast<unsigned>(number);
}

unsigned read_scale(const Node& service)
{
    const Node* deploy = service.find("deploy");
    return read_count(service.find("scale"), read_count(deploy == nullptr ? nullptr : deploy->find("replicas"), 1));
}

/// The keys of a service that do not change its containers.
bool is_hashed(std::string_view key)
{
    constexpr std::string_view others[] = {"build", "pull_policy", "scale", "depends_on", "profiles", "attach", "develop", "extends"};
    return std::find(std::begin(others), std::end(others), key) == std::end(others) && !key.starts_with("x-");
}

/// The real names of what a key refers to count, too.
Node with_names(const std::string& key, const Node& value, const Project& project)
{
    Node made = Node::make_list();
    made.items.push_back(value);
    if (key == "networks")
        for (const Node::Entry& entry : value.entries)
            if (const Resource* network = project.find_network(entry.key); network != nullptr)
                made.items.push_back(Node::make_text(network->name));
    if (key == "volumes")
        for (const Node& mount : value.items)
            if (const Resource* volume = project.find_volume(mount.text_of("source")); volume != nullptr && mount.text_of("type") == "volume")
                made.items.push_back(Node::make_text(volume->name));
    for (const auto* section : {&project.secrets, &project.configs})
        if (key == "secrets" || key == "configs")
            for (const Node& reference : value.items)
                for (const Resource& resource : *section)
                    if (resource.key == reference.text_of("source"))
                        made.items.push_back(Node::make_text(resource.hash));
    return made;
}

void hash_service(Service& service, const Project& project)
{
    std::string all = cat("image=", service.image, "\n");
    for (const Node::Entry& entry : service.node.entries) {
        if (!is_hashed(entry.key))
            continue;
        Node value = entry.value;
        if (entry.key == "deploy" && value.erase("replicas") && value.is_empty())
            continue;
        service.key_hashes[entry.key] = fingerprint(with_names(entry.key, value, project)).substr(0, 12);
    }
    for (const auto& [key, hash] : service.key_hashes)
        all += cat(key, "=", hash, "\n");
    service.hash = sha256_hex(all);
}

Service make_service(const std::string& project, const std::string& name, const Node& node, char separator)
{
    Service service;
    service.name = name;
    service.node = node;
    service.has_build = node.find("build") != nullptr;
    service.separator = separator;
    service.image = node.text_of("image");
    if (service.image.empty())
        service.image = cat(project, separator, name);
    service.container_name = node.text_of("container_name");
    service.profiles = texts_of(node.find("profiles"));
    service.depends_on = read_dependencies(node, name);
    service.scale = read_scale(node);
    service.pull_policy = node.text_of("pull_policy");
    service.attach = node.text_of("attach") != "false";
    service.networks = networks_by_priority(node);
    return service;
}

/// A secret or config with what containers get copies of, which counts in its hash; or with why there is nothing.
Resource with_content(Resource resource, const World& world, const std::map<std::string, std::string>& variables, ByteBudget& budget)
{
    if (resource.external)
        return resource;
    if (const Node* content = resource.node.find("content"); content != nullptr) {
        resource.content = content->text;
    } else if (const std::string file = resource.node.text_of("file"); !file.empty()) {
        resource.content = world.find_small_file(file, engine::private_file_limit_bytes);
        if (!resource.content && !world.exists(file))
            resource.missing = cat("the file ", file, " does not exist");
    } else {
        const std::string name = resource.node.text_of("environment");
        if (const auto variable = variables.find(name); variable != variables.end())
            resource.content = variable->second;
        else
            resource.missing = cat("the variable ", name, " is not set");
    }
    if (resource.content) {
        budget.take(resource.content->size(), resource.node.place);
        resource.hash += sha256_hex(*resource.content);
    }
    return resource;
}

std::vector<Resource> make_resources(const Node& model, const std::string& section)
{
    std::vector<Resource> all;
    const Node* entries = model.find(section);
    if (entries == nullptr)
        return all;
    for (const Node::Entry& entry : entries->entries) {
        if (entry.key.starts_with("x-"))
            continue;
        Resource resource;
        resource.key = entry.key;
        resource.name = entry.value.text_of("name");
        resource.external = entry.value.flag_of("external");
        resource.node = entry.value;
        resource.hash = fingerprint(entry.value);
        all.push_back(std::move(resource));
    }
    return all;
}

const Resource* find_resource(const std::vector<Resource>& resources, const std::string& key)
{
    for (const Resource& resource : resources)
        if (resource.key == key)
            return &resource;
    return nullptr;
}

/// Takes the services away whose profiles are not active; notes them.
void apply_profiles(Project& project, const ProjectRequest& request)
{
    Node* services = project.model.find("services");
    if (services == nullptr)
        return;
    std::set<std::string> active(request.profiles.begin(), request.profiles.end());
    for (const std::string& name : request.named)
        if (const Node* service = services->find(name); service != nullptr)
            for (const std::string& profile : texts_of(service->find("profiles")))
                active.insert(profile);
    std::erase_if(services->entries, [&](const Node::Entry& entry) {
        const std::vector<std::string> profiles = texts_of(entry.value.find("profiles"));
        const bool on = profiles.empty() || active.contains("*") ||
                        std::any_of(profiles.begin(), profiles.end(), [&](const std::string& profile) { return active.contains(profile); });
        if (!on)
            project.disabled[entry.key] = profiles;
        return !on;
    });
}

/// In the model, too.
void show_environment(Node& model, const Service& service)
{
    Node& shown = *model.find("services")->find(service.name);
    for (const char* key : {"env_file", "environment", "label_file", "labels"})
        if (const Node* value = service.node.find(key); value != nullptr)
            shown.set(key, *value);
        else
            shown.erase(key);
}

/// Keys of services that are not there concern nobody.
void add_key_warnings(Project& project, std::vector<KeyWarning> warnings)
{
    for (KeyWarning& warning : warnings)
        if (!project.disabled.contains(warning.service) &&
            std::find(project.warnings.begin(), project.warnings.end(), warning.text) == project.warnings.end())
            project.warnings.push_back(std::move(warning.text));
}

} // namespace

std::string_view to_string(Condition condition)
{
    switch (condition) {
    case Condition::Started:
        return "service_started";
    case Condition::Healthy:
        return "service_healthy";
    case Condition::Completed:
        return "service_completed_successfully";
    }
    return "";
}

std::string Service::container_name_of(const std::string& project, unsigned number) const
{
    return container_name.empty() ? cat(project, separator, name, separator, number) : container_name;
}

const Service* Project::find_service(const std::string& service) const
{
    for (const Service& one : services)
        if (one.name == service)
            return &one;
    return nullptr;
}

const Service& Project::service(const std::string& service) const
{
    if (const Service* found = find_service(service); found != nullptr)
        return *found;
    Error error{ErrorKind::NotFound, cat("no such service: ", printable(service))};
    std::vector<std::string> names;
    for (const Service& one : services)
        names.push_back(one.name);
    if (const auto known = disabled.find(service); known != disabled.end())
        error.add_hint(cat("it needs the profile ", known->second[0], ": --profile ", known->second[0]));
    else if (const auto near = text::find_nearest(service, names))
        error.add_hint(cat("did you mean ", quoted(*near), "?"));
    throw error;
}

const Resource* Project::find_network(const std::string& key) const { return find_resource(networks, key); }
const Resource* Project::find_volume(const std::string& key) const { return find_resource(volumes, key); }

std::vector<const Service*> Project::in_order(const std::vector<std::string>& names, bool with_dependencies) const
{
    std::vector<const Service*> ordered;
    std::set<std::string> seen;
    std::size_t depth = 0;
    const std::function<void(const Service&)> visit = [&](const Service& one) {
        if (!seen.insert(one.name).second)
            return;
        if (depth > max_links) // a project that was not checked
            throw Error{ErrorKind::Failure, cat("service ", quoted(one.name), " is at the end of more than ", max_links, " dependencies")};
        ++depth;
        for (const Dependency& dependency : one.depends_on)
            if (const Service* other = find_service(dependency.service); other != nullptr)
                if (with_dependencies || names.empty() || std::find(names.begin(), names.end(), other->name) != names.end())
                    visit(*other);
        --depth;
        ordered.push_back(&one);
    };
    if (names.empty())
        for (const Service& one : services)
            visit(one);
    else
        for (const std::string& wanted : names)
            visit(service(wanted));
    return ordered;
}

Project make_project(const World& world, Document document, const ProjectRequest& request)
{
    Project project;
    project.name = document.name;
    project.directory = document.directory;
    project.files = std::move(document.files);
    project.env_files = std::move(document.env_files);
    project.variables = std::move(document.variables);
    project.warnings = std::move(document.warnings);
    project.model = std::move(document.model);

    apply_profiles(project, request);
    add_key_warnings(project, std::move(document.key_warnings));
    project.budget = document.budget;
    if (request.resolve_environment)
        resolve_environment(project.model, project.variables, project.budget);
    Node as_written = request.normalise ? Node{} : project.model;
    normalise(project.model, project.name, !request.all_resources);
    set_default_platform(project.model, project.variables);
    if (request.check)
        validate(project.model, project.disabled);

    project.networks = make_resources(project.model, "networks");
    project.volumes = make_resources(project.model, "volumes");
    project.secrets = make_resources(project.model, "secrets");
    project.configs = make_resources(project.model, "configs");
    for (auto* section : {&project.secrets, &project.configs})
        for (Resource& resource : *section)
            resource = with_content(std::move(resource), world, project.variables, project.budget);
    if (const Node* services = project.model.find("services"); services != nullptr)
        for (const Node::Entry& entry : services->entries)
            if (!entry.key.starts_with("x-"))
                project.services.push_back(make_service(project.name, entry.key, entry.value, request.compatibility ? '_' : '-'));
    std::sort(project.services.begin(), project.services.end(), [](const Service& a, const Service& b) { return a.name < b.name; });
    for (Service& service : project.services)
        if (!request.resolve_environment || !has_environment_files(service.node))
            hash_service(service, project);
    if (!request.normalise)
        project.model = std::move(as_written);
    return project;
}

void read_env_files(Project& project, const World& world, const std::vector<std::string>& names, bool with_dependencies)
{
    std::set<std::string> chosen;
    if (!names.empty())
        for (const Service* service : project.in_order(names, with_dependencies))
            chosen.insert(service->name);
    for (Service& service : project.services) {
        if (!has_environment_files(service.node) || (!names.empty() && !chosen.contains(service.name)))
            continue;
        read_environment_files(service.node, world, project.variables, project.budget, project.warnings);
        check_labels(service.name, service.node);
        show_environment(project.model, service);
        hash_service(service, project);
    }
}

} // namespace skiff::compose
