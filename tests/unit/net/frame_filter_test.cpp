#include "net/frame_filter.hpp"

#include "frames.hpp"

#include <gtest/gtest.h>

namespace skiff::net {
namespace {

const NetworkAddresses addresses = make_addresses(Subnet{}, find_ipv6("fd00::"));

bool admits(Frame frame) { return FrameFilter{addresses}.admit(frame); }

TEST(FrameFilter, LetsOrdinaryTrafficPass)
{
    EXPECT_TRUE(admits(make_tcp("192.0.2.1", 443)));
    EXPECT_TRUE(admits(make_udp("192.0.2.1", 123)));
    EXPECT_TRUE(admits(make_udp("10.0.2.3", 53)));
    EXPECT_TRUE(admits(make_tcp("10.0.2.3", 53)));
    EXPECT_TRUE(admits(make_tcp("10.0.2.2", 80))); // libslirp refuses it with an answer, when it must
    EXPECT_TRUE(admits(make_ipv4(protocol_icmp, "192.0.2.1", {8, 0, 0, 0, 0, 0, 0, 0})));
    EXPECT_TRUE(admits(make_ipv6(protocol_tcp, "2001:db8::1", tcp_segment(80))));
    EXPECT_TRUE(admits(make_ipv6(protocol_tcp, "64:ff9b::c000:201", tcp_segment(80))));
    EXPECT_TRUE(admits(make_ipv6(protocol_icmp6, "ff02::1:ff00:2", std::vector<std::uint8_t>{135, 0, 0, 0, 0, 0, 0, 0})));
}

TEST(FrameFilter, KeepsTheHostsOwnPlacesOutOfReach)
{
    for (const char* address : {"127.0.0.1", "127.255.0.1", "0.0.0.0", "0.1.2.3", "169.254.169.254", "224.0.0.1", "255.255.255.255",
                                "240.0.0.1", "10.0.2.255", "10.0.2.0", "10.0.2.7"}) {
        EXPECT_FALSE(admits(make_tcp(address, 80))) << address;
        EXPECT_FALSE(admits(make_udp(address, 80))) << address;
    }
    for (const char* address : {"::1", "::", "::ffff:127.0.0.1", "::ffff:192.0.2.1", "::7f00:1", "fe80::1", "ff02::1", "fd00::7",
                                "fd00:ec2::254"})
        EXPECT_FALSE(admits(make_ipv6(protocol_tcp, address, tcp_segment(80)))) << address;
}

TEST(FrameFilter, OffersOnlyNameServiceAtTheNameServer)
{
    EXPECT_FALSE(admits(make_tcp("10.0.2.3", 80)));
    EXPECT_FALSE(admits(make_udp("10.0.2.3", 54)));
    EXPECT_FALSE(admits(make_ipv6(protocol_tcp, "fd00::3", tcp_segment(22))));
    EXPECT_TRUE(admits(make_ipv6(protocol_tcp, "fd00::3", tcp_segment(53))));
}

TEST(FrameFilter, DropsBootpAndTftp)
{
    EXPECT_FALSE(admits(make_udp("10.0.2.2", 67)));
    EXPECT_FALSE(admits(make_udp("192.0.2.1", 67)));
    EXPECT_FALSE(admits(make_udp("10.0.2.2", 69)));
    EXPECT_FALSE(admits(make_udp("255.255.255.255", 67)));
}

TEST(FrameFilter, DropsForgedSenders)
{
    EXPECT_FALSE(admits(make_ipv4(protocol_tcp, "192.0.2.1", tcp_segment(80), "10.0.2.99")));
    EXPECT_FALSE(admits(make_ipv4(protocol_udp, "192.0.2.1", tcp_segment(80), "0.0.0.0")));
    EXPECT_FALSE(admits(make_ipv6(protocol_tcp, "2001:db8::1", tcp_segment(80), "fd00::101")));
}

TEST(FrameFilter, ClearsUrgentDataAndKeepsTheChecksumRight)
{
    for (const std::uint16_t pointer : std::initializer_list<std::uint16_t>{0, 1, 0x1234, 0xffff}) {
        Frame frame = make_tcp("192.0.2.1", 80, 0x38, pointer);

        EXPECT_TRUE((FrameFilter{addresses}.admit(frame)));

        const std::span<const std::uint8_t> tcp = std::span{frame}.subspan(ethernet_header + ipv4_header);
        EXPECT_EQ(tcp[13], 0x18);
        EXPECT_EQ(read16(tcp, 18), 0);
        EXPECT_EQ(internet_checksum(tcp, pseudo_header_sum(frame)), 0) << pointer;
    }
}

TEST(FrameFilter, DropsFragments)
{
    for (const std::uint16_t bits : std::initializer_list<std::uint16_t>{0x2000, 0x0001, 0x2001}) {
        for (Frame frame : {make_tcp("192.0.2.1", 80), make_udp("192.0.2.1", 80)}) {
            write16(frame, ethernet_header + 6, bits);
            EXPECT_FALSE(admits(frame));
        }
    }
    EXPECT_FALSE(admits(make_ipv6(44, "2001:db8::1", tcp_segment(80))));
}

TEST(FrameFilter, DropsWhatIsCutShortOrLies)
{
    const Frame whole = make_tcp("192.0.2.1", 80);
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(admits(Frame(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)))) << size;

    Frame short_header = whole;
    short_header[ethernet_header] = 0x44;
    EXPECT_FALSE(admits(short_header));
    Frame long_options = whole;
    long_options[ethernet_header + ipv4_header + 12] = 0xf0;
    EXPECT_FALSE(admits(long_options));
    Frame long_udp = make_udp("192.0.2.1", 80);
    write16(long_udp, ethernet_header + ipv4_header + 4, 1000);
    EXPECT_FALSE(admits(long_udp));
}

TEST(FrameFilter, DropsOtherProtocols)
{
    Frame ncsi = make_tcp("192.0.2.1", 80);
    write16(ncsi, 12, 0x88f8); // libslirp would speak NC-SI
    EXPECT_FALSE(admits(ncsi));
    EXPECT_FALSE(admits(make_ipv4(2, "192.0.2.1", tcp_segment(80))));
    EXPECT_FALSE(admits(make_ipv4(protocol_icmp, "192.0.2.1", {3, 3, 0, 0, 0, 0, 0, 0})));
    EXPECT_FALSE(admits(make_ipv6(protocol_icmp6, "ff02::2", std::vector<std::uint8_t>{133, 0, 0, 0, 0, 0, 0, 0})));
    Frame ipv6 = make_ipv6(protocol_tcp, "2001:db8::1", tcp_segment(80));
    EXPECT_FALSE((FrameFilter{make_addresses(Subnet{}, std::nullopt)}.admit(ipv6))) << "IPv6 is switched off";
}

} // namespace
} // namespace skiff::net
