#pragma once

#include "net/packet.hpp"
#include "net/subnet.hpp"

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

/// Frames as a container would send them, with right checksums.
namespace skiff::net {

using Frame = std::vector<std::uint8_t>;

inline std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes, std::uint32_t sum = 0)
{
    for (std::size_t i = 0; i < bytes.size(); ++i)
        sum += i % 2 == 0 ? std::uint32_t{bytes[i]} << 8U : std::uint32_t{bytes[i]};
    while (sum > 0xffff)
        sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<std::uint16_t>(~sum);
}

inline std::uint32_t pseudo_header_sum(const Frame& frame)
{
    const std::span<const std::uint8_t> ip = std::span{frame}.subspan(ethernet_header);
    std::uint32_t sum = std::uint32_t{ip[9]} + static_cast<std::uint32_t>(ip.size() - ipv4_header);
    for (std::size_t i = 12; i < 20; i += 2)
        sum += read16(ip, i);
    return sum;
}

inline Frame make_ipv4(std::uint8_t protocol, const std::string& destination, const std::vector<std::uint8_t>& payload,
                       const std::string& source = "10.0.2.100")
{
    Frame frame(ethernet_header + ipv4_header + payload.size());
    const std::span<std::uint8_t> ip = std::span{frame}.subspan(ethernet_header);
    write16(frame, 12, ethertype_ipv4);
    ip[0] = 0x45;
    write16(ip, 2, static_cast<std::uint16_t>(ip.size()));
    ip[8] = 64;
    ip[9] = protocol;
    write32(ip, 12, ntohl(find_ipv4(source)->s_addr));
    write32(ip, 16, ntohl(find_ipv4(destination)->s_addr));
    write16(ip, 10, internet_checksum(ip.first(ipv4_header)));
    std::copy(payload.begin(), payload.end(), ip.begin() + ipv4_header);
    return frame;
}

inline std::vector<std::uint8_t> tcp_segment(std::uint16_t port, std::uint8_t flags = 0x02, std::uint16_t urgent = 0)
{
    std::vector<std::uint8_t> segment(24, 0xab);
    write16(segment, 0, 40000);
    write16(segment, 2, port);
    segment[12] = 0x50;
    segment[13] = flags;
    write16(segment, 16, 0);
    write16(segment, 18, urgent);
    return segment;
}

inline Frame make_tcp(const std::string& destination, std::uint16_t port, std::uint8_t flags = 0x02, std::uint16_t urgent = 0)
{
    Frame frame = make_ipv4(protocol_tcp, destination, tcp_segment(port, flags, urgent));
    const std::span<std::uint8_t> tcp = std::span{frame}.subspan(ethernet_header + ipv4_header);
    write16(tcp, 16, internet_checksum(tcp, pseudo_header_sum(frame)));
    return frame;
}

inline Frame make_udp(const std::string& destination, std::uint16_t port, const std::string& text = "data",
                      std::uint16_t source_port = 40000)
{
    std::vector<std::uint8_t> datagram(udp_header + text.size());
    write16(datagram, 0, source_port);
    write16(datagram, 2, port);
    write16(datagram, 4, static_cast<std::uint16_t>(datagram.size()));
    std::copy(text.begin(), text.end(), datagram.begin() + udp_header);
    return make_ipv4(protocol_udp, destination, datagram);
}

inline Frame make_ipv6(std::uint8_t protocol, const std::string& destination, const std::vector<std::uint8_t>& payload,
                       const std::string& source = "fd00::100")
{
    Frame frame(ethernet_header + ipv6_header + payload.size());
    const std::span<std::uint8_t> ip = std::span{frame}.subspan(ethernet_header);
    write16(frame, 12, ethertype_ipv6);
    ip[0] = 0x60;
    write16(ip, 4, static_cast<std::uint16_t>(payload.size()));
    ip[6] = protocol;
    const in6_addr from = find_ipv6(source).value();
    const in6_addr to = find_ipv6(destination).value();
    std::memcpy(&ip[8], &from, sizeof from);
    std::memcpy(&ip[24], &to, sizeof to);
    std::copy(payload.begin(), payload.end(), ip.begin() + ipv6_header);
    return frame;
}

} // namespace skiff::net
