#pragma once

#include "net/hub_request.hpp"
#include "net/net_request.hpp"

#include <optional>
#include <vector>

namespace skiff::net {

/// A network's own namespace: a bridge that its containers are plugged into, and what the network's process has of it.
///
/// The kernel moves frames between containers, and routes what goes out to a tap at whose other end libslirp sits, in the
/// namespace of the host. So containers of one network meet at the kernel's speed, without any helper program or firewall
/// rule, and those of two networks have no common link at all. The namespace lives as long as somebody holds its descriptor.
struct HubNamespace
{
    UniqueFd descriptor;
    UniqueFd tap;                  ///< the way out; none for an internal network
    std::vector<UniqueFd> udp, tcp; ///< port 53 of each gateway, for the name service; none when it is off
};

/// Nothing for an internal network.
std::optional<NetRequest> make_uplink_request(const HubRequest& request);

/// Throws with a hint where the kernel has no bridges or does not give them to this user.
HubNamespace make_hub_namespace(const HubRequest& request);

} // namespace skiff::net
