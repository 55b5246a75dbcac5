#include "net/hub_request.hpp"

#include "model/network_fields.hpp"
#include "net/host_networks.hpp"
#include "net/ip_address.hpp"
#include "net/net_request.hpp"
#include "net/resolv_conf.hpp"

#include <algorithm>

namespace skiff::net {

using record::Of;

constexpr auto words_of(Of<MemberRequest::Kind>)
{
    using Kind = MemberRequest::Kind;
    return std::array{std::pair{Kind::Join, "join"}, std::pair{Kind::Change, "change"}, std::pair{Kind::Leave, "leave"},
                      std::pair{Kind::SetNameServers, "name-servers"}};
}

template <typename Fields>
void describe(Fields& field, Of<HubRequest>)
{
    field("network", &HubRequest::network);
    field("uplink", &HubRequest::uplink);
    field("uplink6", &HubRequest::uplink6);
    field("mtu", &HubRequest::mtu);
    field("name_servers", &HubRequest::name_servers);
}

template <typename Fields>
void describe(Fields& field, Of<MemberRequest>)
{
    field("kind", &MemberRequest::kind);
    field("id", &MemberRequest::id);
    field("names", &MemberRequest::names);
    field("addresses", &MemberRequest::addresses);
    field("preferred", &MemberRequest::preferred);
    field("name_servers", &MemberRequest::name_servers);
    field("is_last", &MemberRequest::is_last);
    field("ports", &MemberRequest::ports);
}

template <typename Fields>
void describe(Fields& field, Of<MemberAnswer>)
{
    field("addresses", &MemberAnswer::addresses);
    field("name_servers", &MemberAnswer::name_servers);
}

namespace {

/// Clients that have no address of their own inside (those of this host's loopback) seem to come from this subnet. It is taken
/// from the same private block as the network, so that rules about the block cover them.
IpNetwork choose_uplink(const IpNetwork& network, const std::vector<IpNetwork>& taken)
{
    const std::uint8_t first = network.address.bytes[0];
    std::uint32_t base = 0x0affff; // 10.255.255
    if (!network.address.ipv6 && first == 172)
        base = 0xac1fff;
    else if (!network.address.ipv6 && first == 192)
        base = 0xc0a8ff;
    IpNetwork candidate;
    for (std::uint32_t number = base; number > base - 0xff; --number) {
        candidate = IpNetwork{make_ipv4(number << 8U), 24};
        const bool hides = std::any_of(taken.begin(), taken.end(), [&](const IpNetwork& other) {
            return !other.address.ipv6 && other.prefix >= 12 && other.overlaps(candidate);
        });
        if (!hides)
            return candidate;
    }
    return candidate;
}

std::uint32_t mtu_of(const Network& network)
{
    const auto option = network.options.find("mtu");
    return option == network.options.end() ? default_mtu : static_cast<std::uint32_t>(std::stoul(option->second));
}

} // namespace

bool leads_out(const Network& network)
{
    const auto option = network.options.find("no_default_route");
    return !network.internal && (option == network.options.end() || option->second == "false" || option->second == "0");
}

HubRequest make_hub_request(const Network& network)
{
    HubRequest request;
    request.network = network;
    request.mtu = mtu_of(network);
    const ResolvConf host_resolv_conf = load_host_resolv_conf();
    request.name_servers = host_resolv_conf.name_servers;
    if (network.internal)
        return request;
    const HostNetworks host = find_host_networks();
    std::vector<IpNetwork> taken;
    for (const Subnet& subnet : host.ipv4)
        taken.push_back(make_ip_network(make_ipv4(subnet.network), subnet.prefix));
    for (const NetworkSubnet& subnet : network.subnets)
        if (const auto known = find_ip_network(subnet.subnet))
            taken.push_back(*known);
    for (const std::string& server : request.name_servers) // one that is hidden could be asked only by way of libslirp
        if (const auto address = find_ip_address(server))
            taken.push_back(make_ip_network(*address, static_cast<std::uint8_t>(address->bits())));
    const auto first = network.subnets.empty() ? std::nullopt : find_ip_network(network.subnets.front().subnet);
    request.uplink = to_text(choose_uplink(first.value_or(IpNetwork{}), taken));
    if (network.ipv6 && !host.ipv6.empty()) {
        std::vector<in6_addr> addresses = host.ipv6;
        for (const NetworkSubnet& subnet : network.subnets)
            if (subnet.is_ipv6())
                if (const auto address = find_ipv6(subnet.gateway))
                    addresses.push_back(*address);
        request.uplink6 = to_text(choose_subnet6(addresses));
    }
    return request;
}

std::string serialize(const HubRequest& request) { return record::to_text(request); }
HubRequest parse_hub_request(const std::string& text) { return record::from_text<HubRequest>(text, "network process request"); }
std::string serialize(const MemberRequest& request) { return record::to_text(request); }
MemberRequest parse_member_request(const std::string& text) { return record::from_text<MemberRequest>(text, "member request"); }
std::string serialize(const MemberAnswer& answer) { return record::to_text(answer); }

MemberAnswer parse_member_answer(const std::string& text)
{
    if (text.find("\"failed\"") != std::string::npos)
        (void)parse_net_answer(text);
    return record::from_text<MemberAnswer>(text, "network process answer");
}

} // namespace skiff::net
