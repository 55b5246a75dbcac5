#include "archive/pack.hpp"

#include "archive/entry_name.hpp"
#include "archive/whiteout.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

namespace skiff::archive {
namespace {

constexpr std::size_t deepest = 1000; // each level is an open descriptor
constexpr std::size_t max_xattr_bytes = 64U * 1024U;

struct statx look_at(int dir, const std::string& name)
{
    struct statx status = {};
    if (::statx(dir, name.c_str(), AT_SYMLINK_NOFOLLOW | (name.empty() ? AT_EMPTY_PATH : 0),
                STATX_BASIC_STATS | STATX_MNT_ID, &status) != 0)
        throw Error{errno, cat("looking at ", quoted(name))};
    return status;
}

bool is_whiteout(const struct statx& status)
{
    return S_ISCHR(status.stx_mode) && status.stx_rdev_major == 0 && status.stx_rdev_minor == 0;
}

UniqueFd find_content(int dir, const std::string& name)
{
    // Never waits for a pipe that was put there in between (R4); the caller checks what it got.
    constexpr int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    if (name.empty()) // an O_PATH descriptor cannot be read itself
        return UniqueFd{::open(proc_fd_path(dir).c_str(), flags)};
    return UniqueFd{::openat(dir, name.c_str(), flags | O_NOFOLLOW)};
}

std::string find_xattr(int fd, const std::string& name)
{
    std::string value(1024, '\0');
    ssize_t size = ::fgetxattr(fd, name.c_str(), value.data(), value.size());
    if (size < 0 && errno == ERANGE) {
        value.resize(max_xattr_bytes);
        size = ::fgetxattr(fd, name.c_str(), value.data(), value.size());
    }
    value.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return value;
}

/// The mode that was noted counts as long as the one on disk is what was made of it: else there was a chmod since.
std::uint32_t current_mode(const Ownership& truth, std::uint32_t on_disk, EntryType type)
{
    const mode_t kind = type == EntryType::Directory ? S_IFDIR : S_IFREG;
    const bool as_made = on_disk == truth.mode || on_disk == single_id_mode(truth.mode, kind) || on_disk == mode_for_others(truth.mode, kind);
    return as_made ? truth.mode : on_disk;
}

} // namespace

/// A directory on the way down, with what is left to do in it.
struct Packer::Level
{
    UniqueFd fd;
    std::string path; ///< in the archive, with a slash at its end; "" for the top
    std::uint64_t mount;
    std::vector<std::string> names; ///< still to be written, the next one last
};

void Packer::read_xattrs(int fd, TarEntry& entry, Ownership& ownership) const
{
    std::string names(4096, '\0');
    ssize_t size = ::flistxattr(fd, names.data(), names.size());
    if (size < 0 && errno == ERANGE) {
        names.resize(max_xattr_bytes);
        size = ::flistxattr(fd, names.data(), names.size());
    }
    names.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    std::vector<std::string> sorted;
    for (std::size_t at = 0; at < names.size(); at += sorted.back().size() + 1)
        sorted.emplace_back(names.c_str() + at);
    std::sort(sorted.begin(), sorted.end());
    for (const std::string& name : sorted) {
        if (options_.overrides && name == override_xattr) {
            if (const auto truth = find_override(find_xattr(fd, name)))
                ownership = {truth->uid, truth->gid, current_mode(*truth, ownership.mode, entry.type)};
            continue;
        }
        if (!options_.xattrs || is_refused_xattr(name) || name.starts_with("system."))
            continue;
        std::string value = find_xattr(fd, name);
        if (name == "security.capability") {
            try {
                value = checked_capability(value);
            } catch (const Error&) { // of another namespace: it has no effect here and would have none there
                continue;
            }
        }
        entry.xattrs.emplace_back(name, std::move(value));
    }
}

void Packer::add_content(int fd, std::uint64_t size, const std::string& path)
{
    // A file that shrinks meanwhile is filled up with zeros, one that grows is cut: the header is out already.
    while (size > 0) {
        const ssize_t got = ::read(fd, buffer_.data(), std::min<std::uint64_t>(buffer_.size(), size));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw Error{errno, cat("reading ", quoted(path))};
        std::size_t part = static_cast<std::size_t>(got);
        if (got == 0) {
            part = std::min<std::uint64_t>(buffer_.size(), size);
            std::fill_n(buffer_.begin(), part, '\0');
        }
        sink_.content({buffer_.data(), part});
        size -= part;
    }
}

/// After a failed open.
bool Packer::may_skip()
{
    const bool skip = options_.skip_unreadable && (errno == EACCES || errno == EPERM || errno == ENXIO);
    left_out_ += skip ? 1 : 0;
    return skip;
}

/// Writes one entry; a directory is put on `levels` to be walked next. False when it was left out.
bool Packer::add_one(int dir, const std::string& name, const std::string& path, std::vector<Level>* levels)
{
    if (options_.wants && !options_.wants(path))
        return false;
    struct statx status = {};
    try {
        status = look_at(dir, name);
    } catch (const Error& error) {
        if (error.errno_value() == ENOENT && levels != nullptr && !levels->empty())
            return false; // removed since the directory was read
        throw;
    }
    TarEntry entry;
    entry.path = path;
    entry.modified = {status.stx_mtime.tv_sec, status.stx_mtime.tv_nsec};
    Ownership ownership{status.stx_uid, status.stx_gid, status.stx_mode & 07777U};
    UniqueFd fd;
    std::vector<std::string> names;
    bool opaque = false;

    const bool has_many_names = status.stx_nlink > 1 && !S_ISDIR(status.stx_mode) && !is_whiteout(status);
    const Identity identity{makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino};
    if (has_many_names) {
        if (const auto first = linked_.find(identity); first != linked_.end()) {
            entry.type = EntryType::HardLink;
            entry.link_target = first->second;
        }
    }
    if (entry.type != EntryType::HardLink) {
        switch (status.stx_mode & S_IFMT) {
        case S_IFREG: {
            fd = find_content(dir, name);
            struct stat now
            {
            };
            if (!fd && may_skip())
                return false;
            if (!fd || ::fstat(fd.get(), &now) != 0)
                throw Error{errno, cat("opening ", quoted(path))};
            if (!S_ISREG(now.st_mode))
                throw Error{ErrorKind::Failure, cat(quoted(path), " changed while it was read")};
            entry.size = static_cast<std::uint64_t>(now.st_size);
            break;
        }
        case S_IFDIR:
            entry.type = EntryType::Directory;
            fd.reset(::openat(dir, name.empty() ? "." : name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            if (!fd && may_skip())
                return false;
            if (!fd)
                throw Error{errno, cat("opening ", quoted(path))};
            break;
        case S_IFLNK:
            entry.type = EntryType::Symlink;
            entry.link_target = read_link_at(dir, name);
            break;
        case S_IFIFO:
            entry.type = EntryType::Fifo;
            break;
        case S_IFCHR:
        case S_IFBLK:
            if (options_.layer && is_whiteout(status)) {
                entry.path = cat(std::string_view{path}.substr(0, path.size() - name.size()), whiteout_prefix, name);
                entry.modified = {};
                ownership = {0, 0, 0};
                break;
            }
            entry.type = S_ISCHR(status.stx_mode) ? EntryType::CharDevice : EntryType::BlockDevice;
            entry.device_major = status.stx_rdev_major;
            entry.device_minor = status.stx_rdev_minor;
            break;
        default:
            ++left_out_;
            return false;
        }
    }
    if (fd && (options_.xattrs || options_.overrides))
        read_xattrs(fd.get(), entry, ownership);
    if (options_.map_owner)
        ownership = options_.map_owner(ownership);
    entry.uid = ownership.uid;
    entry.gid = ownership.gid;
    entry.mode = ownership.mode;
    sink_.add(entry);
    if (entry.type == EntryType::Regular && fd)
        add_content(fd.get(), entry.size, path);
    if (has_many_names && entry.type != EntryType::HardLink)
        linked_.emplace(identity, path);
    if (entry.type != EntryType::Directory || levels == nullptr)
        return true;

    if (options_.layer) {
        opaque = is_opaque(fd.get());
        if (opaque) {
            TarEntry mark;
            mark.path = cat(path, "/", opaque_name);
            sink_.add(mark);
        }
    }
    // What is mounted there is somebody else's.
    if (!options_.cross_mounts && !levels->empty() && status.stx_mnt_id != levels->back().mount)
        return true;
    if (levels->size() == deepest)
        throw Error{ErrorKind::Failure, cat("directories are nested more than ", deepest, " deep")};
    levels->push_back({std::move(fd), cat(path, "/"), status.stx_mnt_id, {}});
    return true;
}

namespace {

std::vector<std::string> sorted_names(int dir, bool hide_opaque_mark)
{
    std::vector<std::string> names;
    for (DirectoryEntry& entry : list_directory(dir))
        if (!hide_opaque_mark || entry.name != opaque_name)
            names.push_back(std::move(entry.name));
    std::sort(names.rbegin(), names.rend());
    return names;
}

} // namespace

void Packer::walk(std::vector<Level>& levels)
{
    levels.back().names = sorted_names(levels.back().fd.get(), options_.layer);
    while (!levels.empty()) {
        if (levels.back().names.empty()) {
            levels.pop_back();
            continue;
        }
        const std::string name = std::move(levels.back().names.back());
        levels.back().names.pop_back();
        const std::size_t depth = levels.size();
        const int dir = levels.back().fd.get();
        add_one(dir, name, cat(levels.back().path, name), &levels);
        if (levels.size() > depth)
            levels.back().names = sorted_names(levels.back().fd.get(), options_.layer);
    }
}

void Packer::add_below(int dir, const std::string& prefix)
{
    std::vector<Level> levels;
    levels.push_back({open_at(dir, ".", O_RDONLY | O_DIRECTORY), prefix, look_at(dir, "").stx_mnt_id, {}});
    walk(levels);
}

void Packer::add(int dir, const std::string& name, const std::string& path)
{
    std::vector<Level> levels;
    add_one(dir, name, path, &levels);
    if (!levels.empty())
        walk(levels);
}

bool Packer::add_alone(int dir, const std::string& name, const std::string& path)
{
    try {
        return add_one(dir, name, path, nullptr);
    } catch (const Error& error) {
        if (error.errno_value() == ENOENT)
            return false;
        throw;
    }
}

} // namespace skiff::archive
