#include "store/root.hpp"

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "store/staging.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace skiff::store {
namespace {

constexpr int layout_version = 1;

constexpr std::array data_directories{"blobs", "blobs/sha256",     "layers",       "images",  "containers", "volumes",
                                      "names", "names/containers", "names/images", "staging", "trash",   "networks"};
constexpr std::array run_directories{"containers", "locks", "networks"};

struct stat status_of(int fd, const std::string& path)
{
    struct stat status
    {
    };
    if (::fstat(fd, &status) != 0)
        throw Error{errno, cat("looking at ", quoted(path))};
    return status;
}

bool is_open_to_others(const struct stat& status) { return (status.st_mode & 077) != 0; }

void require_own(const struct stat& status, const std::string& path)
{
    if (status.st_uid != ::geteuid())
        throw Error{ErrorKind::Failure,
                    cat("directory ", quoted(path), " belongs to another user (uid ", status.st_uid, ")")};
}

bool is_private(int fd, const std::string& path)
{
    const struct stat status = status_of(fd, path);
    return status.st_uid == ::geteuid() && !is_open_to_others(status);
}

UniqueFd open_own_directory(const std::string& path, int flags)
{
    make_directories(path);
    UniqueFd fd = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | flags);
    require_own(status_of(fd.get(), path), path);
    return fd;
}

/// A directory of the user's that already holds something else is not taken over: --root=$HOME would close it to others
/// and mix our files with theirs. What an interrupted first start left behind is ours.
void require_empty(int data, const std::string& path)
{
    for (const DirectoryEntry& entry : list_directory(data))
        if (std::find(data_directories.begin(), data_directories.end(), entry.name) == data_directories.end() &&
            entry.name != "format" && entry.name != "run" && entry.name != "runtime" && entry.name != "store.lock" &&
            !entry.name.starts_with("."))
            throw Error{ErrorKind::Failure, cat("directory ", quoted(path), " is not empty and holds no store")}
                .with_hint("choose an empty or a new directory with --root");
}

void make_layout(int data)
{
    for (const char* name : data_directories)
        (void)make_directory_at(data, name);
    save_atomically(data, "format", cat(layout_version, "\n"), Durability::None);
}

void check_format(const std::string& text, const std::string& path)
{
    int version = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error != std::errc{} || version < 1)
        throw Error{ErrorKind::Failure, cat("file 'format' in ", quoted(path), " is damaged: it says ", quoted(text))};
    if (version > layout_version)
        throw Error{ErrorKind::Failure, cat("the store in ", quoted(path), " has layout ", version,
                                            ", and this program knows only layouts up to ", layout_version)}
            .with_hint("it was written by a newer version: use that one, or another directory with --root");
}

/// What to say of a directory that is no store to read.
std::string problem_with(const OtherStorePath& other, const std::optional<UniqueFd>& data)
{
    if (!data)
        return "there is no such directory";
    if (const auto format = find_file(data->get(), "format", 64); format && !format->empty()) {
        check_format(*format, other.path);
        return {};
    }
    for (const char* mark : {"overlay-images", "vfs-images", "btrfs-images", "zfs-images"})
        if (exists_at(data->get(), mark))
            return "it is a store of Podman's (containers/storage), whose layers cannot be used; fill one with `skiff "
                   "--root DIR --storage-opt shared=true pull IMAGE`";
    return "it holds no store";
}

std::optional<OtherStore> open_other_store(const OtherStorePath& other)
{
    std::string problem;
    try {
        auto data = find_at(AT_FDCWD, other.path, O_RDONLY | O_DIRECTORY);
        problem = problem_with(other, data);
        if (problem.empty()) {
            const bool is_own = status_of(data->get(), other.path).st_uid == ::geteuid();
            return OtherStore{other.path, std::move(*data), is_own};
        }
    } catch (const Error& error) {
        problem = error.message();
    }
    const std::string text = cat("additional image store ", quoted(other.path), ": ", problem);
    if (other.required)
        throw Error{ErrorKind::Failure, text};
    log::info(cat(text, "; passed over"));
    return std::nullopt;
}

std::optional<std::string> recorded_boot(int run) { return find_file(run, "boot", 256); }

/// Everything in the run directory belongs to one boot. Where it survives a reboot (a directory that is no tmpfs), it
/// is void afterwards (R58).
void begin_boot(int run)
{
    const FileLock lock = FileLock::acquire(run, "boot.lock", FileLock::Mode::Exclusive);
    if (recorded_boot(run) == boot_id())
        return;
    for (const char* name : {"containers", "userns", "networks", "locks"})
        remove_tree_at(run, name);
    for (const char* name : run_directories)
        (void)make_directory_at(run, name);
    save_atomically(run, "boot", boot_id(), Durability::None);
}

/// What the link says. An empty directory in the link's place holds nothing and goes; anything else is somebody's.
std::optional<std::string> find_remembered_run_directory(int data, const std::string& data_path)
{
    try {
        return find_link_at(data, "run");
    } catch (const Error&) {
        if (::unlinkat(data, "run", AT_REMOVEDIR) == 0)
            return std::nullopt;
        throw Error{ErrorKind::Failure, cat(quoted(cat(data_path, "/run")), " is not the link to the run directory")}.with_hint(
            "move it away; skiff makes the link again");
    }
}

} // namespace

Root::Root(const StorePaths& paths)
    : data_path_{paths.data_dir}, run_path_{paths.run_dir}, find_others_{paths.others}
{
    open_data(paths.share);
    open_run();
}

void Root::open_data(bool share)
{
    data_ = open_own_directory(data_path_, 0);
    const auto format = find_file(data_.get(), "format", 64);
    if (format && !format->empty()) { // empty: a power failure in the first start
        check_format(*format, data_path_);
    } else {
        require_empty(data_.get(), data_path_);
        make_layout(data_.get());
    }
    is_shared_ = share || exists_at(data_.get(), "shared");
    if (share)
        open_to_others();
    if (!is_shared_ && is_open_to_others(status_of(data_.get(), data_path_))) {
        // Set-uid files of images would be programs of this user's for everybody (R27).
        log::warn(cat("directory ", quoted(data_path_), " was open to other users; closing it"));
        if (::fchmod(data_.get(), 0700) != 0)
            throw Error{errno, cat("closing directory ", quoted(data_path_), " to other users")};
    }
}

/// Only what images are made of; a container's environment is nobody else's business.
void Root::open_to_others() const
{
    if (!exists_at(data(), "shared")) {
        for (const char* place : {"layers", "images"})
            if (!list_directory(data(), place).empty())
                throw Error{ErrorKind::Failure, cat("the store in ", quoted(data_path_), " cannot be shared any more: it has images")}
                    .with_hint("share a new one, before the first image comes into it");
        save_atomically(data(), "shared", "", Durability::None, 0644);
    }
    for (const char* place : {".", "blobs", "blobs/sha256", "layers", "images", "names", "names/images"})
        if (::fchmodat(data(), place, 0755, 0) != 0)
            throw Error{errno, cat("opening ", quoted(data_path_), " to other users")};
    if (::fchmodat(data(), "format", 0644, 0) != 0)
        throw Error{errno, cat("opening ", quoted(data_path_), " to other users")};
}

const std::vector<OtherStore>& Root::others() const
{
    if (!others_) {
        others_.emplace();
        if (find_others_)
            for (const OtherStorePath& other : find_others_())
                if (auto opened = open_other_store(other))
                    others_->push_back(std::move(*opened));
    }
    return *others_;
}

void Root::save(const std::string& path, std::string_view text, Durability durability) const
{
    save_atomically(data(), path, text, durability);
    if (is_shared_ && ::fchmodat(data(), path.c_str(), 0644, 0) != 0) // whatever the umask says
        throw Error{errno, cat("opening ", quoted(path), " to other users")};
}

void Root::open_run()
{
    if (!adopt_run_directory()) {
        run_ = open_own_directory(run_path_, O_NOFOLLOW);
        if (is_open_to_others(status_of(run_.get(), run_path_)))
            throw Error{ErrorKind::Failure, cat("directory ", quoted(run_path_), " is open to other users")}.with_hint(
                cat("chmod 700 ", run_path_));
    }
    if (recorded_boot(run_.get()) != boot_id())
        begin_boot(run_.get());
}

/// True when the store's current run directory is another one than was asked for, and alive; it is ours then.
bool Root::adopt_run_directory()
{
    const auto known = find_remembered_run_directory(data_.get(), data_path_);
    if (known == run_path_)
        return false;
    if (known) {
        auto fd = find_at(AT_FDCWD, *known, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (fd && is_private(fd->get(), *known) && recorded_boot(fd->get()) == boot_id()) {
            log::debug(
                cat("using ", quoted(*known), " instead of ", quoted(run_path_), ": this store is in use there"));
            run_path_ = *known;
            run_ = std::move(*fd);
            return true;
        }
    }
    remember_run_directory();
    return false;
}

void Root::remember_run_directory() const
{
    const std::string temporary = cat(".run.", random_hex(6));
    if (::symlinkat(run_path_.c_str(), data_.get(), temporary.c_str()) == 0 &&
        ::renameat(data_.get(), temporary.c_str(), data_.get(), "run") == 0)
        return;
    // On a full disk everything that needs no space shall still work.
    log::debug(cat("noting the run directory: ", errno_text(errno), "; ignored"));
    ::unlinkat(data_.get(), temporary.c_str(), 0);
}

StoreUse Root::use() const
{
    sweep_staging(*this, false);
    return StoreUse{FileLock::acquire(data(), "store.lock", FileLock::Mode::Shared)};
}

StoreAlone Root::alone() const
{
    StoreAlone lock{FileLock::acquire(data(), "store.lock", FileLock::Mode::Exclusive)};
    sweep_staging(*this, true);
    return lock;
}

FileLock Root::lock(const std::string& name) const
{
    if (auto lock = try_lock(name)) // also puts the directory back that a cleaner of temporary files has taken
        return std::move(*lock);
    return FileLock::acquire(run(), cat("locks/", name), FileLock::Mode::Exclusive);
}

std::optional<FileLock> Root::try_lock(const std::string& name, FileLock::Mode mode) const
{
    try {
        return FileLock::try_acquire(run(), cat("locks/", name), mode);
    } catch (const Error& error) {
        if (error.errno_value() != ENOENT)
            throw;
    }
    (void)make_directory_at(run(), "locks");
    return FileLock::try_acquire(run(), cat("locks/", name), mode);
}

} // namespace skiff::store
