#include "rootfs/layer_stack.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "rootfs/foreign_layer.hpp"

#include <algorithm>
#include <set>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

namespace skiff::rootfs {
namespace {

std::optional<struct stat> find_status(int dir, const std::string& name)
{
    struct stat status{};
    if (::fstatat(dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
        return status;
    if (errno == ENOENT || errno == ENAMETOOLONG)
        return std::nullopt;
    throw Error{errno, cat("looking at ", quoted(name))};
}

UniqueFd open_directory(int dir, const std::string& name) { return open_at(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW); }

bool has_yes(int directory, const char* name)
{
    char value = 0;
    return ::fgetxattr(directory, name, &value, 1) == 1 && value == 'y';
}

} // namespace

bool is_whiteout(const struct stat& status) { return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0); }

bool is_opaque(int directory)
{
    return has_yes(directory, "user.overlay.opaque") || has_yes(directory, "user.fuseoverlayfs.opaque") ||
           ::faccessat(directory, std::string{opaque_marker}.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

StackDirectory open_stack(const std::vector<std::string>& layers)
{
    StackDirectory root;
    for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
        root.parts.push_back(open_directory(AT_FDCWD, *layer));
        root.foreign.push_back(is_foreign_layer(*layer));
        if (is_opaque(root.parts.back().get()))
            break;
    }
    return root;
}

std::vector<StackEntry> list(const StackDirectory& directory)
{
    std::set<std::string> decided; // shown or whited out by a higher layer
    std::vector<StackEntry> entries;
    for (std::size_t part = 0; part < directory.parts.size(); ++part) {
        const int fd = directory.parts[part].get();
        std::set<std::string> decided_here;
        for (DirectoryEntry& found : list_directory(fd)) {
            if (found.name == opaque_marker)
                continue;
            if (found.name.starts_with(whiteout_prefix)) {
                decided_here.insert(found.name.substr(whiteout_prefix.size()));
                continue;
            }
            if (decided.contains(found.name))
                continue;
            auto status = find_status(fd, found.name);
            if (!status)
                continue;
            decided_here.insert(found.name);
            if (directory.foreign[part] && !is_whiteout(*status))
                correct_foreign(fd, found.name, *status);
            if (!is_whiteout(*status))
                entries.push_back({std::move(found.name), part, *status});
        }
        decided.merge(decided_here);
    }
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return entries;
}

std::optional<StackEntry> find_entry(const StackDirectory& directory, const std::string& name)
{
    for (std::size_t part = 0; part < directory.parts.size(); ++part) {
        const int fd = directory.parts[part].get();
        if (auto status = find_status(fd, name)) {
            if (is_whiteout(*status))
                return std::nullopt;
            if (directory.foreign[part])
                correct_foreign(fd, name, *status);
            return StackEntry{name, part, *status};
        }
        if (find_status(fd, cat(whiteout_prefix, name)))
            return std::nullopt;
    }
    return std::nullopt;
}

StackDirectory enter(const StackDirectory& directory, const StackEntry& entry)
{
    StackDirectory below;
    for (std::size_t part = entry.part; part < directory.parts.size(); ++part) {
        const int fd = directory.parts[part].get();
        const auto status = find_status(fd, entry.name);
        if (!status) {
            if (find_status(fd, cat(whiteout_prefix, entry.name)))
                break;
            continue;
        }
        if (!S_ISDIR(status->st_mode))
            break; // a whiteout, or a file that the directory replaced
        below.parts.push_back(open_directory(fd, entry.name));
        below.foreign.push_back(directory.foreign[part]);
        if (is_opaque(below.parts.back().get()))
            break;
    }
    return below;
}

} // namespace skiff::rootfs
