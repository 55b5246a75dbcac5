#pragma once

#include "model/port_mapping.hpp"
#include "net/host_networks.hpp"
#include "net/resolv_conf.hpp"
#include "net/subnet.hpp"
#include "net/tap.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What a container's monitor and its net process say to each other.
namespace skiff::net {

constexpr std::uint32_t default_mtu = 65520; // largest that keeps an IPv4 packet with its Ethernet header below 64 KiB

/// A container's private network, as its net process needs it.
struct NetRequest
{
    Subnet subnet;
    std::optional<in6_addr> subnet6;        ///< nothing: no IPv6
    std::uint32_t mtu = default_mtu;
    bool allow_host_loopback = false;       ///< the host's 127.0.0.1 answers at NetworkAddresses::host
    std::string outbound_address;           ///< host addresses that connections come from; empty: the kernel's choice
    std::string outbound_address6;
    std::vector<std::string> name_servers;  ///< the host's, as its resolv.conf has them, loopback ones included
    std::vector<PortMapping> ports;         ///< host ports are chosen already

    [[nodiscard]] NetworkAddresses addresses() const { return make_addresses(subnet, subnet6); }
    /// What the container's resolv.conf should list.
    [[nodiscard]] std::vector<std::string> name_servers_inside() const;
    [[nodiscard]] TapPlan tap_plan() const;
};

/// The request that follows from --network slirp4netns:NAME=VALUE,... and from the host: subnets of the host are avoided,
/// IPv6 is on when the host has a global address, unless the options say otherwise.
/// Options: mtu, cidr, enable_ipv6, allow_host_loopback, outbound_addr, outbound_addr6, port_handler (accepted and
/// without effect: there is one handler). Throws Error(Usage) in Podman's words.
NetRequest make_net_request(const std::map<std::string, std::string>& options, const HostNetworks& host,
                            const ResolvConf& host_resolv_conf);

std::string serialize(const NetRequest& request);
NetRequest parse_net_request(const std::string& text);

/// The net process's answer: it listens on all ports and is confined. Or it failed, and nothing of it is left.
struct NetReady
{
    std::vector<PortMapping> ports;
};
struct NetFailed
{
    int kind = 0;        ///< ErrorKind
    int errno_value = 0;
    std::string text;
    std::string hint;
};

/// From the monitor: the tap (one descriptor comes with it), or the host's name servers have changed.
struct AttachTap
{
};
struct SetNameServers
{
    std::vector<std::string> name_servers;
};

std::string serialize(const NetReady& message);
std::string serialize(const NetFailed& message);
std::string serialize(const AttachTap& message);
std::string serialize(const SetNameServers& message);

/// Throws the Error that the net process met, when the answer is NetFailed.
NetReady parse_net_answer(const std::string& text);

struct NetCommand
{
    bool attach_tap = false;
    std::optional<SetNameServers> name_servers;
};
NetCommand parse_net_command(const std::string& text);

} // namespace skiff::net
