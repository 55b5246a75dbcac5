#include "rootfs/copy.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "kernel/mount.hpp"
#include "rootfs/layer_stack.hpp"
#include "rootfs/tree_copy.hpp"

namespace skiff::rootfs {
namespace {

/// The tree gets its name when it is complete; what a kill left behind is started anew.
void make_tree(int dir, const RootfsRequest& request)
{
    constexpr const char* unfinished = "tree.unfinished";
    remove_tree_at(dir, unfinished);
    const UniqueFd target = make_directory_at(dir, unfinished);
    TreeCopy copy{target.get(), {.shift = request.id_map}};
    copy.copy_merged(open_stack(request.layers), target.get());
    rename_at(dir, unfinished, dir, "tree");
}

} // namespace

Rootfs mount_copy(const RootfsRequest& request)
{
    const UniqueFd dir = open_at(AT_FDCWD, request.container_dir, O_RDONLY | O_DIRECTORY);
    if (!exists_at(dir.get(), "tree"))
        while_doing("copying the image", [&] { make_tree(dir.get(), request); });
    const UniqueFd tree = open_at(dir.get(), "tree", O_PATH | O_DIRECTORY | O_NOFOLLOW);
    const UniqueFd target = make_directory_at(dir.get(), "merged");
    kernel::bind_mount(tree.get(), target.get(), {.set = request.read_only ? std::uint64_t{MOUNT_ATTR_RDONLY} : 0},
                       kernel::Recursive::No);
    std::string path = cat(request.container_dir, "/merged");
    UniqueFd mounted = open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY);
    return Rootfs{std::move(path), std::move(mounted), std::nullopt};
}

} // namespace skiff::rootfs
