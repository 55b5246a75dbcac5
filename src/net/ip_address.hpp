#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Addresses and networks of both families. Pure.
namespace skiff::net {

/// Bytes in network order; an IPv4 address has four of them.
struct IpAddress
{
    bool ipv6 = false;
    std::array<std::uint8_t, 16> bytes{};

    [[nodiscard]] unsigned bits() const { return ipv6 ? 128 : 32; }
    [[nodiscard]] int family() const; ///< AF_INET or AF_INET6
    [[nodiscard]] const std::uint8_t* data() const { return bytes.data(); }
    auto operator<=>(const IpAddress&) const = default;
};

/// Nothing when the text is no address.
std::optional<IpAddress> find_ip_address(std::string_view text);
std::string to_text(const IpAddress& address);
IpAddress make_ipv4(std::uint32_t host_order);
/// The next one up or down; wraps at the end of the family.
IpAddress next(IpAddress address);
IpAddress previous(IpAddress address);

struct IpNetwork
{
    IpAddress address; ///< host bits cleared
    std::uint8_t prefix = 0;
    auto operator<=>(const IpNetwork&) const = default;

    [[nodiscard]] bool contains(const IpAddress& other) const;
    [[nodiscard]] bool overlaps(const IpNetwork& other) const;
    [[nodiscard]] IpAddress last() const; ///< all host bits set: IPv4's broadcast address
};

/// "10.1.2.0/24" or "fd00::/64"; host bits may be set and are cleared. Nothing on anything else.
std::optional<IpNetwork> find_ip_network(std::string_view text);
std::string to_text(const IpNetwork& network);
/// The network around `address`.
IpNetwork make_ip_network(const IpAddress& address, std::uint8_t prefix);

} // namespace skiff::net
