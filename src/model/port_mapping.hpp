#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace skiff {

/// One published port or range of ports: [host_ip:]host_port[-..] -> container_port[-..]/protocol.
struct PortMapping
{
    std::string host_ip;              ///< empty: all addresses
    std::uint16_t host_port = 0;      ///< 0: a free one is chosen before the container is created
    std::uint16_t container_port = 0;
    std::uint16_t range = 1;          ///< so many consecutive ports
    std::string protocol = "tcp";     ///< "tcp" or "udp"
    bool operator==(const PortMapping&) const = default;
};

/// Reads the value of --publish: [[ip:][hostPort]:]containerPort[/protocol]; each port may be a range a-b, of the same
/// length on both sides; an IPv6 address stands in brackets. "tcp,udp" is not a protocol; sctp is refused by name.
/// Throws Error(Usage). Source: podman-run(1), --publish.
PortMapping parse_port_mapping(const std::string& text);

/// Reads the value of --expose and of an image's ExposedPorts: PORT[-PORT][/protocol].
PortMapping parse_exposed_port(const std::string& text);

/// "0.0.0.0:8080->80/tcp, 0.0.0.0:9000-9002->9000-9002/udp, 53/udp": the PORTS column of ps. Neighbours are joined to
/// ranges; exposed ports that are not published stand last.
std::string format_ports(const std::vector<PortMapping>& published, const std::vector<PortMapping>& exposed);

} // namespace skiff
