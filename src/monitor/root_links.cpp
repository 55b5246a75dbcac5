#include "monitor/root_links.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace skiff::monitor {
namespace {

struct stat status_of(int fd)
{
    struct stat status{};
    (void)::fstat(fd, &status);
    return status;
}

/// The link is made aside and renamed into place: whoever looks meanwhile sees the old one or the new one.
bool try_link(int directory, const std::string& target, const std::string& name)
{
    const std::string temporary = cat(".", name, ".", random_hex(6));
    if (::symlinkat(target.c_str(), directory, temporary.c_str()) != 0)
        return false;
    const struct stat owner = status_of(directory);
    (void)!::fchownat(directory, temporary.c_str(), owner.st_uid, owner.st_gid, AT_SYMLINK_NOFOLLOW);
    if (::renameat(directory, temporary.c_str(), directory, name.c_str()) == 0)
        return true;
    const int error = errno;
    ::unlinkat(directory, temporary.c_str(), 0);
    errno = error;
    return false;
}

bool is_link_to(int directory, const std::string& name, const std::string& target)
{
    struct stat status{};
    return ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode) &&
           find_link_at(directory, name) == target;
}

std::optional<UniqueFd> find_etc(int rootfs) { return find_beneath(rootfs, "etc", O_PATH | O_DIRECTORY); }

} // namespace

void try_link_mtab(int rootfs)
{
    try {
        const auto etc = find_etc(rootfs);
        if (etc && !exists_at(etc->get(), "mtab") && !try_link(etc->get(), "/proc/mounts", "mtab"))
            log::debug(cat("making /etc/mtab: ", errno_text(errno), "; ignored"));
    } catch (const Error& error) {
        log::debug(cat("making /etc/mtab: ", error.message(), "; ignored"));
    }
}

bool try_link_localtime(int rootfs, const ContainerConfig& config)
{
    const auto is_localtime = [](const MountConfig& mount) { return mount.target == "/etc/localtime"; };
    if (config.timezone.empty() || config.timezone == "local" || std::ranges::any_of(config.mounts, is_localtime))
        return false;
    try {
        const auto zone = find_beneath(rootfs, cat("usr/share/zoneinfo/", config.timezone), O_PATH);
        const auto etc = find_etc(rootfs);
        if (!zone || !etc || !S_ISREG(status_of(zone->get()).st_mode))
            return false;
        const std::string target = cat("../usr/share/zoneinfo/", config.timezone);
        if (is_link_to(etc->get(), "localtime", target) || try_link(etc->get(), target, "localtime"))
            return true;
        log::debug(cat("making /etc/localtime: ", errno_text(errno), "; the host's zone is mounted instead"));
    } catch (const Error& error) {
        log::debug(cat("making /etc/localtime: ", error.message(), "; the host's zone is mounted instead"));
    }
    return false;
}

} // namespace skiff::monitor
