#include "archive/whiteout.hpp"

#include "archive/entry_name.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

namespace skiff::archive {
namespace {

void make_marker(int dir, const std::string& name)
{
    const UniqueFd marker{::openat(dir, name.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!marker)
        throw Error{errno, cat("making the whiteout ", quoted(name))};
}

} // namespace

WhiteoutForm make_whiteout(int dir, const std::string& name)
{
    if (::mknodat(dir, name.c_str(), S_IFCHR, makedev(0, 0)) == 0)
        return WhiteoutForm::Device;
    // EPERM: Linux < 5.8, an outer seccomp filter, or a file system without devices.
    if (errno != EPERM && errno != EACCES && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS)
        throw Error{errno, cat("making the whiteout ", quoted(name))};
    make_marker(dir, cat(whiteout_prefix, name));
    return WhiteoutForm::File;
}

void make_opaque(int dir)
{
    if (::fsetxattr(dir, opaque_xattr, "y", 1, 0) == 0)
        return;
    if (errno != EOPNOTSUPP && errno != EPERM && errno != ENOSYS)
        throw Error{errno, "marking a directory as opaque"};
    make_marker(dir, std::string{opaque_name});
}

bool is_whiteout_device(const struct stat& status)
{
    return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0);
}

bool is_opaque(int dir)
{
    char value = 0;
    if (::fgetxattr(dir, opaque_xattr, &value, 1) == 1 && value == 'y')
        return true;
    return exists_at(dir, std::string{opaque_name});
}

std::vector<LayerEntry> list_layer_directory(int dir)
{
    std::vector<LayerEntry> entries;
    for (DirectoryEntry& entry : list_directory(dir)) {
        if (entry.name == opaque_name)
            continue;
        const bool marker = entry.name.starts_with(whiteout_prefix);
        if (marker)
            entry.name.erase(0, whiteout_prefix.size());
        bool whiteout = marker;
        if (entry.type == DT_CHR) {
            struct stat status
            {
            };
            whiteout =
                ::fstatat(dir, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && is_whiteout_device(status);
        }
        entries.push_back({std::move(entry.name), entry.type, whiteout});
    }
    return entries;
}

} // namespace skiff::archive
