#include "frontends/compose/plan.hpp"

#include "frontends/compose/granted_files.hpp"

#include <algorithm>
#include <set>

namespace skiff::compose {
namespace {

/// "environment, ports changed"; without key hashes only that something did.
std::string what_changed(const Existing& old, const Service& service)
{
    std::string list;
    const auto note = [&](const std::string& key) { list += cat(list.empty() ? "" : ", ", key); };
    if (!old.key_hashes.empty()) {
        for (const auto& [key, hash] : service.key_hashes) {
            const auto before = old.key_hashes.find(key);
            if (before == old.key_hashes.end() || before->second != hash)
                note(key);
        }
        for (const auto& [key, hash] : old.key_hashes)
            if (!service.key_hashes.contains(key))
                note(key);
    }
    return list.empty() ? "its configuration changed" : cat(list, " changed");
}

class Planner
{
  public:
    Planner(const Project& project, const Facts& facts, const PlanOptions& options) : project_{project}, facts_{facts}, options_{options} {}

    Plan make()
    {
        std::vector<const Service*> services = project_.in_order(options_.services, options_.with_dependencies);
        for (const Service* service : services) {
            require_external_grants(project_, *service, facts_.secrets);
            for (const std::string& key : service->networks)
                plan_network(key);
        }
        if (options_.all_resources)
            for (const Resource& network : project_.networks)
                plan_network(network.key);
        add_displaced(services);
        for (const Service* service : services)
            plan_volumes(*service);
        if (options_.all_resources)
            for (const Resource& volume : project_.volumes)
                plan_volume(volume);
        for (const Service* service : services)
            plan_service(*service);
        plan_sharers(services);
        plan_orphans();
        return std::move(plan_);
    }

  private:
    std::size_t add(Action action)
    {
        plan_.actions.push_back(std::move(action));
        return plan_.actions.size() - 1;
    }

    void plan_network(const std::string& key)
    {
        const Resource* network = project_.find_network(key);
        if (network == nullptr || network_steps_.contains(key) || !seen_networks_.insert(key).second)
            return;
        const auto known = facts_.networks.find(network->name);
        if (network->external) {
            if (known == facts_.networks.end() && network->name != "host" && network->name != "none")
                throw Error{ErrorKind::NotFound, cat("network ", network->name, " declared as external, but could not be found")}.with_hint(
                    cat("make it with: skiff network create ", network->name));
            return;
        }
        Action action;
        action.name = network->name;
        action.service = key;
        if (known == facts_.networks.end()) {
            action.kind = Action::Kind::CreateNetwork;
            action.reason = "there is none";
        } else if (!known->second.hash.empty() && known->second.hash != network->hash && known->second.project == project_.name) {
            action.kind = Action::Kind::RecreateNetwork;
            action.reason = "its configuration changed";
            action.displaced = displace_users_of(key);
        } else {
            return;
        }
        network_steps_[key] = add(std::move(action));
    }

    /// A network can be replaced when nobody is on it; its containers are made again after it.
    std::vector<std::string> displace_users_of(const std::string& key)
    {
        std::vector<std::string> ids;
        for (const Service& service : project_.services)
            if (std::find(service.networks.begin(), service.networks.end(), key) != service.networks.end())
                for (const Existing& one : facts_.containers)
                    if (one.service == service.name) {
                        displaced_.insert(one.id);
                        ids.push_back(one.id);
                    }
        return ids;
    }

    /// Services that nobody named come back, too, when their network was replaced.
    void add_displaced(std::vector<const Service*>& services) const
    {
        for (const Existing& one : facts_.containers)
            if (const Service* service = project_.find_service(one.service); service != nullptr && displaced_.contains(one.id))
                if (std::find(services.begin(), services.end(), service) == services.end())
                    services.push_back(service);
    }

    void plan_volumes(const Service& service)
    {
        const Node* mounts = service.node.find("volumes");
        if (mounts == nullptr)
            return;
        for (const Node& mount : mounts->items) {
            const std::string key = mount.text_of("source");
            if (const Resource* volume = mount.text_of("type") == "volume" ? project_.find_volume(key) : nullptr; volume != nullptr)
                plan_volume(*volume);
        }
    }

    void plan_volume(const Resource& volume)
    {
        if (!seen_volumes_.insert(volume.key).second)
            return;
        const auto known = facts_.volumes.find(volume.name);
        if (known != facts_.volumes.end()) {
            if (!volume.external && !known->second.hash.empty() && known->second.hash != volume.hash)
                plan_.warnings.push_back(cat("volume ", volume.name, " was made with another configuration and is kept; remove it (and its data) "
                                                                     "with: skiff volume rm ", volume.name));
            if (!volume.external && known->second.project.empty())
                plan_.warnings.push_back(cat("volume \"", volume.name, "\" already exists but was not created by Docker Compose. Use `external: "
                                                                       "true` to use an existing volume"));
            return;
        }
        if (volume.external)
            throw Error{ErrorKind::NotFound, cat("external volume \"", volume.name, "\" not found")}.with_hint(
                cat("make it with: skiff volume create ", volume.name));
        Action action;
        action.kind = Action::Kind::CreateVolume;
        action.name = volume.name;
        action.service = volume.key;
        action.reason = "there is none";
        volume_steps_[volume.key] = add(std::move(action));
    }

    unsigned scale_of(const Service& service) const
    {
        const auto wanted = options_.scale.find(service.name);
        return wanted == options_.scale.end() ? service.scale : wanted->second;
    }

    void plan_service(const Service& service)
    {
        std::vector<const Existing*> old;
        for (const Existing& one : facts_.containers)
            if (one.service == service.name && !one.one_off)
                old.push_back(&one);
        const unsigned scale = scale_of(service);
        if (scale > 1 && !service.container_name.empty())
            throw Error{ErrorKind::Failure, cat("services.", service.name, ": can't set container_name and scale as container name must be unique")};
        std::sort(old.begin(), old.end(), [](const Existing* a, const Existing* b) { return a->number < b->number; });
        std::set<unsigned> numbers;
        for (std::size_t i = 0; i < old.size(); ++i) {
            if (i >= scale)
                plan_removal(*old[i], cat("the service has ", scale, scale == 1 ? " container" : " containers"));
            else
                plan_existing(service, *old[i]);
            numbers.insert(old[i]->number);
        }
        for (std::size_t count = old.size(); count < scale; ++count) {
            unsigned number = 1;
            while (numbers.contains(number))
                ++number;
            numbers.insert(number);
            plan_new(service, number);
        }
    }

    /// Services that nobody named, but whose containers lose their namespaces: they come back as they were.
    void plan_sharers(const std::vector<const Service*>& planned)
    {
        for (const Service* service : project_.in_order({}, true)) { // what is shared stands before who shares it
            if (std::find(planned.begin(), planned.end(), service) != planned.end() || find_lost_share(*service).empty())
                continue;
            for (const Existing& one : facts_.containers)
                if (one.service == service->name && !one.one_off)
                    plan_recreation(*service, one, reason_to_recreate(*service, one), one.is_running());
        }
    }

    /// Why a container cannot stay as it is; empty: it can.
    std::string reason_to_recreate(const Service& service, const Existing& old) const
    {
        const bool is_named = options_.services.empty() ||
                              std::find(options_.services.begin(), options_.services.end(), service.name) != options_.services.end();
        if (displaced_.contains(old.id))
            return "its network is made anew";
        if (const std::string other = find_lost_share(service); !other.empty())
            return cat("it shares namespaces with ", other, ", which is made anew");
        if (options_.no_recreate)
            return {};
        if (options_.force_recreate && is_named)
            return "--force-recreate";
        if (options_.always_recreate_dependencies && !is_named)
            return "--always-recreate-deps";
        if (old.hash != service.hash)
            return what_changed(old, service);
        const auto image = facts_.images.find(service.image);
        if (image != facts_.images.end() && image->second && !old.image_id.empty() && *image->second != old.image_id)
            return cat("image ", service.image, " is another one");
        return {};
    }

    /// A service whose namespaces or volumes this one uses, and which is made anew; empty: there is none.
    [[nodiscard]] std::string find_lost_share(const Service& service) const
    {
        for (const std::string& other : shared_with(service))
            if (recreated_.contains(other))
                return other;
        return {};
    }

    /// Services whose namespaces or volumes this one uses.
    static std::vector<std::string> shared_with(const Service& service)
    {
        std::vector<std::string> others;
        constexpr std::string_view prefix = "service:";
        for (const char* key : {"network_mode", "ipc", "pid", "uts"})
            if (const std::string value = service.node.text_of(key); value.starts_with(prefix))
                others.push_back(value.substr(prefix.size()));
        if (const Node* from = service.node.find("volumes_from"); from != nullptr)
            for (const Node& one : from->items)
                if (!one.text.starts_with("container:"))
                    others.push_back(one.text.substr(0, one.text.find(':')));
        return others;
    }

    void plan_recreation(const Service& service, const Existing& old, const std::string& reason, bool start)
    {
        recreated_.insert(service.name);
        Action action;
        action.kind = Action::Kind::Recreate;
        action.service = service.name;
        action.number = old.number;
        action.name = service.container_name_of(project_.name, old.number);
        action.id = old.id;
        action.reason = reason;
        action.drops_volumes = options_.renew_anonymous_volumes;
        if (!action.drops_volumes)
            action.kept_volumes = old.anonymous_volumes;
        add_made(service, std::move(action), start);
    }

    void plan_existing(const Service& service, const Existing& old)
    {
        if (const std::string reason = reason_to_recreate(service, old); !reason.empty()) {
            plan_recreation(service, old, reason, true);
            return;
        }
        Action action;
        action.service = service.name;
        action.number = old.number;
        action.name = old.name;
        action.id = old.id;
        if (!old.is_running() && options_.start) {
            action.kind = Action::Kind::Start;
            action.reason = old.status == ContainerStatus::Created ? "it was never started" : "it does not run";
            add_start(service, std::move(action));
            return;
        }
        for (const Dependency& dependency : service.depends_on)
            if (dependency.restart && recreated_.contains(dependency.service) && old.is_running() && options_.start) {
                action.kind = Action::Kind::Restart;
                action.reason = cat(dependency.service, " is made anew, and depends_on says restart: true");
                add_start(service, std::move(action));
                return;
            }
        action.kind = Action::Kind::Keep;
        action.reason = "up to date";
        const std::size_t place = add(std::move(action));
        ready_[service.name].push_back(place);
    }

    void plan_new(const Service& service, unsigned number)
    {
        Action action;
        action.kind = Action::Kind::Create;
        action.service = service.name;
        action.number = number;
        action.name = service.container_name_of(project_.name, number);
        action.reason = "there is none";
        add_made(service, std::move(action), options_.start);
    }

    /// A container that is made, behind all that it is made of, and its start.
    void add_made(const Service& service, Action action, bool start)
    {
        for (const std::string& key : service.networks)
            if (const auto step = network_steps_.find(key); step != network_steps_.end())
                action.after.push_back(step->second);
        if (const Node* mounts = service.node.find("volumes"); mounts != nullptr)
            for (const Node& mount : mounts->items)
                if (const auto step = volume_steps_.find(mount.text_of("source")); step != volume_steps_.end())
                    action.after.push_back(step->second);
        for (const std::string& other : shared_with(service))
            for (const std::size_t step : made_[other])
                action.after.push_back(step);
        Action starting;
        starting.kind = Action::Kind::Start;
        starting.service = action.service;
        starting.number = action.number;
        starting.name = action.name;
        starting.reason = action.reason;
        const std::size_t made = add(std::move(action));
        made_[service.name].push_back(made);
        if (!start || !options_.start) {
            ready_[service.name].push_back(made);
            return;
        }
        starting.after.push_back(made);
        add_start(service, std::move(starting));
    }

    void add_start(const Service& service, Action action)
    {
        for (const Dependency& dependency : service.depends_on) {
            const auto ready = ready_.find(dependency.service);
            if (ready == ready_.end())
                continue; // disabled, or left out by --no-deps
            action.after.insert(action.after.end(), ready->second.begin(), ready->second.end());
            if (dependency.condition != Condition::Started)
                action.waits.push_back({dependency.service, dependency.condition, dependency.required});
        }
        ready_[service.name].push_back(add(std::move(action)));
    }

    void plan_removal(const Existing& old, const std::string& reason)
    {
        Action action;
        action.kind = Action::Kind::Remove;
        action.service = old.service;
        action.number = old.number;
        action.name = old.name;
        action.id = old.id;
        action.reason = reason;
        add(std::move(action));
    }

    void plan_orphans()
    {
        for (const Existing& one : facts_.containers) {
            if (one.one_off || project_.find_service(one.service) != nullptr || project_.disabled.contains(one.service))
                continue;
            if (options_.remove_orphans)
                plan_removal(one, cat("there is no service ", one.service, " any more"));
            else
                plan_.orphans.push_back(one.name);
        }
    }

    const Project& project_;
    const Facts& facts_;
    const PlanOptions& options_;
    Plan plan_;
    std::map<std::string, std::size_t> network_steps_, volume_steps_;
    std::set<std::string> seen_networks_, seen_volumes_;
    std::set<std::string> displaced_; ///< ids of containers on networks that are replaced
    std::set<std::string> recreated_; ///< services
    std::map<std::string, std::vector<std::size_t>> made_, ready_;
};

} // namespace

bool Plan::is_empty() const
{
    return std::all_of(actions.begin(), actions.end(), [](const Action& action) { return action.kind == Action::Kind::Keep; });
}

Plan make_plan(const Project& project, const Facts& facts, const PlanOptions& options) { return Planner{project, facts, options}.make(); }

} // namespace skiff::compose
