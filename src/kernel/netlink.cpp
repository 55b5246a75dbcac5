#include "kernel/netlink.hpp"

#include <cerrno>
#include <cstring>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace skiff::kernel {
namespace {

std::size_t address_size(int family) { return family == AF_INET6 ? sizeof(in6_addr) : sizeof(in_addr); }

} // namespace

/// Appends one message to the batch; its length is written when the scope ends.
struct NetlinkBatch::Request
{
    Request(NetlinkBatch& batch, std::uint16_t type, std::uint16_t flags, Need need) noexcept
        : batch_{batch}, start_{batch.used_}
    {
        if (batch.count_ == max_requests) {
            batch.error_ = ENOBUFS;
            return;
        }
        batch.needs_[batch.count_] = need; // NOLINT: checked above
        nlmsghdr header{};
        header.nlmsg_type = type;
        header.nlmsg_flags = static_cast<std::uint16_t>(flags | NLM_F_REQUEST | NLM_F_ACK);
        header.nlmsg_seq = static_cast<std::uint32_t>(batch.count_++);
        append(&header, sizeof header);
    }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
    ~Request()
    {
        if (batch_.error_ == 0)
            put_length(start_, static_cast<std::uint32_t>(batch_.used_ - start_));
    }

    void append(const void* data, std::size_t size) noexcept
    {
        const std::size_t padded = NLMSG_ALIGN(size);
        if (batch_.used_ + padded > capacity)
            batch_.error_ = ENOBUFS;
        if (batch_.error_ != 0)
            return;
        std::memcpy(batch_.buffer_.data() + batch_.used_, data, size);
        batch_.used_ += padded;
    }

    void attribute(std::uint16_t type, const void* data, std::size_t size) noexcept
    {
        rtattr header{};
        header.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(size));
        header.rta_type = type;
        append(&header, sizeof header);
        append(data, size);
    }

    template <typename Value>
    void attribute(std::uint16_t type, const Value& value) noexcept
    {
        attribute(type, &value, sizeof value);
    }

    /// Starts an attribute of attributes; give the answer to close_nest.
    [[nodiscard]] std::size_t open_nest(std::uint16_t type) noexcept
    {
        const std::size_t start = batch_.used_;
        rtattr header{};
        header.rta_type = type;
        append(&header, sizeof header);
        return start;
    }

    void close_nest(std::size_t start) noexcept
    {
        if (batch_.error_ != 0)
            return;
        const auto length = static_cast<std::uint16_t>(batch_.used_ - start);
        std::memcpy(batch_.buffer_.data() + start + offsetof(rtattr, rta_len), &length, sizeof length);
    }

  private:
    void put_length(std::size_t start, std::uint32_t length) noexcept
    {
        std::memcpy(batch_.buffer_.data() + start + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
    }

    NetlinkBatch& batch_;
    std::size_t start_;
};

NetlinkBatch::NetlinkBatch() noexcept : fd_{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)}
{
    if (fd_ < 0)
        error_ = errno;
}

NetlinkBatch::~NetlinkBatch()
{
    const int kept = errno;
    if (fd_ >= 0)
        ::close(fd_);
    errno = kept;
}

unsigned NetlinkBatch::find_index(const char* name) noexcept
{
    ifreq request{};
    std::memcpy(request.ifr_name, name, ::strnlen(name, sizeof request.ifr_name - 1));
    // Generic interface requests work on any socket, so on this one.
    if (::ioctl(fd_, SIOCGIFINDEX, &request) != 0)
        return 0;
    return static_cast<unsigned>(request.ifr_ifindex);
}

void NetlinkBatch::forbid_link_local(unsigned index, Need need) noexcept
{
    Request request{*this, RTM_NEWLINK, 0, need};
    ifinfomsg info{};
    info.ifi_index = static_cast<int>(index);
    request.append(&info, sizeof info);
    const std::size_t families = request.open_nest(IFLA_AF_SPEC);
    const std::size_t ipv6 = request.open_nest(AF_INET6);
    request.attribute(IFLA_INET6_ADDR_GEN_MODE, static_cast<std::uint8_t>(IN6_ADDR_GEN_MODE_NONE));
    request.close_nest(ipv6);
    request.close_nest(families);
}

void NetlinkBatch::bring_up(const LinkChange& link) noexcept
{
    Request request{*this, RTM_NEWLINK, 0, Need::Required};
    ifinfomsg info{};
    info.ifi_index = static_cast<int>(link.index);
    info.ifi_flags = IFF_UP;
    info.ifi_change = IFF_UP;
    request.append(&info, sizeof info);
    if (link.mtu != 0)
        request.attribute(IFLA_MTU, link.mtu);
    if (link.mac != nullptr)
        request.attribute(IFLA_ADDRESS, link.mac, 6);
}

void NetlinkBatch::add_address(unsigned index, int family, const void* address, std::uint8_t prefix, Need need) noexcept
{
    Request request{*this, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, need};
    ifaddrmsg info{};
    info.ifa_family = static_cast<std::uint8_t>(family);
    info.ifa_prefixlen = prefix;
    info.ifa_index = index;
    info.ifa_scope = RT_SCOPE_UNIVERSE;
    info.ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0;
    request.append(&info, sizeof info);
    request.attribute(IFA_LOCAL, address, address_size(family));
    request.attribute(IFA_ADDRESS, address, address_size(family));
    if (family == AF_INET && prefix < 31) {
        std::uint32_t broadcast = 0;
        std::memcpy(&broadcast, address, sizeof broadcast);
        broadcast |= htonl(~0U >> prefix);
        request.attribute(IFA_BROADCAST, broadcast);
    }
}

void NetlinkBatch::add_bridge(const char* name, const std::uint8_t* mac) noexcept
{
    Request request{*this, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, Need::Required};
    const ifinfomsg info{};
    request.append(&info, sizeof info);
    request.attribute(IFLA_IFNAME, name, ::strnlen(name, IFNAMSIZ - 1) + 1);
    request.attribute(IFLA_ADDRESS, mac, 6);
    const std::size_t kind = request.open_nest(IFLA_LINKINFO);
    request.attribute(IFLA_INFO_KIND, "bridge", sizeof "bridge");
    request.close_nest(kind);
}

void NetlinkBatch::add_veth(const Veth& veth) noexcept
{
    Request request{*this, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, Need::Required};
    const ifinfomsg info{};
    request.append(&info, sizeof info);
    request.attribute(IFLA_IFNAME, veth.name, ::strnlen(veth.name, IFNAMSIZ - 1) + 1);
    if (veth.master != 0)
        request.attribute(IFLA_MASTER, veth.master);
    if (veth.mtu != 0)
        request.attribute(IFLA_MTU, veth.mtu);
    const std::size_t kind = request.open_nest(IFLA_LINKINFO);
    request.attribute(IFLA_INFO_KIND, "veth", sizeof "veth");
    const std::size_t data = request.open_nest(IFLA_INFO_DATA);
    const std::size_t peer = request.open_nest(VETH_INFO_PEER);
    request.append(&info, sizeof info);
    request.attribute(IFLA_IFNAME, veth.peer_name, ::strnlen(veth.peer_name, IFNAMSIZ - 1) + 1);
    if (veth.mtu != 0)
        request.attribute(IFLA_MTU, veth.mtu);
    if (veth.peer_mac != nullptr)
        request.attribute(IFLA_ADDRESS, veth.peer_mac, 6);
    request.attribute(IFLA_NET_NS_FD, veth.peer_namespace);
    request.close_nest(peer);
    request.close_nest(data);
    request.close_nest(kind);
}

void NetlinkBatch::delete_link(unsigned index) noexcept
{
    Request request{*this, RTM_DELLINK, 0, Need::Required};
    ifinfomsg info{};
    info.ifi_index = static_cast<int>(index);
    request.append(&info, sizeof info);
}

void NetlinkBatch::describe(Request& request, const Route& route) noexcept
{
    rtmsg info{};
    info.rtm_family = static_cast<std::uint8_t>(route.family);
    info.rtm_dst_len = route.prefix;
    info.rtm_table = RT_TABLE_MAIN;
    info.rtm_protocol = RTPROT_BOOT;
    info.rtm_scope = RT_SCOPE_UNIVERSE;
    info.rtm_type = RTN_UNICAST;
    request.append(&info, sizeof info);
    request.attribute(RTA_DST, route.destination, address_size(route.family));
    request.attribute(RTA_GATEWAY, route.gateway, address_size(route.family));
    request.attribute(RTA_OIF, route.index);
    if (route.metric != 0)
        request.attribute(RTA_PRIORITY, route.metric);
}

void NetlinkBatch::add_route(const Route& route) noexcept
{
    Request request{*this, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, Need::Required};
    describe(request, route);
}

void NetlinkBatch::delete_route(const Route& route) noexcept
{
    Request request{*this, RTM_DELROUTE, 0, Need::Required};
    describe(request, route);
}

void NetlinkBatch::add_default_route(unsigned index, int family, const void* gateway, Need need, std::uint32_t metric) noexcept
{
    Request request{*this, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, need};
    rtmsg info{};
    info.rtm_family = static_cast<std::uint8_t>(family);
    info.rtm_table = RT_TABLE_MAIN;
    info.rtm_protocol = RTPROT_BOOT;
    info.rtm_scope = RT_SCOPE_UNIVERSE;
    info.rtm_type = RTN_UNICAST;
    request.append(&info, sizeof info);
    request.attribute(RTA_GATEWAY, gateway, address_size(family));
    request.attribute(RTA_OIF, index);
    if (metric != 0)
        request.attribute(RTA_PRIORITY, metric);
}

int NetlinkBatch::apply() noexcept
{
    const auto fail = [](int error) {
        errno = error;
        return -1;
    };
    if (error_ != 0)
        return fail(error_);
    if (::send(fd_, buffer_.data(), used_, 0) != static_cast<ssize_t>(used_))
        return fail(errno);
    // One answer per request, in order; an error quotes its request's header, so the answers are small.
    int first_error = 0;
    for (std::size_t answered = 0; answered < count_;) {
        alignas(nlmsghdr) std::array<std::byte, 4096> answer; // NOLINT: filled by recv
        const ssize_t got = ::recv(fd_, answer.data(), answer.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(errno);
        auto left = static_cast<unsigned>(got);
        for (auto* header = reinterpret_cast<nlmsghdr*>(answer.data()); NLMSG_OK(header, left);
             header = NLMSG_NEXT(header, left)) {
            if (header->nlmsg_type != NLMSG_ERROR || header->nlmsg_seq >= count_)
                continue;
            ++answered;
            const int error = -static_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
            const bool required = needs_[header->nlmsg_seq] == Need::Required; // NOLINT: checked above
            if (error != 0 && required && first_error == 0)
                first_error = error;
        }
    }
    used_ = 0;
    count_ = 0;
    return first_error == 0 ? 0 : fail(first_error);
}

} // namespace skiff::kernel
