// Opening below a root that may be hostile: the second half of file.hpp.
//
// openat2 (Linux 5.6) resolves inside the kernel, so a container that swaps directories for links while we look cannot
// lead us out. Where it is missing, or an outer seccomp filter answers ENOSYS or EPERM, the same rules are walked by hand:
// one O_PATH|O_NOFOLLOW component at a time, with links expanded against the root (security.md R3).

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/path.hpp"

#include <cstdlib>
#include <linux/openat2.h>
#include <sys/syscall.h>

namespace skiff {
namespace {

constexpr int max_links = 40;          // as the kernel's
constexpr int max_retries = 128;       // EAGAIN: something was renamed while the kernel walked
constexpr std::size_t max_path = 4096; // PATH_MAX

std::uint64_t resolve_flags(Follow follow)
{
    if (follow == Follow::InRoot)
        return RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    return RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS;
}

/// Tests make openat2 fail with this variable to run the fallback (security.md T-10).
bool openat2_is_switched_off()
{
    static const bool off = std::getenv("SKIFF_NO_OPENAT2") != nullptr;
    return off;
}

/// Returns -1 with errno; ENOSYS when the walk by hand has to do it.
int open_by_kernel(int root, const std::string& path, int flags, mode_t mode, Follow follow)
{
    if (openat2_is_switched_off()) {
        errno = ENOSYS;
        return -1;
    }
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? mode : 0;
    how.resolve = resolve_flags(follow);
    for (int attempt = 0; attempt < max_retries; ++attempt) {
        const long fd = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
        if (fd >= 0)
            return static_cast<int>(fd);
        if (errno != EAGAIN && errno != EINTR)
            break;
    }
    return -1;
}

UniqueFd duplicate(int fd)
{
    UniqueFd copy{::fcntl(fd, F_DUPFD_CLOEXEC, 0)};
    return copy;
}

/// Returns an empty fd with errno set.
UniqueFd open_by_hand(int root, std::string_view path, int flags, mode_t mode, Follow follow)
{
    std::vector<std::string> todo = components_of(path); // the next component is at the front
    std::vector<UniqueFd> parents;                       // from the root to where we stand
    parents.push_back(UniqueFd{::openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC)});
    if (!parents.back())
        return {};
    int links = 0;
    const bool must_be_directory = !path.empty() && path.back() == '/';
    while (!todo.empty()) {
        const std::string name = todo.front();
        todo.erase(todo.begin());
        if (name == "..") {
            if (follow == Follow::Beneath) {
                errno = EXDEV;
                return {};
            }
            if (parents.size() > 1)
                parents.pop_back();
            continue;
        }
        const int here = parents.back().get();
        const bool last = todo.empty();
        UniqueFd next{::openat(here, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
        struct stat status{};
        if (next && ::fstat(next.get(), &status) != 0)
            return {};
        const bool is_link = next && S_ISLNK(status.st_mode);
        if (is_link && !(last && (flags & O_NOFOLLOW) != 0 && !must_be_directory)) {
            if (follow == Follow::Beneath || ++links > max_links) {
                errno = ELOOP;
                return {};
            }
            std::string target(max_path, '\0');
            const ssize_t length = ::readlinkat(next.get(), "", target.data(), target.size());
            if (length < 0)
                return {};
            target.resize(static_cast<std::size_t>(length));
            if (target.starts_with('/'))
                parents.resize(1);
            std::vector<std::string> expanded = components_of(target);
            expanded.insert(expanded.end(), todo.begin(), todo.end());
            todo = std::move(expanded);
            continue;
        }
        if (last)
            return UniqueFd{::openat(here, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode)};
        if (!next)
            return {};
        if (!S_ISDIR(status.st_mode)) {
            errno = ENOTDIR;
            return {};
        }
        parents.push_back(std::move(next));
    }
    if ((flags & O_PATH) != 0)
        return duplicate(parents.back().get());
    return UniqueFd{::openat(parents.back().get(), ".", (flags & ~(O_CREAT | O_EXCL)) | O_CLOEXEC)};
}

UniqueFd try_open_beneath(int root, std::string_view path, int flags, mode_t mode, Follow follow)
{
    while (path.starts_with('/'))
        path.remove_prefix(1);
    const std::string relative{path.empty() ? "." : path};
    if (relative.find('\0') != std::string::npos || relative.size() >= max_path) {
        errno = relative.size() >= max_path ? ENAMETOOLONG : EINVAL;
        return {};
    }
    UniqueFd fd{open_by_kernel(root, relative, flags, mode, follow)};
    if (fd || (errno != ENOSYS && errno != EPERM))
        return fd;
    const int kernel_said = errno;
    UniqueFd walked = open_by_hand(root, relative, flags, mode, follow);
    if (!walked && kernel_said == EPERM)
        errno = EPERM;
    return walked;
}

} // namespace

UniqueFd beneath(int root, std::string_view path, int flags, mode_t mode, Follow follow)
{
    UniqueFd fd = try_open_beneath(root, path, flags, mode, follow);
    if (!fd)
        throw Error{errno, cat("opening ", quoted(path))};
    return fd;
}

std::optional<UniqueFd> find_beneath(int root, std::string_view path, int flags, Follow follow)
{
    UniqueFd fd = try_open_beneath(root, path, flags, 0, follow);
    if (fd)
        return fd;
    if (errno == ENOENT || errno == ENOTDIR)
        return std::nullopt;
    throw Error{errno, cat("opening ", quoted(path))};
}

UniqueFd make_directories_beneath(int root, std::string_view path, mode_t mode)
{
    // Each prefix is looked up from the root again: a link or a swap in between cannot carry us outside (R2).
    UniqueFd here = beneath(root, ".", O_PATH | O_DIRECTORY);
    std::string so_far;
    for (const std::string& name : components_of(path)) {
        const std::string next = cat(so_far, so_far.empty() ? "" : "/", name);
        auto found = find_beneath(root, next, O_PATH | O_DIRECTORY);
        if (!found && name != "..") {
            if (::mkdirat(here.get(), name.c_str(), mode) != 0 && errno != EEXIST)
                throw Error{errno, cat("making directory ", quoted(next))};
            found = find_beneath(root, next, O_PATH | O_DIRECTORY);
        }
        if (!found)
            throw Error{ENOTDIR, cat("making directory ", quoted(next))};
        here = std::move(*found);
        so_far = next;
    }
    return here;
}

} // namespace skiff
