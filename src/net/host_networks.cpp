#include "net/host_networks.hpp"

#include "base/defer.hpp"
#include "base/unique_fd.hpp"

#include <bit>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>

namespace skiff::net {
namespace {

std::string find_outgoing_address()
{
    const UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(9);
    address.sin_addr.s_addr = htonl(0xc6336401); // 198.51.100.1, for documentation: only the route to it counts
    socklen_t size = sizeof address;
    if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        return {};
    return to_text(address.sin_addr);
}

} // namespace

HostNetworks find_host_networks()
{
    HostNetworks networks;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0)
        return networks; // nothing known: the defaults are as good as anything
    const Defer free_list{[&] { ::freeifaddrs(list); }};
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_LOOPBACK) != 0 || (entry->ifa_flags & IFF_UP) == 0)
            continue;
        if (entry->ifa_addr->sa_family == AF_INET && entry->ifa_netmask != nullptr) {
            const auto* address = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
            const auto* mask = reinterpret_cast<const sockaddr_in*>(entry->ifa_netmask);
            const auto prefix = static_cast<std::uint8_t>(std::popcount(mask->sin_addr.s_addr));
            networks.ipv4.push_back({ntohl(address->sin_addr.s_addr & mask->sin_addr.s_addr), prefix});
        } else if (entry->ifa_addr->sa_family == AF_INET6) {
            const auto* address = reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr);
            if (!IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr))
                networks.ipv6.push_back(address->sin6_addr);
        }
    }
    networks.outgoing_address = find_outgoing_address();
    return networks;
}

} // namespace skiff::net
