#include "rootfs/foreign_layer.hpp"

#include "archive/file_attributes.hpp"
#include "base/cat.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <sys/xattr.h>

namespace skiff::rootfs {
namespace {

std::optional<archive::Ownership> find_truth(int dir, const std::string& name, mode_t type)
{
    if (!S_ISREG(type) && !S_ISDIR(type)) // links and special files cannot have such attributes
        return std::nullopt;
    std::array<char, 64> value; // NOLINT: filled by fgetxattr
    ssize_t size = -1;
    if (name.empty())
        size = ::fgetxattr(dir, archive::override_xattr, value.data(), value.size());
    else
        size = ::lgetxattr(cat(proc_fd_path(dir), "/", name).c_str(), archive::override_xattr, value.data(), value.size());
    return size > 0 ? archive::find_override({value.data(), static_cast<std::size_t>(size)}) : std::nullopt;
}

} // namespace

bool is_foreign_layer(const std::string& layer)
{
    // Not the directory itself: that belongs to whom the image says.
    struct stat status{};
    return ::stat(layer.substr(0, layer.rfind('/')).c_str(), &status) == 0 && status.st_uid != 0;
}

bool has_foreign_layer(const std::vector<std::string>& layers)
{
    return std::any_of(layers.begin(), layers.end(), is_foreign_layer);
}

bool has_one_id()
{
    static const bool one = [] {
        const auto text = find_file(AT_FDCWD, "/proc/self/uid_map", 4096);
        std::size_t inside = 0;
        std::size_t outside = 0;
        std::size_t count = 0;
        return text && std::sscanf(text->c_str(), "%zu %zu %zu", &inside, &outside, &count) == 3 && count == 1 &&
               std::count(text->begin(), text->end(), '\n') == 1;
    }();
    return one;
}

bool has_same_kept_owner(int dir, const std::string& name, int other_dir, const std::string& other_name, mode_t type)
{
    return !has_one_id() || find_truth(dir, name, type) == find_truth(other_dir, other_name, type);
}

void correct_foreign(int dir, const std::string& name, struct stat& status)
{
    status.st_uid = 0;
    status.st_gid = 0;
    if (has_one_id())
        return;
    if (const auto truth = find_truth(dir, name, status.st_mode)) {
        status.st_uid = truth->uid;
        status.st_gid = truth->gid;
        status.st_mode = (status.st_mode & S_IFMT) | truth->mode;
    }
}

} // namespace skiff::rootfs
