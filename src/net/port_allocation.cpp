#include "net/port_allocation.hpp"

#include "base/error.hpp"
#include "net/listen_socket.hpp"

#include <vector>

namespace skiff::net {
namespace {

constexpr int attempts = 200;

bool same_address(const std::string& left, const std::string& right)
{
    const auto is_any = [](const std::string& ip) { return ip.empty() || ip == "0.0.0.0" || ip == "::"; };
    return left == right || is_any(left) || is_any(right);
}

bool overlap(const PortMapping& left, const PortMapping& right)
{
    const std::uint32_t left_end = std::uint32_t{left.host_port} + left.range;
    const std::uint32_t right_end = std::uint32_t{right.host_port} + right.range;
    return left.protocol == right.protocol && same_address(left.host_ip, right.host_ip) &&
           left.host_port < right_end && right.host_port < left_end;
}

const PortMapping* find_overlap(const std::vector<PortMapping>& ports, std::size_t index)
{
    for (std::size_t other = 0; other < ports.size(); ++other)
        if (other != index && ports[other].host_port != 0 && overlap(ports[other], ports[index]))
            return &ports[other];
    return nullptr;
}

/// The first port of a free range, or 0 when the kernel's proposal has a busy port behind it.
std::uint16_t try_choose(PortMapping port)
{
    port.host_port = 0;
    std::vector<UniqueFd> held; // all at once, or the range could contain one port twice
    held.push_back(bind_host_port(port, 0));
    const std::uint16_t first = bound_port(held.back().get());
    if (std::uint32_t{first} + port.range > 65536)
        return 0;
    port.host_port = first;
    try {
        for (std::uint16_t offset = 1; offset < port.range; ++offset)
            held.push_back(bind_host_port(port, offset));
    } catch (const Error& error) {
        if (error.errno_value() != EADDRINUSE)
            throw;
        return 0;
    }
    return first;
}

} // namespace

void assign_host_ports(std::vector<PortMapping>& ports)
{
    for (std::size_t i = 0; i < ports.size(); ++i)
        if (ports[i].host_port != 0 && find_overlap(ports, i) != nullptr)
            throw Error{ErrorKind::Usage, cat("conflicting port mappings for host port ", ports[i].host_port,
                                              " (protocol ", ports[i].protocol, ")")};
    for (std::size_t i = 0; i < ports.size(); ++i) {
        for (int attempt = 0; ports[i].host_port == 0 && attempt < attempts; ++attempt) {
            ports[i].host_port = try_choose(ports[i]);
            if (ports[i].host_port != 0 && find_overlap(ports, i) != nullptr)
                ports[i].host_port = 0;
        }
        if (ports[i].host_port == 0)
            throw Error{ErrorKind::Failure, cat("failed to find ", ports[i].range, " free consecutive host ports")};
    }
}

} // namespace skiff::net
