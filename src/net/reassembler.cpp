#include "net/reassembler.hpp"

#include "net/packet.hpp"

#include <algorithm>

namespace skiff::net {
namespace {

constexpr std::uint16_t more_fragments = 0x2000;
constexpr std::uint16_t offset_mask = 0x1fff;
constexpr std::size_t offset_unit = 8;
constexpr std::size_t headers = ethernet_header + ipv4_header;

std::array<std::uint8_t, 10> key_of(std::span<const std::uint8_t> ip)
{
    std::array<std::uint8_t, 10> key{};
    std::copy_n(ip.begin() + 12, 8, key.begin());
    std::copy_n(ip.begin() + 4, 2, key.begin() + 8);
    return key;
}

} // namespace

Reassembler::Datagram* Reassembler::find(const std::array<std::uint8_t, 10>& key)
{
    const auto found = std::find_if(datagrams_.begin(), datagrams_.end(),
                                    [&](const Datagram& datagram) { return !datagram.frame.empty() && datagram.key == key; });
    return found == datagrams_.end() ? nullptr : &*found;
}

std::span<std::uint8_t> Reassembler::take(std::span<std::uint8_t> frame)
{
    if (frame.size() < ethernet_header || read16(frame, 12) != ethertype_ipv4)
        return frame;
    const std::span<std::uint8_t> ip = frame.subspan(ethernet_header);
    const auto view = view_ipv4(ip);
    if (!view || !view->fragment)
        return frame;
    if (view->protocol != protocol_udp || view->header.size() != ipv4_header)
        return {};

    const std::uint16_t flags = read16(ip, 6);
    const std::size_t offset = (flags & offset_mask) * offset_unit;
    const bool last = (flags & more_fragments) == 0;
    const auto key = key_of(ip);
    Datagram* datagram = find(key);
    if (offset == 0) {
        if (datagram == nullptr) {
            datagram = &datagrams_[next_]; // NOLINT: kept below the size
            next_ = (next_ + 1) % max_datagrams;
        }
        datagram->key = key;
        datagram->frame.assign(frame.begin(), frame.begin() + headers);
    }
    if (datagram == nullptr)
        return {};
    const std::size_t so_far = datagram->frame.size() - headers;
    const bool fits = so_far == offset && offset + view->payload.size() + ipv4_header <= 0xffff &&
                      (last || (view->payload.size() % offset_unit == 0 && !view->payload.empty()));
    if (!fits) {
        datagram->frame.clear();
        return {};
    }
    datagram->frame.insert(datagram->frame.end(), view->payload.begin(), view->payload.end());
    if (!last)
        return {};

    complete_ = std::move(datagram->frame);
    datagram->frame = {};
    const std::span<std::uint8_t> whole = std::span{complete_}.subspan(ethernet_header);
    write16(whole, 2, static_cast<std::uint16_t>(whole.size()));
    write16(whole, 6, 0);
    write16(whole, 10, 0);
    write16(whole, 10, ipv4_checksum(whole.first(ipv4_header)));
    return complete_;
}

} // namespace skiff::net
