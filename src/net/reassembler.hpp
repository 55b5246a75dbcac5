#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace skiff::net {

/// Puts UDP datagrams together that the container's kernel had to send in pieces, because they are larger than its MTU.
///
/// libslirp could do it, too, but a few thousand malformed fragments kill version 4.7 in its ip_reass(); so it never sees one.
/// Our link keeps the order, and so this needs no more than to append: a piece that does not continue its datagram ends it.
/// Pure and bounded: no more than `max_datagrams` of 64 KiB are under way.
class Reassembler
{
  public:
    /// A frame that is no IPv4 fragment comes back as it is, a last piece as the whole datagram (valid until the next call),
    /// every other one as nothing.
    std::span<std::uint8_t> take(std::span<std::uint8_t> frame);

  private:
    static constexpr std::size_t max_datagrams = 4;

    struct Datagram
    {
        std::array<std::uint8_t, 10> key{};  ///< both addresses and the packet's number
        std::vector<std::uint8_t> frame;     ///< with the headers of the first piece; empty: free
    };
    Datagram* find(const std::array<std::uint8_t, 10>& key);

    std::array<Datagram, max_datagrams> datagrams_;
    std::size_t next_ = 0; ///< the one to be given up when all are in use
    std::vector<std::uint8_t> complete_;
};

} // namespace skiff::net
