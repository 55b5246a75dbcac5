#include "net/listen_socket.hpp"

#include "base/file.hpp"
#include "net/subnet.hpp"

#include <charconv>
#include <cstring>
#include <netinet/in.h>

namespace skiff::net {
namespace {

constexpr int backlog = 4096; // the kernel cuts it to net.core.somaxconn

std::uint16_t port_of(const HostEndpoint& endpoint)
{
    if (endpoint.family() == AF_INET6)
        return ntohs(reinterpret_cast<const sockaddr_in6&>(endpoint.address).sin6_port);
    return ntohs(reinterpret_cast<const sockaddr_in&>(endpoint.address).sin_port);
}

int first_unprivileged_port()
{
    int port = 1024;
    try {
        const auto text = find_file(AT_FDCWD, "/proc/sys/net/ipv4/ip_unprivileged_port_start", 64);
        if (text)
            std::from_chars(text->data(), text->data() + text->size(), port);
    } catch (const Error&) { // it only makes the message more precise
    }
    return port;
}

} // namespace

HostEndpoint make_endpoint(const std::string& ip, std::uint16_t port)
{
    HostEndpoint endpoint;
    if (const auto ipv4 = ip.empty() ? in_addr{} : find_ipv4(ip)) {
        auto& address = reinterpret_cast<sockaddr_in&>(endpoint.address);
        address.sin_family = AF_INET;
        address.sin_addr = *ipv4;
        address.sin_port = htons(port);
        endpoint.size = sizeof address;
        return endpoint;
    }
    const auto ipv6 = find_ipv6(ip);
    if (!ipv6)
        throw Error{ErrorKind::Usage, cat("parsing host IP ", quoted(ip), ": not an IP address")};
    auto& address = reinterpret_cast<sockaddr_in6&>(endpoint.address);
    address.sin6_family = AF_INET6;
    address.sin6_addr = *ipv6;
    address.sin6_port = htons(port);
    endpoint.size = sizeof address;
    return endpoint;
}

std::string to_text(const HostEndpoint& endpoint)
{
    if (endpoint.family() == AF_INET6)
        return cat("[", to_text(reinterpret_cast<const sockaddr_in6&>(endpoint.address).sin6_addr), "]:",
                   port_of(endpoint));
    return cat(to_text(reinterpret_cast<const sockaddr_in&>(endpoint.address).sin_addr), ":", port_of(endpoint));
}

Error listen_error(const std::string& protocol, const HostEndpoint& endpoint, int error)
{
    const std::uint16_t port = port_of(endpoint);
    if (error == EACCES)
        return Error{ErrorKind::NotExecutable, error,
                     cat("cannot expose privileged port ", port, ", you can add 'net.ipv4.ip_unprivileged_port_start=",
                         port, "' to /etc/sysctl.conf (currently ", first_unprivileged_port(),
                         "), or choose a larger port number (>= ", first_unprivileged_port(), ")")};
    return Error{ErrorKind::NotExecutable, error,
                 cat("listen ", protocol, " ", to_text(endpoint), ": bind: ", errno_text(error))};
}

UniqueFd open_host_socket(const std::string& protocol, const HostEndpoint& endpoint)
{
    const bool tcp = protocol == "tcp";
    UniqueFd fd{::socket(endpoint.family(), (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd)
        throw Error{ErrorKind::NotExecutable, errno,
                    cat("listen ", protocol, " ", to_text(endpoint), ": socket: ", errno_text(errno))};
    const int on = 1;
    if (endpoint.family() == AF_INET6)
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    // For TCP it lets a restarted container have its port back while old connections linger, and no more. For UDP it
    // would let two containers take the same port.
    if (tcp)
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd.get(), endpoint.get(), endpoint.size) != 0)
        throw listen_error(protocol, endpoint, errno);
    if (tcp && ::listen(fd.get(), backlog) != 0)
        throw listen_error(protocol, endpoint, errno);
    return fd;
}

UniqueFd bind_host_port(const PortMapping& port, std::uint16_t offset)
{
    const auto number = static_cast<std::uint16_t>(port.host_port + offset);
    return open_host_socket(port.protocol, make_endpoint(port.host_ip, number));
}

std::uint16_t bound_port(int socket)
{
    HostEndpoint endpoint;
    endpoint.size = sizeof endpoint.address;
    if (::getsockname(socket, endpoint.get(), &endpoint.size) != 0)
        throw Error{errno, "asking for a socket's port"};
    return port_of(endpoint);
}

} // namespace skiff::net
