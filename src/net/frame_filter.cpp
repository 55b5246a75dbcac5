#include "net/frame_filter.hpp"

#include "net/packet.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

namespace skiff::net {
namespace {

constexpr std::uint16_t dns_port = 53;
constexpr std::uint16_t bootp_server_port = 67;
constexpr std::uint16_t tftp_port = 69;

constexpr std::size_t tcp_header = 20;
constexpr std::size_t icmp_header = 8;
constexpr std::size_t arp_packet = 28;

constexpr std::uint8_t icmp_echo_request = 8;
constexpr std::uint8_t icmp6_echo_request = 128;
constexpr std::uint8_t icmp6_neighbour_solicitation = 135;
constexpr std::uint8_t icmp6_neighbour_advertisement = 136;

constexpr std::size_t tcp_flags_offset = 13;
constexpr std::size_t tcp_checksum_offset = 16;
constexpr std::size_t tcp_urgent_offset = 18;
constexpr std::uint8_t tcp_urgent_flag = 0x20;

/// RFC 1624: the checksum after one 16-bit word under it has changed.
std::uint16_t adjusted_checksum(std::uint16_t checksum, std::uint16_t before, std::uint16_t after)
{
    std::uint32_t sum = static_cast<std::uint16_t>(~checksum) + std::uint32_t{static_cast<std::uint16_t>(~before)} + after;
    sum = (sum & 0xffffU) + (sum >> 16U);
    sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum);
}

void clear_urgent(std::span<std::uint8_t> segment)
{
    const std::uint16_t word = read16(segment, tcp_flags_offset - 1);
    const auto calm = static_cast<std::uint16_t>(word & ~std::uint16_t{tcp_urgent_flag});
    const std::uint16_t pointer = read16(segment, tcp_urgent_offset);
    if (calm == word && pointer == 0)
        return;
    std::uint16_t checksum = read16(segment, tcp_checksum_offset);
    checksum = adjusted_checksum(checksum, word, calm);
    checksum = adjusted_checksum(checksum, pointer, 0);
    write16(segment, tcp_flags_offset - 1, calm);
    write16(segment, tcp_urgent_offset, 0);
    write16(segment, tcp_checksum_offset, checksum);
}

/// The destination port of a well-formed TCP segment or UDP datagram.
std::optional<std::uint16_t> find_port(std::uint8_t protocol, std::span<const std::uint8_t> payload)
{
    if (protocol == protocol_tcp) {
        if (payload.size() < tcp_header)
            return std::nullopt;
        const std::size_t header = std::size_t{payload[12]} / 16 * 4;
        if (header < tcp_header || header > payload.size())
            return std::nullopt;
    } else {
        if (payload.size() < udp_header)
            return std::nullopt;
        const std::size_t length = read16(payload, 4);
        if (length < udp_header || length > payload.size())
            return std::nullopt;
    }
    return read16(payload, 2);
}

bool admit_arp(std::span<const std::uint8_t> packet)
{
    return packet.size() >= arp_packet && read16(packet, 0) == 1 && read16(packet, 2) == ethertype_ipv4 && packet[4] == 6 &&
           packet[5] == 4;
}

in6_addr read_address6(std::span<const std::uint8_t> packet, std::size_t offset)
{
    in6_addr address{};
    std::memcpy(&address, packet.data() + offset, sizeof address);
    return address;
}

bool equal(const in6_addr& left, const in6_addr& right) { return std::memcmp(&left, &right, sizeof left) == 0; }

} // namespace

bool FrameFilter::may_reach(std::uint32_t destination, std::uint8_t protocol, std::uint16_t port) const
{
    const std::uint32_t first_byte = destination >> 24U;
    if ((destination & ntohl(addresses_.mask.s_addr)) == ntohl(addresses_.network.s_addr)) {
        if (destination == ntohl(addresses_.name_server.s_addr))
            return protocol == protocol_icmp || port == dns_port; // libslirp passes on every port, maybe to the host's loopback
        return destination == ntohl(addresses_.host.s_addr) && !(protocol == protocol_udp && port == tftp_port);
    }
    // libslirp connects to what it reads here: 127.0.0.1 would be the host's own, and so would 0.0.0.0.
    if (first_byte == 0 || first_byte == 127 || first_byte >= 224)
        return false;
    return destination >> 16U != 0xa9fe; // 169.254.0.0/16: the cloud's metadata service and its credentials
}

bool FrameFilter::may_reach(const in6_addr& destination, std::uint8_t protocol, std::uint16_t port) const
{
    if (std::memcmp(&destination, &addresses_.network6, 8) == 0) {
        if (equal(destination, addresses_.name_server6))
            return protocol == protocol_icmp6 || port == dns_port;
        return equal(destination, addresses_.host6) && !(protocol == protocol_udp && port == tftp_port);
    }
    // ::/8 has the loopback, the unspecified and the IPv4-mapped addresses; fe80::/10 is the host's link; ff00::/8 multicast.
    const std::uint8_t first = destination.s6_addr[0];
    if (first == 0 && !(destination.s6_addr[1] == 0x64 && destination.s6_addr[2] == 0xff)) // 64:ff9b::/96 is NAT64: outside
        return false;
    if (first == 0xff || (first == 0xfe && (destination.s6_addr[1] & 0xc0U) == 0x80))
        return false;
    static constexpr in6_addr metadata{{{0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54}}};
    return !equal(destination, metadata);
}

/// `source` has the four or sixteen bytes of an address.
bool FrameFilter::may_come_from(std::span<const std::uint8_t> source) const
{
    IpAddress address;
    address.ipv6 = source.size() == sizeof(in6_addr);
    std::copy(source.begin(), source.end(), address.bytes.begin());
    const void* own = address.ipv6 ? static_cast<const void*>(&addresses_.container6) : &addresses_.container;
    if (std::memcmp(address.data(), own, source.size()) == 0)
        return true;
    return std::any_of(behind_.begin(), behind_.end(), [&](const IpNetwork& network) { return network.contains(address); });
}

bool FrameFilter::admit_ipv4(std::span<std::uint8_t> packet) const
{
    const auto view = view_ipv4(packet);
    if (!view || !may_come_from(packet.subspan(12, 4)))
        return false;
    if (view->fragment)
        return false; // a piece could hide ports and flags, and libslirp's reassembly does not survive malice (reassembler.hpp)
    if (view->protocol == protocol_icmp)
        return view->payload.size() >= icmp_header && view->payload[0] == icmp_echo_request &&
               may_reach(view->destination, protocol_icmp, 0);
    if (view->protocol != protocol_tcp && view->protocol != protocol_udp)
        return false;
    const auto port = find_port(view->protocol, view->payload);
    if (!port || (view->protocol == protocol_udp && *port == bootp_server_port))
        return false;
    if (view->protocol == protocol_tcp)
        clear_urgent(view->payload);
    return may_reach(view->destination, view->protocol, *port);
}

bool FrameFilter::admit_ipv6(std::span<std::uint8_t> packet) const
{
    if (!addresses_.ipv6 || packet.size() < ipv6_header || packet[0] >> 4U != 6)
        return false;
    const std::size_t length = read16(packet, 4);
    if (length > packet.size() - ipv6_header)
        return false;
    const std::span<std::uint8_t> payload = packet.subspan(ipv6_header, length);
    const std::uint8_t protocol = packet[6]; // extension headers and fragments have other numbers and stop here
    if (!may_come_from(packet.subspan(8, 16)))
        return false;
    const in6_addr destination = read_address6(packet, 24);
    if (protocol == protocol_icmp6) {
        if (payload.size() < icmp_header)
            return false;
        // Who has fd00::2? goes to a multicast address of this link, which nobody but libslirp sees. Router solicitations
        // stay out: libslirp's answer would configure the interface a second time.
        if (payload[0] == icmp6_neighbour_solicitation || payload[0] == icmp6_neighbour_advertisement)
            return true;
        return payload[0] == icmp6_echo_request && may_reach(destination, protocol, 0);
    }
    if (protocol != protocol_tcp && protocol != protocol_udp)
        return false;
    const auto port = find_port(protocol, payload);
    if (!port)
        return false;
    if (protocol == protocol_tcp)
        clear_urgent(payload);
    return may_reach(destination, protocol, *port);
}

bool FrameFilter::admit(std::span<std::uint8_t> frame) const
{
    if (frame.size() < ethernet_header || frame.size() > max_frame)
        return false;
    const std::span<std::uint8_t> packet = frame.subspan(ethernet_header);
    switch (read16(frame, 12)) {
    case ethertype_arp:
        return admit_arp(packet);
    case ethertype_ipv4:
        return admit_ipv4(packet);
    case ethertype_ipv6:
        return admit_ipv6(packet);
    default:
        return false;
    }
}

} // namespace skiff::net
