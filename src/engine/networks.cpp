#include "engine/networks.hpp"

#include "base/error.hpp"
#include "engine/attachments.hpp"
#include "engine/image_list.hpp"
#include "engine/make_network.hpp"
#include "engine/name_pattern.hpp"
#include "engine/remove.hpp"
#include "net/host_networks.hpp"
#include "net/network_member.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <functional>

namespace skiff::engine {
namespace {

using Predicate = std::function<bool(const Network&)>;

void add_event(Engine& engine, const char* action, const Network& network)
{
    store::Event event;
    event.type = "network";
    event.action = action;
    event.id = network.id;
    event.name = network.name;
    event.attributes["driver"] = network.driver;
    engine.store().events().try_add(std::move(event));
}

std::vector<net::IpNetwork> host_networks()
{
    std::vector<net::IpNetwork> found;
    const net::HostNetworks host = net::find_host_networks();
    for (const net::Subnet& subnet : host.ipv4)
        found.push_back(net::make_ip_network(net::make_ipv4(subnet.network), subnet.prefix));
    for (const in6_addr& address : host.ipv6)
        if (const auto known = net::find_ip_address(net::to_text(address)))
            found.push_back(net::make_ip_network(*known, 64));
    return found;
}

bool read_bool(const Filter& filter)
{
    if (filter.value == "true" || filter.value == "1")
        return true;
    if (filter.value == "false" || filter.value == "0")
        return false;
    throw Error{ErrorKind::Usage, cat("invalid dangling filter value ", quoted(filter.value))};
}

Predicate make_one(Engine& engine, const Filter& filter)
{
    const std::string& value = filter.value;
    if (filter.key == "name")
        return [fits = make_name_pattern(value)](const Network& network) { return fits(network.name); };
    if (filter.key == "id")
        return [value](const Network& network) { return network.id.starts_with(value); };
    if (filter.key == "driver")
        return [value](const Network& network) { return network.driver == value; };
    if (filter.key == "label")
        return [value](const Network& network) { return has_label(network.labels, value); };
    if (filter.key == "until") {
        const WallTime until = text::parse_time(value, wall_now());
        return [until](const Network& network) { return network.created < until; };
    }
    if (filter.key == "dangling")
        return [wanted = read_bool(filter), users = containers_by_network(engine)](const Network& network) {
            return (users.contains(network.name) || network.name == default_network) != wanted;
        };
    throw Error{ErrorKind::Usage, cat("invalid filter ", quoted(filter.key))};
}

} // namespace

Network create_network(Engine& engine, const CreateNetworkRequest& request)
{
    const store::Networks& networks = engine.store().networks();
    const FileLock lock = networks.lock();
    NetworkNeighbours neighbours;
    neighbours.networks = networks.list();
    neighbours.host_networks = host_networks();
    if (const auto& pools = engine.settings().default_subnet_pools)
        neighbours.pools = *pools;
    if (request.ignore_existing)
        for (Network& other : neighbours.networks)
            if (other.name == request.name)
                return std::move(other);
    const Network network = make_network(request, neighbours);
    networks.create(network);
    add_event(engine, "create", network);
    return network;
}

std::optional<Network> find_network(Engine& engine, const std::string& text)
{
    if (auto exact = engine.store().networks().find_exact(text))
        return exact;
    std::optional<Network> found;
    for (Network& network : engine.store().networks().list()) {
        if (network.name == text)
            return std::move(network);
        if (text.empty() || !network.id.starts_with(text))
            continue;
        if (found)
            throw Error{ErrorKind::Failure, cat("more than one result for network ID ", printable(text))};
        found = std::move(network);
    }
    return found;
}

Network resolve_network(Engine& engine, const std::string& text)
{
    auto network = find_network(engine, text);
    if (!network)
        throw Error{ErrorKind::NotFound, cat("unable to find network with name or ID ", printable(text), ": network not found")};
    return std::move(*network);
}

std::vector<Network> list_networks(Engine& engine, const std::vector<Filter>& filters)
{
    std::map<std::string, std::vector<Predicate>> by_key;
    for (const Filter& filter : filters) {
        Predicate one = make_one(engine, filter);
        if (filter.negated)
            one = [one = std::move(one)](const Network& network) { return !one(network); };
        // Labels must all be there; of other keys one value is enough.
        by_key[filter.key == "label" || filter.negated ? cat(filter.key, by_key.size()) : filter.key].push_back(std::move(one));
    }
    std::vector<Network> networks = engine.store().networks().list();
    std::erase_if(networks, [&](const Network& network) {
        return !std::all_of(by_key.begin(), by_key.end(), [&](const auto& entry) {
            return std::any_of(entry.second.begin(), entry.second.end(), [&](const Predicate& fits) { return fits(network); });
        });
    });
    return networks;
}

bool remove_network(Engine& engine, const std::string& text, const RemoveNetworkOptions& options)
{
    const auto network = find_network(engine, text);
    if (!network) {
        if (options.force)
            return false;
        throw Error{ErrorKind::NotFound, cat("unable to find network with name or ID ", printable(text), ": network not found")};
    }
    if (network->name == default_network)
        throw Error{ErrorKind::Failure, cat("default network ", network->name, " cannot be removed")};
    const auto users = [&] {
        const auto all = containers_by_network(engine);
        const auto found = all.find(network->name);
        return found == all.end() ? std::vector<std::string>{} : found->second;
    };
    if (options.force)
        remove_users(engine, users(), options.timeout_s);
    // Whoever creates a container with it, or connects one, holds the same lock while it looks.
    const FileLock lock = engine.store().networks().lock();
    if (!users().empty())
        throw Error{ErrorKind::InUse, cat(quoted(network->name), " has associated containers with it. Use -f to forcibly delete containers and pods: network is being used")};
    if (!engine.store().networks().remove(network->name))
        throw Error{ErrorKind::NotFound, cat("unable to find network with name or ID ", printable(text), ": network not found")};
    add_event(engine, "remove", *network);
    return true;
}

void update_network(Engine& engine, const std::string& text, const UpdateNetworkRequest& request)
{
    const FileLock lock = engine.store().networks().lock();
    Network network = resolve_network(engine, text);
    for (const std::string& server : request.add_dns)
        if (!net::find_ip_address(server))
            throw Error{ErrorKind::Usage, cat(quoted(server), " is not an ip address")};
    if (!network.dns_enabled)
        throw Error{ErrorKind::Usage, cat("unable to update network ", network.name, ": its name service is off: invalid argument")};
    for (const std::string& server : request.drop_dns)
        if (std::erase(network.dns_servers, server) == 0)
            throw Error{ErrorKind::Usage, cat("unable to update network ", network.name, ": ", printable(server), " is none of its name servers")};
    for (const std::string& server : request.add_dns)
        if (std::find(network.dns_servers.begin(), network.dns_servers.end(), server) == network.dns_servers.end())
            network.dns_servers.push_back(server);
    engine.store().networks().save(network);
    net::tell_name_servers(engine.store().networks().run_directory(network.name), network.dns_servers);
    add_event(engine, "update", network);
}

std::vector<Network> find_unused_networks(Engine& engine, const std::vector<Filter>& filters)
{
    for (const Filter& filter : filters)
        if (filter.key != "label" && filter.key != "until")
            throw Error{ErrorKind::Usage, cat("invalid filter ", quoted(filter.key))};
    std::vector<Filter> all = filters;
    all.push_back({"dangling", "true", false});
    return list_networks(engine, all);
}

std::vector<std::string> prune_networks(Engine& engine, const std::vector<Filter>& filters)
{
    std::vector<std::string> names;
    for (const Network& network : find_unused_networks(engine, filters)) {
        try {
            remove_network(engine, network.name);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::InUse && error.kind() != ErrorKind::NotFound) // somebody was faster
                throw;
            continue;
        }
        names.push_back(network.name);
    }
    return names;
}

} // namespace skiff::engine
