#include "base/lock.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <sys/file.h>

namespace skiff {
namespace {

int operation(FileLock::Mode mode) { return mode == FileLock::Mode::Shared ? LOCK_SH : LOCK_EX; }

bool lock(int fd, int how, const std::string& name)
{
    while (::flock(fd, how) != 0) {
        if (errno == EWOULDBLOCK)
            return false;
        if (errno != EINTR)
            throw Error{errno, cat("locking ", quoted(name))};
    }
    return true;
}

UniqueFd open_lock(int dir, const std::string& name)
{
    return open_at(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
}

/// The last holder may have unlinked the file while we waited: then our lock is worth nothing.
bool is_linked(int fd)
{
    struct stat status{};
    return ::fstat(fd, &status) == 0 && status.st_nlink > 0;
}

} // namespace

FileLock FileLock::acquire(int dir, const std::string& name, Mode mode)
{
    for (;;) {
        UniqueFd fd = open_lock(dir, name);
        lock(fd.get(), operation(mode), name);
        if (is_linked(fd.get()))
            return FileLock{std::move(fd)};
    }
}

std::optional<FileLock> FileLock::try_acquire(int dir, const std::string& name, Mode mode)
{
    for (;;) {
        UniqueFd fd = open_lock(dir, name);
        if (!lock(fd.get(), operation(mode) | LOCK_NB, name))
            return std::nullopt;
        if (is_linked(fd.get()))
            return FileLock{std::move(fd)};
    }
}

void FileLock::downgrade() { lock(fd_.get(), LOCK_SH, "a lock"); }

bool FileLock::try_upgrade() { return lock(fd_.get(), LOCK_EX | LOCK_NB, "a lock"); }

bool FileLock::is_held(int dir, const std::string& name)
{
    const auto fd = find_at(dir, name, O_RDONLY | O_NOFOLLOW);
    return fd && !lock(fd->get(), LOCK_SH | LOCK_NB, name);
}

} // namespace skiff
