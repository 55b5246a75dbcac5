#pragma once

#include "archive/entry_sink.hpp"
#include "archive/tar_reader.hpp"

namespace skiff::archive {

/// The content of `entry`, which `reader` gave last, for a sink that wants every byte of a file: the holes of a sparse one
/// are filled with zeros.
void send_content(TarReader& reader, const TarEntry& entry, EntrySink& sink);

} // namespace skiff::archive
