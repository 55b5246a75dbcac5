#include "net/ip_address.hpp"

#include <gtest/gtest.h>

namespace skiff::net {
namespace {

TEST(IpAddress, CountsAcrossBytes)
{
    EXPECT_EQ(to_text(next(*find_ip_address("10.1.2.255"))), "10.1.3.0");
    EXPECT_EQ(to_text(previous(*find_ip_address("10.1.3.0"))), "10.1.2.255");
    EXPECT_EQ(to_text(next(*find_ip_address("fd00::ffff"))), "fd00::1:0");
}

TEST(IpNetwork, ReadsAndClearsHostBits)
{
    EXPECT_EQ(to_text(*find_ip_network("10.1.2.3/20")), "10.1.0.0/20");
    EXPECT_EQ(to_text(*find_ip_network("fd12:3456:789a:bcde:f::1/60")), "fd12:3456:789a:bcd0::/60");
    for (const char* text : {"10.1.2.0", "10.1.2.0/33", "10.1.2.0/x", "10.1.2/24", "fd00::/129", "/24", ""})
        EXPECT_FALSE(find_ip_network(text)) << text;
}

TEST(IpNetwork, KnowsWhatLiesInside)
{
    const IpNetwork network = *find_ip_network("10.1.2.0/23");

    EXPECT_TRUE(network.contains(*find_ip_address("10.1.3.4")));
    EXPECT_FALSE(network.contains(*find_ip_address("10.1.4.4")));
    EXPECT_FALSE(network.contains(*find_ip_address("fd00::1")));
    EXPECT_EQ(to_text(network.last()), "10.1.3.255");
    EXPECT_TRUE(network.overlaps(*find_ip_network("10.0.0.0/8")));
    EXPECT_TRUE(network.overlaps(*find_ip_network("10.1.3.128/25")));
    EXPECT_FALSE(network.overlaps(*find_ip_network("10.1.4.0/24")));
}

} // namespace
} // namespace skiff::net
