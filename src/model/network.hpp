#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Networks by name: the record of one, and a container's place in one.
namespace skiff {

struct NetworkSubnet
{
    std::string subnet;                  ///< "10.89.0.0/24" or "fd12::/64", host bits cleared
    std::string gateway;                 ///< empty only in an internal network that was made without one
    std::string range_start, range_end;  ///< addresses are given from here; both empty: from the whole subnet
    std::map<std::string, std::string> aux_addresses; ///< by name: never given, they belong to somebody else
    bool operator==(const NetworkSubnet&) const = default;
    [[nodiscard]] bool is_ipv6() const { return subnet.find(':') != std::string::npos; }
};

struct NetworkRoute
{
    std::string destination; ///< "10.21.0.0/24"
    std::string gateway;
    std::optional<std::uint32_t> metric;
    bool operator==(const NetworkRoute&) const = default;
};

/// networks/NAME.json: written by the command that creates it, and by `network update`.
struct Network
{
    std::string name;
    std::string id; ///< 64 hex digits
    std::string driver = "bridge";
    std::string interface; ///< of the bridge, in the network's own namespace
    WallTime created;
    std::vector<NetworkSubnet> subnets;
    std::vector<NetworkRoute> routes;
    bool ipv6 = false;
    bool internal = false; ///< no way out
    bool dns_enabled = true;
    std::vector<std::string> dns_servers; ///< asked instead of the host's for names that no container has
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> options;      ///< "mtu", "metric", "no_default_route", "isolate"
    std::map<std::string, std::string> ipam_options; ///< "driver": "host-local"
};

/// The network that is always there, whether it has a record or not: what --network podman and --network bridge mean.
constexpr std::string_view default_network = "podman";
/// 10.88.0.0/16 without a name service, as Podman has it; its id is the same on every machine there, too.
Network make_default_network();

std::string serialize(const Network& network);
Network parse_network(const std::string& text);

/// A container's place in a network, as its configuration has it. What is empty is chosen when it starts.
struct NetworkAttachment
{
    std::string network;              ///< by name
    std::vector<std::string> aliases; ///< the user's; the container's name, short id and hostname are names without being listed
    std::string ip, ip6, mac;
    std::string interface;            ///< empty: eth0, eth1 ...
    std::vector<std::string> link_local_ips; ///< further addresses of the interface, which nobody gives and nobody checks
    std::int32_t gw_priority = 0;     ///< the highest one has the default route; of equals the first
    bool operator==(const NetworkAttachment&) const = default;
};

/// The same while it runs.
struct NetworkMembership
{
    struct Address
    {
        std::string address;
        std::uint32_t prefix_length = 0;
        std::string gateway; ///< empty: none
        bool operator==(const Address&) const = default;
        [[nodiscard]] bool is_ipv6() const { return address.find(':') != std::string::npos; }
    };
    std::string network;
    std::string interface;
    std::string mac;
    std::vector<Address> addresses; ///< one of each subnet
    bool lost = false;              ///< the network's process died and could not be made again
    bool operator==(const NetworkMembership&) const = default;

    /// The first of a family; nothing when it has none.
    [[nodiscard]] const Address* find(bool ipv6) const
    {
        for (const Address& address : addresses)
            if (address.is_ipv6() == ipv6)
                return &address;
        return nullptr;
    }
};

} // namespace skiff
