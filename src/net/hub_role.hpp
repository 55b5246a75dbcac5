#pragma once

#include <string>

namespace skiff::net {

/// A named network's process: the role "network". It holds the network's namespace, knows who is in it, gives addresses,
/// answers names, and carries what goes out and comes in by published ports. It has no access to files, and ends when its last
/// member has left (or, at the start, when none came).
///
/// Descriptor first_role_fd is the listening socket; the request is a HubRequest.
int run_hub_role(const std::string& request);

} // namespace skiff::net
