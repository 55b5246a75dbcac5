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

void add_default_routes(unsigned link, const NetworkCable& cable)
{
    std::array<bool, 2> done{}; // one of each family
    for (const NetworkMembership::Address& address : cable.addresses) {
        const auto gateway = find_ip_address(address.gateway);
        if (!gateway || std::exchange(done.at(gateway->ipv6 ? 1 : 0), true))
            continue;
        NetlinkBatch batch;
        batch.add_default_route(link, gateway->family(), gateway->data(), NetlinkBatch::Need::Required, cable.metric);
        if (batch.apply() != 0)
            throw Error{errno, cat("adding the default route by ", address.gateway)};
    }
}

void add_routes(unsigned link, const NetworkCable& cable)
{
    for (const NetworkRoute& route : cable.routes) {
        const auto destination = find_ip_network(route.destination);
        const auto gateway = find_ip_address(route.gateway);
        if (!destination || !gateway)
            continue;
        NetlinkBatch batch;
        batch.add_route(link, gateway->family(), destination->address.data(), destination->prefix, gateway->data(),
                        route.metric.value_or(cable.metric));
        if (batch.apply() != 0)
            throw Error{errno, cat("adding the route to ", route.destination, " by ", route.gateway)};
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

void add_addresses(unsigned link, const NetworkCable& cable, bool ipv6)
{
    for (const NetworkMembership::Address& entry : cable.addresses) {
        const auto address = find_ip_address(entry.address);
        if (!address || address->ipv6 != ipv6)
            continue;
        NetlinkBatch batch;
        batch.add_address(link, address->family(), address->data(), static_cast<std::uint8_t>(entry.prefix_length));
        if (batch.apply() != 0)
            throw Error{errno, cat("giving the interface ", cable.name, " the address ", entry.address)};
    }
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
        if (cable.default_route)
            add_default_routes(link, cable);
        add_routes(link, cable);
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

bool unplug(int container_namespace, const std::string& name)
{
    bool found = true;
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
    found = !mark.empty();
    return found;
}

} // namespace skiff::net
