#pragma once

#include "net/listen_socket.hpp"
#include "net/net_request.hpp"
#include "net/open_flows.hpp"
#include "net/poll_set.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace skiff::net {

/// A port of the host, and the container's that it leads to.
struct TcpForward
{
    HostEndpoint host;
    std::uint16_t container_port = 0;
    std::optional<in_addr> container; ///< nothing: the one container of a private network
};

/// libslirp: an IP stack in user space that turns what the container sends into ordinary connections of the host.
///
/// It is loaded when the object is made. Emulation, DHCP, BOOTP, TFTP and router advertisements are off.
class Slirp
{
  public:
    /// Takes an Ethernet frame for the container. Called from within input() and after_poll().
    using SendFrame = std::function<void(std::span<const std::uint8_t>)>;

    /// `name_owner` says who has an address inside: everybody's connections are counted, so that nobody has all.
    Slirp(const NetRequest& request, SendFrame send_frame, OpenFlows::NameOwner name_owner);
    Slirp(const Slirp&) = delete;
    Slirp& operator=(const Slirp&) = delete;
    ~Slirp();

    /// Listens on the host (IPv4) and hands connections to the container, who sees the client's address. Throws as
    /// open_host_socket does.
    void publish_tcp(const TcpForward& forward);
    /// New connections are refused from here on.
    void withdraw_tcp(const TcpForward& forward);
    /// After publish_tcp.
    void raise_backlogs();

    /// A frame from the container that has passed the filter. One connection too many is dropped.
    void input(std::span<const std::uint8_t> frame);

    /// Adds libslirp's descriptors for this round, and returns how long it may sleep, in milliseconds (-1: without end).
    int before_poll(PollSet& polls);
    void after_poll(const PollSet& polls, bool failed);

  private:
    class Library;
    std::unique_ptr<Library> library_;
};

} // namespace skiff::net
