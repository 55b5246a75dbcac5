#pragma once

#include "base/unique_fd.hpp"
#include "net/subnet.hpp"

#include <cstdint>

/// A container's network card: a tap interface in its network namespace. Whoever holds the descriptor is at the other end
/// of the cable.
namespace skiff::net {

/// Prepared by the parent: integers and fixed arrays only, for the child between clone and exec.
struct TapPlan
{
    char name[16] = "tap0"; // NOLINT: a C string without allocation
    std::uint32_t mtu = 65520;
    NetworkAddresses addresses;
};

/// Makes the interface in the calling process's network namespace (which needs CAP_NET_ADMIN there), brings it and lo up,
/// sets addresses and default routes. Returns the tap's descriptor (close-on-exec, non-blocking), or -1 with errno.
/// Async-signal-safe. IPv6 is passed over where the kernel has none.
int configure_network(const TapPlan& plan) noexcept;

/// For a network without anything but lo. 0, or -1 with errno. Async-signal-safe.
int configure_loopback() noexcept;

/// As configure_network, for callers who may throw.
UniqueFd make_network(const TapPlan& plan);

} // namespace skiff::net
