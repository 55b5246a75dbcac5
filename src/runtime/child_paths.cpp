#include "runtime/child_paths.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace skiff::runtime {
namespace {

constexpr int max_links = 40;    // as the kernel's
constexpr int max_retries = 128; // EAGAIN: something was renamed while the kernel walked (R1)
constexpr std::size_t buffer_size = 4096;

int open_by_kernel(int root, const char* path) noexcept
{
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    for (int attempt = 0; attempt < max_retries; ++attempt) {
        const long fd = ::syscall(SYS_openat2, root, *path == '\0' ? "." : path, &how, sizeof how);
        if (fd >= 0)
            return static_cast<int>(fd);
        if (errno != EAGAIN && errno != EINTR)
            break;
    }
    return -1;
}

/// Closes `old` and puts `next` in its place, keeping errno.
void replace(int& old, int next) noexcept
{
    const int error = errno;
    if (old >= 0)
        ::close(old);
    old = next;
    errno = error;
}

/// Walks by hand, one component at a time and never through a link: what is still to do is in `todo_`, where we stand
/// in `here_`, and the way that led here, free of links, in `done_`.
class Walk
{
  public:
    Walk(int root, bool make, bool directory) noexcept : root_{root}, make_{make}, directory_{directory} {}
    ~Walk() { replace(here_, -1); }
    Walk(const Walk&) = delete;
    Walk& operator=(const Walk&) = delete;

    int run(const char* path) noexcept
    {
        if (std::strlen(path) >= buffer_size) {
            errno = ENAMETOOLONG;
            return -1;
        }
        std::strcpy(todo_, path); // NOLINT: measured above
        if (!go_to_root())
            return -1;
        while (take_component()) {
            const bool fine = std::strcmp(name_, "..") == 0 ? go_up() : go_down();
            if (!fine)
                return -1;
        }
        const int found = here_;
        here_ = -1;
        return found;
    }

  private:
    bool go_to_root() noexcept
    {
        done_[0] = '\0';
        replace(here_, ::openat(root_, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
        return here_ >= 0;
    }

    /// Moves the first component of todo_ to name_; false when there is none. A name that is too long becomes "".
    bool take_component() noexcept
    {
        const char* from = todo_;
        for (;;) {
            while (*from == '/')
                ++from;
            if (from[0] == '.' && (from[1] == '/' || from[1] == '\0'))
                ++from;
            else
                break;
        }
        if (*from == '\0')
            return false;
        const std::size_t length = std::strcspn(from, "/");
        name_[0] = '\0'; // openat answers ENOENT
        if (length < sizeof name_) {
            std::memcpy(name_, from, length);
            name_[length] = '\0';
        }
        std::memmove(todo_, from + length, std::strlen(from + length) + 1);
        return true;
    }

    [[nodiscard]] bool is_last() const noexcept { return todo_[std::strspn(todo_, "/")] == '\0'; }

    bool go_up() noexcept
    {
        char way[buffer_size];
        std::strcpy(way, done_); // NOLINT: the same size
        char* slash = std::strrchr(way, '/');
        if (slash != nullptr)
            *slash = '\0';
        if (!go_to_root())
            return false;
        for (char* component = way; slash != nullptr && *component == '/';) {
            char* end = component + 1 + std::strcspn(component + 1, "/");
            const char kept = *end;
            *end = '\0';
            replace(here_, ::openat(here_, component + 1, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
            *end = kept;
            if (here_ < 0)
                return false;
            component = end;
        }
        if (slash != nullptr)
            std::strcpy(done_, way); // NOLINT: the same size
        return true;
    }

    int make_missing() noexcept
    {
        if (!make_ || errno != ENOENT || name_[0] == '\0')
            return -1;
        const bool file = is_last() && !directory_;
        const int made = file ? ::mknodat(here_, name_, S_IFREG | 0644, 0) : ::mkdirat(here_, name_, 0755);
        if (made != 0 && errno != EEXIST)
            return -1;
        return ::openat(here_, name_, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    }

    bool go_down() noexcept
    {
        int next = ::openat(here_, name_, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0)
            next = make_missing();
        if (next < 0)
            return false;
        struct stat status
        {
        };
        if (::fstat(next, &status) != 0) {
            replace(next, -1);
            return false;
        }
        if (S_ISLNK(status.st_mode))
            return follow(next);
        const std::size_t length = std::strlen(done_);
        const std::size_t name_length = std::strlen(name_);
        if (length + 1 + name_length >= buffer_size || (!is_last() && !S_ISDIR(status.st_mode))) {
            replace(next, -1);
            errno = S_ISDIR(status.st_mode) ? ENAMETOOLONG : ENOTDIR;
            return false;
        }
        done_[length] = '/';
        std::memcpy(done_ + length + 1, name_, name_length + 1);
        replace(here_, next);
        return true;
    }

    /// Puts the link's text in front of what is to do. Consumes `link`.
    bool follow(int link) noexcept
    {
        char text[buffer_size];
        const ssize_t got = ::readlinkat(link, "", text, sizeof text);
        replace(link, -1);
        if (got < 0)
            return false;
        const auto length = static_cast<std::size_t>(got);
        const std::size_t rest = std::strlen(todo_);
        if (++links_ > max_links || length == 0 || length + rest >= buffer_size) {
            errno = links_ > max_links ? ELOOP : ENAMETOOLONG;
            return false;
        }
        std::memmove(todo_ + length, todo_, rest + 1); // the rest begins with a slash, or is empty
        std::memcpy(todo_, text, length);
        return text[0] != '/' || go_to_root();
    }

    int root_;
    bool make_, directory_;
    int here_ = -1;
    int links_ = 0;
    char todo_[buffer_size] = {};
    char done_[buffer_size] = {};
    char name_[256] = {};
};

} // namespace

int open_in_root(int root, const char* path, bool use_openat2) noexcept
{
    if (use_openat2) {
        const int fd = open_by_kernel(root, path);
        if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
            return fd;
    }
    return Walk{root, false, false}.run(path);
}

int open_or_make_in_root(int root, const char* path, bool directory, bool use_openat2) noexcept
{
    int fd = -1;
    errno = ENOENT;
    if (use_openat2)
        fd = open_by_kernel(root, path);
    if (fd < 0 && (errno == ENOENT || errno == ENOSYS || errno == EPERM))
        fd = Walk{root, true, directory}.run(path);
    if (fd < 0)
        return -1;
    struct stat status
    {
    };
    if (::fstat(fd, &status) != 0 || S_ISDIR(status.st_mode) != directory) {
        replace(fd, -1);
        errno = directory ? ENOTDIR : EISDIR;
        return -1;
    }
    return fd;
}

FdPath::FdPath(int fd) noexcept : text{"/proc/self/fd/"}
{
    char digits[12];
    int count = 0;
    do
        digits[count++] = static_cast<char>('0' + fd % 10);
    while ((fd /= 10) > 0);
    char* out = text + std::strlen(text);
    while (count > 0)
        *out++ = digits[--count];
    *out = '\0';
}

} // namespace skiff::runtime
