#pragma once

#include "model/container_config.hpp"

/// Links that every engine makes in a container's /etc. They are made in the container's own tree, not mounted: programs inside
/// may change them (`dpkg-reconfigure tzdata`), and a mount over a link would hide what the link leads to.
namespace skiff::monitor {

/// /etc/mtab, where the image has none; fstab readers and df want it. Failures are logged and ignored: it is a courtesy.
void try_link_mtab(int rootfs);

/// --tz: /etc/localtime leads to the zone's file in the image. False when the image has none, or no link can be made; then the
/// host's file is to be mounted there.
bool try_link_localtime(int rootfs, const ContainerConfig& config);

} // namespace skiff::monitor
