#pragma once

#include "base/unique_fd.hpp"
#include "net/listen_socket.hpp"
#include "net/poll_set.hpp"
#include "net/subnet.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace skiff::net {

/// Published UDP ports, at the level of frames: a datagram that arrives at a host socket becomes a frame for the container,
/// with its sender's address; the container's answer to that address leaves through the same host socket.
///
/// libslirp could forward UDP, too, but would let two containers bind one port, and answers through the first of several
/// host ports that lead to one container port.
class UdpForwards
{
  public:
    using SendFrame = std::function<void(std::span<const std::uint8_t>)>;

    UdpForwards(const NetworkAddresses& addresses, SendFrame send_frame);

    /// `socket` as from open_host_socket; `container` nothing: the one of a private network. Returns what withdraw takes.
    int publish(UniqueFd socket, std::uint16_t container_port, std::optional<in_addr> container = std::nullopt);
    void withdraw(int number);

    void before_poll(PollSet& polls);
    void after_poll(const PollSet& polls);

    /// True when `frame` (which has passed the filter) answers a datagram from outside; it has been sent then.
    bool take(std::span<std::uint8_t> frame);

  private:
    struct Port
    {
        UniqueFd socket; ///< none: withdrawn, and free for another one
        std::uint16_t container_port;
        std::uint32_t container; ///< host byte order
        int poll_number = -1;
    };
    /// Where a client seems to be, seen from inside.
    struct Inside
    {
        std::uint32_t container; ///< host byte order, as all addresses here
        std::uint16_t container_port;
        std::uint32_t address;
        std::uint16_t port;
        auto operator<=>(const Inside&) const = default;
    };
    /// Which client: the host socket it talks to and its real address.
    struct Outside
    {
        std::size_t port_index;
        std::array<std::uint8_t, 16> address; ///< IPv6, or IPv4 in its first four bytes
        std::uint16_t port;
        bool ipv6;
        auto operator<=>(const Outside&) const = default;
    };
    struct Session
    {
        Inside inside;
        Outside outside;
        HostEndpoint client;
    };
    using Sessions = std::list<Session>; ///< most recently used first

    void receive(std::size_t port_index);
    Sessions::iterator session_of(std::size_t port_index, const HostEndpoint& client);
    Inside choose_inside(const Port& port, const HostEndpoint& client) const;
    void send_inside(const Inside& from, std::span<std::uint8_t> frame);

    NetworkAddresses addresses_;
    SendFrame send_frame_;
    std::vector<Port> ports_;
    Sessions sessions_;
    std::map<Inside, Sessions::iterator> by_inside_;
    std::map<Outside, Sessions::iterator> by_outside_;
};

} // namespace skiff::net
