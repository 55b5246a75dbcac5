#include "monitor/mounted_volume.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/mount.hpp"
#include "monitor/tree_of.hpp"

#include <algorithm>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

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
        else if (word != "rw" && word != "nosuid" && word != "nodev" && word != "exec" && word != "suid" &&
                 word != "dev")
            options.data += (options.data.empty() ? "" : ",") + word;
    }
    return options;
}

bool is_tmpfs(int directory)
{
    struct statfs filesystem
    {
    };
    return ::fstatfs(directory, &filesystem) == 0 && filesystem.f_type == TMPFS_MAGIC;
}

bool is_mounted_tmpfs(int directory)
{
    struct stat own
    {
    };
    struct stat parent
    {
    };
    return is_tmpfs(directory) && ::fstat(directory, &own) == 0 && ::fstatat(directory, "..", &parent, 0) == 0 &&
           own.st_dev != parent.st_dev;
}

/// What the options of a volume over a host's directory ask of every mount of it.
void apply_bind_options(const std::string& text, MountConfig& mount)
{
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = std::min(text.find(',', from), text.size());
        const std::string word = text.substr(from, end - from);
        from = end + 1;
        if (word == "ro")
            mount.read_only = true;
        else if (word == "bind" || word == "rbind")
            mount.recursive = word == "rbind";
        else if (word.ends_with("shared") || word.ends_with("slave") || word.ends_with("private") ||
                 word.ends_with("unbindable"))
            mount.propagation = mount.propagation.empty() ? word : mount.propagation;
        else if (word != "rw" && !word.empty())
            mount.options.push_back(word); // noexec, nosuid, nodev and their opposites
    }
}

/// The file system that a running container shows where it has mounted the volume.
std::optional<UniqueFd> find_shared_tmpfs(const store::Store& store, const std::string& volume,
                                          const std::string& container)
{
    for (const store::ContainerRecord& record : store.containers().list(store::Containers::Which::Alive)) {
        if (record.config.id == container || !record.is_running())
            continue;
        for (const MountConfig& mount : record.config.mounts) {
            if (mount.type != MountType::Volume || mount.source != volume || !mount.subpath.empty())
                continue;
            auto tree = find_tree_of(store, record.config.id, mount.target);
            if (tree && is_tmpfs(tree->get())) // else something else has been mounted there since
                return tree;
        }
    }
    return std::nullopt;
}

/// The other one may have it read-only or noexec: that is not how we mount it.
void attach_shared(const UniqueFd& tree, int target, unsigned long flags)
{
    constexpr std::uint64_t ours = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC;
    const std::uint64_t set =
        ((flags & MS_RDONLY) != 0 ? MOUNT_ATTR_RDONLY : 0U) | ((flags & MS_NOEXEC) != 0 ? MOUNT_ATTR_NOEXEC : 0U);
    try {
        kernel::set_mount_attributes(tree.get(), {set, ours & ~set, MS_PRIVATE}, kernel::Recursive::No);
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; it keeps the flags of the other container"));
    }
    kernel::attach_mount(tree.get(), target);
}

std::string maker_path(const std::string& volume) { return cat("locks/tmpfs-", volume); }

/// Whether somebody else has begun to mount the volume and is not running yet. If not, we are who mounts it.
bool is_being_mounted(const store::Store& store, const std::string& volume, const std::string& container)
{
    const FileLock lock = store.volumes().lock(volume);
    const auto maker = find_file(store.root().run(), maker_path(volume), 256);
    if (maker && *maker != container && store.containers().is_monitor_alive(*maker))
        return true;
    save_atomically(store.root().run(), maker_path(volume), container, Durability::None);
    return false;
}

void mount_tmpfs(const store::Store& store, const store::Volume& volume, const std::string& container,
                 const std::string& options_text, int target)
{
    constexpr int attempts = 200;
    const VolumeMountOptions options = read_options(options_text);
    for (int attempt = 0; kernel::has_mount_api() && attempt < attempts; ++attempt) {
        if (const auto tree = find_shared_tmpfs(store, volume.name, container)) {
            attach_shared(*tree, target, options.flags);
            return;
        }
        if (!is_being_mounted(store, volume.name, container))
            break;
        ::usleep(25'000); // a container that starts tells nobody but its command when it runs
    }
    try {
        kernel::mount_filesystem("tmpfs", target, options.flags, options.data);
    } catch (Error& error) { // the kernel does not like the options
        error.set_kind(ErrorKind::NotExecutable);
        error.add_context(cat("mounting volume ", volume.name, " for container ", container));
        throw;
    }
}

} // namespace

std::string open_mounted_volume(const store::Store& store, const store::Volume& volume, const std::string& container,
                                MountConfig& mount)
{
    const auto option = [&](const char* key) {
        const auto found = volume.options.find(key);
        return found == volume.options.end() ? std::string{} : found->second;
    };
    const std::string type = option("type");
    if (type == "bind" || type == "none") {
        apply_bind_options(option("o"), mount);
        return option("device");
    }
    if (type != "tmpfs")
        throw Error{ErrorKind::Failure,
                    cat("volume ", quoted(volume.name), ": only bind and tmpfs can be mounted without privileges, not ",
                        quoted(type))};
    const std::string data = store.volumes().data_path(volume.name);
    const UniqueFd target = open_at(AT_FDCWD, data, O_PATH | O_DIRECTORY);
    if (!is_mounted_tmpfs(target.get())) // by an earlier run of this container
        mount_tmpfs(store, volume, container, option("o"), target.get());
    return data;
}

} // namespace skiff::monitor
