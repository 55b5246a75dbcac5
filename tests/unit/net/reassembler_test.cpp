#include "net/reassembler.hpp"

#include "frames.hpp"

#include <gtest/gtest.h>

namespace skiff::net {
namespace {

/// A datagram in pieces of `piece` bytes, as the kernel cuts it.
std::vector<Frame> cut(const Frame& whole, std::size_t piece, std::uint16_t number = 7)
{
    std::vector<Frame> pieces;
    const std::size_t headers = ethernet_header + ipv4_header;
    for (std::size_t at = headers; at < whole.size(); at += piece) {
        const std::size_t end = std::min(at + piece, whole.size());
        Frame frame(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(headers));
        frame.insert(frame.end(), whole.begin() + static_cast<std::ptrdiff_t>(at), whole.begin() + static_cast<std::ptrdiff_t>(end));
        const std::span<std::uint8_t> ip = std::span{frame}.subspan(ethernet_header);
        write16(ip, 2, static_cast<std::uint16_t>(ip.size()));
        write16(ip, 4, number);
        write16(ip, 6, static_cast<std::uint16_t>((end < whole.size() ? 0x2000U : 0U) | (at - headers) / 8));
        pieces.push_back(frame);
    }
    return pieces;
}

Frame big_datagram() { return make_udp("192.0.2.1", 9, std::string(5000, 'x')); }

TEST(Reassembler, LeavesWholePacketsAlone)
{
    Reassembler reassembler;
    Frame tcp = make_tcp("192.0.2.1", 80);
    EXPECT_EQ(reassembler.take(tcp).data(), tcp.data());
    Frame rubbish(5, 0xff);
    EXPECT_EQ(reassembler.take(rubbish).data(), rubbish.data());
}

TEST(Reassembler, PutsADatagramTogether)
{
    Reassembler reassembler;
    const Frame whole = big_datagram();
    std::vector<Frame> pieces = cut(whole, 1480);

    for (std::size_t i = 0; i + 1 < pieces.size(); ++i)
        EXPECT_TRUE(reassembler.take(pieces[i]).empty());
    const std::span<std::uint8_t> got = reassembler.take(pieces.back());

    ASSERT_EQ(got.size(), whole.size());
    EXPECT_TRUE(std::equal(got.begin() + ethernet_header + ipv4_header, got.end(), whole.begin() + ethernet_header + ipv4_header));
    EXPECT_EQ(internet_checksum(got.subspan(ethernet_header, ipv4_header)), 0);
    EXPECT_FALSE(view_ipv4(got.subspan(ethernet_header))->fragment);
}

TEST(Reassembler, KeepsInterleavedDatagramsApart)
{
    Reassembler reassembler;
    std::vector<Frame> one = cut(big_datagram(), 2504, 1);
    std::vector<Frame> two = cut(make_udp("192.0.2.1", 9, std::string(5000, 'y')), 2504, 2);
    ASSERT_EQ(one.size(), 2U);

    EXPECT_TRUE(reassembler.take(one[0]).empty());
    EXPECT_TRUE(reassembler.take(two[0]).empty());
    EXPECT_EQ(reassembler.take(one[1]).back(), 'x');
    EXPECT_EQ(reassembler.take(two[1]).back(), 'y');
}

TEST(Reassembler, GivesUpWhatDoesNotFit)
{
    Reassembler reassembler;
    std::vector<Frame> pieces = cut(big_datagram(), 1480);
    EXPECT_TRUE(reassembler.take(pieces[0]).empty());
    EXPECT_TRUE(reassembler.take(pieces[2]).empty()); // a gap ends the datagram
    EXPECT_TRUE(reassembler.take(pieces[1]).empty());
    EXPECT_TRUE(reassembler.take(pieces[3]).empty());

    Frame tcp = make_tcp("192.0.2.1", 80);
    write16(tcp, ethernet_header + 6, 0x2000);
    EXPECT_TRUE(reassembler.take(tcp).empty());
}

TEST(Reassembler, NeverGrowsBeyondAPacket)
{
    Reassembler reassembler;
    Frame piece = make_udp("192.0.2.1", 9, std::string(8184, 'x')); // 8192 bytes of payload
    for (std::uint16_t i = 0; i < 100; ++i) {
        write16(piece, ethernet_header + 6, static_cast<std::uint16_t>(0x2000 | i * 1024 % 8192));
        EXPECT_TRUE(reassembler.take(piece).empty());
    }
}

} // namespace
} // namespace skiff::net
