#pragma once

#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Which addresses a container's private network uses. Nothing here asks the kernel.
namespace skiff::net {

/// An IPv4 network. The address is in host byte order, with the host bits cleared.
struct Subnet
{
    std::uint32_t network = 0x0a000200; // 10.0.2.0
    std::uint8_t prefix = 24;
    bool operator==(const Subnet&) const = default;

    [[nodiscard]] std::uint32_t mask() const { return prefix == 0 ? 0 : ~0U << (32U - prefix); }
    [[nodiscard]] bool contains(std::uint32_t address) const { return (address & mask()) == network; }
    [[nodiscard]] bool overlaps(const Subnet& other) const;
};

/// Reads "10.0.2.0/24". Throws Error(Usage) `invalid cidr "..."`, also for prefixes above 25: slirp's fixed host
/// numbers go up to 100.
Subnet parse_subnet(std::string_view text);
std::string to_text(const Subnet& subnet);

std::string to_text(in_addr address);
std::string to_text(const in6_addr& address);
std::optional<in_addr> find_ipv4(const std::string& text);   ///< nothing when it is not a dotted quad
std::optional<in6_addr> find_ipv6(const std::string& text);

/// Everybody's place in a private network, in network byte order. The numbers are slirp4netns's, which people know:
/// .2 is the host, .3 the name server, .100 the container.
struct NetworkAddresses
{
    in_addr network{}, mask{}, host{}, name_server{}, container{};
    std::uint8_t prefix = 24;
    bool ipv6 = false;
    in6_addr network6{}, host6{}, name_server6{}, container6{};
    std::uint8_t prefix6 = 64;
    std::array<std::uint8_t, 6> mac{0x02, 0, 0, 0, 0, 0x64}; ///< of the container's interface
};

/// `subnet6` is a /64; only its first eight bytes count.
NetworkAddresses make_addresses(const Subnet& subnet, const std::optional<in6_addr>& subnet6);

/// The first of 10.0.2.0/24, 10.0.3.0/24 ... that hides none of the host's own networks: a host that lives in 10.0.2.0/24
/// would be unreachable from inside otherwise.
Subnet choose_subnet(const std::vector<Subnet>& host_networks);
/// fd00::/64, or another unique local one when the host itself has an address in that.
in6_addr choose_subnet6(const std::vector<in6_addr>& host_addresses);

} // namespace skiff::net
