#include "net/frame_filter.hpp"
#include "net/packet.hpp"

#include <cstdlib>
#include <vector>

/// What a hostile container writes into its interface. No read outside the frame, and nothing that the filter lets pass
/// may name the host's loopback or carry urgent data.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace skiff::net;
    static const FrameFilter filter{make_addresses(Subnet{}, find_ipv6("fd00::"))};
    std::vector<std::uint8_t> frame(data, data + size);
    if (!filter.admit(frame) || read16(frame, 12) != ethertype_ipv4)
        return 0;
    const auto view = view_ipv4(std::span{frame}.subspan(ethernet_header));
    if (!view || view->destination >> 24U == 127 || view->destination >> 24U == 0)
        std::abort();
    if (view->fragment || (view->protocol == protocol_tcp && (view->payload[13] & 0x20U) != 0))
        std::abort();
    return 0;
}
