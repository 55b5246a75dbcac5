#pragma once

#include "base/unique_fd.hpp"

#include <optional>
#include <string>
#include <sys/stat.h>
#include <vector>

/// The merged view of layers, computed by ourselves: what an overlay of them would show. For the copy driver, and to tell
/// what a container changed.
namespace skiff::rootfs {

/// One directory of the merged tree, with the layers that contribute to it.
struct StackDirectory
{
    std::vector<UniqueFd> parts; ///< topmost first; the first one's owner, mode and times are the directory's
    std::vector<bool> foreign;   ///< of each part: its layer is another user's (foreign_layer.hpp)
};

struct StackEntry
{
    std::string name;
    std::size_t part = 0; ///< of the StackDirectory: where its data and attributes are
    struct stat status{}; ///< of a foreign layer: with the owner and mode that the image gives
};

/// The root of the layers, lowest first in `layers`.
StackDirectory open_stack(const std::vector<std::string>& layers);
/// What is visible, sorted by name. Whiteouts of both forms and opaque directories have had their effect and are not listed.
std::vector<StackEntry> list(const StackDirectory& directory);
std::optional<StackEntry> find_entry(const StackDirectory& directory, const std::string& name);
/// Goes down; `entry` must be a directory of `directory`.
StackDirectory enter(const StackDirectory& directory, const StackEntry& entry);

/// Marks of overlays on disk, as unpacking, the kernel and fuse-overlayfs write them.
bool is_whiteout(const struct stat& status); ///< a character device 0:0
bool is_opaque(int directory);
constexpr std::string_view whiteout_prefix = ".wh."; ///< where devices cannot be made: an empty file ".wh.NAME"
constexpr std::string_view opaque_marker = ".wh..wh..opq";

/// Trees deeper than this are refused: nobody's image is, and descriptors are finite.
constexpr int max_depth = 256;

} // namespace skiff::rootfs
