#include "frontends/compose/validate.hpp"

#include "store/record_file.hpp"
#include "text/suggest.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace skiff::compose {
namespace {

using Disabled = std::map<std::string, std::vector<std::string>>;

Error invalid(const Place& place, const std::string& message) { return error_at(place, cat(message, ": invalid compose project")); }

std::vector<std::string> keys_of(const Node* map)
{
    std::vector<std::string> keys;
    if (map != nullptr)
        for (const Node::Entry& entry : map->entries)
            keys.push_back(entry.key);
    return keys;
}

bool has(const Node* map, const std::string& key) { return map != nullptr && map->find(key) != nullptr; }

class Validator
{
  public:
    Validator(const Node& model, const Disabled& disabled) : model_{model}, services_{*model.find("services")}, disabled_{disabled} {}

    void check()
    {
        for (const Node::Entry& entry : services_.entries)
            if (!entry.key.starts_with("x-"))
                check_service(entry);
        check_cycles();
        check_files("secrets", "secret", {"file", "environment"});
        check_files("configs", "config", {"file", "environment", "content"});
        check_external();
    }

  private:
    void check_service(const Node::Entry& entry)
    {
        const std::string& name = entry.key;
        const Node& service = entry.value;
        check_name(entry);
        check_image(entry);
        check_container_name(name, service);
        check_build(name, service);
        check_network(name, service);
        check_external_links(name, service);
        check_references(name, service);
        check_dependencies(name, service);
        check_distinct(name, service);
        check_mounts(name, service);
        check_labels(name, service);
        check_watch(name, service);
        check_restart(name, service);
        check_health(name, service);
    }

    static void check_name(const Node::Entry& entry)
    {
        for (const char c : entry.key)
            if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
                throw invalid(entry.key_place, cat("services Additional property ", printable(entry.key), " is not allowed"))
                    .with_hint("names of services consist of letters, digits, dots, hyphens and underscores");
    }

    static void check_image(const Node::Entry& entry)
    {
        const std::string image = entry.value.text_of("image");
        if (image.empty() && entry.value.find("build") == nullptr)
            throw invalid(entry.key_place, cat("service \"", entry.key, "\" has neither an image nor a build context specified"))
                .with_hint(cat("add image: or build: to ", quoted(entry.key)));
        if (image.starts_with('-')) // it would be an option of what pulls it
            throw invalid(entry.value.find("image")->place, cat("services.", entry.key, ".image: ", quoted(image), ": invalid reference format"));
    }

    void check_container_name(const std::string& name, const Node& service)
    {
        const std::string own = service.text_of("container_name");
        if (own.empty())
            return;
        const Place& place = service.find("container_name")->place;
        if (!store::is_valid_name(own))
            throw invalid(place, cat("services.", name, ".container_name: ", quoted(printable(own)), " does not match [a-zA-Z0-9][a-zA-Z0-9_.-]*"));
        if (const auto [other, is_new] = container_names_.emplace(own, name); !is_new)
            throw invalid(place, cat("services.", name, ": container name \"", own, "\" is already in use by service \"", other->second, "\""));
    }

    static void check_build(const std::string& name, const Node& service)
    {
        const Node* build = service.find("build");
        if (build == nullptr || !build->is_map())
            return;
        if (has(build, "dockerfile") && has(build, "dockerfile_inline"))
            throw invalid(build->place, cat("service \"", name, "\" declares mutualy exclusive dockerfile and dockerfile_inline"));
        const Node* platforms = build->find("platforms");
        const std::string platform = service.text_of("platform");
        if (platforms != nullptr && !platform.empty() &&
            std::none_of(platforms->items.begin(), platforms->items.end(), [&](const Node& one) { return one.text == platform; }))
            throw invalid(platforms->place, cat("service.build.platforms MUST include service.platform \"", platform, "\""));
    }

    void check_network(const std::string& name, const Node& service)
    {
        const std::string mode = service.text_of("network_mode");
        const Node* networks = service.find("networks");
        if (!mode.empty() && networks != nullptr && !networks->entries.empty())
            throw invalid(networks->place, cat("service ", name, " declares mutually exclusive network_mode and networks"));
        if (mode == "host" && has(&service, "ports"))
            throw invalid(service.find("ports")->place, cat("service ", name, " publishes ports with network_mode: host"))
                .with_hint("with the host's network a port is open as it is: leave ports out");
        if (mode.starts_with("service:"))
            require_service(name, mode.substr(8), service.find("network_mode")->place,
                            cat("service \"", mode.substr(8), "\" not found for network_mode '", mode, "'"));
        if (networks != nullptr)
            for (const Node::Entry& network : networks->entries)
                require(name, "networks", "network", network.key, network.key_place);
    }

    static void check_external_links(const std::string& name, const Node& service)
    {
        const Node* links = service.find("external_links");
        if (links == nullptr)
            return;
        for (const Node& link : links->items) {
            const std::size_t colon = std::min(link.text.find(':'), link.text.size());
            const std::string container = link.text.substr(0, colon);
            if (colon < link.text.size() && container != link.text.substr(colon + 1))
                throw invalid(link.place, cat("services.", name, ".external_links: another name for ", container, " is not supported"))
                    .with_hint("containers on one network find each other by name: use that");
        }
    }

    void require(const std::string& service, const std::string& section, const std::string& noun, const std::string& key, const Place& place)
    {
        const Node* known = model_.find(section);
        if (has(known, key))
            return;
        Error error = invalid(place, cat("service \"", service, "\" refers to undefined ", noun, " ", key));
        if (const auto near = text::find_nearest(key, keys_of(known)))
            error.add_hint(cat("did you mean ", quoted(*near), "?"));
        else
            error.add_hint(cat("declare it at the end of the file: ", section, ": { ", key, ": {} }"));
        throw error;
    }

    void check_references(const std::string& name, const Node& service)
    {
        if (const Node* volumes = service.find("volumes"); volumes != nullptr)
            for (const Node& mount : volumes->items)
                if (mount.text_of("type") == "volume" && !mount.text_of("source").empty())
                    require(name, "volumes", "volume", mount.text_of("source"), mount.place);
        for (const auto& [section, noun] : {std::pair{"secrets", "secret"}, std::pair{"configs", "config"}})
            if (const Node* list = service.find(section); list != nullptr)
                for (const Node& reference : list->items)
                    require(name, section, noun, reference.text_of("source"), reference.place);
        if (const Node* build = service.find("build"); build != nullptr)
            if (const Node* list = build->find("secrets"); list != nullptr)
                for (const Node& reference : list->items)
                    require(name, "secrets", "build secret", reference.text_of("source"), reference.place);
    }

    void require_service(const std::string& name, const std::string& other, const Place& place, const std::string& message)
    {
        if (services_.find(other) != nullptr)
            return;
        if (const auto profiles = disabled_.find(other); profiles != disabled_.end()) {
            std::string list;
            for (const std::string& profile : profiles->second)
                list += cat(list.empty() ? "" : " ", profile);
            throw invalid(place, cat("service ", other, " is required by ", name, " but is disabled. Can be enabled by profiles [", list, "]"))
                .with_hint(cat("--profile ", profiles->second[0]));
        }
        Error error = invalid(place, message);
        if (const auto near = text::find_nearest(other, keys_of(&services_)))
            error.add_hint(cat("did you mean ", quoted(*near), "?"));
        throw error;
    }

    void check_dependencies(const std::string& name, const Node& service)
    {
        const Node* depends = service.find("depends_on");
        if (depends == nullptr)
            return;
        for (const Node::Entry& entry : depends->entries)
            if (entry.value.text_of("required") != "false")
                require_service(name, entry.key, entry.key_place, cat("service \"", name, "\" depends on undefined service \"", entry.key, "\""));
    }

    void check_cycles()
    {
        std::map<std::string, std::size_t> done; ///< how many services stand below each
        std::vector<std::string> chain;
        const std::function<std::size_t(const std::string&)> visit = [&](const std::string& name) -> std::size_t {
            const auto again = std::find(chain.begin(), chain.end(), name);
            if (again != chain.end()) {
                std::string words;
                for (auto one = again; one != chain.end(); ++one)
                    words += cat(*one, " -> ");
                throw invalid(services_.find(name)->place, cat("dependency cycle detected: ", words, name));
            }
            const Node* service = services_.find(name);
            if (service == nullptr)
                return 0;
            if (const auto known = done.find(name); known != done.end())
                return known->second;
            chain.push_back(name);
            std::size_t links = chain.size() > max_links + 1 ? chain.size() : 0; // too deep to go on
            const Node* depends = service->find("depends_on");
            for (const std::string& other : links == 0 ? keys_of(depends) : std::vector<std::string>{})
                links = std::max(links, visit(other) + 1);
            if (links > max_links)
                throw invalid(depends == nullptr ? service->place : depends->place,
                              cat("service ", quoted(name), " stands on a chain of more than ", max_links, " services by depends_on"));
            chain.pop_back();
            return done[name] = links;
        };
        for (const Node::Entry& entry : services_.entries)
            visit(entry.key);
    }

    /// The same thing said twice, differently.
    static void check_distinct(const std::string& name, const Node& service)
    {
        const Node* deploy = service.find("deploy");
        const Node* resources = deploy == nullptr ? nullptr : deploy->find("resources");
        const Node* limits = resources == nullptr ? nullptr : resources->find("limits");
        const Node* reservations = resources == nullptr ? nullptr : resources->find("reservations");
        const auto differ = [&](const char* key, const Node* there, const char* field, const char* words) {
            const Node* one = service.find(key);
            const Node* other = there == nullptr ? nullptr : there->find(field);
            if (one != nullptr && other != nullptr && one->text != other->text)
                throw invalid(one->place, cat("services.", name, ": can't set distinct values on '", key, "' and 'deploy.", words, "'"));
        };
        differ("scale", deploy, "replicas", "replicas");
        differ("cpus", limits, "cpus", "resources.limits.cpus");
        differ("mem_limit", limits, "memory", "resources.limits.memory");
        differ("pids_limit", limits, "pids", "resources.limits.pids");
        differ("mem_reservation", reservations, "memory", "resources.reservations.memory");
        const std::string mode = deploy == nullptr ? "" : deploy->text_of("mode");
        if (!mode.empty() && mode != "replicated" && mode != "global")
            throw invalid(deploy->find("mode")->place, cat("services.", name, ".deploy.mode ", quoted(mode), " is not supported: there is one machine here"));
        std::string scale = service.text_of("scale");
        if (scale.empty() && deploy != nullptr)
            scale = deploy->text_of("replicas");
        if (has(&service, "container_name") && !scale.empty() && scale != "1" && scale != "0")
            throw invalid(service.find("container_name")->place,
                          cat("services.", name, ": can't set container_name and scale as container name must be unique"));
    }

    static void check_mounts(const std::string& name, const Node& service)
    {
        std::map<std::string, std::string> seen;
        const auto add = [&](const std::string& target, const std::string& path, const Place& place) {
            const auto [known, is_new] = seen.emplace(target, path);
            if (!is_new)
                throw invalid(place, cat("target ", target, " already mounted as services.", name, ".", known->second));
        };
        if (const Node* volumes = service.find("volumes"); volumes != nullptr)
            for (std::size_t i = 0; i < volumes->items.size(); ++i)
                add(volumes->items[i].text_of("target"), cat("volumes[", i, "]"), volumes->items[i].place);
        if (const Node* tmpfs = service.find("tmpfs"); tmpfs != nullptr)
            for (std::size_t i = 0; i < tmpfs->items.size(); ++i)
                add(tmpfs->items[i].text.substr(0, tmpfs->items[i].text.find(':')), cat("tmpfs[", i, "]"), tmpfs->items[i].place);
    }

    static void check_watch(const std::string& name, const Node& service)
    {
        const Node* develop = service.find("develop");
        const Node* rules = develop == nullptr ? nullptr : develop->find("watch");
        if (rules == nullptr)
            return;
        for (const Node& rule : rules->items) {
            const std::string action = rule.text_of("action");
            constexpr std::string_view known[] = {"sync", "rebuild", "restart", "sync+restart", "sync+exec"};
            if (std::find(std::begin(known), std::end(known), action) == std::end(known))
                throw invalid(rule.place, cat("services.", name, ".develop.watch: the action ", quoted(action), " is not known"))
                    .with_hint("actions are sync, rebuild, restart, sync+restart and sync+exec");
            if (action.starts_with("sync") && rule.text_of("target").empty())
                throw invalid(rule.place, cat("services.", name, ".develop.watch: target is required for non-rebuild actions"));
        }
    }

    static void check_restart(const std::string& name, const Node& service)
    {
        if (const Node* restart = service.find("restart"); restart != nullptr && !restart->text.empty()) {
            const std::string_view text = restart->text;
            const std::string_view word = text.substr(0, text.find(':'));
            const std::string_view count = word.size() < text.size() ? text.substr(word.size() + 1) : "0";
            const bool is_plain = text == "no" || text == "always" || text == "unless-stopped";
            const bool is_number = !count.empty() && count.find_first_not_of("0123456789") == std::string_view::npos;
            if (!is_plain && !(word == "on-failure" && is_number) && text.find('$') == std::string_view::npos)
                throw invalid(restart->place, cat("services.", name, ".restart: ", quoted(text), " is not known"))
                    .with_hint("it is no, always, unless-stopped, on-failure or on-failure:TIMES");
        }
        const Node* deploy = service.find("deploy");
        const Node* policy = deploy == nullptr ? nullptr : deploy->find("restart_policy");
        const Node* condition = policy == nullptr ? nullptr : policy->find("condition");
        if (condition != nullptr && condition->text != "none" && condition->text != "on-failure" && condition->text != "any" &&
            condition->text.find('$') == std::string::npos)
            throw invalid(condition->place, cat("services.", name, ".deploy.restart_policy.condition: ", quoted(condition->text), " is not known"))
                .with_hint("it is none, on-failure or any");
    }

    static void check_health(const std::string& name, const Node& service)
    {
        const Node* health = service.find("healthcheck");
        const Node* interval = health == nullptr ? nullptr : health->find("start_interval");
        if (interval != nullptr && health->find("start_period") == nullptr)
            throw invalid(interval->place, cat("services.", name, ".healthcheck.start_interval requires healthcheck.start_period to be set"))
                .with_hint("start_interval is the time between checks of the start period");
    }

    void check_files(const char* section, const char* noun, const std::vector<const char*>& sources)
    {
        const Node* entries = model_.find(section);
        if (entries == nullptr)
            return;
        for (const Node::Entry& entry : entries->entries) {
            if (entry.key.starts_with("x-") || entry.value.flag_of("external"))
                continue;
            const auto count = std::count_if(sources.begin(), sources.end(), [&](const char* source) { return has(&entry.value, source); });
            if (count != 1) {
                std::string words;
                for (const char* source : sources)
                    words += cat(words.empty() ? "" : source == sources.back() ? " or " : ", ", source);
                throw invalid(entry.key_place, cat(noun, " \"", entry.key, "\" must declare ", sources.size() == 2 ? "either " : "one of ", words));
            }
        }
    }

    void check_external()
    {
        if (const Node* networks = model_.find("networks"); networks != nullptr)
            for (const Node::Entry& entry : networks->entries)
                if (entry.value.flag_of("external") && entry.value.entries.size() > 2)
                    throw invalid(entry.key_place, cat("networks.", entry.key, ": conflicting parameters: an external network has a name only"));
        if (const Node* volumes = model_.find("volumes"); volumes != nullptr)
            for (const Node::Entry& entry : volumes->entries)
                if (entry.value.flag_of("external") && entry.value.entries.size() > 2)
                    throw invalid(entry.key_place, cat("volumes.", entry.key, ": conflicting parameters: an external volume has a name only"));
    }

    const Node& model_;
    const Node& services_;
    const Disabled& disabled_;
    std::map<std::string, std::string> container_names_; ///< the service of each
};

} // namespace

void validate(const Node& model, const Disabled& disabled)
{
    if (model.find("services") != nullptr)
        Validator{model, disabled}.check();
}

void check_labels(const std::string& name, const Node& service)
{
    if (const Node* labels = service.find("labels"); labels != nullptr)
        for (const Node::Entry& entry : labels->entries)
            if (entry.key.starts_with("com.docker.compose"))
                throw invalid(entry.key_place, cat("services.", name, ".labels: the prefix com.docker.compose is reserved, not for ", quoted(entry.key)));
}

} // namespace skiff::compose
