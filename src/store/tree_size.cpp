#include "base/error.hpp"
#include "base/file.hpp"
#include "store/garbage.hpp"

#include <dirent.h>
#include <set>

namespace skiff::store {

std::uint64_t tree_size(int dir, const std::string& name)
{
    // The tree may be hostile (R1, R6): no recursion, and no link is followed anywhere in a path.
    const auto top = find_beneath(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, Follow::Beneath);
    if (!top)
        return 0;
    std::uint64_t bytes = 0;
    std::set<std::pair<dev_t, ino_t>> counted;
    std::vector<std::string> waiting{"."};
    while (!waiting.empty()) {
        const std::string path = std::move(waiting.back());
        waiting.pop_back();
        std::vector<DirectoryEntry> entries;
        UniqueFd here;
        try {
            here = beneath(top->get(), path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, Follow::Beneath);
            entries = list_directory(here.get());
        } catch (const Error&) { // vanished, not ours to read, or too deep for a path: it counts nothing
            continue;
        }
        for (const DirectoryEntry& entry : entries) {
            if (entry.type == DT_DIR) {
                waiting.push_back(cat(path, "/", entry.name));
                continue;
            }
            struct stat status
            {
            };
            if (::fstatat(here.get(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
                !S_ISREG(status.st_mode))
                continue;
            if (status.st_nlink == 1 || counted.emplace(status.st_dev, status.st_ino).second)
                bytes += static_cast<std::uint64_t>(status.st_size);
        }
    }
    return bytes;
}

} // namespace skiff::store
