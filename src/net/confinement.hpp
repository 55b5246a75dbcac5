#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace skiff::net {

/// Gives up everything that the net process does not need once its libraries are loaded and its ports are bound: it talks
/// to a hostile container, through a C library (security.md R53).
///
/// Afterwards the root directory is empty but for etc/resolv.conf, which libslirp reads; there are no capabilities and no way
/// to get any; memory, files and processes are limited; and the kernel offers sockets, reading and writing, not much more.
/// Throws when the kernel refuses one of these.
void enter_confinement(const std::vector<std::string>& name_servers);

/// What the process has then, or less where the system's own limits are lower.
struct ProcessLimits
{
    std::size_t descriptors;
    std::size_t memory; ///< bytes
};
ProcessLimits find_process_limits();

/// Rewrites etc/resolv.conf. Before or after enter_confinement has made the root.
void save_name_servers(const std::vector<std::string>& name_servers);

} // namespace skiff::net
