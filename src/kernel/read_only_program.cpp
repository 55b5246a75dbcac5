#include "kernel/read_only_program.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/mount.hpp"

#include <optional>
#include <sys/mman.h>
#include <sys/sendfile.h>

namespace skiff::kernel {
namespace {

struct stat status_of(int fd)
{
    struct stat status{};
    if (::fstat(fd, &status) != 0)
        throw Error{errno, "looking at our own program"};
    return status;
}

/// A clone by path: /proc/self/exe still leads into the mount namespace that we were started in, where we may not clone.
std::optional<UniqueFd> find_read_only_clone(const UniqueFd& program)
{
    if (!has_mount_api())
        return std::nullopt;
    try {
        UniqueFd clone = clone_mount(AT_FDCWD, path_of_fd(program.get()), Recursive::No);
        const struct stat ours = status_of(program.get());
        const struct stat cloned = status_of(clone.get());
        if (ours.st_dev != cloned.st_dev || ours.st_ino != cloned.st_ino)
            return std::nullopt; // updated since we were started, or hidden by a mount
        set_mount_attributes(clone.get(), {.set = MOUNT_ATTR_RDONLY}, Recursive::No);
        return clone;
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; copying the program to memory"));
        return std::nullopt;
    }
}

UniqueFd make_sealed_copy()
{
    const UniqueFd source = open_at(AT_FDCWD, "/proc/self/exe", O_RDONLY);
    UniqueFd copy{::memfd_create("skiff", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (!copy)
        throw Error{errno, "copying our own program"};
    auto left = static_cast<std::size_t>(status_of(source.get()).st_size);
    while (left > 0) {
        const ssize_t sent = ::sendfile(copy.get(), source.get(), nullptr, left);
        if (sent <= 0)
            throw Error{sent < 0 ? errno : EIO, "copying our own program"};
        left -= static_cast<std::size_t>(sent);
    }
    constexpr int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    if (::fchmod(copy.get(), 0500) != 0 || ::fcntl(copy.get(), F_ADD_SEALS, seals) != 0)
        throw Error{errno, "sealing our own program"};
    return copy;
}

} // namespace

UniqueFd open_read_only_program()
{
    const UniqueFd program = open_at(AT_FDCWD, "/proc/self/exe", O_PATH);
    auto clone = find_read_only_clone(program);
    return clone ? std::move(*clone) : make_sealed_copy();
}

} // namespace skiff::kernel
