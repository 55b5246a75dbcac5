#pragma once

#include "model/network.hpp"
#include "model/port_mapping.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What a network's process is told, and what the monitors of its members and it say to each other on RUN/networks/NAME/net.sock.
namespace skiff::net {

constexpr const char* network_socket = "net.sock";

/// The role's request. Its first descriptor is the listening socket.
struct HubRequest
{
    Network network;
    std::string uplink;   ///< the subnet between the network and libslirp: "172.31.255.0/24"; empty: internal
    std::string uplink6;  ///< "fd..::"; empty: none
    std::uint32_t mtu = 0;
    std::vector<std::string> name_servers; ///< the host's
};

/// Containers have a default route by it.
bool leads_out(const Network& network);

/// The network as its process will run it: an uplink that hides none of the host's networks, the host's name servers.
HubRequest make_hub_request(const Network& network);

std::string serialize(const HubRequest& request);
HubRequest parse_hub_request(const std::string& text);

/// A connection is one member, from Join until it closes.
struct MemberRequest
{
    enum class Kind {
        Join,           ///< answer: Joined, with a descriptor of the network namespace
        Change,         ///< names, ports, is_last; answer: Done
        Leave,          ///< the ports are free when Done comes
        SetNameServers, ///< not from a member: `network update` gives the network other ones; answer: Done
    };
    Kind kind = Kind::Join;
    std::string id;                     ///< the container's
    std::vector<std::string> names;     ///< all that the name service shall know
    std::vector<std::string> addresses; ///< fixed ones
    std::vector<std::string> preferred; ///< taken when they are free
    std::vector<std::string> name_servers; ///< --dns: asked for what no container has
    bool is_last = true;                ///< no name service is asked after this one
    std::vector<PortMapping> ports;     ///< replaces the ones before
};

struct MemberAnswer
{
    std::vector<NetworkMembership::Address> addresses; ///< Join: the member's
    std::vector<std::string> name_servers;             ///< Join: for its resolv.conf
};

std::string serialize(const MemberRequest& request);
MemberRequest parse_member_request(const std::string& text);
std::string serialize(const MemberAnswer& answer);
/// Throws the Error that the network's process answered with.
MemberAnswer parse_member_answer(const std::string& text);

} // namespace skiff::net
