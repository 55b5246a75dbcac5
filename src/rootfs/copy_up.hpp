#pragma once

#include "model/id_map.hpp"

#include <cstdint>
#include <string>

namespace skiff::rootfs {

/// Fills the empty directory `target` (a volume's) with what the tree `root` has at `path`, owners, modes and all; the path is
/// resolved inside the tree (security.md R48). Nothing happens when the tree has no directory there.
void copy_up_directory(int root, const std::string& path, const std::string& target);

/// Gives `path` and everything below it to a user of the container, for :U. `uid` and `gid` count inside `id_map` (empty: in
/// the shared namespace). Follows no link and enters no other mount (R6). A `path` that belongs to that user already was given
/// before: what others put there since keeps its owner, as in Podman.
void change_owner(const std::string& path, std::uint32_t uid, std::uint32_t gid, const IdMap& id_map);

} // namespace skiff::rootfs
