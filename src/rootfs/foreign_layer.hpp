#pragma once

#include <string>
#include <sys/stat.h>
#include <vector>

/// Layers of a store that another user filled (an additional image store). Everything in them belongs to somebody who does
/// not exist in our user namespace. Whether the kernel shows such files as nobody's is the least of it: it refuses to copy
/// them up (EOVERFLOW), so a container could not change a single file of its image. Who fills a store for others
/// therefore has it unpacked for one id: everybody can read all files, and an attribute of each says its owner and mode.
///
///   - The kernel's overlay gets a redirecting twin of the merged image (shifted_layer.hpp) with the true owners; the data
///     stays where it is. Before Linux 6.16, copies.
///   - fuse-overlayfs reads the attributes itself, in place.
///   - The copying driver copies anyway.
namespace skiff::rootfs {

/// `layer` is its diff directory. Inside the user namespace. False when it is not there.
bool is_foreign_layer(const std::string& layer);
bool has_foreign_layer(const std::vector<std::string>& layers);

/// What `status` of a foreign file should say; it is `name` in `dir`, or `dir` itself when `name` is empty.
/// Where we have one id only, the mode alone: owners are in the attribute, which copies keep.
void correct_foreign(int dir, const std::string& name, struct stat& status);

/// Where only one id is mapped here, attributes are how owners are kept; else they have been turned into owners.
bool has_one_id();

/// Whether two files of `type` say the same there. True where owners are owners.
bool has_same_kept_owner(int dir, const std::string& name, int other_dir, const std::string& other_name, mode_t type);

} // namespace skiff::rootfs
