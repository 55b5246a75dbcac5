#include "engine/prune_containers.hpp"

#include "base/error.hpp"
#include "engine/build_layers.hpp"
#include "engine/container_filter.hpp"
#include "engine/container_size.hpp"
#include "engine/remove.hpp"

namespace skiff::engine {

PrunedContainers prune_containers(Engine& engine, const std::vector<Filter>& filters)
{
    engine.enter_user_namespace();
    PrunedContainers pruned;
    const ContainerPredicate fits = make_container_filter(engine, filters);
    for (const store::ContainerRecord& record : engine.store().containers().list()) {
        if (record.is_running() || record.monitor_alive || !fits(record))
            continue;
        try {
            const std::uint64_t bytes = measure_container(engine, record.config).changed_bytes;
            for (const std::string& id : remove_container(engine, record.config.id, {}))
                pruned.ids.push_back(id);
            pruned.bytes += bytes;
        } catch (const Error& error) {
            // It was started or removed meanwhile, or others need it: then it stays.
            if (error.kind() != ErrorKind::State && error.kind() != ErrorKind::NotFound &&
                error.kind() != ErrorKind::InUse)
                throw;
        }
    }
    sweep_builds(engine, true);
    return pruned;
}

} // namespace skiff::engine
