#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

/// The parts of Ethernet, IP and UDP that we look at ourselves. Offsets are into the frame or packet named.
namespace skiff::net {

using MacAddress = std::uint8_t[6]; // NOLINT(modernize-avoid-c-arrays)

constexpr std::size_t ethernet_header = 14;
constexpr std::size_t ipv4_header = 20; // without options
constexpr std::size_t ipv6_header = 40;
constexpr std::size_t udp_header = 8;
constexpr std::size_t max_frame = 65536 + ethernet_header;

constexpr std::uint16_t ethertype_ipv4 = 0x0800;
constexpr std::uint16_t ethertype_arp = 0x0806;
constexpr std::uint16_t ethertype_ipv6 = 0x86dd;

constexpr std::uint8_t protocol_icmp = 1;
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::uint8_t protocol_udp = 17;
constexpr std::uint8_t protocol_icmp6 = 58;

inline std::uint16_t read16(std::span<const std::uint8_t> bytes, std::size_t offset)
{
    return static_cast<std::uint16_t>(bytes[offset] << 8U | bytes[offset + 1]);
}

inline std::uint32_t read32(std::span<const std::uint8_t> bytes, std::size_t offset)
{
    return std::uint32_t{read16(bytes, offset)} << 16U | read16(bytes, offset + 2);
}

inline void write16(std::span<std::uint8_t> bytes, std::size_t offset, std::uint16_t value)
{
    bytes[offset] = static_cast<std::uint8_t>(value >> 8U);
    bytes[offset + 1] = static_cast<std::uint8_t>(value & 0xffU);
}

inline void write32(std::span<std::uint8_t> bytes, std::size_t offset, std::uint32_t value)
{
    write16(bytes, offset, static_cast<std::uint16_t>(value >> 16U));
    write16(bytes, offset + 2, static_cast<std::uint16_t>(value & 0xffffU));
}

/// Of a header whose checksum field is zero.
inline std::uint16_t ipv4_checksum(std::span<const std::uint8_t> header)
{
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i + 1 < header.size(); i += 2)
        sum += read16(header, i);
    sum = (sum & 0xffffU) + (sum >> 16U);
    sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum);
}

/// One IPv4 packet's header, checked: all of it, and its payload, lie within the packet.
struct Ipv4View
{
    std::span<std::uint8_t> header;
    std::span<std::uint8_t> payload;
    std::uint32_t source;
    std::uint32_t destination;
    std::uint8_t protocol;
    bool fragment; ///< first, middle or last
};

/// Nothing when it is not a well-formed IPv4 packet. Bytes behind the packet's own length are left out.
inline std::optional<Ipv4View> view_ipv4(std::span<std::uint8_t> packet)
{
    if (packet.size() < ipv4_header || packet[0] >> 4U != 4)
        return std::nullopt;
    const std::size_t header = std::size_t{packet[0] & 0x0fU} * 4;
    const std::size_t total = read16(packet, 2);
    if (header < ipv4_header || total < header || total > packet.size())
        return std::nullopt;
    return Ipv4View{packet.first(header), packet.subspan(header, total - header), read32(packet, 12), read32(packet, 16),
                    packet[9], (read16(packet, 6) & 0x3fffU) != 0};
}

} // namespace skiff::net
