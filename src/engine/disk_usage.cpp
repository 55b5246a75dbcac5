#include "engine/disk_usage.hpp"

#include "base/cat.hpp"
#include "engine/container_size.hpp"
#include "store/garbage.hpp"

namespace skiff::engine {
namespace {

std::size_t count_volumes(const ContainerConfig& config)
{
    std::size_t count = 0;
    for (const MountConfig& mount : config.mounts)
        count += mount.type == MountType::Volume || mount.type == MountType::Bind ? 1 : 0;
    return count;
}

std::vector<ImageUsage> measure_images(Engine& engine)
{
    const auto sizes = store::image_sizes(engine.store());
    const auto users = store::containers_by_image(engine.store());
    std::vector<ImageUsage> images;
    for (const store::Image& image : engine.store().images().list()) {
        ImageUsage usage{image.id, image.names.empty() ? "" : image.names.front(), image.created, image.size, 0, 0, 0};
        if (const auto size = sizes.find(image.id); size != sizes.end()) {
            usage.shared_bytes = size->second.shared_bytes;
            usage.unique_bytes = size->second.unique_bytes;
        }
        if (const auto containers = users.find(image.id); containers != users.end())
            usage.containers = containers->second.size();
        images.push_back(std::move(usage));
    }
    return images;
}

std::vector<ContainerUsage> measure_containers(Engine& engine)
{
    std::vector<ContainerUsage> containers;
    for (const store::ContainerRecord& record : engine.store().containers().list()) {
        const ContainerConfig& config = record.config;
        ContainerUsage usage;
        usage.id = config.id;
        usage.name = config.name;
        usage.image_id = config.image_id;
        usage.status = to_string(record.status);
        usage.command = config.entrypoint;
        usage.command.insert(usage.command.end(), config.command.begin(), config.command.end());
        usage.volumes = count_volumes(config);
        const ContainerSize size = measure_container(engine, config);
        usage.changed_bytes = size.changed_bytes;
        usage.total_bytes = size.total_bytes;
        usage.created = config.created;
        usage.running = record.is_running();
        containers.push_back(std::move(usage));
    }
    return containers;
}

} // namespace

DiskUsage measure_disk_usage(Engine& engine)
{
    engine.enter_user_namespace();
    DiskUsage usage;
    usage.images = measure_images(engine);
    const store::ImagesTotal total = store::total_of_images(engine.store());
    usage.image_bytes = total.bytes;
    usage.reclaimable_image_bytes = total.reclaimable_bytes;
    usage.containers = measure_containers(engine);
    const auto users = store::containers_by_volume(engine.store());
    for (const store::Volume& volume : engine.store().volumes().list()) {
        const auto found = users.find(volume.name);
        usage.volumes.push_back(
            {volume.name, found == users.end() ? 0 : found->second.size(),
             store::tree_size(engine.store().root().data(), cat("volumes/", volume.name, "/_data"))});
    }
    return usage;
}

} // namespace skiff::engine
