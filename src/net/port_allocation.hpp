#pragma once

#include "model/port_mapping.hpp"

#include <vector>

namespace skiff::net {

/// Gives every mapping without a host port (host_port 0) a free one of the kernel's choice, of as many consecutive ones
/// as its range has. The port is free now and not reserved: who starts the container first gets it.
/// Throws Error(Usage) `conflicting port mappings for host port 80 (protocol tcp)` when two mappings want the same one.
void assign_host_ports(std::vector<PortMapping>& ports);

} // namespace skiff::net
