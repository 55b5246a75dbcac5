#pragma once

namespace skiff::build {

/// Whether `file` is an archive that ADD unpacks, by its content: a tar whose first header is sound, plain or compressed in
/// any known way. An empty file is none. `file` is read from its start, and its position is there again.
bool is_archive(int file);

/// Unpacks the archive `file` into the directory `into`. Owners mean nothing to a context (COPY sets them): all files become
/// ours, and whoever made the directory can remove them.
void unpack_context(int file, int into);

} // namespace skiff::build
