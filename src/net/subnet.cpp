#include "net/subnet.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

namespace skiff::net {
namespace {

constexpr std::uint8_t widest_prefix = 8;
constexpr std::uint8_t narrowest_prefix = 25;

in_addr at(const Subnet& subnet, std::uint32_t number) { return {htonl(subnet.network | number)}; }

in6_addr at(const in6_addr& network, std::uint16_t number)
{
    in6_addr address{};
    std::memcpy(address.s6_addr, network.s6_addr, 8);
    address.s6_addr[14] = static_cast<std::uint8_t>(number >> 8U);
    address.s6_addr[15] = static_cast<std::uint8_t>(number & 0xffU);
    return address;
}

bool same_subnet6(const in6_addr& left, const in6_addr& right) { return std::memcmp(&left, &right, 8) == 0; }

} // namespace

bool Subnet::overlaps(const Subnet& other) const
{
    const std::uint32_t common = mask() & other.mask();
    return (network & common) == (other.network & common);
}

Subnet parse_subnet(std::string_view text)
{
    const auto refuse = [&] { return Error{ErrorKind::Usage, cat("invalid cidr \"", printable(text), "\"")}; };
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos)
        throw refuse();
    const auto address = find_ipv4(std::string{text.substr(0, slash)});
    const std::string_view digits = text.substr(slash + 1);
    Subnet subnet;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), subnet.prefix);
    if (!address || error != std::errc{} || end != digits.data() + digits.size())
        throw refuse();
    if (subnet.prefix < widest_prefix || subnet.prefix > narrowest_prefix)
        throw refuse().with_hint("the prefix length must be between 8 and 25");
    subnet.network = ntohl(address->s_addr) & subnet.mask();
    return subnet;
}

std::string to_text(const Subnet& subnet) { return cat(to_text(at(subnet, 0)), "/", subnet.prefix); }

std::string to_text(in_addr address)
{
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address, text.data(), text.size());
    return text.data();
}

std::string to_text(const in6_addr& address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, &address, text.data(), text.size());
    return text.data();
}

std::optional<in_addr> find_ipv4(const std::string& text)
{
    in_addr address{};
    if (::inet_pton(AF_INET, text.c_str(), &address) != 1)
        return std::nullopt;
    return address;
}

std::optional<in6_addr> find_ipv6(const std::string& text)
{
    in6_addr address{};
    if (::inet_pton(AF_INET6, text.c_str(), &address) != 1)
        return std::nullopt;
    return address;
}

NetworkAddresses make_addresses(const Subnet& subnet, const std::optional<in6_addr>& subnet6)
{
    NetworkAddresses addresses;
    addresses.network = at(subnet, 0);
    addresses.mask = {htonl(subnet.mask())};
    addresses.host = at(subnet, 2);
    addresses.name_server = at(subnet, 3);
    addresses.container = at(subnet, 100);
    addresses.prefix = subnet.prefix;
    if (subnet6) {
        addresses.ipv6 = true;
        addresses.network6 = at(*subnet6, 0);
        addresses.host6 = at(*subnet6, 2);
        addresses.name_server6 = at(*subnet6, 3);
        addresses.container6 = at(*subnet6, 0x100);
    }
    return addresses;
}

Subnet choose_subnet(const std::vector<Subnet>& host_networks)
{
    for (std::uint32_t third = 2; third <= 254; ++third) {
        const Subnet candidate{0x0a000000U | third << 8U, 24};
        // A network as wide as 10.0.0.0/8 swallows every candidate: there a hole of 254 addresses is the smaller evil.
        const bool hides = std::any_of(host_networks.begin(), host_networks.end(), [&](const Subnet& host) {
            return host.prefix >= 16 && host.overlaps(candidate);
        });
        if (!hides)
            return candidate;
    }
    return {};
}

in6_addr choose_subnet6(const std::vector<in6_addr>& host_addresses)
{
    in6_addr candidate{};
    candidate.s6_addr[0] = 0xfd;
    const auto taken = [&] {
        return std::any_of(host_addresses.begin(), host_addresses.end(),
                           [&](const in6_addr& host) { return same_subnet6(host, candidate); });
    };
    while (taken() && candidate.s6_addr[7] < 0xff)
        ++candidate.s6_addr[7];
    return candidate;
}

} // namespace skiff::net
