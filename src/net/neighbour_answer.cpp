#include "net/neighbour_answer.hpp"

#include <algorithm>

namespace skiff::net {
namespace {

constexpr std::size_t arp_packet = 28;
constexpr std::uint16_t arp_request = 1;
constexpr std::uint16_t arp_reply = 2;
constexpr std::uint8_t solicitation = 135;
constexpr std::uint8_t advertisement = 136;
constexpr std::size_t advertisement_size = 32; ///< with the option that has the Ethernet address

using Frame = std::vector<std::uint8_t>;

template <typename Range>
void copy(const Range& from, Frame& to, std::size_t at)
{
    std::copy(from.begin(), from.end(), to.begin() + static_cast<std::ptrdiff_t>(at));
}

Frame begin_frame(std::span<const std::uint8_t> question, std::span<const std::uint8_t, 6> router_mac, std::uint16_t type, std::size_t size)
{
    Frame frame(ethernet_header + size);
    copy(question.subspan(6, 6), frame, 0);
    copy(router_mac, frame, 6);
    write16(frame, 12, type);
    return frame;
}

std::optional<Frame> answer_arp(std::span<const std::uint8_t> question, std::span<const std::uint8_t, 6> router_mac)
{
    const auto packet = question.subspan(ethernet_header);
    if (packet.size() < arp_packet || read16(packet, 6) != arp_request)
        return std::nullopt;
    Frame frame = begin_frame(question, router_mac, ethertype_arp, arp_packet);
    copy(packet.first(6), frame, ethernet_header);
    write16(frame, ethernet_header + 6, arp_reply);
    copy(router_mac, frame, ethernet_header + 8);
    copy(packet.subspan(24, 4), frame, ethernet_header + 14); // the address asked for
    copy(packet.subspan(8, 10), frame, ethernet_header + 18); // who asks
    return frame;
}

std::uint16_t icmp6_checksum(std::span<const std::uint8_t> packet)
{
    const auto payload = packet.subspan(ipv6_header);
    std::uint32_t sum = static_cast<std::uint32_t>(payload.size()) + protocol_icmp6;
    for (std::size_t i = 8; i < ipv6_header; i += 2) // both addresses
        sum += read16(packet, i);
    for (std::size_t i = 0; i + 1 < payload.size(); i += 2)
        sum += read16(payload, i);
    while (sum >> 16U != 0)
        sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum);
}

std::optional<Frame> answer_solicitation(std::span<const std::uint8_t> question, std::span<const std::uint8_t, 6> router_mac)
{
    const auto packet = question.subspan(ethernet_header);
    if (packet.size() < ipv6_header + 24 || packet[6] != protocol_icmp6 || packet[ipv6_header] != solicitation)
        return std::nullopt;
    const auto target = packet.subspan(ipv6_header + 8, 16);
    Frame frame = begin_frame(question, router_mac, ethertype_ipv6, ipv6_header + advertisement_size);
    const std::span<std::uint8_t> ip = std::span{frame}.subspan(ethernet_header);
    ip[0] = 0x60;
    write16(ip, 4, advertisement_size);
    ip[6] = protocol_icmp6;
    ip[7] = 255;
    copy(target, frame, ethernet_header + 8);
    copy(packet.subspan(8, 16), frame, ethernet_header + 24);
    const std::span<std::uint8_t> icmp = ip.subspan(ipv6_header);
    icmp[0] = advertisement;
    icmp[4] = 0x60; // solicited, and replaces what was known
    copy(target, frame, ethernet_header + ipv6_header + 8);
    icmp[24] = 2; // the target's Ethernet address
    icmp[25] = 1; // in units of eight bytes
    copy(router_mac, frame, ethernet_header + ipv6_header + 26);
    write16(icmp, 2, icmp6_checksum(ip));
    return frame;
}

} // namespace

std::optional<std::vector<std::uint8_t>> answer_neighbour(std::span<const std::uint8_t> frame, std::span<const std::uint8_t, 6> router_mac)
{
    if (frame.size() < ethernet_header)
        return std::nullopt;
    switch (read16(frame, 12)) {
    case ethertype_arp:
        return answer_arp(frame, router_mac);
    case ethertype_ipv6:
        return answer_solicitation(frame, router_mac);
    default:
        return std::nullopt;
    }
}

} // namespace skiff::net
