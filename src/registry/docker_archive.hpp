#pragma once

#include "registry/image_files.hpp"
#include "registry/local_source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace skiff::registry {

/// The images of what `docker save` writes: manifest.json names configuration, layers and tags of each. A manifest of
/// the registry kind does not exist there, so one is made: plain layers go by their diff ids, compressed ones are
/// hashed. A name without a registry is docker.io's, as for Docker.
std::vector<LocalImage> read_docker_archive(const std::shared_ptr<const ImageFiles>& files, const std::string& shown);

} // namespace skiff::registry
