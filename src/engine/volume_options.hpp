#pragma once

#include "store/volumes.hpp"

#include <cstdint>
#include <optional>

/// The options of the driver local: type, device and o, as mount(8) has them.
namespace skiff::engine {

/// Throws Error(Usage) for what cannot work, with what would: it is told now and not when a container starts.
void check_volume_options(const store::Volume& volume);

/// Whose a plain directory is, by the words uid=, gid= and mode= of "o".
struct VolumeOwner
{
    std::optional<std::uint32_t> uid, gid, mode;
};
/// Nobody for volumes that have a type.
VolumeOwner read_volume_owner(const store::Volume& volume);

} // namespace skiff::engine
