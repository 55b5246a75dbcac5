#include "engine/container_size.hpp"

#include "rootfs/rootfs.hpp"
#include "store/garbage.hpp"

namespace skiff::engine {

ContainerSize measure_container(Engine& engine, const ContainerConfig& config)
{
    engine.enter_user_namespace(); // directories of subordinate ids may be closed to us outside
    const store::Store& store = engine.store();
    rootfs::RootfsRequest tree;
    tree.driver = rootfs::find_driver(config.storage_driver).value_or(rootfs::Driver::Overlay);
    tree.container_dir = store.containers().directory(config.id);
    const std::string changes = rootfs::changes_directory(tree).substr(tree.container_dir.size() + 1);

    std::uint64_t image_bytes = 0;
    for (const std::string& layer : config.layers)
        if (const auto found = store.layers().find(layer))
            image_bytes += found->size;
    const std::uint64_t own = store::tree_size(store.containers().open_directory(config.id).get(), changes);
    if (tree.driver != rootfs::Driver::Copy)
        return {own, own + image_bytes};
    return {own > image_bytes ? own - image_bytes : 0, own}; // the tree is the copied image and the changes
}

} // namespace skiff::engine
