#include "net/net_request.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

namespace skiff::net {
namespace {

using nlohmann::json;

constexpr std::uint32_t smallest_mtu = 68;         // RFC 791
constexpr std::uint32_t smallest_mtu_ipv6 = 1280;  // RFC 8200
constexpr std::uint32_t largest_mtu = 65521;       // as slirp4netns: libslirp's buffers end there

bool parse_switch(const std::string& name, const std::string& value)
{
    if (value == "true")
        return true;
    if (value == "false")
        return false;
    throw Error{ErrorKind::Usage,
                cat("invalid value of ", name, " for slirp4netns: \"", printable(value), "\"")};
}

std::uint32_t parse_mtu(const std::string& value)
{
    std::uint32_t mtu = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), mtu);
    if (error != std::errc{} || end != value.data() + value.size() || mtu < smallest_mtu || mtu > largest_mtu)
        throw Error{ErrorKind::Usage, cat("invalid mtu \"", printable(value), "\"")}.with_hint(
            cat("a number from ", smallest_mtu, " to ", largest_mtu));
    return mtu;
}

std::string resolve_outbound(const std::string& name, const std::string& value, int family)
{
    const bool valid = family == AF_INET ? find_ipv4(value).has_value() : find_ipv6(value).has_value();
    if (!valid)
        throw Error{ErrorKind::Usage, cat("invalid ", name, " \"", printable(value), "\"")}.with_hint(
            "an address of the host is expected; names of interfaces are not supported");
    return value;
}

json to_json(const PortMapping& port)
{
    return {{"host_ip", port.host_ip}, {"host_port", port.host_port}, {"container_port", port.container_port},
            {"range", port.range}, {"protocol", port.protocol}};
}

std::vector<PortMapping> ports_from(const json& list)
{
    std::vector<PortMapping> ports;
    for (const json& entry : list)
        ports.push_back({entry.at("host_ip"), entry.at("host_port"), entry.at("container_port"), entry.at("range"),
                         entry.at("protocol")});
    return ports;
}

json ports_to_json(const std::vector<PortMapping>& ports)
{
    json list = json::array();
    for (const PortMapping& port : ports)
        list.push_back(to_json(port));
    return list;
}

/// Both ends are this program: a message that does not parse is a bug, yet it must not end in another exception type.
template <typename Work>
auto reading(const char* what, Work work)
{
    try {
        return work();
    } catch (const json::exception& error) {
        throw Error{ErrorKind::Failure, cat("reading ", what, ": ", error.what())};
    }
}

} // namespace

std::vector<std::string> NetRequest::name_servers_inside() const
{
    const NetworkAddresses where = addresses();
    const auto has = [&](bool ipv6) {
        return std::any_of(name_servers.begin(), name_servers.end(), [&](const std::string& server) {
            return (server.find(':') != std::string::npos) == ipv6;
        });
    };
    std::vector<std::string> inside;
    if (has(false) || !has(true))
        inside.push_back(to_text(where.name_server));
    if (subnet6 && has(true))
        inside.push_back(to_text(where.name_server6));
    return inside;
}

TapPlan NetRequest::tap_plan() const
{
    TapPlan plan;
    plan.mtu = mtu;
    plan.addresses = addresses();
    return plan;
}

NetRequest make_net_request(const std::map<std::string, std::string>& options, const HostNetworks& host,
                            const ResolvConf& host_resolv_conf)
{
    NetRequest request;
    request.subnet = choose_subnet(host.ipv4);
    request.name_servers = host_resolv_conf.name_servers;
    bool ipv6 = !host.ipv6.empty();
    for (const auto& [name, value] : options) {
        if (name == "cidr")
            request.subnet = parse_subnet(value);
        else if (name == "mtu")
            request.mtu = parse_mtu(value);
        else if (name == "enable_ipv6")
            ipv6 = parse_switch(name, value);
        else if (name == "allow_host_loopback")
            request.allow_host_loopback = parse_switch(name, value);
        else if (name == "outbound_addr")
            request.outbound_address = resolve_outbound(name, value, AF_INET);
        else if (name == "outbound_addr6")
            request.outbound_address6 = resolve_outbound(name, value, AF_INET6);
        else if (name == "port_handler") {
            if (value != "slirp4netns" && value != "rootlesskit" && value != "rootlessport")
                throw Error{ErrorKind::Usage, cat("unknown port_handler for slirp4netns: \"", printable(value), "\"")};
        } else
            throw Error{ErrorKind::Usage, cat("unknown option for slirp4netns: \"", printable(name), "\"")};
    }
    if (ipv6 && request.mtu >= smallest_mtu_ipv6)
        request.subnet6 = choose_subnet6(host.ipv6);
    return request;
}

std::string serialize(const NetRequest& request)
{
    const json document{{"subnet", to_text(request.subnet)},
                        {"subnet6", request.subnet6 ? to_text(*request.subnet6) : ""},
                        {"mtu", request.mtu},
                        {"allow_host_loopback", request.allow_host_loopback},
                        {"outbound_address", request.outbound_address},
                        {"outbound_address6", request.outbound_address6},
                        {"name_servers", request.name_servers},
                        {"ports", ports_to_json(request.ports)}};
    return document.dump();
}

NetRequest parse_net_request(const std::string& text)
{
    return reading("a network request", [&] {
        const json document = json::parse(text);
        NetRequest request;
        request.subnet = parse_subnet(document.at("subnet").get<std::string>());
        request.subnet6 = find_ipv6(document.at("subnet6").get<std::string>());
        request.mtu = document.at("mtu");
        request.allow_host_loopback = document.at("allow_host_loopback");
        request.outbound_address = document.at("outbound_address");
        request.outbound_address6 = document.at("outbound_address6");
        request.name_servers = document.at("name_servers").get<std::vector<std::string>>();
        request.ports = ports_from(document.at("ports"));
        return request;
    });
}

std::string serialize(const NetReady& message) { return json{{"ready", ports_to_json(message.ports)}}.dump(); }

std::string serialize(const NetFailed& message)
{
    // The text may quote what a user or a library said.
    return json{{"failed", {{"kind", message.kind}, {"errno", message.errno_value}, {"text", message.text},
                            {"hint", message.hint}}}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string serialize(const AttachTap& /*message*/) { return json{{"attach_tap", true}}.dump(); }

std::string serialize(const SetNameServers& message) { return json{{"name_servers", message.name_servers}}.dump(); }

NetReady parse_net_answer(const std::string& text)
{
    const json document = reading("the network process's answer", [&] { return json::parse(text); });
    if (const auto failed = document.find("failed"); failed != document.end())
        throw reading("the network process's answer", [&] {
            return Error{static_cast<ErrorKind>(failed->at("kind").get<int>()), failed->at("errno").get<int>(),
                         failed->at("text").get<std::string>()}
                .with_hint(failed->at("hint").get<std::string>());
        });
    return reading("the network process's answer", [&] { return NetReady{ports_from(document.at("ready"))}; });
}

NetCommand parse_net_command(const std::string& text)
{
    return reading("a command to the network process", [&] {
        const json document = json::parse(text);
        NetCommand command;
        command.attach_tap = document.value("attach_tap", false);
        if (const auto servers = document.find("name_servers"); servers != document.end())
            command.name_servers = SetNameServers{servers->get<std::vector<std::string>>()};
        return command;
    });
}

} // namespace skiff::net
