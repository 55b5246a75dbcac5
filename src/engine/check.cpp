// A repair removes what is broken, from the top down: containers (only when forced), the images whose layers are damaged, the
// layers. What it removes can be pulled again; what containers have written cannot.

#include "engine/check.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "engine/remove.hpp"
#include "store/garbage.hpp"
#include "store/staging.hpp"

#include <algorithm>
#include <set>

namespace skiff::engine {
namespace {

using store::Damage;

bool has_damage(const store::Findings& found)
{
    return !found.damages.empty() || std::any_of(found.leftovers.begin(), found.leftovers.end(),
                                                 [](const store::Leftover& leftover) { return leftover.is_old; });
}

std::set<std::string> ids_of(const store::Findings& found, Damage::Of of)
{
    std::set<std::string> ids;
    for (const Damage& damage : found.damages)
        if (damage.of == of && !damage.read_only)
            ids.insert(damage.id);
    return ids;
}

class Repair
{
  public:
    Repair(Engine& engine, CheckReport& report) : engine_{engine}, report_{report} {}

    void run(bool force)
    {
        store::mend_layout(engine_.store());
        layers_ = ids_of(report_.found, Damage::Of::Layer);
        find_images();
        find_containers();
        if (force)
            for (const std::string& id : containers_)
                remove_container(id);
        for (const std::string& id : images_)
            remove_image(id);
        {
            const store::StoreAlone alone = engine_.store().alone();
            for (const std::string& id : layers_)
                remove_layer(id, alone);
            store::collect_garbage(engine_.store(), alone);
        }
        store::empty_trash(engine_.store().root());
    }

  private:
    /// Those that are damaged, and those of damaged layers.
    void find_images()
    {
        images_ = ids_of(report_.found, Damage::Of::Image);
        for (const store::Image& image : engine_.store().images().list())
            if (std::any_of(image.layers.begin(), image.layers.end(), [&](const std::string& id) { return layers_.contains(id); }))
                images_.insert(image.id);
    }

    /// Those that are damaged, and those that need what is.
    void find_containers()
    {
        containers_ = ids_of(report_.found, Damage::Of::Container);
        for (const store::ContainerRecord& container : engine_.store().containers().list()) {
            const auto& layers = container.config.layers;
            if (images_.contains(container.config.image_id) ||
                std::any_of(layers.begin(), layers.end(), [&](const std::string& id) { return layers_.contains(id); }))
                containers_.insert(container.config.id);
        }
    }

    void remove_container(const std::string& id)
    {
        RemoveOptions options;
        options.force = options.depend = true;
        options.timeout_s = 0;
        try {
            for (const std::string& removed : engine::remove_container(engine_, id, options))
                report_.removed_containers.push_back(removed);
        } catch (const Error& error) {
            log::debug(error.message());
            // Its record cannot even be read. Whatever runs of it is stopped by nobody then.
            if (!engine_.store().containers().is_monitor_alive(id) && engine_.store().containers().remove(id))
                report_.removed_containers.push_back(id);
        }
    }

    /// One that a container needs stays.
    void remove_image(const std::string& id)
    {
        const auto users = store::containers_by_image(engine_.store());
        if (users.contains(id))
            return;
        const store::StoreAlone alone = engine_.store().alone();
        if (engine_.store().images().remove(id, alone))
            report_.removed_images.push_back(id);
    }

    void remove_layer(const std::string& id, const store::StoreAlone& alone)
    {
        for (const store::ContainerRecord& container : engine_.store().containers().list()) {
            const auto& layers = container.config.layers;
            if (std::find(layers.begin(), layers.end(), id) != layers.end())
                return;
        }
        if (engine_.store().layers().remove_damaged(id, alone))
            report_.removed_layers.push_back(id);
    }

    Engine& engine_;
    CheckReport& report_;
    std::set<std::string> layers_, images_, containers_;
};

} // namespace

CheckReport check_store(Engine& engine, const CheckRequest& request)
{
    engine.enter_user_namespace(); // layers have files of subordinate ids
    CheckReport report;
    report.found = store::check(engine.store(), request.options);
    report.is_sound = !has_damage(report.found);
    if (!request.repair || (report.is_sound && report.found.leftovers.empty()))
        return report;
    Repair{engine, report}.run(request.force);
    report.is_sound = !has_damage(store::check(engine.store(), request.options));
    return report;
}

} // namespace skiff::engine
