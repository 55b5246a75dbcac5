#pragma once

#include "model/port_mapping.hpp"
#include "net/slirp.hpp"
#include "net/tcp_relay.hpp"
#include "net/udp_forward.hpp"

#include <map>
#include <string>
#include <vector>

namespace skiff::net {

/// Ports of the host that lead to containers, by what libslirp, the relay and the UDP forwards each do of it.
class PublishedPorts
{
  public:
    PublishedPorts(Slirp& slirp, TcpRelay& relay, UdpForwards& udp) : slirp_{slirp}, relay_{relay}, udp_{udp} {}

    /// All of `ports`, for `owner`; nothing of them when one fails. `container` as TcpForward has it. Throws as open_host_socket.
    void publish(const std::string& owner, const std::vector<PortMapping>& ports, std::optional<in_addr> container = std::nullopt);
    void withdraw(const std::string& owner);

  private:
    struct Published
    {
        std::vector<TcpForward> tcp;
        std::vector<int> relays, udp;
    };
    void publish_tcp(Published& published, const PortMapping& port, std::uint16_t offset, std::optional<in_addr> container);
    void publish_udp(Published& published, const PortMapping& port, std::uint16_t offset, std::optional<in_addr> container);

    Slirp& slirp_;
    TcpRelay& relay_;
    UdpForwards& udp_;
    std::map<std::string, Published> by_owner_;
};

} // namespace skiff::net
