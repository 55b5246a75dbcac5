#pragma once

#include "store/store.hpp"

#include <string>

namespace skiff::engine {

/// Notes that something happened to an image: "pull", "tag", "remove" ... `name` is what the user calls it, or the file
/// or address that it came from.
void add_image_event(const store::Store& store, const std::string& action, const std::string& id,
                     const std::string& name);

} // namespace skiff::engine
