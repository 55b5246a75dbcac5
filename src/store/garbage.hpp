#pragma once

#include "base/lock.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace skiff::store {

class Store;
class StoreAlone;

// Who needs what. ------------------------------------------------------------------------------------------------

/// Ids of the containers made from an image, or that mount it, by image id.
std::map<std::string, std::vector<std::string>> containers_by_image(const Store& store);
/// Ids of the containers that mount a volume, by its name.
std::map<std::string, std::vector<std::string>> containers_by_volume(const Store& store);
/// The names of all volumes that containers mount. Throws for a record that cannot be read: what that container has is unknown.
std::set<std::string> volumes_in_use(const Store& store);
/// Held from looking for the users of an anonymous volume until it is removed, and while the record of a new user is written. Not
/// across what may remove a container.
FileLock lock_volume_users(const Store& store);

/// How the bytes of an image divide. Layers of several images are counted as shared by each of them.
struct ImageSizes
{
    std::uint64_t shared_bytes = 0;
    std::uint64_t unique_bytes = 0; ///< what removing it would give back, if no container needs its layers
};
std::map<std::string, ImageSizes> image_sizes(const Store& store); ///< by image id
/// What all images take, each layer, configuration and manifest counted once, and how much of it removing every image that
/// no container uses would give back.
struct ImagesTotal
{
    std::uint64_t bytes = 0, reclaimable_bytes = 0;
};
ImagesTotal total_of_images(const Store& store);

/// The bytes of the files below `name` in `dir`, each hard link once; links are not followed. Files that cannot be
/// reached (subordinate ids, from outside the user namespace) count nothing.
std::uint64_t tree_size(int dir, const std::string& name);

// Removal. -------------------------------------------------------------------------------------------------------

struct Garbage
{
    std::vector<std::string> layers; ///< chain ids of those removed
    std::uint64_t bytes = 0;         ///< what they and the blobs took
};

/// Removes layers and blobs that neither an image nor a container needs, and names and run directories without an
/// owner. Layers that a pull claims stay. Inside the user namespace. Layers are only moved to the trash: to delete a
/// large one takes many seconds, so the caller says `empty_trash` when the store is no longer locked.
Garbage collect_garbage(const Store& store, const StoreAlone& alone);

/// `system reset`: all images, containers, volumes and events. Nothing may run. Inside the user namespace.
void remove_everything(const Store& store, const StoreAlone& alone);

} // namespace skiff::store
