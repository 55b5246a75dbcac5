#include "net/network_cable.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/netlink.hpp"
#include "net/forked_work.hpp"
#include "net/ip_address.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace skiff::net {
namespace {

using kernel::NetlinkBatch;
using Mac = std::array<std::uint8_t, 6>;

Mac parse_mac(const std::string& text)
{
    std::array<unsigned, 6> bytes{};
    // The text was checked when it was given.
    (void)std::sscanf(text.c_str(), "%x:%x:%x:%x:%x:%x", bytes.data(), &bytes[1], &bytes[2], &bytes[3], &bytes[4], &bytes[5]); // NOLINT
    Mac mac{};
    std::transform(bytes.begin(), bytes.end(), mac.begin(), [](unsigned byte) { return static_cast<std::uint8_t>(byte); });
    return mac;
}

/// Locally administered, for one card.
std::string make_mac()
{
    const std::string digits = random_hex(6);
    std::string mac = "02";
    for (std::size_t i = 2; i < digits.size(); i += 2)
        mac += cat(":", digits.substr(i, 2));
    return mac;
}

void make_cable(int hub_namespace, int container_namespace, const NetworkCable& cable, const std::string& mac)
{
    enter_network_namespace(hub_namespace);
    const std::string& here = cable.end;
    {
        // The container's last run may be gone while the kernel is still busy with its namespace, which would go on answering.
        NetlinkBatch batch;
        if (const unsigned old = batch.find_index(here.c_str()); old != 0) {
            batch.delete_link(old);
            (void)batch.apply();
        }
    }
    const Mac peer_mac = parse_mac(mac);
    {
        NetlinkBatch batch;
        const unsigned bridge = batch.find_index(cable.bridge.c_str());
        if (bridge == 0)
            throw Error{errno, cat("finding the bridge ", cable.bridge)};
        batch.add_veth({here.c_str(), bridge, cable.mtu, cable.name.c_str(), peer_mac.data(), container_namespace});
        if (batch.apply() != 0) {
            if (errno == EADDRNOTAVAIL) // in the C library's words, which scripts look for
                throw Error{ErrorKind::Failure, EADDRNOTAVAIL, cat("setting the Ethernet address ", mac, ": Cannot assign requested address")};
            throw Error{errno, cat("making the interface ", cable.name)}.with_hint(
                errno == EOPNOTSUPP ? "the kernel has no veth interfaces (module veth); without them containers can only have the default network"
                : errno == EEXIST   ? "the container has an interface of that name"
                                    : "");
        }
    }
    NetlinkBatch batch;
    const unsigned link = batch.find_index(here.c_str());
    batch.forbid_link_local(link, NetlinkBatch::Need::Optional);
    batch.bring_up({.index = link});
    if (batch.apply() != 0)
        throw Error{errno, "bringing up the interface's other end"};
}

struct Route
{
    IpNetwork destination;
    IpAddress gateway;
    std::uint32_t metric;
    bool operator==(const Route&) const = default;

    [[nodiscard]] NetlinkBatch::Route by(unsigned link) const
    {
        return {link, gateway.family(), destination.address.data(), destination.prefix, gateway.data(), metric};
    }
};

/// A default one of each family, and the network's own.
std::vector<Route> routes_of(const NetworkCable& cable)
{
    std::vector<Route> routes;
    std::array<bool, 2> done{};
    for (const NetworkMembership::Address& address : cable.addresses) {
        const auto gateway = find_ip_address(address.gateway);
        if (!cable.default_route || !gateway || std::exchange(done.at(gateway->ipv6 ? 1 : 0), true))
            continue;
        IpAddress everywhere;
        everywhere.ipv6 = gateway->ipv6;
        routes.push_back({{everywhere, 0}, *gateway, cable.metric});
    }
    for (const NetworkRoute& route : cable.routes) {
        const auto destination = find_ip_network(route.destination);
        const auto gateway = find_ip_address(route.gateway);
        if (destination && gateway)
            routes.push_back({*destination, *gateway, route.metric.value_or(cable.metric)});
    }
    return routes;
}

void add_routes(unsigned link, const std::vector<Route>& routes)
{
    for (const Route& route : routes) {
        const std::string which = route.destination.prefix == 0 ? "default route" : cat("route to ", to_text(route.destination));
        NetlinkBatch batch;
        batch.add_route(route.by(link));
        if (batch.apply() != 0)
            throw Error{errno, cat("adding the ", which, " by ", to_text(route.gateway))};
    }
}

/// Nobody in the network shall be able to give the container further addresses and routes.
void refuse_advertisements(const std::string& interface)
{
    try {
        write_virtual_file(AT_FDCWD, cat("/proc/sys/net/ipv6/conf/", interface, "/accept_ra"), "0");
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; ignored"));
    }
}

void announce_address(const std::string& interface)
{
    try {
        write_virtual_file(AT_FDCWD, cat("/proc/sys/net/ipv4/conf/", interface, "/arp_notify"), "1");
    } catch (const Error& error) {
        log::debug(cat(error.message(), "; ignored"));
    }
}

void add_address(unsigned link, const NetworkCable& cable, const IpAddress& address, std::uint32_t prefix)
{
    NetlinkBatch batch;
    batch.add_address(link, address.family(), address.data(), static_cast<std::uint8_t>(prefix));
    if (batch.apply() != 0)
        throw Error{errno, cat("giving the interface ", cable.name, " the address ", to_text(address))};
}

/// Of one that the user adds: the whole link-local network, so that others with such addresses are reached; otherwise itself only.
std::uint32_t prefix_of_link_local(const IpAddress& address)
{
    static const IpNetwork ipv4 = *find_ip_network("169.254.0.0/16");
    static const IpNetwork ipv6 = *find_ip_network("fe80::/64");
    return ipv4.contains(address) ? ipv4.prefix : ipv6.contains(address) ? ipv6.prefix : address.bits();
}

void add_addresses(unsigned link, const NetworkCable& cable, bool ipv6)
{
    for (const NetworkMembership::Address& entry : cable.addresses)
        if (const auto address = find_ip_address(entry.address); address && address->ipv6 == ipv6)
            add_address(link, cable, *address, entry.prefix_length);
    for (const std::string& text : cable.link_local_ips)
        if (const auto address = find_ip_address(text); address && address->ipv6 == ipv6)
            add_address(link, cable, *address, prefix_of_link_local(*address));
}

void configure_inside(int container_namespace, const NetworkCable& cable)
{
    enter_network_namespace(container_namespace);
    NetlinkBatch batch;
    const unsigned link = batch.find_index(cable.name.c_str());
    if (link == 0)
        throw Error{errno, cat("finding the interface ", cable.name)};
    try {
        const bool ipv6 = std::any_of(cable.addresses.begin(), cable.addresses.end(), [](const auto& a) { return a.is_ipv6(); });
        refuse_advertisements(cable.name);
        if (!ipv6) {
            batch.forbid_link_local(link, NetlinkBatch::Need::Optional);
            (void)batch.apply();
        }
        // IPv4 first: with its address, the kernel tells everybody where that is as the link comes up.
        announce_address(cable.name);
        add_addresses(link, cable, false);
        NetlinkBatch up;
        up.bring_up({.index = link});
        if (up.apply() != 0)
            throw Error{errno, cat("bringing up the interface ", cable.name)};
        add_addresses(link, cable, true);
        add_routes(link, routes_of(cable));
    } catch (const Error&) {
        NetlinkBatch undo;
        undo.delete_link(link);
        (void)undo.apply();
        throw;
    }
}

} // namespace

std::string plug_in(int hub_namespace, int container_namespace, const NetworkCable& cable)
{
    const std::string mac = cable.mac.empty() ? make_mac() : cable.mac;
    (void)do_in_child([&] {
        make_cable(hub_namespace, container_namespace, cable, mac);
        configure_inside(container_namespace, cable);
        return std::vector<UniqueFd>{};
    });
    return mac;
}

void change_metric(int container_namespace, const NetworkCable& cable, std::uint32_t metric)
{
    std::vector<Route> before = routes_of(cable);
    NetworkCable changed = cable;
    changed.metric = metric;
    std::vector<Route> after = routes_of(changed);
    for (const Route& route : routes_of(cable)) // those with a metric of their own stay as they are
        if (std::erase(after, route) != 0)
            std::erase(before, route);
    (void)do_in_child([&] {
        enter_network_namespace(container_namespace);
        NetlinkBatch remove;
        const unsigned link = remove.find_index(cable.name.c_str());
        if (link == 0)
            throw Error{errno, cat("finding the interface ", cable.name)};
        add_routes(link, after); // first, so that there is always a way
        for (const Route& route : before)
            remove.delete_route(route.by(link));
        if (remove.apply() != 0)
            throw Error{errno, cat("changing the routes by ", cable.name)};
        return std::vector<UniqueFd>{};
    });
}

bool unplug(int container_namespace, const std::string& name)
{
    const std::vector<UniqueFd> mark = do_in_child([&] {
        enter_network_namespace(container_namespace);
        std::vector<UniqueFd> done;
        NetlinkBatch batch;
        const unsigned link = batch.find_index(name.c_str());
        if (link == 0)
            return done;
        batch.delete_link(link);
        if (batch.apply() != 0)
            throw Error{errno, cat("removing the interface ", name)};
        done.push_back(open_at(AT_FDCWD, "/dev/null", O_RDONLY)); // says that there was one
        return done;
    });
    return !mark.empty();
}

} // namespace skiff::net
