#include "base/file.hpp"

#include "base/defer.hpp"
#include "base/error.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <memory>
#include <sys/random.h>

namespace skiff {
namespace {

int openat_retrying(int dir, const char* name, int flags, mode_t mode)
{
    int fd = -1;
    do
        fd = ::openat(dir, name, flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    return fd;
}

bool is_virtual_or_regular(const struct stat& status) { return S_ISREG(status.st_mode); }

/// "dir/name" becomes "dir/.name.<random>": beside the target, so that rename is atomic.
std::string temporary_name(std::string_view name)
{
    const std::size_t base = name.rfind('/') + 1; // npos + 1 is 0
    return cat(name.substr(0, base), ".", name.substr(base), ".", random_hex(6));
}

std::string directory_of(std::string_view name)
{
    const std::size_t slash = name.rfind('/');
    return slash == std::string_view::npos ? "." : std::string{name.substr(0, slash + 1)};
}

void fsync_or_throw(int fd, std::string_view name)
{
    if (::fsync(fd) != 0)
        throw Error{errno, cat("writing ", quoted(name), " to disk")};
}

} // namespace

UniqueFd open_at(int dir, const std::string& name, int flags, mode_t mode)
{
    UniqueFd fd{openat_retrying(dir, name.c_str(), flags, mode)};
    if (!fd)
        throw Error{errno, cat("opening ", quoted(name))};
    return fd;
}

std::optional<UniqueFd> find_at(int dir, const std::string& name, int flags)
{
    UniqueFd fd{openat_retrying(dir, name.c_str(), flags, 0)};
    if (fd)
        return fd;
    if (errno == ENOENT || errno == ENOTDIR)
        return std::nullopt;
    throw Error{errno, cat("opening ", quoted(name))};
}

std::string read_all(int fd, std::size_t limit, std::string_view name)
{
    std::string data;
    std::array<char, 16384> buffer; // NOLINT: filled by read
    for (;;) {
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw Error{errno, cat("reading ", quoted(name))};
        if (got == 0)
            return data;
        if (data.size() + static_cast<std::size_t>(got) > limit)
            throw Error{ErrorKind::Failure, cat("reading ", quoted(name), ": larger than ", limit, " bytes")};
        data.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

void write_all(int fd, std::string_view data, std::string_view name)
{
    while (!data.empty()) {
        const ssize_t put = ::write(fd, data.data(), data.size());
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            throw Error{errno, cat("writing ", quoted(name))};
        data.remove_prefix(static_cast<std::size_t>(put));
    }
}

std::optional<std::string> find_file(int dir, const std::string& name, std::size_t limit)
{
    // O_NONBLOCK: a FIFO in the place of a file must not stop us (security.md R4).
    auto fd = find_at(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!fd)
        return std::nullopt;
    struct stat status{};
    if (::fstat(fd->get(), &status) != 0)
        throw Error{errno, cat("looking at ", quoted(name))};
    if (!is_virtual_or_regular(status))
        throw Error{ErrorKind::Failure, cat("reading ", quoted(name), ": not a regular file")};
    return read_all(fd->get(), limit, name);
}

std::string read_file(int dir, const std::string& name, std::size_t limit)
{
    auto data = find_file(dir, name, limit);
    if (!data)
        throw Error{ENOENT, cat("opening ", quoted(name))};
    return std::move(*data);
}

void save_atomically(int dir, const std::string& name, std::string_view data, Durability durability, mode_t mode)
{
    const std::string temporary = temporary_name(name);
    {
        const UniqueFd fd = open_at(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
        Defer remove{[&] { ::unlinkat(dir, temporary.c_str(), 0); }};
        write_all(fd.get(), data, name);
        if (durability == Durability::Fsync)
            fsync_or_throw(fd.get(), name);
        rename_at(dir, temporary, dir, name);
        remove.dismiss();
    }
    if (durability == Durability::Fsync) {
        const UniqueFd directory = open_at(dir, directory_of(name), O_RDONLY | O_DIRECTORY);
        fsync_or_throw(directory.get(), name);
    }
}

void write_virtual_file(int dir, const std::string& name, std::string_view data)
{
    const UniqueFd fd = open_at(dir, name, O_WRONLY | O_NOFOLLOW);
    if (::write(fd.get(), data.data(), data.size()) < 0)
        throw Error{errno, cat("writing ", quoted(data), " to ", quoted(name))};
}

void make_directories(const std::string& path, mode_t mode)
{
    if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST)
        return;
    const int error = errno;
    const std::size_t slash = path.find_last_of('/');
    if (error != ENOENT || slash == std::string::npos || slash == 0)
        throw Error{error, cat("making directory ", quoted(path))};
    make_directories(path.substr(0, slash), mode);
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
        throw Error{errno, cat("making directory ", quoted(path))};
}

UniqueFd make_directory_at(int dir, const std::string& name, mode_t mode)
{
    if (::mkdirat(dir, name.c_str(), mode) != 0 && errno != EEXIST)
        throw Error{errno, cat("making directory ", quoted(name))};
    return open_at(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

bool exists_at(int dir, const std::string& name)
{
    struct stat status{};
    if (::fstatat(dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
        return true;
    if (errno == ENOENT || errno == ENOTDIR)
        return false;
    throw Error{errno, cat("looking at ", quoted(name))};
}

void rename_at(int from_dir, const std::string& from, int to_dir, const std::string& to)
{
    if (::renameat(from_dir, from.c_str(), to_dir, to.c_str()) != 0)
        throw Error{errno, cat("renaming ", quoted(from), " to ", quoted(to))};
}

bool remove_file_at(int dir, const std::string& name)
{
    if (::unlinkat(dir, name.c_str(), 0) == 0)
        return true;
    if (errno == ENOENT)
        return false;
    throw Error{errno, cat("removing ", quoted(name))};
}

std::vector<DirectoryEntry> list_directory(int dir, const std::string& name)
{
    UniqueFd fd = open_at(dir, name, O_RDONLY | O_DIRECTORY);
    const std::unique_ptr<DIR, int (*)(DIR*)> stream{::fdopendir(fd.get()), &::closedir};
    if (!stream)
        throw Error{errno, cat("listing ", quoted(name))};
    (void)fd.release(); // now the stream's
    std::vector<DirectoryEntry> entries;
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(stream.get()); // NOLINT(concurrency-mt-unsafe): the stream is ours alone
        if (entry == nullptr) {
            if (errno != 0)
                throw Error{errno, cat("listing ", quoted(name))};
            return entries;
        }
        const std::string_view entry_name{entry->d_name};
        if (entry_name == "." || entry_name == "..")
            continue;
        unsigned char type = entry->d_type;
        struct stat status{};
        if (type == DT_UNKNOWN && ::fstatat(::dirfd(stream.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            type = static_cast<unsigned char>(IFTODT(status.st_mode));
        entries.push_back({std::string{entry_name}, type});
    }
}

std::optional<std::string> find_link_at(int dir, const std::string& name)
{
    std::array<char, 4096> target; // NOLINT: filled by readlink
    const ssize_t length = ::readlinkat(dir, name.c_str(), target.data(), target.size());
    if (length >= 0)
        return std::string{target.data(), static_cast<std::size_t>(length)};
    if (errno == ENOENT)
        return std::nullopt;
    throw Error{errno, cat("reading the link ", quoted(name))};
}

std::string read_link_at(int dir, const std::string& name)
{
    auto target = find_link_at(dir, name);
    if (!target)
        throw Error{ENOENT, cat("reading the link ", quoted(name))};
    return std::move(*target);
}

std::string proc_fd_path(int fd) { return cat("/proc/self/fd/", fd); }
std::string path_of_fd(int fd) { return read_link_at(AT_FDCWD, proc_fd_path(fd)); }

TempDir::TempDir(const std::string& parent, std::string_view prefix) : path_{cat(parent, "/", prefix, "XXXXXX")}
{
    if (::mkdtemp(path_.data()) == nullptr)
        throw Error{errno, cat("making a temporary directory in ", quoted(parent))};
}

TempDir::TempDir(TempDir&& other) noexcept : path_{std::exchange(other.path_, {})} {}

TempDir::~TempDir()
{
    if (path_.empty())
        return;
    try {
        remove_tree_at(AT_FDCWD, path_);
    } catch (const Error&) { // what is left lies in a directory of ours and harms nobody
    }
}

std::string random_hex(std::size_t bytes)
{
    std::string raw(bytes, '\0');
    if (::getrandom(raw.data(), raw.size(), 0) != static_cast<ssize_t>(raw.size()))
        throw Error{errno, "getting random bytes"};
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes * 2);
    for (const char c : raw) {
        text += digits[static_cast<unsigned char>(c) >> 4U];
        text += digits[static_cast<unsigned char>(c) & 15U];
    }
    return text;
}

} // namespace skiff
