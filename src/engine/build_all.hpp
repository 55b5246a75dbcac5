#pragma once

#include "engine/build.hpp"

#include <string>

namespace skiff::engine {

/// Everything that the request asks for: an image for each platform, a list of them, outputs. Several platforms are built one after the
/// other, and the names are of their list then. Returns the id of the image, or of the list. Changes the request on the way.
std::string build_all(Engine& engine, BuildRequest& request, BuildOutput& output);

} // namespace skiff::engine
