#include "net/ip_address.hpp"

#include "base/cat.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

namespace skiff::net {
namespace {

std::uint8_t mask_byte(unsigned prefix, unsigned index)
{
    const unsigned before = index * 8;
    if (prefix >= before + 8)
        return 0xff;
    if (prefix <= before)
        return 0;
    return static_cast<std::uint8_t>(0xffU << (8 - (prefix - before)));
}

} // namespace

int IpAddress::family() const { return ipv6 ? AF_INET6 : AF_INET; }

std::optional<IpAddress> find_ip_address(std::string_view text)
{
    const std::string copy{text};
    IpAddress address;
    address.ipv6 = copy.find(':') != std::string::npos;
    if (::inet_pton(address.family(), copy.c_str(), address.bytes.data()) != 1)
        return std::nullopt;
    return address;
}

std::string to_text(const IpAddress& address)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(address.family(), address.data(), text.data(), text.size());
    return text.data();
}

IpAddress make_ipv4(std::uint32_t host_order)
{
    IpAddress address;
    const std::uint32_t bytes = htonl(host_order);
    std::memcpy(address.bytes.data(), &bytes, sizeof bytes);
    return address;
}

IpAddress next(IpAddress address)
{
    for (unsigned i = address.bits() / 8; i-- > 0;)
        if (++address.bytes[i] != 0) // NOLINT: below bits() / 8
            break;
    return address;
}

IpAddress previous(IpAddress address)
{
    for (unsigned i = address.bits() / 8; i-- > 0;)
        if (address.bytes[i]-- != 0) // NOLINT: below bits() / 8
            break;
    return address;
}

bool IpNetwork::contains(const IpAddress& other) const
{
    return other.ipv6 == address.ipv6 && make_ip_network(other, prefix).address == address;
}

bool IpNetwork::overlaps(const IpNetwork& other) const
{
    return prefix <= other.prefix ? contains(other.address) : other.contains(address);
}

IpAddress IpNetwork::last() const
{
    IpAddress end = address;
    for (unsigned i = 0; i < end.bits() / 8; ++i)
        end.bytes[i] |= static_cast<std::uint8_t>(~mask_byte(prefix, i)); // NOLINT: below bits() / 8
    return end;
}

IpNetwork make_ip_network(const IpAddress& address, std::uint8_t prefix)
{
    IpNetwork network{address, prefix};
    for (unsigned i = 0; i < address.bits() / 8; ++i)
        network.address.bytes[i] &= mask_byte(prefix, i); // NOLINT: below bits() / 8
    return network;
}

std::optional<IpNetwork> find_ip_network(std::string_view text)
{
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    const auto address = find_ip_address(text.substr(0, slash));
    const std::string_view digits = text.substr(slash + 1);
    std::uint8_t prefix = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (!address || error != std::errc{} || end != digits.data() + digits.size() || prefix > address->bits())
        return std::nullopt;
    return make_ip_network(*address, prefix);
}

std::string to_text(const IpNetwork& network) { return cat(to_text(network.address), "/", network.prefix); }

} // namespace skiff::net
