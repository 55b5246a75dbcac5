#include "monitor/mount_sources.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "kernel/mount.hpp"
#include "rootfs/copy_up.hpp"

#include <algorithm>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/statfs.h>

namespace skiff::monitor {
namespace {

/// The words of "o": flags of the mount, and what the file system itself understands.
struct VolumeMountOptions
{
    unsigned long flags = MS_NOSUID | MS_NODEV;
    std::string data;
};

VolumeMountOptions read_options(const std::string& text)
{
    VolumeMountOptions options;
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find(',', from), text.size());
        const std::string word = text.substr(from, end - from);
        from = end + 1;
        if (word == "ro")
            options.flags |= MS_RDONLY;
        else if (word == "noexec")
            options.flags |= MS_NOEXEC;
        else if (word != "rw" && word != "nosuid" && word != "nodev" && word != "exec" && word != "suid" && word != "dev")
            options.data += (options.data.empty() ? "" : ",") + word;
    }
    return options;
}

bool is_mounted_tmpfs(int directory)
{
    struct statfs filesystem
    {
    };
    struct stat own
    {
    };
    struct stat parent
    {
    };
    return ::fstatfs(directory, &filesystem) == 0 && filesystem.f_type == TMPFS_MAGIC && ::fstat(directory, &own) == 0 &&
           ::fstatat(directory, "..", &parent, 0) == 0 && own.st_dev != parent.st_dev;
}

/// A volume whose options name a type is a mount. It is made in the monitor's mount namespace, so a tmpfs lives as long as
/// its container does and is not shared with others.
std::string open_mounted_volume(const store::Volume& volume, const std::string& data)
{
    const auto option = [&](const char* key) {
        const auto found = volume.options.find(key);
        return found == volume.options.end() ? std::string{} : found->second;
    };
    const std::string type = option("type");
    if (type == "bind" || type == "none")
        return option("device");
    if (type != "tmpfs")
        throw Error{ErrorKind::Failure, cat("volume ", quoted(volume.name), ": only bind and tmpfs can be mounted without privileges, not ",
                                            quoted(type))};
    const UniqueFd target = open_at(AT_FDCWD, data, O_PATH | O_DIRECTORY);
    if (!is_mounted_tmpfs(target.get())) { // by an earlier run of this container
        const VolumeMountOptions options = read_options(option("o"));
        kernel::mount_filesystem("tmpfs", target.get(), options.flags, options.data);
    }
    return data;
}

/// `subpath` resolved inside `root`, whose content is the containers' (R48). The descriptor is what counts: by the time that it is
/// mounted, a container that shares the volume may have put a link in the place of any part of the path.
std::string open_subpath(int root, const std::string& subpath, MountSources& sources)
{
    sources.subpaths.push_back(beneath(root, subpath, O_PATH));
    return proc_fd_path(sources.subpaths.back().get());
}

/// Marks a volume that is being filled. Found later, it means that whoever did it was killed: what is there is half a copy.
constexpr const char* filling_mark = "filling";

/// What the image has at the target goes into a volume that nobody has put anything into (R48).
void fill_volume(const MountSourcesRequest& request, const MountConfig& mount, const std::string& data)
{
    const UniqueFd target = open_at(AT_FDCWD, data, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const UniqueFd volume = open_at(target.get(), "..", O_RDONLY | O_DIRECTORY);
    const std::vector<DirectoryEntry> content = list_directory(target.get());
    if (!content.empty() && !exists_at(volume.get(), filling_mark))
        return;
    save_atomically(volume.get(), filling_mark, "", Durability::None);
    for (const DirectoryEntry& entry : content)
        remove_tree_at(target.get(), entry.name);
    rootfs::copy_up_directory(request.rootfs, mount.target, data);
    remove_file_at(volume.get(), filling_mark);
}

/// A volume's directory; a new one is filled first.
std::string open_volume(const MountSourcesRequest& request, const MountConfig& mount, MountSources& sources)
{
    const store::Volumes& volumes = request.store.volumes();
    const std::string data = volumes.data_path(mount.source);
    if (const store::Volume volume = volumes.resolve(mount.source); volume.options.contains("type"))
        return open_mounted_volume(volume, data);
    if (mount.copy_up && mount.subpath.empty() && volumes.resolve(mount.source).needs_copy_up) {
        const FileLock lock = volumes.lock(mount.source);
        store::Volume volume = volumes.resolve(mount.source);
        if (volume.needs_copy_up) {
            fill_volume(request, mount, data);
            volume.needs_copy_up = false;
            volumes.save(volume);
        }
    }
    if (mount.subpath.empty())
        return data;
    const UniqueFd root = open_at(AT_FDCWD, data, O_PATH | O_DIRECTORY);
    return open_subpath(root.get(), mount.subpath, sources);
}

std::string open_image(const MountSourcesRequest& request, const MountConfig& mount, std::size_t number, MountSources& sources)
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
                source = open_volume(request, mount, sources);
                break;
            case MountType::Image:
                source = open_image(request, mount, number, sources);
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
