#include "archive/unpack_attributes.hpp"

#include "archive/file_attributes.hpp"
#include "base/cat.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace skiff::archive {
namespace {

[[noreturn]] void fail(std::string_view doing) { throw Error{errno, std::string{doing}}; }

} // namespace

void UnpackWarnings::once(UnpackWarning kind, std::string text)
{
    bool& told = told_.at(static_cast<std::size_t>(kind));
    if (!told)
        texts_.push_back(std::move(text));
    told = true;
}

std::uint32_t AttributeWriter::mode_on_disk(const TarEntry& entry, mode_t type) const
{
    if (!options_.single_id)
        return entry.mode;
    return options_.for_others ? mode_for_others(entry.mode, type) : single_id_mode(entry.mode, type);
}

void AttributeWriter::set(int fd, const TarEntry& entry, mode_t type, std::uint32_t made_mode, bool inherits_group)
{
    const std::uint32_t mode = mode_on_disk(entry, type);
    // Owner first: a change of owner clears set-uid.
    if (!options_.single_id && (entry.uid != 0 || entry.gid != 0 || inherits_group))
        set_owner([&](uid_t uid, gid_t gid) { return ::fchown(fd, uid, gid); }, entry);
    if (mode != made_mode && ::fchmod(fd, mode) != 0)
        fail("setting its mode");
    set_xattrs(fd, entry);
    if (options_.single_id && (options_.for_others || entry.uid != 0 || entry.gid != 0 || entry.mode != mode)) {
        const std::string truth = make_override({entry.uid, entry.gid, entry.mode}, type);
        if (::fsetxattr(fd, override_xattr, truth.data(), truth.size(), 0) != 0)
            warnings_.once(UnpackWarning::LostOwner,
                           cat("owners are not kept: the file system refuses attributes (", errno_text(errno), ")"));
    }
}

void AttributeWriter::set_by_name(int dir, const std::string& name, const TarEntry& entry, bool inherits_group)
{
    if (!options_.single_id && (entry.uid != 0 || entry.gid != 0 || inherits_group))
        set_owner([&](uid_t uid, gid_t gid) { return ::fchownat(dir, name.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW); },
                  entry);
    const struct timespec modified = to_timespec(entry.modified);
    const struct timespec times[2] = {modified, modified};
    if (::utimensat(dir, name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0)
        fail("setting its time");
}

void AttributeWriter::change_owner(int fd, const TarEntry& entry)
{
    struct stat status
    {
    };
    if (::fstat(fd, &status) != 0)
        fail("looking at it");
    if (!options_.single_id && (status.st_uid != entry.uid || status.st_gid != entry.gid))
        set_owner([&](uid_t uid, gid_t gid) { return ::fchown(fd, uid, gid); }, entry);
}

void AttributeWriter::set_time(int fd, const TarEntry& entry)
{
    const struct timespec modified = to_timespec(entry.modified);
    const struct timespec times[2] = {modified, modified};
    if (::futimens(fd, times) != 0)
        fail("setting its time");
}

void AttributeWriter::set_owner(const std::function<int(uid_t, gid_t)>& change, const TarEntry& entry)
{
    if (change(entry.uid, entry.gid) == 0)
        return;
    if (errno != EINVAL) // which says that an id is not mapped
        fail(cat("giving it to ", entry.uid, ":", entry.gid));
    if (!options_.squash_ids)
        throw Error{ErrorKind::Failure,
                    cat("it belongs to ", entry.uid, ":", entry.gid, ", and these ids are not available")}
            .with_hint("there are not enough subordinate ids in /etc/subuid and /etc/subgid for this image");
    warnings_.once(UnpackWarning::SquashedOwner, cat("owners that are not available became 0, such as ", entry.uid, ":",
                                                     entry.gid, " of ", quoted(entry.path)));
    if (change(0, 0) != 0)
        fail("giving it to 0:0");
}

void AttributeWriter::set_xattrs(int fd, const TarEntry& entry)
{
    for (const auto& [name, value] : entry.xattrs) {
        if (is_refused_xattr(name))
            continue;
        const bool capability = name == "security.capability";
        const std::string checked = capability ? checked_capability(value) : value;
        if (::fsetxattr(fd, name.c_str(), checked.data(), checked.size(), 0) == 0)
            continue;
        // Not every file system has them, and one id alone may not give capabilities away.
        if (errno != EOPNOTSUPP && errno != EPERM && errno != EINVAL)
            fail(cat("setting its attribute ", quoted(name)));
        warnings_.once(UnpackWarning::Attribute, cat("some extended attributes could not be set, such as ",
                                                     quoted(name), " of ", quoted(entry.path), ": ", errno_text(errno)));
    }
}

} // namespace skiff::archive
