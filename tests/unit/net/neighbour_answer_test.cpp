#include "net/neighbour_answer.hpp"

#include <array>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::net {
namespace {

using ::testing::ElementsAre;
using Frame = std::vector<std::uint8_t>;

constexpr std::array<std::uint8_t, 6> router{2, 0, 0, 0, 0, 0x64};

Frame slice(const Frame& frame, std::size_t at, std::size_t size)
{
    return {frame.begin() + static_cast<std::ptrdiff_t>(at), frame.begin() + static_cast<std::ptrdiff_t>(at + size)};
}

TEST(NeighbourAnswer, SaysThatTheRouterHasAnIpv4Address)
{
    const Frame question{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x55, 10, 0, 2, 2, 8, 6,          // Ethernet
                         0,    1,    8,    0,    6,    4,    0,    1,    0x52, 0x55, 10, 0, 2, 2,    // request, by
                         10,   0,    2,    2,    0,    0,    0,    0,    0,    0,    10, 89, 0, 7};  // 10.0.2.2 for 10.89.0.7

    const auto answer = answer_neighbour(question, router);

    ASSERT_TRUE(answer);
    EXPECT_THAT(slice(*answer, 0, 6), ElementsAre(0x52, 0x55, 10, 0, 2, 2));
    EXPECT_EQ(read16(*answer, 20), 2); // a reply
    EXPECT_THAT(slice(*answer, 22, 10), ElementsAre(2, 0, 0, 0, 0, 0x64, 10, 89, 0, 7));
    EXPECT_THAT(slice(*answer, 32, 10), ElementsAre(0x52, 0x55, 10, 0, 2, 2, 10, 0, 2, 2));
}

TEST(NeighbourAnswer, SaysThatTheRouterHasAnIpv6Address)
{
    Frame question(ethernet_header + ipv6_header + 24);
    write16(question, 12, ethertype_ipv6);
    question[14] = 0x60;
    question[20] = protocol_icmp6;
    question[22] = 0xfe; // source fe80::2
    question[23] = 0x80;
    question[37] = 2;
    question[54] = 135;
    question[62] = 0xfd; // target fd00::7
    question[77] = 7;

    const auto answer = answer_neighbour(question, router);

    ASSERT_TRUE(answer);
    EXPECT_EQ((*answer)[54], 136);
    EXPECT_EQ(slice(*answer, 62, 16), slice(question, 62, 16));
    EXPECT_EQ(slice(*answer, 38, 16), slice(question, 22, 16)); // goes to who asked
    EXPECT_THAT(slice(*answer, 80, 6), ElementsAre(2, 0, 0, 0, 0, 0x64));
    std::uint32_t sum = 32 + protocol_icmp6; // of pseudo header and message, checksum included: all ones
    for (std::size_t i = 22; i < answer->size(); i += 2)
        sum += read16(*answer, i);
    while (sum >> 16U != 0)
        sum = (sum & 0xffffU) + (sum >> 16U);
    EXPECT_EQ(sum, 0xffffU);
}

TEST(NeighbourAnswer, PassesOverEverythingElse)
{
    EXPECT_FALSE(answer_neighbour(Frame{}, router));
    Frame frame(60);
    write16(frame, 12, ethertype_ipv4);
    EXPECT_FALSE(answer_neighbour(frame, router));
    write16(frame, 12, ethertype_arp);
    write16(frame, 20, 2); // a reply
    EXPECT_FALSE(answer_neighbour(frame, router));
}

} // namespace
} // namespace skiff::net
