#pragma once

#include "base/clock.hpp"
#include "engine/engine.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace skiff::engine {

struct ImageUsage
{
    std::string id, name; ///< one of its names; empty: it has none
    WallTime created;
    std::uint64_t size = 0, shared_bytes = 0, unique_bytes = 0;
    std::size_t containers = 0;
};

struct ContainerUsage
{
    std::string id, name, image_id, status;
    std::vector<std::string> command;
    std::size_t volumes = 0;
    std::uint64_t changed_bytes = 0, total_bytes = 0;
    WallTime created;
    bool running = false;
};

struct VolumeUsage
{
    std::string name;
    std::size_t links = 0; ///< containers that use it
    std::uint64_t size = 0;
};

/// What the store takes, in bytes.
struct DiskUsage
{
    std::uint64_t image_bytes = 0;             ///< of all images together, what they share once
    std::uint64_t reclaimable_image_bytes = 0; ///< of images that no container uses, and nobody else needs
    std::vector<ImageUsage> images;
    std::vector<ContainerUsage> containers;
    std::vector<VolumeUsage> volumes;
};

/// Reads the trees of all containers and volumes, in the user namespace.
DiskUsage measure_disk_usage(Engine& engine);

} // namespace skiff::engine
