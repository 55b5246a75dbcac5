#include "monitor/named_networks.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "net/net_request.hpp"

#include <algorithm>

namespace skiff::monitor {
namespace {

constexpr std::uint32_t first_metric = 100; ///< of default routes: the first network's wins

const NetworkMembership* find_before(const std::vector<NetworkMembership>& before, const std::string& network)
{
    for (const NetworkMembership& membership : before)
        if (membership.network == network)
            return &membership;
    return nullptr;
}

bool is_true(const std::map<std::string, std::string>& options, const std::string& name)
{
    const auto found = options.find(name);
    return found != options.end() && (found->second == "true" || found->second == "1");
}

std::uint32_t number_of(const std::map<std::string, std::string>& options, const std::string& name, std::uint32_t otherwise)
{
    const auto found = options.find(name);
    return found == options.end() ? otherwise : static_cast<std::uint32_t>(std::stoul(found->second));
}

} // namespace

NamedNetworks::NamedNetworks(const ContainerConfig& config, const store::Store& store, const std::vector<NetworkMembership>& before, bool has_own)
    : config_{config}, store_{store}, has_own_{has_own}
{
    for (const NetworkAttachment& attachment : config_.network.networks)
        places_.push_back(make_place(attachment));
    for (Place& place : places_)
        while_doing(cat("joining network ", place.network.name), [&] {
            const NetworkMembership* last = find_before(before, place.network.name);
            join(place, last != nullptr ? last->addresses : std::vector<NetworkMembership::Address>{}, last != nullptr ? last->mac : "");
        });
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
    Place place{attachment, std::move(*network), {}, {}};
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
const NamedNetworks::Place* NamedNetworks::find_carrier() const
{
    if (has_own_ || places_.empty())
        return nullptr;
    for (const Place& place : places_)
        if (!place.network.internal && place.member)
            return &place;
    return &places_.front(); // which refuses, and says why
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
    request.names = {config_.name, config_.id.substr(0, 12)};
    if (!config_.hostname.empty())
        request.names.push_back(config_.hostname);
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
    // The carrier is whoever is in: while the first ones join, this one is the first that can be.
    const Place* carrier = find_carrier();
    if (!has_own_ && !place.network.internal && (carrier == nullptr || !carrier->member))
        request.ports = config_.network.ports;
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

void NamedNetworks::plug_in(Place& place)
{
    net::NetworkCable cable;
    cable.bridge = place.network.interface;
    constexpr std::size_t id_digits = 11; // of the 15 characters that an interface name may have
    cable.end = "veth" + config_.id.substr(0, id_digits);
    cable.name = place.membership.interface;
    cable.mac = place.membership.mac;
    cable.mtu = number_of(place.network.options, "mtu", net::default_mtu);
    cable.addresses = place.membership.addresses;
    cable.routes = place.network.routes;
    cable.default_route = !place.network.internal && !is_true(place.network.options, "no_default_route");
    std::uint32_t position = 0;
    for (const Place& other : places_) {
        if (&other == &place)
            break;
        ++position;
    }
    cable.metric = number_of(place.network.options, "metric", first_metric + position);
    place.membership.mac = net::plug_in(place.member->hub_namespace(), namespace_.get(), cable);
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
                place.member->change(make_request(place));
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
    for (const NetworkAttachment& attachment : wanted) {
        if (std::any_of(places_.begin(), places_.end(), [&](const Place& p) { return p.network.name == attachment.network; }))
            continue;
        places_.push_back(make_place(attachment));
        try {
            join(places_.back(), {}, "");
            if (namespace_)
                plug_in(places_.back());
        } catch (Error& error) {
            if (places_.back().member)
                places_.back().member->leave();
            places_.pop_back();
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
            entries.push_back({address.address, {hostname, config_.name}});
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
