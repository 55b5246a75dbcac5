#include "monitor/mount_sources.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "monitor/mounted_volume.hpp"
#include "rootfs/copy_up.hpp"

#include <sys/stat.h>

namespace skiff::monitor {
namespace {

/// `subpath` resolved inside `root`, whose content is the containers' (R48). The descriptor is what counts: by the time
/// that it is mounted, a container that shares the volume may have put a link in the place of any part of the path.
std::string open_subpath(int root, const std::string& subpath, MountSources& sources)
{
    sources.subpaths.push_back(beneath(root, subpath, O_PATH));
    return proc_fd_path(sources.subpaths.back().get());
}

/// Marks a volume that is being filled. Found later, it means that whoever did it was killed: what is there is half a
/// copy.
constexpr const char* filling_mark = "filling";

/// What the image has at the target goes into a volume that nobody has put anything into (R48). False: the volume is
/// empty still.
bool fill_volume(const MountSourcesRequest& request, const MountConfig& mount, const store::Volume& volume, int target,
                 int parent)
{
    const std::vector<DirectoryEntry> content = list_directory(target);
    if (!content.empty() && !exists_at(parent, filling_mark))
        return true;
    struct stat before
    {
    };
    if (::fstat(target, &before) != 0)
        throw Error{errno, cat("looking at volume ", quoted(volume.name))};
    const std::string data = request.store.volumes().data_path(volume.name);
    if (volume.needs_copy_up && mount.copy_up && mount.subpath.empty()) {
        save_atomically(parent, filling_mark, "", Durability::None);
        for (const DirectoryEntry& entry : content)
            remove_tree_at(target, entry.name);
        rootfs::copy_up_directory(request.rootfs, mount.target, data);
        remove_file_at(parent, filling_mark);
    }
    if (!volume.needs_owner) { // chosen when it was created
        if (::fchown(target, before.st_uid, before.st_gid) != 0 || ::fchmod(target, before.st_mode & 07777U) != 0)
            throw Error{errno, cat("preparing volume ", quoted(volume.name))};
    } else if (const auto place = find_beneath(request.rootfs, mount.target, O_RDONLY | O_DIRECTORY)) {
        struct stat status
        {
        };
        if (::fstat(place->get(), &status) == 0 && ::fchown(target, status.st_uid, status.st_gid) == 0)
            (void)!::fchmod(target, status.st_mode & 07777U);
    } else {
        rootfs::change_owner(data, request.user.uid, request.user.gid, request.config.id_map);
    }
    return !list_directory(target).empty();
}

/// A volume's directory. While it is empty, each container that mounts it may fill it, and has it for its own: a
/// database that is not root can write to a new volume.
std::string open_volume(const MountSourcesRequest& request, MountConfig& mount, MountSources& sources)
{
    const store::Volumes& volumes = request.store.volumes();
    const std::string data = volumes.data_path(mount.source);
    store::Volume volume = volumes.resolve(mount.source);
    if (volume.options.contains("type")) {
        const std::string place = open_mounted_volume(request.store, volume, request.config.id, mount);
        if (mount.subpath.empty())
            return place;
        const UniqueFd top = open_at(AT_FDCWD, place, O_PATH | O_DIRECTORY);
        return open_subpath(top.get(), mount.subpath, sources);
    }
    if (volume.needs_copy_up || volume.needs_owner) {
        const FileLock lock = volumes.lock(mount.source);
        volume = volumes.resolve(mount.source);
        const UniqueFd target = open_at(AT_FDCWD, data, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        const UniqueFd parent = open_at(target.get(), "..", O_RDONLY | O_DIRECTORY);
        if ((volume.needs_copy_up || volume.needs_owner) &&
            fill_volume(request, mount, volume, target.get(), parent.get())) {
            volume.needs_copy_up = volume.needs_owner = false;
            volumes.save(volume);
        }
    }
    if (mount.subpath.empty())
        return data;
    const UniqueFd root = open_at(AT_FDCWD, data, O_PATH | O_DIRECTORY);
    return open_subpath(root.get(), mount.subpath, sources);
}

std::string open_image(const MountSourcesRequest& request, const MountConfig& mount, std::size_t number,
                       MountSources& sources)
{
    rootfs::RootfsRequest tree;
    tree.driver = rootfs::find_driver(request.config.storage_driver).value_or(rootfs::Driver::Copy);
    const auto image = request.store.images().find_id(mount.source);
    if (!image)
        throw Error{ErrorKind::NotFound, cat(mount.source, ": image not known")};
    for (const std::string& layer : image->layers)
        tree.layers.push_back(request.store.layers().diff_path(layer));
    tree.twins_dir = request.store.layers().twins_dir(image->layers);
    tree.container_dir = cat(request.store.containers().directory(request.config.id), "/image-", number);
    make_directories(tree.container_dir);
    tree.id_map = request.config.id_map;
    tree.read_only = mount.read_only;
    const rootfs::Rootfs& mounted = sources.trees.emplace_back(rootfs::mount_rootfs(tree));
    return mount.subpath.empty() ? mounted.path() : open_subpath(mounted.fd(), mount.subpath, sources);
}

/// :O - a directory as the lower layer; writes go into a directory of the container's, and are dropped before its next
/// run.
std::string open_overlay(const MountSourcesRequest& request, const std::string& lower, std::size_t number,
                         std::vector<rootfs::Rootfs>& trees)
{
    rootfs::RootfsRequest tree;
    tree.driver = rootfs::find_driver(request.config.storage_driver).value_or(rootfs::Driver::Copy);
    tree.layers = {lower};
    const std::string name = cat("overlay-", number);
    const UniqueFd directory = request.store.containers().open_directory(request.config.id);
    remove_tree_at(directory.get(), name);
    (void)make_directory_at(directory.get(), name);
    tree.container_dir = cat(request.store.containers().directory(request.config.id), "/", name);
    trees.push_back(rootfs::mount_rootfs(tree));
    return trees.back().path();
}

} // namespace

MountSources open_mount_sources(const MountSourcesRequest& request)
{
    MountSources sources;
    std::size_t number = 0;
    for (MountConfig mount : request.config.mounts) {
        ++number;
        while_doing(cat("mounting ", quoted(mount.target)), [&] {
            std::string source;
            switch (mount.type) {
            case MountType::Bind:
                source = mount.source;
                break;
            case MountType::Volume:
                source = open_volume(request, mount, sources);
                if (std::erase(mount.options, "O") > 0)
                    source = open_overlay(request, source, number, sources.trees);
                break;
            case MountType::Image:
                source = open_image(request, mount, number, sources);
                break;
            case MountType::Overlay:
                source = open_overlay(request, mount.source, number, sources.trees);
                break;
            case MountType::Tmpfs:
            case MountType::Devpts:
                break;
            }
            if (mount.change_owner && !source.empty())
                rootfs::change_owner(source, request.user.uid, request.user.gid, request.config.id_map);
            sources.mounts.push_back({std::move(mount), std::move(source)});
        });
    }
    return sources;
}

} // namespace skiff::monitor
