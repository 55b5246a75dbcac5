#pragma once

#include "engine/engine.hpp"
#include "engine/progress.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

/// Stores all images of an archive (compressed or not) or directory in any format that registry/archive_source.hpp
/// knows. `input` is a path or a http(s) address; empty: standard input. Returns their names, "sha256:ID" for those
/// without one.
std::vector<std::string> load_images(Engine& engine, const std::string& input, Progress& progress);

/// The same from a descriptor, which is borrowed; `shown` is what messages call it.
std::vector<std::string> load_images(Engine& engine, int stream, const std::string& shown, Progress& progress);

} // namespace skiff::engine
