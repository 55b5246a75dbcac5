#pragma once

#include "rootfs/rootfs.hpp"

namespace skiff::rootfs {

/// Makes upper/, work/ and merged/ (for a read-only mount: empty/ and merged/) in the container's directory, as far as they
/// are missing. A new upper/ gets owner, mode and times of the image's root directory: it is the container's "/".
void make_container_dirs(const RootfsRequest& request);

} // namespace skiff::rootfs
