#pragma once

#include "model/network.hpp"

#include <cstdint>
#include <optional>

namespace skiff::net {

/// One container's interface in a network, as the kernel shall have it.
struct NetworkCable
{
    std::string bridge;
    std::string end;        ///< name of the interface at the bridge: one for each container
    std::string name;       ///< of the interface in the container
    std::string mac;        ///< empty: the kernel's choice
    std::uint32_t mtu = 0;
    std::vector<NetworkMembership::Address> addresses;
    std::vector<std::string> link_local_ips;
    std::vector<NetworkRoute> routes;
    bool default_route = true;
    std::uint32_t metric = 0; ///< of routes that have none of their own: lower ones win
};

/// Puts a cable between the bridge in one network namespace and the other one. Returns the Ethernet address that the interface
/// has. Throws, and then there is no cable.
std::string plug_in(int hub_namespace, int container_namespace, const NetworkCable& cable);

/// Gives the routes of a cable that is plugged in another metric than `cable` has.
void change_metric(int container_namespace, const NetworkCable& cable, std::uint32_t metric);

/// False when there was no interface of that name.
bool unplug(int container_namespace, const std::string& name);

} // namespace skiff::net
