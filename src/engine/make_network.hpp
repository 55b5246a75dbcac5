#pragma once

#include "engine/networks.hpp"
#include "engine/settings.hpp"
#include "net/ip_address.hpp"

#include <vector>

namespace skiff::engine {

/// What a new network must keep away from, and where it can be.
struct NetworkNeighbours
{
    std::vector<Network> networks;            ///< all that there are, with the default one
    std::vector<net::IpNetwork> host_networks; ///< of the host's own interfaces
    /// IPv4 subnets are chosen from these, in this order. Podman's: 10.89.0.0/24 and everything behind it in 10.0.0.0/8.
    std::vector<SubnetPool> pools{{"10.89.0.0/16", 24}, {"10.90.0.0/15", 24}, {"10.92.0.0/14", 24}, {"10.96.0.0/11", 24}, {"10.128.0.0/9", 24}};
};

/// The record of a new network: request, defaults, and what is free. Pure but for `id`, the time and the random part of an
/// IPv6 subnet. Throws Error(Usage) in Podman's words; InUse when the name is taken.
Network make_network(const CreateNetworkRequest& request, const NetworkNeighbours& neighbours);

/// mtu, metric, no_default_route, isolate, mode: throws on an unknown one, or one that this engine has no way to keep.
void check_network_options(const std::map<std::string, std::string>& options);

} // namespace skiff::engine
