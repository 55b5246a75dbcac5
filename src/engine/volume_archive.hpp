#pragma once

#include "engine/engine.hpp"

#include <string>

namespace skiff::engine {

/// Writes a volume's files to `output` as a tar archive.
void export_volume(Engine& engine, const std::string& name, int output);

/// Unpacks an archive (compressed or not) over a volume's files. `input` is read to its end.
void import_volume(Engine& engine, const std::string& name, int input);

} // namespace skiff::engine
