#include "monitor/owner_recorder.hpp"

#include "archive/file_attributes.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace skiff::monitor {
namespace {

/// One call of the chown family, as far as its numbers tell.
struct OwnerChange
{
    int directory = AT_FDCWD;        ///< a descriptor of the caller's
    std::uint64_t path = 0;          ///< an address in the caller; 0: none
    bool follows = true;
    std::uint32_t uid = 0, gid = 0;  ///< ~0: as it is
    bool may_be_directory = false;   ///< without a path, `directory` itself is meant
};

std::optional<OwnerChange> find_change(const kernel::HeldCall& call)
{
    const auto number = [&](std::size_t i) { return static_cast<std::uint32_t>(call.arguments.at(i)); };
    const auto descriptor = [&] { return static_cast<int>(number(0)); };
    if (!call.is_native)
        return std::nullopt;
    switch (call.number) {
#ifdef SYS_chown
    case SYS_chown:
        return OwnerChange{AT_FDCWD, call.arguments[0], true, number(1), number(2)};
    case SYS_lchown:
        return OwnerChange{AT_FDCWD, call.arguments[0], false, number(1), number(2)};
#endif
    case SYS_fchown:
        return OwnerChange{descriptor(), 0, true, number(1), number(2), descriptor() != AT_FDCWD};
    case SYS_fchownat:
        return OwnerChange{descriptor(), call.arguments[1], (number(4) & AT_SYMLINK_NOFOLLOW) == 0, number(2), number(3),
                           (number(4) & AT_EMPTY_PATH) != 0};
    default:
        return std::nullopt;
    }
}

/// Text in another process, up to its zero. What lies behind may not be readable, so page by page.
std::string read_text(pid_t pid, std::uint64_t address)
{
    constexpr std::size_t page = 4096, longest = 4096;
    std::string text;
    while (text.size() < longest) {
        char buffer[page];
        iovec ours{buffer, page - (address + text.size()) % page};
        iovec theirs{reinterpret_cast<void*>(address + text.size()), ours.iov_len}; // NOLINT: theirs, and never followed here
        const ssize_t got = ::process_vm_readv(pid, &ours, 1, &theirs, 1, 0);
        if (got <= 0)
            throw Error{errno, "reading a path in the container"};
        const std::string_view part{buffer, static_cast<std::size_t>(got)};
        text += part.substr(0, part.find('\0'));
        if (part.find('\0') != std::string_view::npos)
            return text;
    }
    throw Error{ENAMETOOLONG, "reading a path in the container"};
}

/// One of the links that /proc has for a process: "root", "cwd", "fd/3".
std::string link_of(pid_t pid, std::string_view name) { return cat("/proc/", pid, "/", name); }

/// Asks no file system, or one that the container itself serves could keep us waiting.
std::uint64_t mount_of(int fd)
{
    struct statx status = {};
    if (::statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &status) != 0)
        throw Error{errno, "looking at a file of the container"};
    return status.stx_mnt_id;
}

/// Nothing when the process has ended.
std::optional<std::uint64_t> find_root_mount(pid_t pid)
{
    const auto root = find_at(AT_FDCWD, link_of(pid, "root"), O_PATH);
    return root ? std::optional{mount_of(root->get())} : std::nullopt;
}

/// Opens what a link of the process leads to when it is on that mount.
UniqueFd open_on(std::uint64_t mount, const std::string& link)
{
    UniqueFd fd = open_at(AT_FDCWD, link, O_PATH);
    if (mount_of(fd.get()) != mount)
        throw Error{EXDEV, "looking at a file of the container"};
    return fd;
}

/// As `beneath`, but what is mounted below `root` is not even looked at.
UniqueFd beneath_on_one_mount(int root, const std::string& path, int flags)
{
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    UniqueFd fd{static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how))};
    if (!fd && (errno == ENOSYS || errno == EPERM)) // an outer filter
        return beneath(root, path, flags);
    if (!fd)
        throw Error{errno, cat("opening ", quoted(path))};
    return fd;
}

/// Where a directory of the process is, as seen from its root.
std::string place_in_root(pid_t pid, const std::string& directory)
{
    const std::string root = read_link_at(AT_FDCWD, link_of(pid, "root"));
    const std::string place = read_link_at(AT_FDCWD, directory);
    if (root == "/")
        return place;
    if (!place.starts_with(root) || (place.size() > root.size() && place[root.size()] != '/'))
        throw Error{EXDEV, cat("opening ", quoted(place))};
    return place.substr(root.size());
}

/// The path is looked up from the caller's root, as links and ".." in it may lead anywhere below that.
UniqueFd open_target(std::uint64_t mount, const kernel::HeldCall& call, const OwnerChange& change)
{
    std::string path = change.path == 0 ? "" : read_text(call.pid, change.path);
    if (path.empty() && !change.may_be_directory)
        throw Error{ENOENT, "opening a file of the container"};
    if (!path.starts_with('/')) {
        const std::string link = link_of(call.pid, change.directory == AT_FDCWD ? "cwd" : cat("fd/", change.directory));
        UniqueFd directory = open_on(mount, link);
        if (path.empty())
            return directory;
        path = cat(place_in_root(call.pid, link), "/", path);
    }
    const UniqueFd root = open_on(mount, link_of(call.pid, "root"));
    return beneath_on_one_mount(root.get(), path, O_PATH | (change.follows ? 0 : O_NOFOLLOW));
}

void note_owner(int file, const OwnerChange& change)
{
    struct stat status{};
    if (::fstat(file, &status) != 0 || (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)))
        return;
    const std::string path = proc_fd_path(file); // the calls for attributes take no O_PATH
    char value[128];
    const ssize_t size = ::getxattr(path.c_str(), archive::override_xattr, value, sizeof value);
    const auto noted = size > 0 ? archive::find_override({value, static_cast<std::size_t>(size)}) : std::nullopt;
    archive::Ownership truth = noted.value_or(archive::Ownership{0, 0, status.st_mode & 07777U});
    constexpr std::uint32_t unchanged = ~0U;
    truth.uid = change.uid == unchanged ? truth.uid : change.uid;
    truth.gid = change.gid == unchanged ? truth.gid : change.gid;
    if (!noted && truth.uid == 0 && truth.gid == 0)
        return;
    const std::string text = archive::make_override(truth, status.st_mode & S_IFMT);
    if (::setxattr(path.c_str(), archive::override_xattr, text.data(), text.size(), 0) != 0)
        throw Error{errno, "noting an owner"};
}

} // namespace

OwnerRecorder::OwnerRecorder(EventLoop& loop, UniqueFd listener, pid_t init)
    : loop_{loop}, listener_{std::move(listener)}, mount_{find_root_mount(init)}
{
    loop_.watch(listener_.fd(), EPOLLIN, [this](std::uint32_t events) { on_ready(events); });
}

OwnerRecorder::~OwnerRecorder() { loop_.unwatch(listener_.fd()); }

void OwnerRecorder::on_ready(std::uint32_t events)
{
    if ((events & EPOLLIN) == 0) // nobody is left whom the filter watches
        return loop_.unwatch(listener_.fd());
    const auto call = listener_.try_receive();
    if (!call)
        return;
    try {
        record(*call);
    } catch (const Error& error) { // a file that is not there, a path that leads elsewhere: nothing to be kept
        log::debug(cat("noting an owner: ", error.message()));
    }
    listener_.answer_done(*call);
}

void OwnerRecorder::record(const kernel::HeldCall& call) const
{
    const auto change = find_change(call);
    if (!change || !mount_)
        return;
    const UniqueFd file = open_target(*mount_, call, *change);
    if (listener_.is_held(call) && mount_of(file.get()) == *mount_)
        note_owner(file.get(), *change);
}

bool can_record_owners(rootfs::Driver driver) { return driver != rootfs::Driver::FuseOverlayfs && kernel::can_listen_to_seccomp(); }

} // namespace skiff::monitor
