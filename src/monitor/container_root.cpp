#include "monitor/container_root.hpp"

#include "base/error.hpp"
#include "model/build_container.hpp"

namespace skiff::monitor {

rootfs::RootfsRequest make_rootfs_request(const store::Store& store, const ContainerConfig& config)
{
    const auto driver = rootfs::find_driver(config.storage_driver);
    if (!driver)
        throw Error{ErrorKind::Failure, cat("container ", config.id, " needs the storage driver ", quoted(config.storage_driver),
                                            ", which this program does not have")};
    rootfs::RootfsRequest tree;
    tree.driver = *driver;
    if (config.rootfs_overlay)
        tree.layers = {config.rootfs};
    for (const std::string& layer : config.layers)
        tree.layers.push_back(store.layers().diff_path(layer));
    tree.twins_dir = store.layers().twins_dir(config.layers);
    tree.container_dir = store.containers().directory(config.id);
    tree.id_map = config.id_map;
    tree.volatile_writes = config.auto_remove || is_of_build(config);
    return tree;
}

rootfs::Rootfs mount_container_root(const store::Store& store, const ContainerConfig& config)
{
    if (!config.rootfs.empty() && !config.rootfs_overlay)
        return rootfs::bind_rootfs(config.rootfs, store.containers().directory(config.id));
    return rootfs::mount_rootfs(make_rootfs_request(store, config));
}

} // namespace skiff::monitor
