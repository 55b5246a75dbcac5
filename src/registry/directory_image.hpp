#pragma once

#include "registry/image_files.hpp"
#include "registry/local_source.hpp"

#include <memory>
#include <string>

namespace skiff::registry {

/// The image in a directory of the "dir:" format: manifest.json, and each blob in a file named by its digest's digits.
/// It has no name there.
LocalImage read_directory_image(const std::shared_ptr<const ImageFiles>& files, const std::string& shown);

} // namespace skiff::registry
