#include "net/published_ports.hpp"

#include "base/error.hpp"

#include <cerrno>

namespace skiff::net {
namespace {

std::uint16_t offset_by(std::uint16_t port, std::uint16_t offset) { return static_cast<std::uint16_t>(port + offset); }

/// Nothing where the host has no IPv6: "all addresses" are then those of IPv4.
std::optional<UniqueFd> find_ipv6_socket(const std::string& protocol, std::uint16_t port)
{
    try {
        return open_host_socket(protocol, make_endpoint("::", port));
    } catch (const Error& error) {
        if (error.errno_value() == EAFNOSUPPORT || error.errno_value() == EADDRNOTAVAIL)
            return std::nullopt;
        throw;
    }
}

} // namespace

/// One published TCP port: libslirp's part and, on IPv6, the relay's.
void PublishedPorts::publish_tcp(Published& published, const PortMapping& port, std::uint16_t offset, std::optional<in_addr> container)
{
    const std::uint16_t host_port = offset_by(port.host_port, offset);
    const std::uint16_t container_port = offset_by(port.container_port, offset);
    const HostEndpoint host = make_endpoint(port.host_ip, host_port);
    const auto forward = [&](const HostEndpoint& endpoint) {
        const TcpForward one{endpoint, container_port, container};
        slirp_.publish_tcp(one);
        published.tcp.push_back(one);
    };
    if (host.family() == AF_INET) {
        forward(host);
        if (port.host_ip.empty())
            if (auto ipv6 = find_ipv6_socket("tcp", host_port))
                published.relays.push_back(relay_.publish(std::move(*ipv6), make_endpoint("127.0.0.1", host_port)));
        return;
    }
    // An IPv6 address alone: the relay needs an IPv4 listener to lead to. Everybody on this host could reach the published
    // address as well, so a port on 127.0.0.1 opens no new door.
    UniqueFd listener = open_host_socket("tcp", host);
    UniqueFd free_port = open_host_socket("tcp", make_endpoint("127.0.0.1", 0));
    const HostEndpoint hidden = make_endpoint("127.0.0.1", bound_port(free_port.get()));
    free_port.reset();
    forward(hidden);
    published.relays.push_back(relay_.publish(std::move(listener), hidden));
}

void PublishedPorts::publish_udp(Published& published, const PortMapping& port, std::uint16_t offset, std::optional<in_addr> container)
{
    const std::uint16_t container_port = offset_by(port.container_port, offset);
    published.udp.push_back(udp_.publish(bind_host_port(port, offset), container_port, container));
    if (port.host_ip.empty())
        if (auto ipv6 = find_ipv6_socket("udp", offset_by(port.host_port, offset)))
            published.udp.push_back(udp_.publish(std::move(*ipv6), container_port, container));
}

void PublishedPorts::publish(const std::string& owner, const std::vector<PortMapping>& ports, std::optional<in_addr> container)
{
    Published& published = by_owner_[owner];
    try {
        for (const PortMapping& port : ports)
            for (std::uint16_t offset = 0; offset < port.range; ++offset)
                if (port.protocol == "tcp")
                    publish_tcp(published, port, offset, container);
                else
                    publish_udp(published, port, offset, container);
    } catch (const Error&) {
        withdraw(owner);
        throw;
    }
    slirp_.raise_backlogs();
}

void PublishedPorts::withdraw(const std::string& owner)
{
    const auto found = by_owner_.find(owner);
    if (found == by_owner_.end())
        return;
    for (const TcpForward& forward : found->second.tcp)
        slirp_.withdraw_tcp(forward);
    for (const int number : found->second.relays)
        relay_.withdraw(number);
    for (const int number : found->second.udp)
        udp_.withdraw(number);
    by_owner_.erase(found);
}

} // namespace skiff::net
