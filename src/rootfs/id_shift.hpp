#pragma once

#include "model/id_map.hpp"

#include <string>

/// Owners of image files for a container with a user namespace of its own (--userns=keep-id, auto, nomap, --uidmap).
namespace skiff::rootfs {

/// False when files may stay as they are: no map, or the identity, or one id only (then everything belongs to it anyway).
bool needs_shift(const IdMap& map);

/// The owner that a file of the image gets in the shared namespace, so that it has its own owner inside `ranges`. Ids that
/// do not exist inside become root's there.
std::uint32_t shifted_id(const std::vector<IdRange>& ranges, std::uint32_t id);

/// A short name for the map, the same in each process: part of a directory's name.
std::string map_fingerprint(const IdMap& map);

} // namespace skiff::rootfs
