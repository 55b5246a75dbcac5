#include "engine/mounts.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/container_files.hpp"
#include "engine/start.hpp"
#include "kernel/mount.hpp"
#include "monitor/container_root.hpp"

namespace skiff::engine {
namespace {

std::string merged(const std::string& directory) { return directory + "/merged"; }

bool is_mounted(const std::string& directory) { return kernel::is_mount_point(merged(directory)); }

std::string container_directory(Engine& engine, const std::string& id) { return engine.store().containers().directory(id); }

/// Mount points may go at the next boot; the copying driver needs room for the files.
std::string image_directory(Engine& engine, const std::string& id)
{
    const store::Root& root = engine.store().root();
    return cat(engine.driver() == rootfs::Driver::Copy ? root.data_path() : root.run_path(), "/image-mounts/", id);
}

} // namespace

void require_unshared(Engine& engine, const std::string& command, const std::string& program)
{
    if (!engine.enter_user_namespace().was_inside)
        throw Error{ErrorKind::Failure, cat("cannot run command \"", command, "\" in rootless mode, must execute `", program,
                                            " unshare` first")};
}

std::string mount_container(Engine& engine, const std::string& id)
{
    const std::string directory = container_directory(engine, id);
    (void)settle(engine, id);
    const FileLock lock = engine.store().containers().lock(id);
    const store::ContainerRecord record = engine.store().containers().load(id);
    if (is_mounted(directory))
        return merged(directory);
    if (record.monitor_alive) {
        // Its layers must not be mounted a second time.
        const UniqueFd tree = open_running_tree(engine, id);
        make_directories(merged(directory));
        kernel::attach_mount(tree.get(), open_at(AT_FDCWD, merged(directory), O_PATH | O_DIRECTORY).get());
    } else {
        monitor::mount_container_root(engine.store(), record.config).leave_mounted();
    }
    return merged(directory);
}

bool unmount_container(Engine& engine, const std::string& id)
{
    const std::string directory = container_directory(engine, id);
    return is_mounted(directory) && kernel::unmount(merged(directory));
}

std::vector<MountedTree> list_mounted_containers(Engine& engine)
{
    std::vector<MountedTree> mounted;
    for (const store::ContainerRecord& record : engine.store().containers().list())
        if (const std::string directory = container_directory(engine, record.config.id); is_mounted(directory))
            mounted.push_back({record.config.id, {record.config.name}, merged(directory)});
    return mounted;
}

std::string mount_image(Engine& engine, const std::string& id)
{
    const auto image = engine.store().images().find_id(id);
    if (!image)
        throw Error{ErrorKind::NotFound, cat(id, ": image not known")};
    rootfs::RootfsRequest request;
    request.driver = engine.driver();
    request.container_dir = image_directory(engine, id);
    request.read_only = true;
    for (const std::string& layer : image->layers)
        request.layers.push_back(engine.store().layers().diff_path(layer));
    request.twins_dir = engine.store().layers().twins_dir(image->layers);
    if (!is_mounted(request.container_dir)) {
        make_directories(request.container_dir);
        rootfs::mount_rootfs(request).leave_mounted();
    }
    return merged(request.container_dir);
}

bool unmount_image(Engine& engine, const std::string& id)
{
    const std::string directory = image_directory(engine, id);
    if (!is_mounted(directory) || !kernel::unmount(merged(directory)))
        return false;
    remove_tree_at(open_at(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY).get(), "tree"); // the copying driver's
    return true;
}

std::vector<MountedTree> list_mounted_images(Engine& engine)
{
    std::vector<MountedTree> mounted;
    for (const store::Image& image : engine.store().images().list_all())
        if (const std::string directory = image_directory(engine, image.id); is_mounted(directory))
            mounted.push_back({image.id, image.tags(), merged(directory)});
    return mounted;
}

} // namespace skiff::engine
