#pragma once

#include "net/ip_address.hpp"
#include "net/subnet.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace skiff::net {

/// The gate between a container's interface and libslirp. A container may write any bytes into its interface when it has
/// CAP_NET_RAW there; libslirp is thirty years old and has been broken by fragments, urgent pointers, BOOTP and TFTP.
/// What passes here is a small, well-formed part of IP, from the container's own address, to addresses outside the host.
/// The host's loopback goes by the one address that libslirp opens or answers with a refusal: NetworkAddresses::host.
///
/// Pure: no system calls, no allocation, and nothing outside `frame` is read. (security.md R53, R55, T-50, T-51.)
class FrameFilter
{
  public:
    explicit FrameFilter(const NetworkAddresses& addresses) : addresses_{addresses} {}
    /// For the way out of a named network: its containers are behind the interface, with addresses of these networks.
    FrameFilter(const NetworkAddresses& addresses, std::vector<IpNetwork> behind) : addresses_{addresses}, behind_{std::move(behind)} {}

    /// True when the Ethernet frame may go on. TCP's urgent flag and pointer are cleared in place, since versions of libslirp
    /// before 4.9.2 leak memory by them.
    [[nodiscard]] bool admit(std::span<std::uint8_t> frame) const;

  private:
    [[nodiscard]] bool admit_ipv4(std::span<std::uint8_t> packet) const;
    [[nodiscard]] bool admit_ipv6(std::span<std::uint8_t> packet) const;
    [[nodiscard]] bool may_reach(std::uint32_t destination, std::uint8_t protocol, std::uint16_t port) const;
    [[nodiscard]] bool may_reach(const in6_addr& destination, std::uint8_t protocol, std::uint16_t port) const;

    [[nodiscard]] bool may_come_from(std::span<const std::uint8_t> source) const;

    NetworkAddresses addresses_;
    std::vector<IpNetwork> behind_;
};

} // namespace skiff::net
