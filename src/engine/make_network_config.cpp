#include "engine/make_config.hpp"

#include "base/error.hpp"

#include <charconv>
#include <utility>

namespace skiff::engine {
namespace {

std::int32_t read_gateway_priority(const std::string& text)
{
    std::int32_t priority = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), priority);
    if (problem != std::errc{} || end != text.data() + text.size())
        throw Error{ErrorKind::Usage, cat("gw_priority ", quoted(text), " is not a whole number: invalid argument")};
    return priority;
}

/// What --network NAME:ip=... says of one network.
NetworkAttachment make_attachment(const NetworkRequest::Named& asked)
{
    NetworkAttachment attachment;
    attachment.network = asked.name;
    attachment.aliases = asked.aliases;
    attachment.link_local_ips = asked.link_local_ips;
    for (const auto& [key, value] : asked.options) {
        if (key == "ip")
            (value.find(':') == std::string::npos ? attachment.ip : attachment.ip6) = value;
        else if (key == "ip6")
            attachment.ip6 = value;
        else if (key == "mac")
            attachment.mac = value;
        else if (key == "interface_name")
            attachment.interface = value;
        else if (key == "gw_priority")
            attachment.gw_priority = read_gateway_priority(value);
        else if (key == "host_interface_name")
            throw Error{ErrorKind::Usage, "option host_interface_name is not supported: the host has no interface for a container"};
        else
            throw Error{ErrorKind::Usage, cat("unknown option ", quoted(key), " for network ", asked.name, ": invalid argument")}.with_hint(
                "there are ip, ip6, mac, alias, interface_name, gw_priority and link_local_ip");
    }
    return attachment;
}

/// The networks by name, and what --ip and its kin say of the only one.
std::vector<NetworkAttachment> make_attachments(const NetworkRequest& asked)
{
    std::vector<NetworkAttachment> attachments;
    for (const NetworkRequest::Named& named : asked.networks)
        attachments.push_back(make_attachment(named));
    if (asked.kind == "bridge" && attachments.empty())
        attachments.push_back(make_attachment({std::string{default_network}, asked.options, {}, {}}));
    const std::pair<const char*, const std::string*> of_one[] = {{"--ip", &asked.ip}, {"--ip6", &asked.ip6}, {"--mac-address", &asked.mac_address}};
    const bool own_mode = !asked.mode || asked.mode->mode == NamespaceMode::Private;
    for (const auto& [option, value] : of_one) {
        if (value->empty())
            continue;
        if (!own_mode)
            throw Error{ErrorKind::Usage, cat(option, " can only be set when the network mode is bridge: invalid argument")};
        if (attachments.empty())
            throw Error{ErrorKind::Usage, "networks and static ip/mac address can only be used with Bridge mode networking"}.with_hint(
                cat("add --network bridge or a network by name to ", option));
        if (attachments.size() > 1)
            throw Error{ErrorKind::Usage, cat(option, " can only be set for a single network: invalid argument")};
    }
    if (!asked.link_local_ips.empty() && attachments.size() != 1)
        throw Error{ErrorKind::Usage, "--link-local-ip can only be set for a single network by name: invalid argument"};
    if (!asked.aliases.empty() && !own_mode)
        throw Error{ErrorKind::Usage, "--network-alias can only be set when the network mode is bridge: invalid argument"};
    if (!asked.aliases.empty() && attachments.empty())
        throw Error{ErrorKind::Usage, "networks and static ip/mac address can only be used with Bridge mode networking"}.with_hint(
            "add a network by name to --network-alias");
    for (NetworkAttachment& attachment : attachments) {
        attachment.aliases.insert(attachment.aliases.end(), asked.aliases.begin(), asked.aliases.end());
        attachment.link_local_ips.insert(attachment.link_local_ips.end(), asked.link_local_ips.begin(), asked.link_local_ips.end());
        if (!asked.ip.empty())
            attachment.ip = asked.ip;
        if (!asked.ip6.empty())
            attachment.ip6 = asked.ip6;
        if (!asked.mac_address.empty())
            attachment.mac = asked.mac_address;
    }
    return attachments;
}

} // namespace

NetworkConfig make_network_config(const NetworkRequest& asked, const oci::ExecutionConfig& image, const Settings& settings)
{
    NetworkConfig network;
    if (asked.mode)
        network.mode = *asked.mode;
    switch (network.mode.mode) {
    case NamespaceMode::Host:
        network.name = "host";
        break;
    case NamespaceMode::None:
        network.name = "none";
        break;
    case NamespaceMode::Container:
        network.name = cat("container:", network.mode.target);
        break;
    case NamespaceMode::Path:
        network.name = cat("ns:", network.mode.target);
        break;
    case NamespaceMode::Private:
    case NamespaceMode::Shareable:
        network.name = asked.kind.empty() || asked.kind == "private" ? "slirp4netns" : asked.kind;
        break;
    }
    network.own = asked.kind != "bridge";
    network.networks = make_attachments(asked);
    network.options = asked.options;
    network.ports = asked.publish;
    network.publish_all = asked.publish_all;
    network.exposed = asked.expose;
    for (const std::string& port : image.exposed_ports)
        network.exposed.push_back(parse_exposed_port(port));
    network.dns = asked.dns.value_or(settings.dns_servers);
    network.dns_options = asked.dns_options.empty() ? settings.dns_options : asked.dns_options;
    network.dns_search = asked.dns_search.empty() ? settings.dns_searches : asked.dns_search;
    network.add_hosts = asked.add_hosts;
    // The configured address of the host comes before what would be found out, as an added host does.
    if (const std::string address = settings.host_containers_internal_ip.value_or(""); !address.empty() && address != "none")
        network.add_hosts.push_back(cat("host.containers.internal;host.docker.internal:", address));
    network.no_hosts = asked.no_hosts.value_or(settings.no_hosts.value_or(false));
    network.hosts_file = asked.hosts_file.empty() ? settings.base_hosts_file.value_or("") : asked.hosts_file;
    return network;
}

} // namespace skiff::engine
