#pragma once

#include "engine/engine.hpp"

#include <string>

namespace skiff::engine {

/// Puts the built-in image into the store as localhost/hello:latest and returns its id: the first `skiff run hello` works
/// with no registry in reach.
std::string install_hello_image(Engine& engine);

} // namespace skiff::engine
