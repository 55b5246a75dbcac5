#include "cli/groups/network_options.hpp"

#include "cli/values.hpp"
#include "cli/values_network.hpp"

namespace skiff::cli {
namespace {

PortMapping read_port(std::string_view text) { return parse_port_mapping(std::string{text}); }
PortMapping read_exposed(std::string_view text) { return parse_exposed_port(std::string{text}); }
void add_one_network(NetworkRequest& request, std::string_view text) { add_network(request, text); }

constexpr Option options[] = {
    option<&NetworkRequest::add_hosts, read_added_host>("add-host", 0, "HOST[;HOST]:IP",
                                                        "Further line of /etc/hosts (host-gateway is the host)")
        .comma_separated(),
    option<&NetworkRequest::dns, add_dns_server>("dns", 0, "ADDRESS", "Name server, or none to leave resolv.conf alone")
        .comma_separated(),
    option<&NetworkRequest::dns_options>("dns-option", 0, "OPTION", "Option of resolv.conf")
        .comma_separated()
        .also("dns-opt"),
    option<&NetworkRequest::dns_search, add_dns_search>("dns-search", 0, "DOMAIN", "Search domain, or . for none")
        .comma_separated(),
    option<&NetworkRequest::expose, read_exposed>("expose", 0, "PORT[/PROTOCOL]",
                                                  "Port that --publish-all publishes, too")
        .comma_separated(),
    option<&NetworkRequest::hosts_file>("hosts-file", 0, "FILE", "What /etc/hosts begins with: a file, none or image")
        .completes(Completes::Files),
    option<&NetworkRequest::ip, read_ipv4>("ip", 0, "ADDRESS", "IPv4 address of the container"),
    option<&NetworkRequest::ip6, read_ipv6>("ip6", 0, "ADDRESS", "IPv6 address of the container"),
    option<&NetworkRequest::link_local_ips, read_ip>("link-local-ip", 0, "ADDRESS", "Further address of the interface"),
    option<&NetworkRequest::mac_address, read_mac_address>("mac-address", 0, "ADDRESS",
                                                           "Ethernet address of the container"),
    option<&add_one_network>("network", 0, "MODE",
                             "private, none, host, container:NAME, ns:PATH, slirp4netns[:OPTIONS] or a network's name")
        .many()
        .also("net")
        .completes(Completes::Networks),
    option<&NetworkRequest::aliases, read_host_name>("network-alias", 0, "NAME", "Further name of the container in its networks")
        .comma_separated(),
    option<&NetworkRequest::no_hosts>("no-hosts", 0, "", "Keep the image's /etc/hosts"),
    option<&NetworkRequest::publish, read_port>("publish", 'p', "[[IP:]HOST:]PORT[/PROTOCOL]",
                                                "Forward a port of the host, or a range, to the container")
        .comma_separated(),
    option<&NetworkRequest::publish_all>("publish-all", 'P', "", "Publish all exposed ports to free ports of the host"),
};

} // namespace

const OptionGroup network_options{"Network", options};

void check_network(const Invocation& invocation, const NetworkRequest& request)
{
    const bool names_servers = request.dns || !request.dns_options.empty() || !request.dns_search.empty();
    const auto mode = request.mode ? request.mode->mode : NamespaceMode::Private;
    if (names_servers && (mode == NamespaceMode::None || mode == NamespaceMode::Container))
        throw usage_error(cat("conflicting options: dns and the network mode: ", request.kind));
    if (request.no_hosts.value_or(false))
        for (const std::string_view other : {"add-host", "hosts-file"})
            if (invocation.has(other))
                throw usage_error(cat("--no-hosts and --", other, " cannot be set together"));
}

} // namespace skiff::cli
