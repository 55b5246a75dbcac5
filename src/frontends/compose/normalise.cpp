#include "frontends/compose/normalise.hpp"

#include "frontends/compose/dotenv.hpp"
#include "frontends/compose/key_index.hpp"
#include "frontends/compose/variables.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace skiff::compose {
namespace {

int priority_of(const Node& attachment)
{
    const std::string text = attachment.text_of("priority");
    int priority = 0;
    std::from_chars(text.data(), text.data() + text.size(), priority);
    return priority;
}

/// "service:X" in one of the namespace keys.
std::string service_of(const std::string& value)
{
    constexpr std::string_view prefix = "service:";
    return value.starts_with(prefix) ? value.substr(prefix.size()) : std::string{};
}

void imply(Node& service, const std::string& on, bool restart)
{
    if (on.empty())
        return;
    Node* depends = service.find("depends_on");
    if (depends == nullptr)
        depends = &service.set("depends_on", Node::make_map(service.place));
    if (depends->find(on) != nullptr)
        return;
    Node one = Node::make_map(service.place);
    one.set("condition", Node::make_text("service_started"));
    one.set("required", Node::make_bool(true));
    if (restart)
        one.set("restart", Node::make_bool(true));
    depends->set(on, std::move(one));
}

/// The service whose first container is called `container`; empty when it is none of this project's.
std::string service_of_container(const Node& services, const std::string& project, const std::string& container)
{
    for (const Node::Entry& entry : services.entries) {
        const std::string own = entry.value.text_of("container_name");
        if (own.empty() ? container == cat(project, "-", entry.key, "-1") || container == cat(project, "_", entry.key, "_1") : container == own)
            return entry.key;
    }
    return {};
}

/// "container:NAME" of this project is its service: that is there before, and is made anew with what uses it.
void name_services(Node& service, const Node& services, const std::string& project)
{
    constexpr std::string_view prefix = "container:";
    const auto rename = [&](std::string& value, std::string_view new_prefix) {
        if (!value.starts_with(prefix))
            return;
        const std::size_t end = std::min(value.find(':', prefix.size()), value.size()); // options of volumes_from
        const std::string other = service_of_container(services, project, value.substr(prefix.size(), end - prefix.size()));
        if (!other.empty())
            value = cat(new_prefix, other, value.substr(end));
    };
    for (const char* key : {"network_mode", "ipc", "pid", "uts"})
        if (Node* value = service.find(key); value != nullptr)
            rename(value->text, "service:");
    if (Node* from = service.find("volumes_from"); from != nullptr)
        for (Node& one : from->items)
            rename(one.text, "");
}

void add_implied_dependencies(Node& service)
{
    for (const char* key : {"network_mode", "ipc", "pid", "uts"})
        imply(service, service_of(service.text_of(key)), true);
    if (const Node* links = service.find("links"); links != nullptr)
        for (const Node& link : std::vector<Node>(links->items))
            imply(service, link.text.substr(0, link.text.find(':')), false);
    if (const Node* from = service.find("volumes_from"); from != nullptr)
        for (const Node& one : std::vector<Node>(from->items))
            if (!one.text.starts_with("container:"))
                imply(service, one.text.substr(0, one.text.find(':')), false);
}

void normalise_service(Node& service, const Node& services, const std::string& project)
{
    name_services(service, services, project);
    if (service.find("network_mode") == nullptr) {
        Node* networks = service.find("networks");
        if (networks == nullptr || networks->is_null() || networks->entries.empty()) {
            Node made = Node::make_map(service.place);
            made.set("default", {});
            service.set("networks", std::move(made));
        }
    }
    add_implied_dependencies(service);
    if (Node* build = service.find("build"); build != nullptr && build->is_map()) {
        if (build->find("context") == nullptr)
            build->set("context", Node::make_text(".", build->place));
        if (build->find("dockerfile") == nullptr && build->find("dockerfile_inline") == nullptr)
            build->set("dockerfile", Node::make_text("Dockerfile")); // without a place: nobody wrote it
    }
}

/// Names that the file leaves open, and external ones.
void name_resources(Node& model, const std::string& section, const std::string& project)
{
    Node* entries = model.find(section);
    if (entries == nullptr)
        return;
    for (Node::Entry& entry : entries->entries) {
        if (entry.key.starts_with("x-"))
            continue;
        if (!entry.value.is_map())
            entry.value = Node::make_map(entry.key_place);
        Node* external = entry.value.find("external");
        std::string named = external != nullptr && !external->items.empty() ? external->items[0].text : std::string{};
        if (external != nullptr) {
            external->items.clear();
            if (external->text != "true")
                entry.value.erase("external");
        }
        if (entry.value.find("name") == nullptr)
            entry.value.set("name", Node::make_text(!named.empty()                  ? named
                                                    : entry.value.flag_of("external") ? entry.key
                                                                                      : cat(project, "_", entry.key)));
    }
}

void collect_sources(const Node* references, std::set<std::string>& used)
{
    if (references != nullptr)
        for (const Node& reference : references->items)
            used.insert(reference.text_of("source"));
}

/// The keys of a section that services mention.
std::set<std::string> used_keys(const Node& services, const std::string& section)
{
    std::set<std::string> used;
    for (const Node::Entry& entry : services.entries) {
        const Node& service = entry.value;
        if (section == "networks") {
            if (const Node* networks = service.find("networks"); networks != nullptr)
                for (const Node::Entry& network : networks->entries)
                    used.insert(network.key);
            continue;
        }
        collect_sources(service.find(section), used);
        if (const Node* build = service.find("build"); build != nullptr)
            collect_sources(build->find(section), used);
    }
    return used;
}

/// What is repeated for each service that names it.
Node bought(const std::string& value, const Place& place, ByteBudget& budget)
{
    budget.take(value.size(), place);
    return Node::make_text(value, place);
}

/// Names without a value take the project's; unset ones go. Labels without a value are empty.
class UnsetNames
{
  public:
    UnsetNames(const Variables& variables, ByteBudget& budget) : variables_{variables}, budget_{budget} {}

    void resolve_container(Node& service) const
    {
        resolve(service.find("environment"), false);
        resolve(service.find("labels"), true);
    }

    void resolve_others(Node& service) const
    {
        if (Node* build = service.find("build"); build != nullptr) {
            resolve(build->find("args"), false);
            resolve(build->find("labels"), true);
        }
        if (Node* deploy = service.find("deploy"); deploy != nullptr)
            resolve(deploy->find("labels"), true);
    }

  private:
    void resolve(Node* pairs, bool are_labels) const
    {
        if (pairs == nullptr)
            return;
        for (Node::Entry& entry : pairs->entries)
            if (entry.value.is_null()) {
                const auto known = variables_.find(entry.key);
                if (are_labels)
                    entry.value = Node::make_text("", entry.value.place);
                else if (known != variables_.end())
                    entry.value = bought(known->second, entry.value.place, budget_);
            }
        std::erase_if(pairs->entries, [](const Node::Entry& entry) { return entry.value.is_null(); });
    }

    const Variables& variables_;
    ByteBudget& budget_;
};

class EnvironmentFiles
{
  public:
    EnvironmentFiles(const World& world, const Variables& variables, ByteBudget& budget, std::vector<std::string>& warnings)
        : world_{world}, variables_{variables}, budget_{budget}, warnings_{warnings}
    {
    }

    void read(Node& service)
    {
        add_env_files(service);
        add_label_files(service);
    }

  private:
    void add_env_files(Node& service)
    {
        Node* files = service.find("env_file");
        if (files == nullptr)
            return;
        Node environment = Node::make_map(files->place);
        KeyIndex index{environment};
        for (const Node& file : files->items) {
            const std::string path = file.text_of("path");
            const auto text = world_.find_file(path);
            if (!text && file.text_of("required") == "false")
                continue;
            if (!text)
                throw error_at(file.place, cat("env file ", path, " not found")).with_hint("required: false makes it optional");
            const std::string format = file.text_of("format");
            if (!format.empty() && format != "raw")
                throw error_at(file.place, cat("unsupported env_file format ", quoted(format))).with_hint("there is raw");
            for (const auto& [key, value] : read_dotenv(*text, path, lookup_with(environment), on_unset(), budget_, format == "raw"))
                if (value)
                    index.set({key, file.place, bought(*value, file.place, budget_)});
        }
        if (const Node* own = service.find("environment"); own != nullptr)
            for (const Node::Entry& entry : own->entries)
                index.set(entry);
        service.erase("env_file");
        service.set("environment", std::move(environment));
    }

    /// Files before this one count for its values, behind the project's variables.
    Lookup lookup_with(const Node& environment)
    {
        return [this, &environment](const std::string& name) -> std::optional<std::string> {
            if (auto outer = lookup_in(variables_)(name))
                return outer;
            const Node* known = environment.find(name);
            return known == nullptr ? std::nullopt : std::optional{known->text};
        };
    }

    OnUnset on_unset()
    {
        return [this](const std::string& name) { warnings_.push_back(unset_warning(name)); };
    }

    void add_label_files(Node& service)
    {
        Node* files = service.find("label_file");
        if (files == nullptr)
            return;
        Node labels = Node::make_map(files->place);
        KeyIndex index{labels};
        for (const Node& file : files->items) {
            const auto text = world_.find_file(file.text);
            if (!text)
                throw error_at(file.place, cat("label file ", file.text, " not found"));
            for (const auto& [key, value] : read_dotenv(*text, file.text, lookup_in(variables_), on_unset(), budget_))
                index.set({key, file.place, bought(value.value_or(""), file.place, budget_)});
        }
        if (const Node* own = service.find("labels"); own != nullptr)
            for (const Node::Entry& entry : own->entries)
                index.set(entry);
        service.erase("label_file");
        service.set("labels", std::move(labels));
    }

    const World& world_;
    const Variables& variables_;
    ByteBudget& budget_;
    std::vector<std::string>& warnings_;
};

} // namespace

void normalise(Node& model, const std::string& project, bool drop_unused)
{
    Node* services = model.find("services");
    if (services == nullptr || services->is_null())
        services = &model.set("services", Node::make_map());
    for (Node::Entry& entry : services->entries)
        if (entry.value.is_map() && !entry.key.starts_with("x-"))
            normalise_service(entry.value, *services, project);

    const std::set<std::string> networks = used_keys(*services, "networks");
    if (networks.contains("default")) {
        Node* known = model.find("networks");
        if (known == nullptr || known->is_null())
            known = &model.set("networks", Node::make_map());
        if (known->find("default") == nullptr)
            known->set("default", Node::make_map());
    }
    for (const char* section : {"networks", "volumes", "secrets", "configs"}) {
        name_resources(model, section, project);
        Node* entries = model.find(section);
        if (entries == nullptr || !drop_unused)
            continue;
        const std::set<std::string> used = used_keys(*model.find("services"), section);
        std::erase_if(entries->entries, [&](const Node::Entry& entry) { return !used.contains(entry.key) && !entry.key.starts_with("x-"); });
        if (entries->entries.empty())
            model.erase(section);
    }
}

void resolve_environment(Node& model, const Variables& variables, ByteBudget& budget)
{
    Node* services = model.find("services");
    if (services == nullptr)
        return;
    const UnsetNames unset{variables, budget};
    for (Node::Entry& entry : services->entries)
        if (entry.value.is_map()) {
            unset.resolve_others(entry.value);
            if (!has_environment_files(entry.value))
                unset.resolve_container(entry.value);
        }
}

bool has_environment_files(const Node& service) { return service.find("env_file") != nullptr || service.find("label_file") != nullptr; }

void read_environment_files(Node& service, const World& world, const Variables& variables, ByteBudget& budget, std::vector<std::string>& warnings)
{
    EnvironmentFiles{world, variables, budget, warnings}.read(service);
    UnsetNames{variables, budget}.resolve_container(service);
}

void set_default_platform(Node& model, const Variables& variables)
{
    const std::string platform = find_variable(variables, "DOCKER_DEFAULT_PLATFORM");
    Node* services = model.find("services");
    if (services == nullptr || platform.empty())
        return;
    for (Node::Entry& entry : services->entries)
        if (entry.value.is_map() && !entry.key.starts_with("x-") && entry.value.find("platform") == nullptr)
            entry.value.set("platform", Node::make_text(platform));
}

std::vector<std::string> networks_by_priority(const Node& service)
{
    std::vector<std::string> names;
    const Node* networks = service.find("networks");
    if (networks == nullptr)
        return names;
    for (const Node::Entry& entry : networks->entries)
        names.push_back(entry.key);
    std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
        const int first = priority_of(*networks->find(a));
        const int second = priority_of(*networks->find(b));
        return first != second ? first > second : a < b;
    });
    return names;
}

} // namespace skiff::compose
