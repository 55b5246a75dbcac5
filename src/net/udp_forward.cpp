#include "net/udp_forward.hpp"

#include "net/packet.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace skiff::net {
namespace {

// There is no end of a UDP conversation to see: the longest unused one makes room.
constexpr std::size_t max_sessions = 4096;
constexpr int max_datagrams_per_round = 64; // so that one flood does not starve everybody else
constexpr std::size_t headers = ethernet_header + ipv4_header + udp_header;
constexpr std::uint8_t time_to_live = 64;

const sockaddr_in& ipv4_of(const HostEndpoint& endpoint)
{
    return reinterpret_cast<const sockaddr_in&>(endpoint.address);
}

const sockaddr_in6& ipv6_of(const HostEndpoint& endpoint)
{
    return reinterpret_cast<const sockaddr_in6&>(endpoint.address);
}

} // namespace

UdpForwards::UdpForwards(const NetworkAddresses& addresses, SendFrame send_frame)
    : addresses_{addresses}, send_frame_{std::move(send_frame)}
{
}

int UdpForwards::publish(UniqueFd socket, std::uint16_t container_port, std::optional<in_addr> container)
{
    Port port{std::move(socket), container_port, ntohl(container.value_or(addresses_.container).s_addr)};
    const auto unused = std::find_if(ports_.begin(), ports_.end(), [](const Port& p) { return !p.socket; });
    if (unused == ports_.end()) {
        ports_.push_back(std::move(port));
        return static_cast<int>(ports_.size()) - 1;
    }
    *unused = std::move(port);
    return static_cast<int>(unused - ports_.begin());
}

void UdpForwards::withdraw(int number)
{
    const auto index = static_cast<std::size_t>(number);
    ports_[index].socket.reset();
    for (auto session = sessions_.begin(); session != sessions_.end();) {
        const auto current = session++;
        if (current->outside.port_index != index)
            continue;
        by_inside_.erase(current->inside);
        by_outside_.erase(current->outside);
        sessions_.erase(current);
    }
}

void UdpForwards::before_poll(PollSet& polls)
{
    for (Port& port : ports_)
        port.poll_number = port.socket ? polls.add(port.socket.get(), POLLIN) : -1;
}

void UdpForwards::after_poll(const PollSet& polls)
{
    for (std::size_t i = 0; i < ports_.size(); ++i)
        if (polls.events(ports_[i].poll_number) != 0)
            receive(i);
}

void UdpForwards::receive(std::size_t port_index)
{
    static std::array<std::uint8_t, max_frame> frame; // too large for the stack of a small process
    for (int i = 0; i < max_datagrams_per_round; ++i) {
        HostEndpoint client;
        client.size = sizeof client.address;
        const ssize_t got = ::recvfrom(ports_[port_index].socket.get(), frame.data() + headers, frame.size() - headers, 0,
                                       client.get(), &client.size);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (got < 0)
            continue; // an ICMP error of an earlier answer
        const auto session = session_of(port_index, client);
        send_inside(session->inside, std::span{frame}.first(headers + static_cast<std::size_t>(got)));
    }
}

UdpForwards::Sessions::iterator UdpForwards::session_of(std::size_t port_index, const HostEndpoint& client)
{
    Outside outside{port_index, {}, 0, client.family() == AF_INET6};
    if (outside.ipv6) {
        std::memcpy(outside.address.data(), &ipv6_of(client).sin6_addr, 16);
        outside.port = ipv6_of(client).sin6_port;
    } else {
        std::memcpy(outside.address.data(), &ipv4_of(client).sin_addr, 4);
        outside.port = ipv4_of(client).sin_port;
    }
    if (const auto found = by_outside_.find(outside); found != by_outside_.end()) {
        sessions_.splice(sessions_.begin(), sessions_, found->second);
        return sessions_.begin();
    }
    if (sessions_.size() == max_sessions) {
        by_inside_.erase(sessions_.back().inside);
        by_outside_.erase(sessions_.back().outside);
        sessions_.pop_back();
    }
    sessions_.push_front({choose_inside(ports_[port_index], client), outside, client});
    by_inside_[sessions_.front().inside] = sessions_.begin();
    by_outside_[outside] = sessions_.begin();
    return sessions_.begin();
}

UdpForwards::Inside UdpForwards::choose_inside(const Port& port, const HostEndpoint& client) const
{
    // 127.0.0.1 would be the container itself, and an IPv6 client has no IPv4 address: both seem to be at the host's.
    Inside inside{port.container, port.container_port, ntohl(addresses_.host.s_addr), 0};
    if (client.family() == AF_INET6) {
        inside.port = ntohs(ipv6_of(client).sin6_port);
    } else {
        inside.port = ntohs(ipv4_of(client).sin_port);
        const std::uint32_t address = ntohl(ipv4_of(client).sin_addr.s_addr);
        if (address >> 24U != 127)
            inside.address = address;
    }
    // Another client that seems to be there has this port: the next free one. There are fewer sessions than ports.
    while (inside.port == 0 || by_inside_.contains(inside))
        ++inside.port;
    return inside;
}

void UdpForwards::send_inside(const Inside& from, std::span<std::uint8_t> frame)
{
    const std::size_t size = frame.size() - ethernet_header;
    if (size > 0xffff)
        return; // cannot be: a datagram of the host has at most 65507 bytes
    std::memcpy(frame.data(), addresses_.mac.data(), 6);
    // What libslirp uses for the host: the numbers of its address behind 52:55.
    frame[6] = 0x52;
    frame[7] = 0x55;
    write32(frame, 8, ntohl(addresses_.host.s_addr));
    write16(frame, 12, ethertype_ipv4);

    const std::span<std::uint8_t> ip = frame.subspan(ethernet_header);
    std::memset(ip.data(), 0, ipv4_header);
    ip[0] = 0x45;
    write16(ip, 2, static_cast<std::uint16_t>(size));
    write16(ip, 6, 0x4000); // do not fragment
    ip[8] = time_to_live;
    ip[9] = protocol_udp;
    write32(ip, 12, from.address);
    write32(ip, 16, from.container);
    write16(ip, 10, ipv4_checksum(ip.first(ipv4_header)));

    const std::span<std::uint8_t> udp = ip.subspan(ipv4_header);
    write16(udp, 0, from.port);
    write16(udp, 2, from.container_port);
    write16(udp, 4, static_cast<std::uint16_t>(size - ipv4_header));
    write16(udp, 6, 0); // no checksum: the cable between the two is memory
    send_frame_(frame);
}

bool UdpForwards::take(std::span<std::uint8_t> frame)
{
    if (sessions_.empty() || read16(frame, 12) != ethertype_ipv4)
        return false;
    const auto view = view_ipv4(frame.subspan(ethernet_header));
    if (!view || view->protocol != protocol_udp || view->fragment || view->payload.size() < udp_header)
        return false;
    const Inside inside{view->source, read16(view->payload, 0), view->destination, read16(view->payload, 2)};
    const auto found = by_inside_.find(inside);
    if (found == by_inside_.end())
        return false;
    const std::size_t length = std::min<std::size_t>(read16(view->payload, 4), view->payload.size());
    if (length < udp_header)
        return true;
    sessions_.splice(sessions_.begin(), sessions_, found->second);
    const Session& session = sessions_.front();
    const auto data = view->payload.subspan(udp_header, length - udp_header);
    // A full socket buffer drops the datagram, as any router would.
    (void)!::sendto(ports_[session.outside.port_index].socket.get(), data.data(), data.size(), MSG_NOSIGNAL,
                    session.client.get(), session.client.size);
    return true;
}

} // namespace skiff::net
