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
    if (network.mode.mode == NamespaceMode::Private) {
        Json own = addresses(state);
        own["NetworkID"] = network.name;
        own["DriverOpts"] = nullptr;
        own["IPAMConfig"] = nullptr;
        own["Links"] = nullptr;
        own["Aliases"] = Json::array({record.config.id.substr(0, 12)});
        json["Networks"] = {{network.name, std::move(own)}};
    }
    return json;
}

} // namespace skiff::engine
