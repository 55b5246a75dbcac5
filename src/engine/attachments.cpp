#include "engine/attachments.hpp"

#include "base/error.hpp"
#include "engine/networks.hpp"
#include "engine/start.hpp"
#include "monitor/container_event.hpp"
#include "net/ip_address.hpp"

#include <algorithm>
#include <net/if.h>
#include <set>

namespace skiff::engine {
namespace {

void require_in_subnet(const Network& network, const std::string& text)
{
    if (text.empty())
        return;
    const auto address = net::find_ip_address(text);
    if (!address)
        throw Error{ErrorKind::Usage, cat(quoted(text), " is not an ip address")};
    for (const NetworkSubnet& subnet : network.subnets) {
        const auto known = net::find_ip_network(subnet.subnet);
        if (!known || !known->contains(*address))
            continue;
        if (subnet.gateway == to_text(*address))
            throw Error{ErrorKind::Usage, cat("requested static ip ", text, " is the gateway of network ", network.name)};
        for (const auto& [name, reserved] : subnet.aux_addresses)
            if (reserved == to_text(*address))
                throw Error{ErrorKind::Usage, cat("requested static ip ", text, " is kept for ", printable(name), " in network ", network.name)};
        return;
    }
    throw Error{ErrorKind::Usage, cat("requested static ip ", text, " not in any subnet on network ", network.name)};
}

void check(const Network& network, const NetworkAttachment& attachment)
{
    require_in_subnet(network, attachment.ip);
    require_in_subnet(network, attachment.ip6);
    for (const std::string& text : attachment.link_local_ips)
        if (!net::find_ip_address(text))
            throw Error{ErrorKind::Usage, cat(quoted(text), " is not an ip address")};
    if (!attachment.aliases.empty() && !network.dns_enabled)
        throw Error{ErrorKind::Usage, cat("cannot set network aliases for network ", quoted(network.name), " because dns is disabled: invalid argument")};
    if (attachment.interface.size() >= IFNAMSIZ || attachment.interface.find_first_of("/ \t\n:") != std::string::npos)
        throw Error{ErrorKind::Usage, cat("interface name ", quoted(attachment.interface), " cannot be: at most 15 characters, no blank, slash or colon")};
}

void require_different_interfaces(const std::vector<NetworkAttachment>& attachments)
{
    std::set<std::string> names{"lo", "tap0"};
    for (const NetworkAttachment& attachment : attachments)
        if (!attachment.interface.empty() && !names.insert(attachment.interface).second)
            throw Error{ErrorKind::Usage, cat("interface name ", quoted(attachment.interface), " is used twice: invalid argument")};
}

store::Event make_event(const ContainerConfig& config, const char* action, const Network& network)
{
    store::Event event;
    event.type = "network";
    event.action = action;
    event.id = config.id;
    event.network = network.name;
    return event;
}

/// The record, and then the monitor, when there is one; the record is as before when the monitor cannot.
void apply(Engine& engine, const ContainerConfig& before, const ContainerConfig& after)
{
    const store::Containers& containers = engine.store().containers();
    containers.save_config(after);
    const auto channel = find_monitor(engine, after.id);
    if (!channel)
        return;
    try {
        (void)find_answer(*channel, monitor::ReloadRequest{}); // nothing: it has just ended, and the record is enough
    } catch (const Error&) {
        containers.save_config(before);
        throw;
    }
}

void require_named_networks(const ContainerConfig& config)
{
    if (config.network.mode.mode != NamespaceMode::Private)
        throw Error{ErrorKind::Failure, cat(quoted(config.network.name), " is not supported: invalid network mode")}.with_hint(
            "only a container with a network namespace of its own can be in networks");
}

} // namespace

std::map<std::string, std::vector<std::string>> containers_by_network(Engine& engine)
{
    std::map<std::string, std::vector<std::string>> users;
    for (const store::ContainerRecord& record : engine.store().containers().list())
        for (const NetworkAttachment& attachment : record.config.network.networks)
            users[attachment.network].push_back(record.config.id);
    return users;
}

void resolve_attachments(Engine& engine, std::vector<NetworkAttachment>& attachments)
{
    std::set<std::string> names;
    for (NetworkAttachment& attachment : attachments) {
        const Network network = resolve_network(engine, attachment.network);
        attachment.network = network.name;
        if (!names.insert(network.name).second)
            throw Error{ErrorKind::Usage, cat("network ", network.name, " is given twice: network is already connected")};
        check(network, attachment);
    }
    require_different_interfaces(attachments);
}

void connect_container(Engine& engine, const std::string& container, NetworkAttachment attachment)
{
    const std::string id = engine.store().containers().resolve(container);
    settle(engine, id);
    const FileLock networks = engine.store().networks().lock();
    const FileLock lock = engine.store().containers().lock(id);
    const ContainerConfig before = engine.store().containers().load_config(id);
    require_named_networks(before);
    const Network network = resolve_network(engine, attachment.network);
    attachment.network = network.name;
    check(network, attachment);
    ContainerConfig after = before;
    std::vector<NetworkAttachment>& attachments = after.network.networks;
    for (const NetworkAttachment& other : attachments)
        if (other.network == network.name)
            throw Error{ErrorKind::Failure, cat("container ", id, " is already connected to network ", network.name, ": network is already connected")};
    attachments.push_back(std::move(attachment));
    require_different_interfaces(attachments);
    apply(engine, before, after);
    engine.store().events().try_add(make_event(after, "connect", network));
}

void disconnect_container(Engine& engine, const std::string& network_text, const std::string& container, const DisconnectOptions& options)
{
    const auto found = engine.store().containers().find(container);
    if (!found && options.force)
        return;
    const std::string id = engine.store().containers().resolve(container);
    settle(engine, id);
    const FileLock lock = engine.store().containers().lock(id);
    const ContainerConfig before = engine.store().containers().load_config(id);
    require_named_networks(before);
    const Network network = resolve_network(engine, network_text);
    ContainerConfig after = before;
    if (std::erase_if(after.network.networks, [&](const NetworkAttachment& a) { return a.network == network.name; }) == 0) {
        if (options.force)
            return;
        throw Error{ErrorKind::Failure, cat("container ", id, " is not connected to network ", quoted(network.name))};
    }
    apply(engine, before, after);
    engine.store().events().try_add(make_event(after, "disconnect", network));
}

} // namespace skiff::engine
