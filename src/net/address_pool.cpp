#include "net/address_pool.hpp"

#include "base/error.hpp"

#include <algorithm>

namespace skiff::net {
namespace {

/// The address of `texts` that lies in `network`.
std::optional<IpAddress> find_inside(const IpNetwork& network, const std::vector<std::string>& texts)
{
    for (const std::string& text : texts)
        if (const auto address = find_ip_address(text); address && network.contains(*address))
            return address;
    return std::nullopt;
}

} // namespace

AddressPool::AddressPool(const Network& network)
{
    for (const NetworkSubnet& entry : network.subnets) {
        const auto known = find_ip_network(entry.subnet);
        if (!known)
            throw Error{ErrorKind::Failure, cat("network ", network.name, ": its subnet ", quoted(entry.subnet), " is none")};
        Subnet subnet{*known, next(known->address), known->last(), entry.gateway, {entry.gateway}, {}};
        for (const auto& [name, address] : entry.aux_addresses)
            subnet.reserved.insert(address);
        if (!known->address.ipv6)
            subnet.last = previous(subnet.last); // the broadcast address
        if (const auto first = find_ip_address(entry.range_start))
            subnet.first = *first;
        if (const auto last = find_ip_address(entry.range_end))
            subnet.last = *last;
        subnets_.push_back(subnet);
    }
}

bool AddressPool::is_free(const Subnet& subnet, const IpAddress& address) const
{
    return !owners_.contains(address) && !subnet.reserved.contains(to_text(address));
}

IpAddress AddressPool::choose(const Subnet& subnet) const
{
    const IpAddress start = subnet.last_given && *subnet.last_given < subnet.last ? next(*subnet.last_given) : subnet.first;
    IpAddress address = start;
    do {
        if (is_free(subnet, address))
            return address;
        address = address == subnet.last ? subnet.first : next(address);
    } while (address != start);
    throw Error{ErrorKind::NotExecutable, cat("IPAM error: failed to find free IP in range: ", to_text(subnet.first), " - ", to_text(subnet.last))};
}

IpAddress AddressPool::require_free(const Subnet& subnet, const IpAddress& address) const
{
    if (const auto owner = owners_.find(address); owner != owners_.end())
        throw Error{ErrorKind::NotExecutable,
                    cat("IPAM error: requested ip address ", to_text(address), " is already allocated to container ID ", owner->second)};
    if (to_text(address) == subnet.gateway)
        throw Error{ErrorKind::NotExecutable, cat("IPAM error: requested ip address ", to_text(address), " is the gateway")};
    if (subnet.reserved.contains(to_text(address)))
        throw Error{ErrorKind::NotExecutable, cat("IPAM error: requested ip address ", to_text(address), " is kept for another machine")};
    return address;
}

std::vector<NetworkMembership::Address> AddressPool::take(const std::string& owner, const std::vector<std::string>& fixed,
                                                          const std::vector<std::string>& preferred)
{
    for (const std::string& text : fixed) {
        const auto address = find_ip_address(text);
        if (!address || std::none_of(subnets_.begin(), subnets_.end(), [&](const Subnet& s) { return s.network.contains(*address); }))
            throw Error{ErrorKind::NotExecutable, cat("IPAM error: requested static ip ", printable(text), " not in any subnet")};
    }
    std::vector<IpAddress> chosen;
    for (const Subnet& subnet : subnets_) {
        const auto wished = find_inside(subnet.network, preferred);
        if (const auto asked = find_inside(subnet.network, fixed))
            chosen.push_back(require_free(subnet, *asked));
        else if (wished && is_free(subnet, *wished) && subnet.first <= *wished && *wished <= subnet.last)
            chosen.push_back(*wished);
        else
            chosen.push_back(choose(subnet));
    }
    std::vector<NetworkMembership::Address> taken;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        owners_[chosen[i]] = owner;
        if (!find_inside(subnets_[i].network, fixed))
            subnets_[i].last_given = chosen[i];
        taken.push_back({to_text(chosen[i]), subnets_[i].network.prefix, subnets_[i].gateway});
    }
    return taken;
}

const std::string* AddressPool::find_owner(const IpAddress& address) const
{
    const auto found = owners_.find(address);
    return found == owners_.end() ? nullptr : &found->second;
}

void AddressPool::give_back(const std::string& owner)
{
    std::erase_if(owners_, [&](const auto& entry) { return entry.second == owner; });
}

} // namespace skiff::net
