// What `network inspect` and `network ls --format json` show: a part of networks.hpp.

#include "engine/networks.hpp"
#include "text/time_format.hpp"

#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;

Json as_object(const std::map<std::string, std::string>& values)
{
    Json json = Json::object();
    for (const auto& [key, value] : values)
        json[key] = value;
    return json;
}

Json make_subnet(const NetworkSubnet& subnet)
{
    Json json{{"subnet", subnet.subnet}};
    if (!subnet.gateway.empty())
        json["gateway"] = subnet.gateway;
    if (!subnet.range_start.empty())
        json["lease_range"] = {{"start_ip", subnet.range_start}, {"end_ip", subnet.range_end}};
    if (!subnet.aux_addresses.empty())
        json["aux_addresses"] = as_object(subnet.aux_addresses);
    return json;
}

Json make_route(const NetworkRoute& route)
{
    Json json{{"destination", route.destination}, {"gateway", route.gateway}};
    if (route.metric)
        json["metric"] = *route.metric;
    return json;
}

Json make_interface(const NetworkMembership& membership)
{
    Json subnets = Json::array();
    for (const NetworkMembership::Address& address : membership.addresses) {
        Json subnet{{"ipnet", address.address + "/" + std::to_string(address.prefix_length)}};
        if (!address.gateway.empty())
            subnet["gateway"] = address.gateway;
        subnets.push_back(std::move(subnet));
    }
    return {{"subnets", std::move(subnets)}, {"mac_address", membership.mac}};
}

} // namespace

Json make_network_record_document(const Network& network)
{
    Json json{{"name", network.name},
              {"id", network.id},
              {"driver", network.driver},
              {"network_interface", network.interface},
              {"created", text::format_rfc3339_nano(network.created, text::Zone::Local)},
              {"subnets", Json::array()}};
    for (const NetworkSubnet& subnet : network.subnets)
        json["subnets"].push_back(make_subnet(subnet));
    if (!network.routes.empty())
        for (const NetworkRoute& route : network.routes)
            json["routes"].push_back(make_route(route));
    json["ipv6_enabled"] = network.ipv6;
    json["internal"] = network.internal;
    json["dns_enabled"] = network.dns_enabled;
    if (!network.dns_servers.empty())
        json["network_dns_servers"] = network.dns_servers;
    if (!network.labels.empty())
        json["labels"] = as_object(network.labels);
    if (!network.options.empty())
        json["options"] = as_object(network.options);
    json["ipam_options"] = as_object(network.ipam_options);
    return json;
}

Json make_network_document(Engine& engine, const Network& network)
{
    Json json = make_network_record_document(network);
    Json& containers = json["containers"] = Json::object();
    for (const store::ContainerRecord& record : engine.store().containers().list(store::Containers::Which::Alive)) {
        if (!record.is_running() || !record.state)
            continue;
        for (const NetworkMembership& membership : record.state->networks)
            if (membership.network == network.name)
                containers[record.config.id] = {{"name", record.config.name},
                                                {"interfaces", {{membership.interface, make_interface(membership)}}}};
    }
    return json;
}

} // namespace skiff::engine
