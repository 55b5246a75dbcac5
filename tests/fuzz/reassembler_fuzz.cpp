#include "net/packet.hpp"
#include "net/reassembler.hpp"

#include <cstdlib>

/// A row of frames, each behind a byte of length: what comes out is never a fragment and never larger than a packet can be.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace skiff::net;
    Reassembler reassembler;
    while (size > 0) {
        const std::size_t length = std::min<std::size_t>(*data, size - 1);
        std::vector<std::uint8_t> frame(data + 1, data + 1 + length);
        data += 1 + length;
        size -= 1 + length;
        const std::span<std::uint8_t> out = reassembler.take(frame);
        if (out.size() > max_frame)
            std::abort();
        if (out.size() >= ethernet_header && read16(out, 12) == ethertype_ipv4) {
            const auto view = view_ipv4(out.subspan(ethernet_header));
            if (view && view->fragment)
                std::abort();
        }
    }
    return 0;
}
