#include "net/tap.hpp"

#include "base/error.hpp"
#include "kernel/netlink.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace skiff::net {
namespace {

using kernel::NetlinkBatch;

constexpr unsigned loopback_index = 1; // the kernel's promise for every network namespace

/// The interface comes into being in the namespace that the device was *opened* in, so the parent cannot open it for us.
int open_tap(const char* name) noexcept
{
    const int fd = ::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -1;
    ifreq request{};
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    std::memcpy(request.ifr_name, name, ::strnlen(name, sizeof request.ifr_name - 1));
    if (::ioctl(fd, TUNSETIFF, &request) != 0) {
        const int error = errno;
        ::close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int configure(const TapPlan& plan) noexcept
{
    NetlinkBatch batch;
    const unsigned tap = batch.find_index(plan.name);
    if (tap == 0)
        return -1;
    const NetworkAddresses& addresses = plan.addresses;
    batch.bring_up({.index = loopback_index});
    // Without a link-local address the kernel sends no solicitations and duplicate detections: a quiet link lets the net
    // process sleep, and nothing but what we say configures the interface.
    batch.forbid_link_local(tap, NetlinkBatch::Need::Optional);
    batch.bring_up({.index = tap, .mtu = plan.mtu, .mac = addresses.mac.data()});
    batch.add_address(tap, AF_INET, &addresses.container, addresses.prefix);
    batch.add_default_route(tap, AF_INET, &addresses.host);
    if (addresses.ipv6) {
        batch.add_address(tap, AF_INET6, &addresses.container6, addresses.prefix6, NetlinkBatch::Need::Optional);
        batch.add_default_route(tap, AF_INET6, &addresses.host6, NetlinkBatch::Need::Optional);
    }
    return batch.apply();
}

} // namespace

int configure_network(const TapPlan& plan) noexcept
{
    const int fd = open_tap(plan.name);
    if (fd >= 0 && configure(plan) != 0) {
        const int error = errno;
        ::close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

int configure_loopback() noexcept
{
    NetlinkBatch batch;
    batch.bring_up({.index = loopback_index});
    return batch.apply();
}

UniqueFd make_network(const TapPlan& plan)
{
    UniqueFd fd{configure_network(plan)};
    if (!fd)
        throw Error{errno, cat("setting up the network interface ", plan.name)}.with_hint(
            errno == ENOENT || errno == ENODEV ? "the kernel module tun is not loaded, or /dev/net/tun is missing" : "");
    return fd;
}

} // namespace skiff::net
