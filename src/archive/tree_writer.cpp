#include "archive/tree_writer.hpp"

#include "archive/entry_name.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include <cstring>
#include <fcntl.h>
#include <sys/xattr.h>

namespace skiff::archive {
namespace {

constexpr mode_t private_file = 0600; // until owner and content are there
constexpr mode_t private_directory = 0700;

[[noreturn]] void fail(std::string_view doing) { throw Error{errno, std::string{doing}}; }

/// What was just made as `name`, to be given its attributes by descriptor: were it addressed by name, whoever swaps
/// names in that directory could have the attributes of something else changed.
UniqueFd open_made(int dir, const std::string& name, mode_t type, int flags = O_PATH)
{
    UniqueFd fd{::openat(dir, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC)};
    struct stat status
    {
    };
    if (!fd || ::fstat(fd.get(), &status) != 0)
        fail("opening it");
    if ((status.st_mode & S_IFMT) != type)
        throw Error{ErrorKind::Failure, "somebody else has replaced it"};
    return fd;
}

/// The kernel refuses to remove mount points of its caller's namespace only: in a container's, the mount would be gone.
bool is_mount_point(int dir, const std::string& name)
{
    struct statx parent = {};
    struct statx child = {};
    return ::statx(dir, "", AT_EMPTY_PATH, STATX_MNT_ID, &parent) == 0 &&
           ::statx(dir, name.c_str(), AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &child) == 0 && parent.stx_mnt_id != child.stx_mnt_id;
}

} // namespace

TreeWriter::TreeWriter(int root, const std::string& directory, TreeWriterOptions options)
    : options_{std::move(options)},
      directory_{directory.empty() ? "." : directory},
      directory_components_{split_entry_name(directory_)},
      here_{root, false},
      targets_{root, false}
{
    if (options_.set_owners)
        here_.on_created([this](int fd) { set_owner(fd, {}); });
}

void TreeWriter::add(const TarEntry& entry)
{
    finish_file();
    std::vector<std::string_view> components = split_entry_name(entry.path);
    // The archive's own root would be the directory that we were told to put things into: not ours to change.
    if (components.empty())
        return;
    std::string path;
    for (const std::string_view component : components)
        path += cat("/", component);
    leave_directories(path);
    components = below_directory(std::move(components));
    std::string shown;
    for (const std::string_view component : components)
        shown += cat("/", component);
    while_doing(cat("error creating \"", shown, "\""), [&] { make(entry, std::move(components)); });
    if (entry.type == EntryType::Directory)
        directories_.back().path = path;
}

void TreeWriter::make(const TarEntry& entry, std::vector<std::string_view> components)
{
    const std::string name{components.back()};
    components.pop_back();
    here_.enter(components, DirectoryChain::Missing::Create, options_.links);
    switch (entry.type) {
    case EntryType::Regular:
        return make_file(entry, name);
    case EntryType::Directory:
        return make_directory(entry, name);
    case EntryType::Symlink:
        return make_symlink(entry, name);
    case EntryType::HardLink:
        return make_hard_link(entry, name);
    case EntryType::Fifo:
        return make_fifo(entry, name);
    case EntryType::CharDevice:
    case EntryType::BlockDevice:
    case EntryType::Other:
        skipped_.insert(entry.path);
    }
}

std::vector<std::string_view> TreeWriter::below_directory(std::vector<std::string_view> components) const
{
    components.insert(components.begin(), directory_components_.begin(), directory_components_.end());
    return components;
}

/// Calls `create` (0 or -1 with errno); what has the name already goes away first.
template <typename Create>
void TreeWriter::create_in_place(const std::string& name, bool directory, Create create)
{
    if (create() == 0)
        return;
    if (errno != EEXIST)
        fail("making it");
    struct stat status
    {
    };
    if (::fstatat(here_.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        fail("looking at what is in its place");
    if (is_mount_point(here_.fd(), name))
        throw Error{EBUSY, "something is mounted there"};
    if (S_ISDIR(status.st_mode) != directory && !options_.replace_kinds)
        throw Error{EEXIST, S_ISDIR(status.st_mode) ? "a directory is in its place" : "a file is in its place"}.with_hint(
            options_.kinds_hint);
    here_.forget_names();
    targets_.clear(); // it may stand inside of what goes away
    if (S_ISDIR(status.st_mode))
        remove_tree_at(here_.fd(), name);
    else if (::unlinkat(here_.fd(), name.c_str(), 0) != 0 && errno != ENOENT)
        fail("removing what is in its place");
    if (create() != 0)
        fail("making it");
}

void TreeWriter::make_file(const TarEntry& entry, const std::string& name)
{
    UniqueFd fd;
    const auto open = [&](int flags) {
        fd.reset(::openat(here_.fd(), name.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC | flags, private_file));
        return fd ? 0 : -1;
    };
    try {
        create_in_place(name, false, [&] { return open(O_CREAT | O_EXCL); });
    } catch (const Error& error) {
        // A file that is a mount point (/etc/hosts of a running container) can be written and not be replaced.
        struct stat status
        {
        };
        if (error.errno_value() != EBUSY || open(O_NONBLOCK | O_NOCTTY) != 0 || ::fstat(fd.get(), &status) != 0 ||
            !S_ISREG(status.st_mode))
            throw;
        if (::ftruncate(fd.get(), 0) != 0)
            fail("emptying it");
    }
    file_ = {std::move(fd), entry, entry.size, false};
}

void TreeWriter::content(std::string_view bytes)
{
    if (!file_.fd) // of an entry that was left out
        return;
    if (bytes.size() > file_.missing)
        throw Error{ErrorKind::Failure, "more content than announced"};
    file_.missing -= bytes.size();
    // Sparse files stay so: whole pieces of zeros are stepped over.
    constexpr std::size_t smallest_hole = 4096;
    if (bytes.size() >= smallest_hole && bytes.front() == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0) {
        if (::lseek(file_.fd.get(), static_cast<off_t>(bytes.size()), SEEK_CUR) < 0)
            throw Error{errno, cat("writing ", quoted(file_.entry.path))};
        file_.ends_with_hole = true;
        return;
    }
    file_.ends_with_hole = false;
    write_all(file_.fd.get(), bytes, file_.entry.path);
}

void TreeWriter::finish_file()
{
    if (!file_.fd)
        return;
    const OpenFile file = std::exchange(file_, {});
    while_doing(cat("error creating \"", file.entry.path, "\""), [&] {
        if (file.missing != 0)
            throw Error{ErrorKind::Failure, cat(file.missing, " bytes of its content are missing")};
        const int fd = file.fd.get();
        if (file.ends_with_hole && ::ftruncate(fd, static_cast<off_t>(file.entry.size)) != 0)
            fail("setting its size");
        set_owner(fd, file.entry); // first: a change of owner clears set-uid
        if (::fchmod(fd, mode_of(file.entry)) != 0)
            fail("setting its mode");
        set_xattrs(fd, file.entry);
        const struct timespec modified = to_timespec(file.entry.modified);
        const struct timespec times[2] = {modified, modified};
        if (::futimens(fd, times) != 0)
            fail("setting its time");
    });
}

void TreeWriter::make_directory(const TarEntry& entry, const std::string& name)
{
    const auto create = [&] {
        if (::mkdirat(here_.fd(), name.c_str(), private_directory) == 0)
            return 0;
        const int error = errno;
        struct stat status
        {
        };
        const bool there = error == EEXIST && ::fstatat(here_.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                           S_ISDIR(status.st_mode);
        errno = error;
        return there ? 0 : -1;
    };
    create_in_place(name, true, create);
    UniqueFd fd{::openat(here_.fd(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!fd)
        fail("opening it");
    set_owner(fd.get(), entry);
    set_xattrs(fd.get(), entry);
    // Mode and time come when nothing more is put into it, or they would hinder, and be changed.
    directories_.push_back({std::move(fd), {}, entry});
}

void TreeWriter::leave_directories(const std::string& next_path)
{
    while (!directories_.empty()) {
        const OpenDirectory& directory = directories_.back();
        if (next_path.starts_with(cat(directory.path, "/")))
            return;
        if (::fchmod(directory.fd.get(), mode_of(directory.entry)) != 0)
            throw Error{errno, cat("setting the mode of ", quoted(directory.path))};
        const struct timespec modified = to_timespec(directory.entry.modified);
        const struct timespec times[2] = {modified, modified};
        if (::futimens(directory.fd.get(), times) != 0)
            throw Error{errno, cat("setting the time of ", quoted(directory.path))};
        directories_.pop_back();
    }
}

void TreeWriter::make_symlink(const TarEntry& entry, const std::string& name)
{
    if (entry.link_target.empty())
        throw Error{ErrorKind::Failure, "a link to nothing"};
    create_in_place(name, false, [&] { return ::symlinkat(entry.link_target.c_str(), here_.fd(), name.c_str()); });
    const UniqueFd made = open_made(here_.fd(), name, S_IFLNK);
    set_owner(made.get(), entry);
    const struct timespec modified = to_timespec(entry.modified);
    const struct timespec times[2] = {modified, modified};
    // Linux < 5.8 cannot do that to a link's descriptor; its time is no harm.
    (void)::utimensat(made.get(), "", times, AT_EMPTY_PATH);
}

void TreeWriter::make_fifo(const TarEntry& entry, const std::string& name)
{
    create_in_place(name, false, [&] { return ::mknodat(here_.fd(), name.c_str(), S_IFIFO | private_file, 0); });
    // Both ways at once, so that nobody is waited for; and for real, because what has O_PATH only takes no mode.
    const UniqueFd made = open_made(here_.fd(), name, S_IFIFO, O_RDWR | O_NONBLOCK | O_NOCTTY);
    set_owner(made.get(), entry);
    if (::fchmod(made.get(), mode_of(entry)) != 0)
        fail("setting its mode");
}

void TreeWriter::make_hard_link(const TarEntry& entry, const std::string& name)
{
    if (skipped_.contains(entry.link_target)) {
        skipped_.insert(entry.path);
        return;
    }
    std::vector<std::string_view> target = split_entry_name(entry.link_target);
    if (target.empty())
        throw Error{ErrorKind::Failure, "a hard link to the archive's root"};
    const std::string target_name{target.back()};
    target.pop_back();
    target = below_directory(std::move(target));
    create_in_place(name, false, [&] {
        if (!targets_.enter(target, DirectoryChain::Missing::Fail, options_.links)) {
            errno = ENOENT;
            return -1;
        }
        return ::linkat(targets_.fd(), target_name.c_str(), here_.fd(), name.c_str(), 0);
    });
}

void TreeWriter::set_owner(int fd, const TarEntry& entry) const
{
    if (!options_.set_owners)
        return note_owner(fd, entry);
    Ownership owner{entry.uid, entry.gid, entry.mode};
    if (options_.map_owner)
        owner = options_.map_owner(owner);
    if (::fchownat(fd, "", owner.uid, owner.gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) == 0)
        return;
    if (errno == EINVAL) // which says that an id is not mapped
        throw Error{ErrorKind::Failure, cat("it belongs to ", owner.uid, ":", owner.gid, ", and these ids are not available")};
    fail(cat("giving it to ", owner.uid, ":", owner.gid));
}

void TreeWriter::note_owner(int fd, const TarEntry& entry) const
{
    if (!options_.note_owners || (entry.type != EntryType::Regular && entry.type != EntryType::Directory))
        return;
    const mode_t type = entry.type == EntryType::Directory ? S_IFDIR : S_IFREG;
    if (entry.uid == 0 && entry.gid == 0 && mode_of(entry) == (entry.mode & 07777U)) {
        (void)::fremovexattr(fd, override_xattr); // a directory's that was there before
        return;
    }
    const std::string truth = make_override({entry.uid, entry.gid, entry.mode}, type);
    if (::fsetxattr(fd, override_xattr, truth.data(), truth.size(), 0) != 0 && errno != EOPNOTSUPP && errno != EPERM)
        fail("noting its owner");
}

void TreeWriter::set_xattrs(int fd, const TarEntry& entry) const
{
    for (const auto& [name, value] : entry.xattrs) {
        const bool capability = name == "security.capability";
        if (is_refused_xattr(name) || (capability && !options_.keep_privileges))
            continue;
        const std::string checked = capability ? checked_capability(value) : value;
        // Not every file system has them.
        if (::fsetxattr(fd, name.c_str(), checked.data(), checked.size(), 0) != 0 && errno != EOPNOTSUPP && errno != EPERM &&
            errno != EINVAL)
            fail(cat("setting its attribute ", quoted(name)));
    }
}

mode_t TreeWriter::mode_of(const TarEntry& entry) const
{
    constexpr mode_t set_id_bits = S_ISUID | S_ISGID;
    const bool strip = !options_.keep_privileges && entry.type != EntryType::Directory;
    if (options_.note_owners)
        return single_id_mode(entry.mode, entry.type == EntryType::Directory ? S_IFDIR : S_IFREG);
    return entry.mode & (strip ? 07777U & ~set_id_bits : 07777U);
}

void TreeWriter::finish()
{
    finish_file();
    leave_directories("");
    here_.clear();
}

} // namespace skiff::archive
