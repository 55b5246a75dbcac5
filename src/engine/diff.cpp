#include "engine/diff.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/own_changes.hpp"
#include "engine/start.hpp"
#include "monitor/container_root.hpp"

namespace skiff::engine {
namespace {

/// Something that can be compared: layers, the lowest first.
struct Tree
{
    std::vector<std::string> layers;
    std::optional<rootfs::RootfsRequest> container;
    ContainerConfig config; ///< of the container
};

std::vector<std::string> layer_paths(Engine& engine, const std::vector<std::string>& layers)
{
    std::vector<std::string> paths;
    for (const std::string& layer : layers)
        paths.push_back(engine.store().layers().diff_path(layer));
    return paths;
}

Tree container_tree(Engine& engine, const std::string& id)
{
    Tree tree;
    tree.config = settle(engine, id).config;
    const ContainerConfig& config = tree.config;
    if (!config.rootfs.empty() && !config.rootfs_overlay)
        throw Error{ErrorKind::Failure, cat("container ", id, " has no image to compare with: its files are ", config.rootfs)};
    tree.container = monitor::make_rootfs_request(engine.store(), config);
    tree.layers = tree.container->layers;
    const std::string changes = rootfs::changes_directory(*tree.container);
    if (!exists_at(AT_FDCWD, changes))
        return tree; // never mounted
    if (tree.container->driver == rootfs::Driver::Copy)
        tree.layers.clear();
    tree.layers.push_back(changes);
    return tree;
}

Tree find_tree(Engine& engine, DiffOf of, const std::string& name)
{
    const auto container = of != DiffOf::Images ? engine.store().containers().find(name) : std::nullopt;
    // A container's own name is not taken for the beginning of an image's id.
    if (container && (*container == name || engine.store().containers().load_config(*container).name == name))
        return container_tree(engine, *container);
    if (of != DiffOf::Containers)
        if (const auto image = engine.store().images().find(name))
            return {layer_paths(engine, image->image.layers), std::nullopt, {}};
    if (container)
        return container_tree(engine, *container);
    const std::string what = of == DiffOf::Any ? "layer not known"
                             : of == DiffOf::Containers ? "container not known"
                                                        : cat(name, ": image not known");
    throw Error{ErrorKind::NotFound, cat(name, " not found: ", what)};
}

} // namespace

std::vector<rootfs::Change> list_differences(Engine& engine, DiffOf of, const std::string& name, const std::string& other)
{
    engine.enter_user_namespace();
    const Tree tree = find_tree(engine, of, name);
    if (!other.empty())
        return without_own_changes(rootfs::compare_layers(find_tree(engine, of, other).layers, tree.layers));
    if (tree.container)
        return list_container_changes(*tree.container, tree.config);
    if (tree.layers.empty())
        return {};
    return without_own_changes(rootfs::compare_layers({tree.layers.begin(), tree.layers.end() - 1}, tree.layers));
}

} // namespace skiff::engine
