#include "net/subnet.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

namespace skiff::net {
namespace {

TEST(Subnet, ReadsAndWritesCidr)
{
    EXPECT_EQ(to_text(parse_subnet("10.0.2.0/24")), "10.0.2.0/24");
    EXPECT_EQ(to_text(parse_subnet("192.168.77.5/25")), "192.168.77.0/25");
}

TEST(Subnet, RefusesWhatIsNoNetworkOrTooSmall)
{
    for (const char* text : {"", "10.0.2.0", "10.0.2/24", "10.0.2.0/", "10.0.2.0/x", "10.0.2.0/26", "10.0.2.0/33", "fd00::/64",
                             "10.0.2.0/24 "}) {
        SCOPED_TRACE(text);
        EXPECT_THROW((void)parse_subnet(text), Error);
    }
}

TEST(Subnet, PlacesEverybodyWhereSlirp4netnsDoes)
{
    const NetworkAddresses addresses = make_addresses(parse_subnet("10.0.2.0/24"), find_ipv6("fd00::"));

    EXPECT_EQ(to_text(addresses.host), "10.0.2.2");
    EXPECT_EQ(to_text(addresses.name_server), "10.0.2.3");
    EXPECT_EQ(to_text(addresses.container), "10.0.2.100");
    EXPECT_EQ(to_text(addresses.mask), "255.255.255.0");
    EXPECT_EQ(to_text(addresses.container6), "fd00::100");
    EXPECT_EQ(to_text(addresses.host6), "fd00::2");
    EXPECT_FALSE(make_addresses(Subnet{}, std::nullopt).ipv6);
}

TEST(Subnet, AvoidsTheNetworksOfTheHost)
{
    EXPECT_EQ(to_text(choose_subnet({})), "10.0.2.0/24");
    EXPECT_EQ(to_text(choose_subnet({parse_subnet("10.0.2.0/24"), parse_subnet("10.0.3.0/25")})), "10.0.4.0/24");
    EXPECT_EQ(to_text(choose_subnet({parse_subnet("10.0.0.0/8")})), "10.0.2.0/24");
    EXPECT_EQ(to_text(choose_subnet6({})), "fd00::");
    EXPECT_EQ(to_text(choose_subnet6({*find_ipv6("fd00::2")})), "fd00:0:0:1::");
}

} // namespace
} // namespace skiff::net
