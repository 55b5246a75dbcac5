// InspectContainerData.NetworkSettings, and the ports that HostConfig shows, too.

#include "base/cat.hpp"
#include "engine/container_document.hpp"
#include "engine/port_bindings.hpp"

#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;

Json addresses(const ContainerState& state)
{
    constexpr int ip6_prefix_length = 64;
    Json json;
    json["EndpointID"] = "";
    json["Gateway"] = state.gateway;
    json["IPAddress"] = state.ip_address;
    json["IPPrefixLen"] = state.ip_prefix_length;
    json["IPv6Gateway"] = "";
    json["GlobalIPv6Address"] = state.ip6_address;
    json["GlobalIPv6PrefixLen"] = state.ip6_address.empty() ? 0 : ip6_prefix_length;
    json["MacAddress"] = state.mac_address;
    return json;
}

Json addresses(const NetworkMembership& membership)
{
    Json json = addresses(ContainerState{});
    if (const auto* ipv4 = membership.find(false)) {
        json["Gateway"] = ipv4->gateway;
        json["IPAddress"] = ipv4->address;
        json["IPPrefixLen"] = ipv4->prefix_length;
    }
    if (const auto* ipv6 = membership.find(true)) {
        json["IPv6Gateway"] = ipv6->gateway;
        json["GlobalIPv6Address"] = ipv6->address;
        json["GlobalIPv6PrefixLen"] = ipv6->prefix_length;
    }
    json["MacAddress"] = membership.mac;
    for (const NetworkMembership::Address& address : membership.addresses)
        if (&address != membership.find(address.is_ipv6()))
            json[address.is_ipv6() ? "SecondaryIPv6Addresses" : "SecondaryIPAddresses"].push_back(
                {{"Addr", address.address}, {"PrefixLength", address.prefix_length}});
    return json;
}

NetworkMembership find_membership(const ContainerState& state, const std::string& network)
{
    for (const NetworkMembership& membership : state.networks)
        if (membership.network == network)
            return membership;
    return {};
}

Json make_network(Json json, const std::string& name, std::vector<std::string> aliases)
{
    json["NetworkID"] = name;
    json["DriverOpts"] = nullptr;
    json["IPAMConfig"] = nullptr;
    json["Links"] = nullptr;
    json["Aliases"] = std::move(aliases);
    return json;
}

/// The names that the network's name service knows, but for the container's own.
std::vector<std::string> names_of(const ContainerConfig& config, const NetworkAttachment& attachment)
{
    std::vector<std::string> names = attachment.aliases;
    names.push_back(config.id.substr(0, 12));
    if (!config.hostname.empty())
        names.push_back(config.hostname);
    return names;
}

} // namespace

Json make_port_bindings(const NetworkConfig& network)
{
    Json ports = Json::object();
    for (const PortMapping& port : network.ports)
        for (int offset = 0; offset < port.range; ++offset)
            ports[cat(port.container_port + offset, "/", port.protocol)].push_back(
                {{"HostIp", port.host_ip.empty() ? "0.0.0.0" : port.host_ip}, {"HostPort", std::to_string(port.host_port + offset)}});
    return ports;
}

Json make_network_document(const store::ContainerRecord& record)
{
    const NetworkConfig& network = record.config.network;
    const std::string short_id = record.config.id.substr(0, 12);
    const bool alive = record.state && record.is_running();
    const ContainerState state = alive ? *record.state : ContainerState{};
    Json json = addresses(state);
    json["Bridge"] = "";
    json["SandboxID"] = "";
    json["HairpinMode"] = false;
    json["LinkLocalIPv6Address"] = "";
    json["LinkLocalIPv6PrefixLen"] = 0;
    json["Ports"] = make_port_bindings(network);
    for (const PortMapping& port : network.exposed)
        for (int offset = 0; offset < port.range; ++offset)
            json["Ports"].emplace(cat(port.container_port + offset, "/", port.protocol), nullptr);
    json["SandboxKey"] = alive && network.mode.mode == NamespaceMode::Private ? cat("/proc/", state.init.pid, "/ns/net") : "";
    if (network.mode.mode != NamespaceMode::Private)
        return json;
    json["Networks"] = Json::object();
    if (network.own)
        json["Networks"][network.name] = make_network(addresses(state), network.name, {short_id});
    for (const NetworkAttachment& attachment : network.networks) {
        Json& one = json["Networks"][attachment.network] =
            make_network(addresses(find_membership(state, attachment.network)), attachment.network, names_of(record.config, attachment));
        if (attachment.gw_priority != 0) // Docker's; Podman has no priorities
            one["GwPriority"] = attachment.gw_priority;
    }
    // The fields of a single network, which older scripts read: the first one's.
    if (!network.own && !state.networks.empty())
        json.update(addresses(state.networks.front()));
    return json;
}

} // namespace skiff::engine
