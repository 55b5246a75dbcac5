#include "runtime/devices.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace skiff::runtime {
namespace {

/// Others' places below /dev: they are mounts of the container's own, or belong to terminals.
bool is_passed_over(std::string_view name)
{
    constexpr std::string_view names[] = {"pts",  "shm",    "mqueue",  "fd",  "console", "ptmx",  "null",   "zero",
                                          "full", "random", "urandom", "tty", "core",    "stdin", "stdout", "stderr"};
    return std::find(std::begin(names), std::end(names), name) != std::end(names) || name.starts_with(".");
}

void collect(int dir, const std::string& path, std::vector<std::string>& found, int depth)
{
    constexpr int deepest = 4; // /dev/bus/usb/001/002
    for (const DirectoryEntry& entry : list_directory(dir)) {
        if (depth == 0 && is_passed_over(entry.name))
            continue;
        struct stat status
        {
        };
        if (::fstatat(dir, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        const std::string name = cat(path, "/", entry.name);
        if (S_ISDIR(status.st_mode) && depth < deepest) {
            const UniqueFd below{::openat(dir, entry.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
            if (below)
                collect(below.get(), name, found, depth + 1);
        } else if ((S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) &&
                   ::faccessat(dir, entry.name.c_str(), R_OK, AT_EACCESS) == 0) {
            found.push_back(name);
        }
    }
}

} // namespace

std::vector<std::string> list_host_devices()
{
    std::vector<std::string> found;
    const UniqueFd dev = open_at(AT_FDCWD, "/dev", O_RDONLY | O_DIRECTORY);
    collect(dev.get(), "/dev", found, 0);
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace skiff::runtime
