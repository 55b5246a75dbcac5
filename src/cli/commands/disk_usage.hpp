#pragma once

#include "engine/disk_usage.hpp"

#include <nlohmann/json.hpp>

namespace skiff::cli {

/// A row each for images, containers and volumes.
nlohmann::ordered_json make_usage_summary(const engine::DiskUsage& usage);

/// Three tables: each image, container and volume.
void print_usage_details(const engine::DiskUsage& usage);

} // namespace skiff::cli
