#include "net/hub_namespace.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/netlink.hpp"
#include "net/forked_work.hpp"
#include "net/ip_address.hpp"
#include "net/listen_socket.hpp"
#include "net/tap.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <sched.h>

namespace skiff::net {
namespace {

using kernel::NetlinkBatch;

constexpr std::uint16_t dns_port = 53;

void apply(NetlinkBatch& batch, const char* doing)
{
    if (batch.apply() == 0)
        return;
    Error error{errno, doing};
    if (error.errno_value() == EOPNOTSUPP || error.errno_value() == ENODEV)
        error.add_hint("the kernel has no bridges (module bridge); without it containers can only have the default network");
    throw error;
}

void set_sysctl(const std::string& name, const char* value)
{
    try {
        write_virtual_file(AT_FDCWD, "/proc/sys/net/" + name, value);
    } catch (Error& error) {
        if (error.errno_value() == EROFS || error.errno_value() == EACCES)
            error.add_hint("inside another container /proc/sys may be read-only; networks made with --internal and the default network work there");
        throw;
    }
}

void try_set_sysctl(const std::string& name, const char* value)
{
    try {
        set_sysctl(name, value);
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; ignored"));
    }
}

bool has_ipv6(const Network& network)
{
    return std::any_of(network.subnets.begin(), network.subnets.end(), [](const NetworkSubnet& s) { return s.is_ipv6(); });
}

/// A router asks for its neighbours from a link-local address, and asks nobody when it has none.
void add_link_local(const char* interface)
{
    const auto address = find_ip_address("fe80::1");
    NetlinkBatch batch;
    batch.add_address(batch.find_index(interface), AF_INET6, address->data(), 64, NetlinkBatch::Need::Optional);
    apply(batch, "giving an interface a link-local address");
}

/// Locally administered, and the same whenever the network's process is made again.
std::array<std::uint8_t, 6> make_bridge_mac(const std::string& network_id)
{
    std::array<std::uint8_t, 6> mac{0x02};
    const std::size_t bytes = std::min(mac.size() - 1, network_id.size() / 2);
    for (std::size_t i = 0; i < bytes; ++i)
        (void)std::from_chars(network_id.data() + 2 * i, network_id.data() + 2 * i + 2, mac.at(i + 1), 16);
    return mac;
}

void make_bridge(const Network& network)
{
    {
        NetlinkBatch batch;
        const std::array<std::uint8_t, 6> mac = make_bridge_mac(network.id);
        batch.add_bridge(network.interface.c_str(), mac.data());
        apply(batch, "making a bridge");
    }
    NetlinkBatch batch;
    const unsigned bridge = batch.find_index(network.interface.c_str());
    batch.bring_up({.index = 1});
    batch.forbid_link_local(bridge, NetlinkBatch::Need::Optional);
    batch.bring_up({.index = bridge});
    apply(batch, "bringing up the bridge");
    for (const NetworkSubnet& subnet : network.subnets) {
        const auto address = find_ip_address(subnet.gateway);
        const auto whole = find_ip_network(subnet.subnet);
        if (!address || !whole)
            continue;
        NetlinkBatch one;
        one.add_address(bridge, address->family(), address->data(), whole->prefix);
        apply(one, "giving the bridge its address");
    }
    if (has_ipv6(network))
        add_link_local(network.interface.c_str());
}

/// Everything that leaves or comes in passes the kernel's routing between bridge and tap.
UniqueFd make_uplink(const HubRequest& request, const NetRequest& uplink)
{
    set_sysctl("ipv4/ip_forward", "1");
    try_set_sysctl("ipv4/conf/all/rp_filter", "0");
    if (has_ipv6(request.network))
        try_set_sysctl("ipv6/conf/all/forwarding", "1");
    const TapPlan plan = uplink.tap_plan();
    UniqueFd tap = make_network(plan);
    if (uplink.subnet6)
        add_link_local(plan.name);
    return tap;
}

std::vector<UniqueFd> make_name_sockets(const Network& network)
{
    std::vector<UniqueFd> sockets;
    for (const char* protocol : {"udp", "tcp"})
        for (const NetworkSubnet& subnet : network.subnets)
            if (!subnet.gateway.empty())
                sockets.push_back(open_host_socket(protocol, make_endpoint(subnet.gateway, dns_port)));
    return sockets;
}

} // namespace

std::optional<NetRequest> make_uplink_request(const HubRequest& request)
{
    if (request.uplink.empty())
        return std::nullopt;
    NetRequest uplink;
    uplink.subnet = parse_subnet(request.uplink);
    if (!request.uplink6.empty())
        uplink.subnet6 = find_ipv6(request.uplink6);
    uplink.name_servers = request.name_servers;
    return uplink;
}

HubNamespace make_hub_namespace(const HubRequest& request)
{
    const auto uplink = make_uplink_request(request);
    std::vector<UniqueFd> fds = do_in_child([&] {
        std::vector<UniqueFd> made;
        if (::unshare(CLONE_NEWNET) != 0)
            throw Error{errno, "making a network namespace"};
        made.push_back(open_at(AT_FDCWD, "/proc/self/ns/net", O_RDONLY));
        make_bridge(request.network);
        if (uplink)
            made.push_back(make_uplink(request, *uplink));
        if (request.network.dns_enabled)
            for (UniqueFd& socket : make_name_sockets(request.network))
                made.push_back(std::move(socket));
        return made;
    });
    HubNamespace hub;
    std::size_t next_fd = 0;
    hub.descriptor = std::move(fds.at(next_fd++));
    if (uplink)
        hub.tap = std::move(fds.at(next_fd++));
    const std::size_t servers = (fds.size() - next_fd) / 2;
    for (std::size_t i = 0; i < servers; ++i)
        hub.udp.push_back(std::move(fds[next_fd++]));
    for (std::size_t i = 0; i < servers; ++i)
        hub.tcp.push_back(std::move(fds[next_fd++]));
    return hub;
}

} // namespace skiff::net
