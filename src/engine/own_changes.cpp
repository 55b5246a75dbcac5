#include "engine/own_changes.hpp"

#include "base/cat.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <set>

namespace skiff::engine {
namespace {

/// Mount points and links that the runtime makes in every container. It removes none: what is gone of them was the container's doing.
constexpr std::string_view own_paths[] = {"/dev",       "/etc/hostname",        "/etc/hosts",     "/etc/mtab",     "/etc/resolv.conf",
                                          "/proc",      "/run",                 "/run/.apt.conf", "/run/.containerenv", "/run/notify",
                                          "/run/secrets", "/sys"};
/// Those that it makes in some where the image has none. The container may write them, then they are its own.
constexpr std::string_view own_placeholders[] = {"/etc/passwd", "/etc/group", "/etc/localtime"};

using Paths = std::set<std::string, std::less<>>;

bool is_below(const std::string& path, const std::string& directory) { return path.starts_with(cat(directory, "/")); }

/// A directory (/etc) that counts as changed, or is there, because of our own paths and of nothing else.
bool is_ours_only(const rootfs::Change& directory, const std::vector<rootfs::Change>& changes, const Paths& own)
{
    bool ours = false;
    if (directory.kind == rootfs::ChangeKind::Deleted || directory.attributes)
        return false;
    for (const rootfs::Change& change : changes)
        if (is_below(change.path, directory.path)) {
            if (!own.contains(change.path) || change.kind == rootfs::ChangeKind::Deleted)
                return false;
            ours = true;
        }
    return ours;
}

std::vector<rootfs::Change> without(const Paths& own, const std::vector<rootfs::Change>& changes)
{
    // From the end: what is below a directory is decided before the directory itself.
    Paths ours = own;
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
        const auto first = own.lower_bound(change->path);
        const bool leads_to_own = first != own.end() && is_below(*first, change->path);
        if (leads_to_own && is_ours_only(*change, changes, ours))
            ours.insert(change->path);
    }
    std::vector<rootfs::Change> kept;
    for (const rootfs::Change& change : changes)
        if (!ours.contains(change.path) || change.kind == rootfs::ChangeKind::Deleted)
            kept.push_back(change);
    return kept;
}

bool is_empty_file(int dir, const std::string& path)
{
    const auto file = find_beneath(dir, path, O_PATH | O_NOFOLLOW);
    struct stat status{};
    return file && ::fstat(file->get(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0;
}

} // namespace

std::vector<rootfs::Change> without_own_changes(const std::vector<rootfs::Change>& changes)
{
    return without(Paths{std::begin(own_paths), std::end(own_paths)}, changes);
}

std::vector<rootfs::Change> list_container_changes(const rootfs::RootfsRequest& tree, const ContainerConfig& config)
{
    const std::vector<rootfs::Change> changes = rootfs::list_changes(tree);
    if (changes.empty())
        return changes;
    const UniqueFd top = open_at(AT_FDCWD, rootfs::changes_directory(tree), O_PATH | O_DIRECTORY);
    Paths own{std::begin(own_paths), std::end(own_paths)};
    // Whatever is at the target of a mount and was not in the image is there for the mount alone.
    Paths targets;
    for (const MountConfig& mount : config.mounts)
        targets.insert(mount.target);
    for (const PrivateItem& item : config.private_items)
        targets.insert(item.target);
    for (const rootfs::Change& change : changes) {
        if (change.kind != rootfs::ChangeKind::Added)
            continue;
        const bool may_be_ours = std::ranges::find(own_placeholders, change.path) != std::end(own_placeholders);
        if (targets.contains(change.path) || (may_be_ours && is_empty_file(top.get(), change.path)))
            own.insert(change.path);
    }
    return without(own, changes);
}

} // namespace skiff::engine
