#pragma once

#include "archive/entry_sink.hpp"
#include "rootfs/changes.hpp"

#include <cstdint>
#include <vector>

namespace skiff::rootfs {

/// Writes what a container changed as the entries of a layer: files as they are now, with the owners that the image would
/// have them with, and `.wh.NAME` for what is gone. `changes` is what list_changes(request) said, or a part of it.
///
/// The same changes give the same entries with every driver: paths in the order of their bytes, each after the directories
/// that lead to it (these are always among the entries, so that the layer does not change their owners and modes), and
/// every removal by its name, as OCI's image specification prefers to opaque directories.
///
/// Inside the shared user namespace; of a running container, files that go meanwhile are left out. Returns how many
/// entries were written.
std::uint64_t pack_changes(const RootfsRequest& request, const std::vector<Change>& changes, archive::EntrySink& sink);

/// True when the directory of the changes is what a layer of the store would be, so that it may become one: an overlay of the
/// kernel's, whose owners are the image's.
bool can_become_layer(const RootfsRequest& request);

/// Removes from the directory of the changes what was added without being in `kept`, a part of list_changes(request): places that
/// mounts needed. Nothing may have it mounted.
void drop_other_changes(const RootfsRequest& request, const std::vector<Change>& kept);

} // namespace skiff::rootfs
