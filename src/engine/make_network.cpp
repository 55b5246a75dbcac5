#include "engine/make_network.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "store/record_file.hpp"

#include <algorithm>
#include <charconv>
#include <net/if.h>
#include <set>

namespace skiff::engine {
namespace {

using net::IpAddress;
using net::IpNetwork;

constexpr std::uint32_t smallest_mtu = 68;
constexpr std::uint32_t largest_mtu = 65520; // what the way out can carry

Error invalid(const std::string& text) { return Error{ErrorKind::Usage, text + ": invalid argument"}; }

std::uint32_t read_number(const std::string& name, const std::string& value, std::uint32_t least, std::uint32_t most)
{
    std::uint32_t number = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (problem != std::errc{} || end != value.data() + value.size() || number < least || number > most)
        throw invalid(cat(name, " ", quoted(value), " is not a number from ", least, " to ", most));
    return number;
}

/// What is sent to such addresses does not come to a neighbour.
void require_ordinary(const IpNetwork& network)
{
    constexpr std::pair<const char*, const char*> special[] = {
        {"127.0.0.0/8", "loopback"}, {"::1/128", "loopback"}, {"224.0.0.0/4", "multicast"}, {"ff00::/8", "multicast"}};
    for (const auto& [range, kind] : special)
        if (network.overlaps(*net::find_ip_network(range)))
            throw invalid(cat("subnet ", to_text(network), " holds ", kind, " addresses")).with_hint("private networks lie in 10.0.0.0/8, 172.16.0.0/12 and fd00::/8");
}

IpNetwork read_subnet(const std::string& text)
{
    const auto network = net::find_ip_network(text);
    if (!network)
        throw Error{ErrorKind::Usage, cat("invalid CIDR address: ", printable(text))};
    const unsigned narrowest = network->address.bits() - 2; // gateway and one container
    if (network->prefix > narrowest || network->prefix < 8)
        throw invalid(cat("subnet ", to_text(*network), ": the prefix length must be from 8 to ", narrowest));
    require_ordinary(*network);
    return *network;
}

IpAddress read_address(const std::string& text)
{
    const auto address = net::find_ip_address(text);
    if (!address)
        throw invalid(cat(quoted(text), " is not an ip address"));
    return *address;
}

/// A subnet of an internal or ordinary network; "10.1.2.128/25" or "10.1.2.10-10.1.2.20" as the range.
NetworkSubnet make_subnet(const CreateNetworkRequest::SubnetRequest& request)
{
    const IpNetwork network = read_subnet(request.subnet);
    NetworkSubnet subnet;
    subnet.subnet = to_text(network);
    IpAddress gateway = next(network.address);
    if (!request.gateway.empty()) {
        gateway = read_address(request.gateway);
        if (!network.contains(gateway))
            throw invalid(cat("gateway ", request.gateway, " not in subnet ", subnet.subnet));
        if (gateway == network.address || (!gateway.ipv6 && gateway == network.last()))
            throw invalid(cat("gateway ", request.gateway, " is the address of subnet ", subnet.subnet, " itself or its broadcast address"));
    }
    subnet.gateway = to_text(gateway);
    if (request.ip_range.empty())
        return subnet;
    IpAddress first;
    IpAddress last;
    if (const std::size_t dash = request.ip_range.find('-'); dash != std::string::npos) {
        first = read_address(request.ip_range.substr(0, dash));
        last = read_address(request.ip_range.substr(dash + 1));
    } else {
        const auto range = net::find_ip_network(request.ip_range);
        if (!range)
            throw Error{ErrorKind::Usage, cat("invalid CIDR address: ", printable(request.ip_range))};
        first = next(range->address);
        last = range->last();
    }
    if (!last.ipv6 && last == network.last())
        last = previous(last); // the broadcast address
    if (!network.contains(first))
        throw invalid(cat("lease range start ip ", to_text(first), " not in subnet ", subnet.subnet));
    if (!network.contains(last))
        throw invalid(cat("lease range end ip ", to_text(last), " not in subnet ", subnet.subnet));
    if (last < first)
        throw invalid(cat("lease range end ip ", to_text(last), " is below its start ", to_text(first)));
    subnet.range_start = to_text(first);
    subnet.range_end = to_text(last);
    return subnet;
}

/// Each belongs to the subnet that it lies in.
void add_aux_address(Network& network, const std::string& name, const std::string& text)
{
    const IpAddress address = read_address(text);
    for (NetworkSubnet& subnet : network.subnets) {
        const auto known = net::find_ip_network(subnet.subnet);
        if (!known || !known->contains(address))
            continue;
        if (subnet.gateway == to_text(address))
            throw invalid(cat("aux-address ", name, "=", text, " is the gateway of subnet ", subnet.subnet)).with_hint("choose another gateway with --gateway");
        subnet.aux_addresses[name] = to_text(address);
        return;
    }
    throw invalid(cat("aux-address ", name, "=", text, " not in any subnet of the network"));
}

bool is_free(const IpNetwork& candidate, const NetworkNeighbours& neighbours)
{
    for (const Network& other : neighbours.networks)
        for (const NetworkSubnet& subnet : other.subnets)
            if (const auto network = net::find_ip_network(subnet.subnet); network && network->overlaps(candidate))
                return false;
    // A network as wide as 10.0.0.0/8 swallows every candidate: there a hole of 254 addresses is the smaller evil.
    return std::none_of(neighbours.host_networks.begin(), neighbours.host_networks.end(), [&](const IpNetwork& host) {
        return host.overlaps(candidate) && (host.address.ipv6 || host.prefix >= 12);
    });
}

IpNetwork read_pool(const SubnetPool& pool)
{
    const auto base = net::find_ip_network(pool.base);
    if (!base || base->address.ipv6)
        throw Error{ErrorKind::Failure, cat("containers.conf: default_subnet_pools: ", quoted(pool.base), " is no IPv4 network")};
    if (pool.size < base->prefix || pool.size > base->address.bits() - 2)
        throw Error{ErrorKind::Failure, cat("containers.conf: default_subnet_pools: size ", pool.size, " of ", printable(pool.base),
                                            " must be from ", +base->prefix, " to ", base->address.bits() - 2)};
    return *base;
}

IpNetwork choose_ipv4(const NetworkNeighbours& neighbours)
{
    for (const SubnetPool& pool : neighbours.pools) {
        const IpNetwork base = read_pool(pool);
        IpNetwork candidate{base.address, static_cast<std::uint8_t>(pool.size)};
        for (; base.contains(candidate.address); candidate.address = next(candidate.last())) {
            if (is_free(candidate, neighbours))
                return candidate;
            if (candidate.last() == base.last())
                break;
        }
    }
    throw Error{ErrorKind::Failure, "could not find free subnet from subnet pools"}.with_hint("remove a network, or choose one with --subnet");
}

/// A unique local one (RFC 4193): fd and forty random bits.
IpNetwork choose_ipv6(const NetworkNeighbours& neighbours)
{
    while (true) {
        const std::string digits = random_hex(5);
        const auto candidate = net::find_ip_network(
            cat("fd", digits.substr(0, 2), ":", digits.substr(2, 4), ":", digits.substr(6, 4), "::/64"));
        if (candidate && is_free(*candidate, neighbours))
            return *candidate;
    }
}

template <typename Taken>
std::string choose_numbered(const Taken& taken)
{
    for (int number = 1;; ++number)
        if (std::string name = cat("podman", number); !taken(name))
            return name;
}

void set_subnets(Network& network, const CreateNetworkRequest& request, const NetworkNeighbours& neighbours)
{
    NetworkNeighbours known = neighbours;
    known.networks.emplace_back();
    const auto add = [&](NetworkSubnet subnet) {
        network.subnets.push_back(subnet);
        known.networks.back().subnets.push_back(std::move(subnet));
    };
    for (const auto& asked : request.subnets) {
        if (asked.subnet.empty()) { // a gateway or range alone
            throw invalid(asked.gateway.empty() ? "cannot set ip-range without subnet" : "cannot set gateway without subnet");
        }
        NetworkSubnet subnet = make_subnet(asked);
        NetworkNeighbours others = known;
        std::erase_if(others.host_networks, [](const IpNetwork& host) { return host.prefix < 12; });
        if (!is_free(*net::find_ip_network(subnet.subnet), others))
            throw Error{ErrorKind::Usage, cat("subnet ", subnet.subnet, " is already used on the host or by another config")};
        add(std::move(subnet));
    }
    const auto has = [&](bool ipv6) {
        return std::any_of(network.subnets.begin(), network.subnets.end(), [&](const NetworkSubnet& s) { return s.is_ipv6() == ipv6; });
    };
    const auto with_gateway = [](const IpNetwork& chosen) {
        NetworkSubnet subnet;
        subnet.subnet = to_text(chosen);
        subnet.gateway = to_text(next(chosen.address));
        return subnet;
    };
    if (network.subnets.empty() || (request.ipv6 && !has(false))) // --ipv6: also with IPv6
        add(with_gateway(choose_ipv4(known)));
    if (request.ipv6 && !has(true))
        add(with_gateway(choose_ipv6(known)));
    network.ipv6 = request.ipv6 || has(true);
}

NetworkRoute make_route(const std::string& text)
{
    std::vector<std::string> parts{""};
    for (const char c : text)
        if (c == ',')
            parts.emplace_back();
        else
            parts.back() += c;
    const auto destination = net::find_ip_network(parts[0]);
    if (parts.size() < 2 || parts.size() > 3 || !destination)
        throw invalid(cat("invalid route ", quoted(text))).with_hint("DESTINATION/PREFIX,GATEWAY[,METRIC]");
    NetworkRoute route{to_text(*destination), to_text(read_address(parts[1])), {}};
    if (net::find_ip_address(parts[1])->ipv6 != destination->address.ipv6)
        throw invalid(cat("route ", quoted(text), ": destination and gateway are of different families"));
    if (parts.size() == 3)
        route.metric = read_number("route metric", parts[2], 0, ~0U);
    return route;
}

std::string choose_interface(const CreateNetworkRequest& request, const NetworkNeighbours& neighbours)
{
    const auto taken = [&](const std::string& name) {
        return std::any_of(neighbours.networks.begin(), neighbours.networks.end(), [&](const Network& n) { return n.interface == name; });
    };
    if (request.interface.empty())
        return choose_numbered(taken);
    if (request.interface.size() >= IFNAMSIZ || request.interface.find_first_of("/ \t\n:") != std::string::npos || request.interface == "." ||
        request.interface == "..")
        throw invalid(cat("interface name ", quoted(request.interface), " cannot be: at most 15 characters, no blank, slash or colon"));
    if (taken(request.interface))
        throw Error{ErrorKind::Usage, cat("bridge name ", request.interface, " already in use")};
    return request.interface;
}

void check_driver(const CreateNetworkRequest& request)
{
    if (request.driver == "macvlan" || request.driver == "ipvlan")
        throw Error{ErrorKind::Usage, cat("unsupported driver ", request.driver, ": invalid argument")}.with_hint(
            "it needs the host's network cards, which a user without root cannot have; a bridge network and -p reach containers from outside");
    if (request.driver != "bridge")
        throw invalid(cat("unsupported driver ", printable(request.driver)));
    if (!request.ipam_driver.empty() && request.ipam_driver != "host-local")
        throw Error{ErrorKind::Usage, cat("unsupported ipam driver ", printable(request.ipam_driver), ": invalid argument")}.with_hint(
            "addresses are given by the engine (host-local); there is no DHCP server in a network of one's own");
}

} // namespace

void check_network_options(const std::map<std::string, std::string>& options)
{
    for (const auto& [name, value] : options) {
        if (name == "mtu" || name == "com.docker.network.driver.mtu") {
            (void)read_number("mtu", value, smallest_mtu, largest_mtu);
        } else if (name == "metric") {
            (void)read_number("metric", value, 0, ~0U);
        } else if (name == "no_default_route") {
            if (value != "true" && value != "false" && value != "1" && value != "0")
                throw invalid(cat("failed to parse \"no_default_route\" option: ", quoted(value)));
        } else if (name == "isolate") {
            if (value == "false" || value == "0")
                throw Error{ErrorKind::Usage, "option isolate=false cannot be kept: networks are always isolated from each other"};
            if (value != "true" && value != "1" && value != "strict")
                throw invalid(cat("failed to parse isolate option: ", quoted(value)));
        } else if (name == "mode") {
            if (value != "managed")
                throw Error{ErrorKind::Usage, cat("option mode=", printable(value), " is not supported: bridges of the host cannot be used without root")};
        } else if (name == "vlan" || name == "vrf") {
            throw Error{ErrorKind::Usage, cat("bridge network option ", name, " is not supported: the network has no part in the host's ones")};
        } else {
            throw Error{ErrorKind::Usage, cat("unsupported bridge network option ", printable(name))}.with_hint(
                "there are mtu, metric, no_default_route and isolate");
        }
    }
}

Network make_network(const CreateNetworkRequest& request, const NetworkNeighbours& neighbours)
{
    check_driver(request);
    check_network_options(request.options);
    const auto taken = [&](const std::string& name) {
        return std::any_of(neighbours.networks.begin(), neighbours.networks.end(), [&](const Network& n) { return n.name == name; });
    };
    Network network;
    network.name = request.name.empty() ? choose_numbered(taken) : request.name;
    if (!store::is_valid_name(network.name))
        throw Error{ErrorKind::Usage, cat("network name ", printable(network.name), " invalid: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument")};
    const std::set<std::string> modes{"bridge", "none", "host", "default", "private", "container", "ns", "pod", "slirp4netns", "pasta"};
    if (modes.contains(network.name))
        throw invalid(cat("cannot create network with name ", quoted(network.name), " because it conflicts with a valid network mode"));
    if (taken(network.name))
        throw Error{ErrorKind::InUse, cat("network name ", network.name, " already used: network already exists")};
    network.id = random_hex(32);
    network.created = wall_now();
    network.interface = choose_interface(request, neighbours);
    set_subnets(network, request, neighbours);
    for (const auto& [name, address] : request.aux_addresses)
        add_aux_address(network, name, address);
    for (const std::string& route : request.routes)
        network.routes.push_back(make_route(route));
    network.internal = request.internal;
    network.dns_enabled = !request.disable_dns;
    for (const std::string& server : request.dns_servers)
        network.dns_servers.push_back(to_text(read_address(server)));
    if (!network.dns_servers.empty() && !network.dns_enabled)
        throw invalid("cannot set NetworkDNSServers if DNS is not enabled for the network");
    network.labels = request.labels;
    network.options = request.options;
    if (const auto docker = network.options.extract("com.docker.network.driver.mtu"))
        network.options.emplace("mtu", docker.mapped());
    network.ipam_options = {{"driver", "host-local"}};
    return network;
}

} // namespace skiff::engine
