#include "monitor/named_networks.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "monitor/route_metrics.hpp"
#include "net/net_request.hpp"

#include <algorithm>

namespace skiff::monitor {
namespace {

const NetworkMembership* find_before(const std::vector<NetworkMembership>& before, const std::string& network)
{
    for (const NetworkMembership& membership : before)
        if (membership.network == network)
            return &membership;
    return nullptr;
}

std::optional<std::uint32_t> find_number(const std::map<std::string, std::string>& options, const std::string& name)
{
    const auto found = options.find(name);
    return found == options.end() ? std::nullopt : std::optional{static_cast<std::uint32_t>(std::stoul(found->second))};
}

/// Why it cannot publish ports; empty: it can.
std::string_view find_port_obstacle(const Network& network)
{
    if (network.internal)
        return "is internal";
    if (!net::leads_out(network))
        return "has the option no_default_route, so that its containers have no way to answer";
    const bool has_ipv4 =
        std::any_of(network.subnets.begin(), network.subnets.end(), [](const NetworkSubnet& subnet) { return !subnet.is_ipv6(); });
    return has_ipv4 ? "" : "has no IPv4 subnet";
}

} // namespace

NamedNetworks::NamedNetworks(const ContainerConfig& config, const store::Store& store, const std::vector<NetworkMembership>& before, bool has_own)
    : config_{config}, store_{store}, has_own_{has_own}
{
    for (const NetworkAttachment& attachment : config_.network.networks)
        places_.push_back(make_place(attachment));
    order_routes();
    for (Place& place : places_)
        while_doing(cat("joining network ", place.network.name), [&] {
            const NetworkMembership* last = find_before(before, place.network.name);
            join(place, last != nullptr ? last->addresses : std::vector<NetworkMembership::Address>{}, last != nullptr ? last->mac : "");
        });
    starts_ = false;
}

NamedNetworks::~NamedNetworks()
{
    for (Place& place : places_)
        if (place.member)
            place.member->leave();
}

NamedNetworks::Place NamedNetworks::make_place(const NetworkAttachment& attachment) const
{
    auto network = store_.networks().find_exact(attachment.network);
    if (!network)
        throw Error{ErrorKind::NotFound, cat("unable to find network with name or ID ", attachment.network, ": network not found")};
    Place place;
    place.attachment = attachment;
    place.network = std::move(*network);
    place.membership.network = attachment.network;
    place.membership.interface = choose_interface(attachment);
    return place;
}

std::string NamedNetworks::choose_interface(const NetworkAttachment& attachment) const
{
    if (!attachment.interface.empty())
        return attachment.interface;
    const auto taken = [&](const std::string& name) {
        return std::any_of(places_.begin(), places_.end(), [&](const Place& p) { return p.membership.interface == name; }) ||
               std::any_of(config_.network.networks.begin(), config_.network.networks.end(),
                           [&](const NetworkAttachment& a) { return a.interface == name; });
    };
    for (int number = 0;; ++number)
        if (std::string name = cat("eth", number); !taken(name))
            return name;
}

/// Whose process publishes the ports: the network that has the default route, so that answers go the way the questions came.
/// Where no network can, the ports are closed until one is connected that can.
const NamedNetworks::Place* NamedNetworks::find_carrier() const
{
    if (has_own_ || places_.empty())
        return nullptr;
    const Place* best = nullptr;
    for (const Place& place : places_)
        if (find_port_obstacle(place.network).empty() && !place.membership.lost && (best == nullptr || place.metric < best->metric))
            best = &place;
    return best;
}

bool NamedNetworks::is_last_name_service(const Place& place) const
{
    if (has_own_)
        return false;
    const Place* last = nullptr;
    for (const Place& other : places_)
        if (other.network.dns_enabled)
            last = &other;
    return last == nullptr || last == &place;
}

net::MemberRequest NamedNetworks::make_request(const Place& place) const
{
    net::MemberRequest request;
    request.id = config_.id;
    request.names = net::make_own_names(config_.hostname, config_.name);
    request.names.push_back(config_.id.substr(0, 12));
    request.names.insert(request.names.end(), place.attachment.aliases.begin(), place.attachment.aliases.end());
    for (const std::string& address : {place.attachment.ip, place.attachment.ip6})
        if (!address.empty())
            request.addresses.push_back(address);
    if (config_.network.dns != std::vector<std::string>{"none"})
        request.name_servers = config_.network.dns;
    request.is_last = is_last_name_service(place);
    if (&place == find_carrier())
        request.ports = config_.network.ports;
    return request;
}

void NamedNetworks::join(Place& place, const std::vector<NetworkMembership::Address>& preferred, const std::string& preferred_mac)
{
    net::MemberRequest request = make_request(place);
    if (!starts_)
        request.ports.clear(); // another network may have them: tell_changes moves them
    for (const NetworkMembership::Address& address : preferred)
        request.preferred.push_back(address.address);
    place.member = net::NetworkMember::join(store_.networks().make_run_directory(place.network.name), place.network, request);
    place.membership.addresses = place.member->addresses();
    place.membership.lost = false;
    if (place.network.internal)
        for (NetworkMembership::Address& address : place.membership.addresses)
            address.gateway.clear();
    place.membership.mac = place.attachment.mac.empty() ? preferred_mac : place.attachment.mac;
    if (place.member->started())
        started_.push_back(*place.member->started());
}

net::NetworkCable NamedNetworks::make_cable(const Place& place) const
{
    net::NetworkCable cable;
    cable.bridge = place.network.interface;
    constexpr std::size_t id_digits = 11; // of the 15 characters that an interface name may have
    cable.end = "veth" + config_.id.substr(0, id_digits);
    cable.name = place.membership.interface;
    cable.mac = place.membership.mac;
    cable.mtu = find_number(place.network.options, "mtu").value_or(net::default_mtu);
    cable.addresses = place.membership.addresses;
    cable.link_local_ips = place.attachment.link_local_ips;
    cable.routes = place.network.routes;
    cable.default_route = net::leads_out(place.network);
    cable.metric = place.metric;
    return cable;
}

void NamedNetworks::plug_in(Place& place)
{
    place.membership.mac = net::plug_in(place.member->hub_namespace(), namespace_.get(), make_cable(place));
    place.plugged = true;
}

/// Each network its rank among those that there are now. Those that move back do so first, from the last one on, and then those
/// that move up: no two have the same metric in between, which the kernel would refuse.
void NamedNetworks::order_routes()
{
    std::vector<RouteWish> wishes;
    for (const Place& place : places_)
        wishes.push_back({place.attachment.gw_priority, find_number(place.network.options, "metric")});
    const std::vector<std::uint32_t> metrics = make_route_metrics(wishes);
    std::vector<std::pair<Place*, std::uint32_t>> moves;
    for (Place& place : places_)
        moves.emplace_back(&place, metrics[moves.size()]);
    std::sort(moves.begin(), moves.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto move = [&](Place& place, std::uint32_t metric) {
        if (place.plugged)
            net::change_metric(namespace_.get(), make_cable(place), metric);
        place.metric = metric;
    };
    for (auto one = moves.rbegin(); one != moves.rend(); ++one)
        if (one->second > one->first->metric)
            move(*one->first, one->second);
    for (const auto& [place, metric] : moves)
        if (metric < place->metric)
            move(*place, metric);
}

void NamedNetworks::plug_in(pid_t container)
{
    if (places_.empty() && !has_own_)
        return;
    namespace_ = open_at(AT_FDCWD, cat("/proc/", container, "/ns/net"), O_RDONLY);
    for (Place& place : places_)
        while_doing(cat("connecting to network ", place.network.name), [&] { plug_in(place); });
}

void NamedNetworks::leave(Place& place)
{
    if (place.member)
        place.member->leave();
    if (namespace_)
        net::unplug(namespace_.get(), place.membership.interface);
}

/// Names and ports as they are now; ports first go, then come.
void NamedNetworks::tell_changes()
{
    const Place* carrier = find_carrier();
    for (const bool carries : {false, true})
        for (Place& place : places_)
            if (place.member && (&place == carrier) == carries)
                (void)place.member->change(make_request(place)); // who died is joined again as soon as that is seen
}

void NamedNetworks::change(const ContainerConfig& config)
{
    config_ = config;
    const auto& wanted = config_.network.networks;
    const auto is_wanted = [&](const Place& place) {
        return std::any_of(wanted.begin(), wanted.end(), [&](const NetworkAttachment& a) { return a.network == place.network.name; });
    };
    for (auto place = places_.begin(); place != places_.end();)
        if (is_wanted(*place)) {
            ++place;
        } else {
            leave(*place);
            place = places_.erase(place);
        }
    order_routes();
    for (const NetworkAttachment& attachment : wanted) {
        if (std::any_of(places_.begin(), places_.end(), [&](const Place& p) { return p.network.name == attachment.network; }))
            continue;
        places_.push_back(make_place(attachment));
        try {
            order_routes();
            join(places_.back(), {}, "");
            if (namespace_)
                plug_in(places_.back());
        } catch (Error& error) {
            if (places_.back().member)
                places_.back().member->leave();
            places_.pop_back();
            order_routes();
            std::erase_if(config_.network.networks, [&](const NetworkAttachment& a) { return a.network == attachment.network; });
            tell_changes();
            error.add_context(cat("connecting to network ", attachment.network));
            throw;
        }
    }
    tell_changes();
}

std::vector<NetworkMembership> NamedNetworks::memberships() const
{
    std::vector<NetworkMembership> all;
    for (const Place& place : places_)
        all.push_back(place.membership);
    return all;
}

std::vector<std::string> NamedNetworks::warnings() const
{
    if (config_.network.ports.empty() || has_own_ || places_.empty() || find_carrier() != nullptr)
        return {};
    std::string why;
    for (const Place& place : places_)
        why += cat(why.empty() ? "" : ", ", "network ", place.network.name, " ", find_port_obstacle(place.network));
    return {cat("ports are not published: ", why)};
}

bool NamedNetworks::has_way_out() const
{
    return std::any_of(places_.begin(), places_.end(), [](const Place& p) { return !p.network.internal; });
}

bool NamedNetworks::has_name_service() const
{
    return std::any_of(places_.begin(), places_.end(), [](const Place& p) { return p.network.dns_enabled; });
}

std::vector<std::string> NamedNetworks::name_servers() const
{
    std::vector<std::string> servers;
    const bool service = has_name_service();
    for (const Place& place : places_)
        if (place.member && place.network.dns_enabled == service)
            servers.insert(servers.end(), place.member->name_servers().begin(), place.member->name_servers().end());
    return servers;
}

std::vector<net::HostsEntry> NamedNetworks::hosts_entries(const std::string& hostname) const
{
    std::vector<net::HostsEntry> entries;
    for (const Place& place : places_)
        for (const NetworkMembership::Address& address : place.membership.addresses)
            entries.push_back({address.address, net::make_own_names(hostname, config_.name)});
    return entries;
}

std::vector<int> NamedNetworks::watched() const
{
    std::vector<int> fds;
    for (const Place& place : places_)
        if (place.member)
            fds.push_back(place.member->fd());
    return fds;
}

bool NamedNetworks::rejoin(Place& place)
{
    const NetworkMembership before = place.membership;
    const bool was_lost = before.lost;
    place.member.reset(); // its end of the cable is gone with the network's namespace, and so will be the container's
    try {
        net::unplug(namespace_.get(), before.interface);
        place.plugged = false;
        join(place, before.addresses, before.mac);
        plug_in(place);
        tell_changes();
        return true;
    } catch (const Error& error) {
        if (!was_lost) // once, and not with every further attempt
            log::warn(cat("network ", place.network.name, " of container ", config_.id, " is lost: ", error.message(), "; trying again"));
        place.member.reset();
        place.membership = before; // with the addresses that it would like again
        place.membership.lost = true;
        return false;
    }
}

bool NamedNetworks::rejoin(int watched)
{
    for (Place& place : places_)
        if (place.member && place.member->fd() == watched)
            return rejoin(place);
    return false;
}

bool NamedNetworks::rejoin_lost()
{
    bool all = true;
    for (Place& place : places_)
        if (place.membership.lost)
            all = rejoin(place) && all;
    return all;
}

} // namespace skiff::monitor
