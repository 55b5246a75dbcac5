#include "monitor/mount_sources.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "kernel/mount.hpp"
#include "rootfs/copy_up.hpp"

namespace skiff::monitor {
namespace {

/// A volume's directory; an empty one first receives what the image has at the target (R48).
std::string open_volume(const MountSourcesRequest& request, const MountConfig& mount)
{
    const store::Volumes& volumes = request.store.volumes();
    const std::string data = volumes.data_path(mount.source);
    if (mount.copy_up && mount.subpath.empty() && volumes.resolve(mount.source).needs_copy_up) {
        const FileLock lock = volumes.lock(mount.source);
        store::Volume volume = volumes.resolve(mount.source);
        if (volume.needs_copy_up) {
            rootfs::copy_up_directory(request.rootfs, mount.target, data);
            volume.needs_copy_up = false;
            volumes.save(volume);
        }
    }
    if (mount.subpath.empty())
        return data;
    // Resolved inside the volume, whose content is the containers': the descriptor's own path has no links left (R48).
    const UniqueFd root = open_at(AT_FDCWD, data, O_PATH | O_DIRECTORY);
    return path_of_fd(beneath(root.get(), mount.subpath, O_PATH).get());
}

std::string open_image(const MountSourcesRequest& request, const MountConfig& mount, std::size_t number,
                       std::vector<rootfs::Rootfs>& trees)
{
    rootfs::RootfsRequest tree;
    tree.driver = rootfs::find_driver(request.config.storage_driver).value_or(rootfs::Driver::Copy);
    const auto image = request.store.images().find_id(mount.source);
    if (!image)
        throw Error{ErrorKind::NotFound, cat(mount.source, ": image not known")};
    for (const std::string& layer : image->layers)
        tree.layers.push_back(request.store.layers().diff_path(layer));
    tree.container_dir = cat(request.store.containers().directory(request.config.id), "/image-", number);
    make_directories(tree.container_dir);
    tree.id_map = request.config.id_map;
    tree.read_only = mount.read_only;
    trees.push_back(rootfs::mount_rootfs(tree));
    if (mount.subpath.empty())
        return trees.back().path();
    return path_of_fd(beneath(trees.back().fd(), mount.subpath, O_PATH).get());
}

/// :O - the host's directory as the lower layer, writes into a directory of the container's.
std::string open_overlay(const MountSourcesRequest& request, const MountConfig& mount, std::size_t number,
                         std::vector<rootfs::Rootfs>& trees)
{
    rootfs::RootfsRequest tree;
    tree.driver = rootfs::find_driver(request.config.storage_driver).value_or(rootfs::Driver::Copy);
    tree.layers = {mount.source};
    tree.container_dir = cat(request.store.containers().directory(request.config.id), "/overlay-", number);
    make_directories(tree.container_dir);
    trees.push_back(rootfs::mount_rootfs(tree));
    return trees.back().path();
}

} // namespace

MountSources open_mount_sources(const MountSourcesRequest& request)
{
    MountSources sources;
    std::size_t number = 0;
    for (const MountConfig& mount : request.config.mounts) {
        ++number;
        while_doing(cat("mounting ", quoted(mount.target)), [&] {
            std::string source;
            switch (mount.type) {
            case MountType::Bind:
                source = mount.source;
                break;
            case MountType::Volume:
                source = open_volume(request, mount);
                break;
            case MountType::Image:
                source = open_image(request, mount, number, sources.trees);
                break;
            case MountType::Overlay:
                source = open_overlay(request, mount, number, sources.trees);
                break;
            case MountType::Tmpfs:
            case MountType::Devpts:
                break;
            }
            if (mount.change_owner && !source.empty())
                rootfs::change_owner(source, request.user.uid, request.user.gid, request.config.id_map);
            sources.mounts.push_back({mount, std::move(source)});
        });
    }
    return sources;
}

} // namespace skiff::monitor
