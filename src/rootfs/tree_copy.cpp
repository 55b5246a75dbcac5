#include "rootfs/tree_copy.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "archive/file_attributes.hpp"
#include "kernel/refusals.hpp"
#include "rootfs/foreign_layer.hpp"
#include "rootfs/id_shift.hpp"

#include <array>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <vector>

namespace skiff::rootfs {
namespace {

void copy_data(int source, int target, off_t size, const std::string& path)
{
    if (size == 0 || ::ioctl(target, FICLONE, source) == 0)
        return;
    off_t left = size;
    bool in_kernel = true;
    while (left > 0) {
        ssize_t done = -1;
        if (in_kernel) {
            done = ::copy_file_range(source, nullptr, target, nullptr, static_cast<std::size_t>(left), 0);
            in_kernel = done >= 0 || (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP);
        }
        if (!in_kernel)
            done = ::sendfile(target, source, nullptr, static_cast<std::size_t>(left));
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            throw kernel::explained(kernel::Refused::FileSpace, errno, cat("copying ", quoted(path)));
        if (done == 0)
            return;
        left -= done;
    }
}

void set_owner(int dir, const char* name, const struct stat& status, const IdMap& shift, int flags)
{
    const bool shifting = needs_shift(shift);
    const uid_t uid = shifting ? shifted_id(shift.uids, status.st_uid) : status.st_uid;
    const gid_t gid = shifting ? shifted_id(shift.gids, status.st_gid) : status.st_gid;
    if (uid == 0 && gid == 0) // new files are root's, as we are root here
        return;
    if (::fchownat(dir, name, uid, gid, flags) != 0)
        throw Error{errno, cat("giving ", quoted(name), " to ", uid, ":", gid)};
}

void set_times(int dir, const char* name, const struct stat& status, int flags)
{
    const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
    if (::utimensat(dir, name, times.data(), flags) != 0)
        throw Error{errno, cat("setting the times of ", quoted(name))};
}

struct stat status_of(int fd, const std::string& path)
{
    struct stat status{};
    if (::fstat(fd, &status) != 0)
        throw Error{errno, cat("looking at ", quoted(path))};
    return status;
}

void require_depth(const std::string& path, int depth)
{
    if (depth > max_depth)
        throw Error{ErrorKind::Failure, cat("copying ", quoted(path), ": more than ", max_depth, " directories deep")};
}

/// Marks of the overlay that the source belongs to mean something else, or nothing, in another place.
bool is_overlay_mark(std::string_view name)
{
    return name.starts_with("user.overlay.") || name.starts_with("user.fuseoverlayfs.") || name.starts_with("trusted.");
}

} // namespace

void TreeCopy::copy_attributes(int source, int target) const
{
    std::array<char, 4096> names; // NOLINT: filled by flistxattr
    const ssize_t length = ::flistxattr(source, names.data(), names.size());
    if (length <= 0) // none, or a file system without them
        return;
    std::string value(64U * 1024U, '\0');
    for (const char* name = names.data(); name < names.data() + length; name += std::string_view{name}.size() + 1) {
        const std::string_view text{name};
        if (is_overlay_mark(text) && !(policy_.keep_overlay_marks && text.ends_with(".opaque")))
            continue;
        if (text == archive::override_xattr && corrected_ && !has_one_id())
            continue; // the copy has that owner itself
        const ssize_t size = ::fgetxattr(source, name, value.data(), value.size());
        if (size < 0)
            continue; // not ours to read (security.*)
        if (::fsetxattr(target, name, value.data(), static_cast<std::size_t>(size), 0) != 0 && errno != EOPNOTSUPP &&
            errno != EPERM && errno != EINVAL)
            throw kernel::explained(kernel::Refused::FileSpace, errno, cat("setting the attribute ", quoted(text)));
    }
}

bool TreeCopy::link_to_earlier(const struct stat& status, int target_dir, const std::string& name, const std::string& path)
{
    if (status.st_nlink < 2)
        return false;
    const auto [earlier, is_first] = first_names_.try_emplace({status.st_dev, status.st_ino}, path);
    if (is_first)
        return false;
    // More names than the file system can give one inode: a further copy.
    if (::linkat(root_, earlier->second.c_str(), target_dir, name.c_str(), 0) == 0)
        return true;
    if (errno != EMLINK && errno != EPERM && errno != EXDEV)
        throw Error{errno, cat("linking ", quoted(path))};
    return false;
}

void TreeCopy::copy_regular(int source_dir, const std::string& name, const struct stat& status, int target_dir,
                            const std::string& path)
{
    const UniqueFd source = open_at(source_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const UniqueFd target = open_at(target_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (policy_.redirect_data && status.st_size > 0) {
        const std::string redirect = cat("/", path);
        if (::ftruncate(target.get(), status.st_size) != 0 ||
            ::fsetxattr(target.get(), "user.overlay.redirect", redirect.data(), redirect.size(), 0) != 0 ||
            ::fsetxattr(target.get(), "user.overlay.metacopy", "", 0, 0) != 0)
            throw kernel::explained(kernel::Refused::FileSpace, errno, cat("redirecting ", quoted(path)));
    } else {
        copy_data(source.get(), target.get(), status.st_size, path);
    }
    // Owner before mode and capabilities: chown clears both.
    set_owner(target_dir, name.c_str(), status, policy_.shift, AT_SYMLINK_NOFOLLOW);
    if (::fchmod(target.get(), status.st_mode & 07777U) != 0)
        throw Error{errno, cat("setting the mode of ", quoted(path))};
    copy_attributes(source.get(), target.get());
    set_times(target_dir, name.c_str(), status, AT_SYMLINK_NOFOLLOW);
}

void TreeCopy::copy_special(int source_dir, const std::string& name, const struct stat& status, int target_dir)
{
    if (S_ISLNK(status.st_mode)) {
        if (::symlinkat(read_link_at(source_dir, name).c_str(), target_dir, name.c_str()) != 0)
            throw Error{errno, cat("making the link ", quoted(name))};
    } else if (::mknodat(target_dir, name.c_str(), status.st_mode & (S_IFMT | 07777U), status.st_rdev) != 0) {
        if (errno == EPERM && (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)))
            return; // no user may make devices; the container gets those it needs from the host
        throw Error{errno, cat("making the special file ", quoted(name))};
    }
    set_owner(target_dir, name.c_str(), status, policy_.shift, AT_SYMLINK_NOFOLLOW);
    // mknod obeys the umask; a link has no mode.
    if (!S_ISLNK(status.st_mode) && !is_whiteout(status) && ::fchmodat(target_dir, name.c_str(), status.st_mode & 07777U, 0) != 0)
        throw Error{errno, cat("setting the mode of ", quoted(name))};
    set_times(target_dir, name.c_str(), status, AT_SYMLINK_NOFOLLOW);
}

void TreeCopy::copy_entry(int source_dir, const std::string& name, const struct stat& status, int target_dir,
                          const std::string& path)
{
    if (link_to_earlier(status, target_dir, name, path))
        return;
    if (S_ISREG(status.st_mode))
        copy_regular(source_dir, name, status, target_dir, path);
    else
        copy_special(source_dir, name, status, target_dir);
}

void TreeCopy::finish_directory(int source, const struct stat& status, int target)
{
    set_owner(target, "", status, policy_.shift, AT_EMPTY_PATH);
    if (::fchmod(target, status.st_mode & 07777U) != 0)
        throw Error{errno, "setting a directory's mode"};
    copy_attributes(source, target);
    const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
    if (::futimens(target, times.data()) != 0)
        throw Error{errno, "setting a directory's times"};
}

void TreeCopy::copy_merged(const StackDirectory& source, int target, const std::string& path, int depth)
{
    require_depth(path, depth);
    for (const StackEntry& entry : list(source)) {
        const std::string entry_path = path.empty() ? entry.name : cat(path, "/", entry.name);
        if (!S_ISDIR(entry.status.st_mode)) {
            corrected_ = source.foreign[entry.part];
            copy_entry(source.parts[entry.part].get(), entry.name, entry.status, target, entry_path);
            continue;
        }
        const UniqueFd made = make_directory_at(target, entry.name);
        copy_merged(enter(source, entry), made.get(), entry_path, depth + 1);
    }
    struct stat status = status_of(source.parts.front().get(), path);
    corrected_ = source.foreign.front();
    if (corrected_)
        correct_foreign(source.parts.front().get(), "", status);
    finish_directory(source.parts.front().get(), status, target);
}

void TreeCopy::copy_raw(int source, int target, const std::string& path, int depth)
{
    require_depth(path, depth);
    struct stat status = status_of(source, path);
    corrected_ = policy_.foreign;
    if (corrected_)
        correct_foreign(source, "", status);
    for (const DirectoryEntry& entry : list_directory(source)) {
        const std::string entry_path = path.empty() ? entry.name : cat(path, "/", entry.name);
        struct stat entry_status{};
        if (::fstatat(source, entry.name.c_str(), &entry_status, AT_SYMLINK_NOFOLLOW) != 0)
            throw Error{errno, cat("looking at ", quoted(entry_path))};
        if (!S_ISDIR(entry_status.st_mode)) {
            if (policy_.foreign && !is_whiteout(entry_status))
                correct_foreign(source, entry.name, entry_status);
            copy_entry(source, entry.name, entry_status, target, entry_path);
            continue;
        }
        const UniqueFd below = open_at(source, entry.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        const UniqueFd made = make_directory_at(target, entry.name);
        copy_raw(below.get(), made.get(), entry_path, depth + 1);
    }
    finish_directory(source, status, target);
}

} // namespace skiff::rootfs
