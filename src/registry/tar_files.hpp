#pragma once

#include "registry/image_files.hpp"
#include "registry/transport_options.hpp"

#include <memory>
#include <string>

namespace skiff::registry {

/// The files of the tar archive `path`, to be read in any order. A plain archive is read where it lies; a compressed
/// one is unpacked into an unlinked temporary file first, for nothing in it could be found otherwise.
std::shared_ptr<const ImageFiles> open_tar_files(const std::string& path, const TransportOptions& options);

/// The same of a stream (standard input), which is always stored. `shown` is its name in messages.
std::shared_ptr<const ImageFiles> open_tar_files(int stream, const std::string& shown, const TransportOptions& options);

/// A file without a name in `directory`; empty: $TMPDIR or /var/tmp (security.md R26).
UniqueFd open_temporary_file(std::string directory);

} // namespace skiff::registry
