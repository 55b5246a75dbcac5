#pragma once

#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "model/port_mapping.hpp"

#include <cstdint>
#include <string>
#include <sys/socket.h>

namespace skiff::net {

/// An address and port of the host, of either family.
struct HostEndpoint
{
    sockaddr_storage address{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
    [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&address); }
    [[nodiscard]] int family() const { return address.ss_family; }
};

/// `ip` empty is 0.0.0.0. Throws Error(Usage) when it is no address.
HostEndpoint make_endpoint(const std::string& ip, std::uint16_t port);
/// "0.0.0.0:80", "[::1]:80".
std::string to_text(const HostEndpoint& endpoint);

/// The host socket of one published port: TCP is listening, UDP is bound; non-blocking. IPv6 sockets are IPv6 only.
///
/// Throws Error(NotExecutable), the kind of a container that could not be set up, with the words that scripts look for:
/// `listen tcp 0.0.0.0:80: bind: address already in use`, and for ports below net.ipv4.ip_unprivileged_port_start
/// `cannot expose privileged port 80, you can add ...`. errno_value() is the kernel's.
UniqueFd open_host_socket(const std::string& protocol, const HostEndpoint& endpoint);

/// The Error that open_host_socket throws, for sockets that others bind.
Error listen_error(const std::string& protocol, const HostEndpoint& endpoint, int errno_value);

/// The socket of port number `offset` of a mapping's range, on its own address.
UniqueFd bind_host_port(const PortMapping& port, std::uint16_t offset);
std::uint16_t bound_port(int socket);

} // namespace skiff::net
