#pragma once

#include "engine/networks.hpp"
#include "net/ip_address.hpp"

#include <vector>

namespace skiff::engine {

/// What a new network must keep away from.
struct NetworkNeighbours
{
    std::vector<Network> networks;            ///< all that there are, with the default one
    std::vector<net::IpNetwork> host_networks; ///< of the host's own interfaces
};

/// The record of a new network: request, defaults, and what is free. Pure but for `id`, the time and the random part of an
/// IPv6 subnet. Throws Error(Usage) in Podman's words; InUse when the name is taken.
Network make_network(const CreateNetworkRequest& request, const NetworkNeighbours& neighbours);

/// mtu, metric, no_default_route, isolate, mode: throws on an unknown one, or one that this engine has no way to keep.
void check_network_options(const std::map<std::string, std::string>& options);

} // namespace skiff::engine
