#include "engine/diff.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/start.hpp"
#include "monitor/container_root.hpp"

#include <algorithm>

namespace skiff::engine {
namespace {

/// Mount points that the runtime makes in every container.
constexpr std::string_view own_paths[] = {"/dev",       "/etc/hostname",        "/etc/hosts",     "/etc/mtab",     "/etc/resolv.conf",
                                          "/proc",      "/run",                 "/run/.containerenv", "/run/notify", "/run/secrets",
                                          "/sys"};

bool is_own(const std::string& path) { return std::find(std::begin(own_paths), std::end(own_paths), path) != std::end(own_paths); }

bool is_below(const std::string& path, const std::string& directory) { return path.starts_with(cat(directory, "/")); }

/// A directory (/etc) that counts as changed because of our own paths, and of nothing else.
bool is_changed_by_us_only(const rootfs::Change& directory, const std::vector<rootfs::Change>& changes)
{
    const auto has_own = [&](std::string_view own) { return is_below(std::string{own}, directory.path); };
    if (directory.kind != rootfs::ChangeKind::Modified || std::none_of(std::begin(own_paths), std::end(own_paths), has_own))
        return false;
    bool ours = false;
    for (const rootfs::Change& change : changes)
        if (is_below(change.path, directory.path)) {
            if (!is_own(change.path))
                return false;
            ours = true;
        }
    return ours;
}

std::vector<rootfs::Change> without_own_paths(const std::vector<rootfs::Change>& changes)
{
    std::vector<rootfs::Change> kept;
    for (const rootfs::Change& change : changes)
        if (!is_own(change.path) && !is_changed_by_us_only(change, changes))
            kept.push_back(change);
    return kept;
}

/// Something that can be compared: layers, the lowest first.
struct Tree
{
    std::vector<std::string> layers;
    std::optional<rootfs::RootfsRequest> container;
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
    const ContainerConfig config = settle(engine, id).config;
    if (!config.rootfs.empty() && !config.rootfs_overlay)
        throw Error{ErrorKind::Failure, cat("container ", id, " has no image to compare with: its files are ", config.rootfs)};
    Tree tree;
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
            return {layer_paths(engine, image->image.layers), std::nullopt};
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
        return without_own_paths(rootfs::compare_layers(find_tree(engine, of, other).layers, tree.layers));
    if (tree.container)
        return without_own_paths(rootfs::list_changes(*tree.container));
    if (tree.layers.empty())
        return {};
    return without_own_paths(rootfs::compare_layers({tree.layers.begin(), tree.layers.end() - 1}, tree.layers));
}

} // namespace skiff::engine
