#include "net/open_flows.hpp"

#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "net/confinement.hpp"
#include "net/listen_socket.hpp"
#include "net/packet.hpp"

#include <algorithm>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace skiff::net {
namespace {

constexpr std::size_t bytes_of_a_connection = 256U * 1024U; ///< libslirp's two buffers
constexpr std::size_t most_complaints = 1024;               ///< owners can be as many as ports

int next_descriptor() { return UniqueFd{::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)}.get(); }

bool is_open(int descriptor) { return descriptor >= 0 && ::fcntl(descriptor, F_GETFD) >= 0; }

bool is_listening(int socket)
{
    int listening = 0;
    socklen_t size = sizeof listening;
    return ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

struct Packet
{
    std::uint8_t protocol;
    IpAddress source;
    std::span<const std::uint8_t> payload;
};

/// Of a frame that the filter has admitted, so that all of this is there.
std::optional<Packet> find_packet(std::span<const std::uint8_t> frame)
{
    const auto make = [&](std::size_t source, bool ipv6, std::uint8_t protocol, std::size_t payload) {
        Packet packet{protocol, {}, frame.subspan(ethernet_header + payload)};
        packet.source.ipv6 = ipv6;
        std::copy_n(frame.begin() + static_cast<std::ptrdiff_t>(ethernet_header + source), ipv6 ? 16 : 4, packet.source.bytes.begin());
        return packet;
    };
    if (read16(frame, 12) == ethertype_ipv4)
        return make(12, false, frame[ethernet_header + 9], std::size_t{frame[ethernet_header] & 0x0fU} * 4);
    if (read16(frame, 12) == ethertype_ipv6)
        return make(8, true, frame[ethernet_header + 6], ipv6_header);
    return std::nullopt;
}

} // namespace

/// Half of the memory for the buffers of TCP, and a quarter of the descriptors for each kind. The rest is for the members, for
/// published ports and their relays, and for questions to name servers.
OpenFlows::Capacity OpenFlows::find_capacity()
{
    const ProcessLimits limits = find_process_limits();
    const std::size_t each = limits.descriptors / 4;
    return {static_cast<std::ptrdiff_t>(std::min(each, limits.memory / 2 / bytes_of_a_connection)), static_cast<std::ptrdiff_t>(each)};
}

OpenFlows::OpenFlows(NameOwner name_owner, Capacity capacity)
    : name_owner_{std::move(name_owner)}, tcp_{capacity.tcp}, other_{capacity.other}
{
}

std::optional<OpenFlows::Beginning> OpenFlows::find_beginning(std::span<const std::uint8_t> frame)
{
    constexpr std::size_t flags = 13;
    constexpr std::uint8_t icmp6_echo_request = 128;
    const auto packet = find_packet(frame);
    if (!packet)
        return std::nullopt;
    switch (packet->protocol) {
    case protocol_tcp:
        if ((packet->payload[flags] & (TH_SYN | TH_ACK)) != TH_SYN)
            return std::nullopt;
        return Beginning{&tcp_, name_owner_(packet->source), {}};
    case protocol_udp:
        if (const UdpSource source{packet->source, read16(packet->payload, 0)}; !udp_sources_.contains(source))
            return Beginning{&other_, name_owner_(packet->source), source};
        return std::nullopt;
    case protocol_icmp6:
        if (packet->payload[0] != icmp6_echo_request)
            return std::nullopt;
        [[fallthrough]];
    case protocol_icmp: // each question has a descriptor of its own until the answer comes
        return Beginning{&other_, name_owner_(packet->source), {}};
    default:
        return std::nullopt;
    }
}

bool OpenFlows::has_room(const Beginning& beginning)
{
    if (beginning.budget->has_room(beginning.owner))
        return true;
    if (complained_.size() < most_complaints && complained_.insert(beginning.owner).second)
        log::warn(cat("too many connections of ", beginning.owner, ": new ones wait"));
    return false;
}

bool OpenFlows::admit(std::span<const std::uint8_t> frame)
{
    beginning_ = find_beginning(frame);
    if (!beginning_)
        return true;
    expected_ = has_room(*beginning_) ? next_descriptor() : -1;
    return expected_ >= 0;
}

void OpenFlows::note_opened()
{
    if (beginning_ && is_open(expected_))
        take(expected_, std::move(*beginning_));
    beginning_.reset();
}

void OpenFlows::note_closed(int descriptor)
{
    // A connection that takes the place of a finished one may get its descriptor.
    if (beginning_ && descriptor >= 0)
        expected_ = std::min(expected_, descriptor);
    const auto found = known_.find(descriptor);
    if (found == known_.end())
        return;
    const Beginning& flow = found->second.flow;
    if (!found->second.listens)
        flow.budget->give_back(flow.owner);
    if (flow.udp)
        udp_sources_.erase(*flow.udp);
    known_.erase(found);
}

void OpenFlows::take(int descriptor, Beginning&& flow)
{
    flow.budget->take(flow.owner);
    if (flow.udp)
        udp_sources_.insert(*flow.udp);
    known_.insert_or_assign(descriptor, Known{false, std::move(flow)});
}

OpenFlows::Known& OpenFlows::learn(int descriptor)
{
    Beginning flow{&tcp_, cat("clients of port ", bound_port(descriptor)), {}};
    if (is_listening(descriptor))
        return known_.insert_or_assign(descriptor, Known{true, std::move(flow)}).first->second;
    take(descriptor, std::move(flow));
    return known_.at(descriptor);
}

bool OpenFlows::may_be_ready(int descriptor)
{
    const auto found = known_.find(descriptor);
    const Known& known = found == known_.end() ? learn(descriptor) : found->second;
    return !known.listens || has_room(known.flow);
}

} // namespace skiff::net
