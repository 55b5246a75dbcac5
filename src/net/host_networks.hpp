#pragma once

#include "net/subnet.hpp"

#include <string>
#include <vector>

namespace skiff::net {

/// What the host's own interfaces say, as far as a container's network depends on it. Loopback is left out.
struct HostNetworks
{
    std::vector<Subnet> ipv4;
    std::vector<in6_addr> ipv6;      ///< global and unique local addresses
    std::string outgoing_address;    ///< IPv4 address that leaves by the default route; empty without one
};

/// Source: getifaddrs(3); the outgoing address by connecting a UDP socket, which sends nothing.
HostNetworks find_host_networks();

} // namespace skiff::net
