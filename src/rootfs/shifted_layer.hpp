#pragma once

#include "model/id_map.hpp"

#include <optional>
#include <string>
#include <vector>

/// Twins of layers with other owners, for containers with a user namespace of their own.
///
/// The kernel lets users neither idmap-mount their own disk nor change owners without copying. So twins are made once per
/// map and kept beside the layers, as layers/<chain>/shifted-<fingerprint of the map>...:
///
///   - "-r", redirecting, beside the topmost layer: the image's merged tree as directories and empty files that redirect to
///     the layers' own data (data-only lower layers, Linux 6.16). Costs inodes, not bytes. One tree for all layers, because
///     only the lowest ordinary layer of an overlay may redirect where following redirects in general is off (R15).
///   - "-c", a copy of each layer, with shared extents where the file system can.
///
/// Layers of another user (foreign_layer.hpp) have twins, too, whatever the container's map: in a directory of the own store
/// that has the layer's name.
namespace skiff::rootfs {

struct TwinRequest
{
    std::vector<std::string> layers; ///< lowest first
    std::string foreign_dir;         ///< where those of foreign layers go
    IdMap map;
};

/// The redirecting twin of these layers, if it exists.
std::optional<std::string> find_redirecting_twin(const TwinRequest& request);
/// Makes it when it is missing. Several processes may ask at once: one makes it, and it appears complete.
std::string make_redirecting_twin(const TwinRequest& request);

/// The copies of all layers in the same order, or nothing when one is missing. Own layers that no map shifts stay themselves.
std::optional<std::vector<std::string>> find_copied_twins(const TwinRequest& request);
std::vector<std::string> make_copied_twins(const TwinRequest& request);

} // namespace skiff::rootfs
