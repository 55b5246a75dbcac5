#include "net/address_pool.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::net {
namespace {

using ::testing::HasSubstr;

Network make_network(const std::vector<NetworkSubnet>& subnets)
{
    Network network;
    network.name = "shop";
    network.subnets = subnets;
    return network;
}

std::string first_of(AddressPool& pool, const std::string& owner, const std::vector<std::string>& fixed = {},
                     const std::vector<std::string>& preferred = {})
{
    return pool.take(owner, fixed, preferred).at(0).address;
}

std::string refusal(const std::function<void()>& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error.message();
    }
    return "";
}

TEST(AddressPool, GivesOneAfterTheOtherAndAnOldOneLast)
{
    AddressPool pool{make_network({{"10.1.2.0/29", "10.1.2.1", "", ""}})};

    EXPECT_EQ(first_of(pool, "a"), "10.1.2.2");
    EXPECT_EQ(first_of(pool, "b"), "10.1.2.3");
    pool.give_back("a");
    EXPECT_EQ(first_of(pool, "c"), "10.1.2.4");
    EXPECT_EQ(first_of(pool, "d"), "10.1.2.5");
    EXPECT_EQ(first_of(pool, "e"), "10.1.2.6");
    EXPECT_EQ(first_of(pool, "f"), "10.1.2.2");
    EXPECT_THAT(refusal([&] { first_of(pool, "g"); }), HasSubstr("failed to find free IP in range: 10.1.2.1 - 10.1.2.6"));
}

TEST(AddressPool, NeverGivesTheAddressesOfOthers)
{
    AddressPool pool{make_network({{"10.1.2.0/29", "10.1.2.1", "", "", {{"router", "10.1.2.2"}, {"printer", "10.1.2.4"}}}})};

    EXPECT_EQ(first_of(pool, "a"), "10.1.2.3");
    EXPECT_EQ(first_of(pool, "b", {}, {"10.1.2.4"}), "10.1.2.5");
    EXPECT_THAT(refusal([&] { first_of(pool, "c", {"10.1.2.2"}); }), HasSubstr("requested ip address 10.1.2.2 is kept for another machine"));
}

TEST(AddressPool, KeepsToTheRange)
{
    AddressPool pool{make_network({{"10.1.2.0/24", "10.1.2.1", "10.1.2.100", "10.1.2.101"}})};

    EXPECT_EQ(first_of(pool, "a"), "10.1.2.100");
    EXPECT_EQ(first_of(pool, "b"), "10.1.2.101");
    EXPECT_NE(refusal([&] { first_of(pool, "c"); }), "");
    EXPECT_EQ(first_of(pool, "c", {"10.1.2.7"}), "10.1.2.7"); // who asks may have any
}

TEST(AddressPool, GivesWhatIsAskedForOnlyOnce)
{
    AddressPool pool{make_network({{"10.1.2.0/24", "10.1.2.1", "", ""}})};

    EXPECT_EQ(first_of(pool, "a", {"10.1.2.9"}), "10.1.2.9");
    EXPECT_THAT(refusal([&] { first_of(pool, "b", {"10.1.2.9"}); }), HasSubstr("already allocated to container ID a"));
    EXPECT_THAT(refusal([&] { first_of(pool, "b", {"10.7.7.7"}); }), HasSubstr("not in any subnet"));
    EXPECT_THAT(refusal([&] { first_of(pool, "b", {"10.1.2.1"}); }), HasSubstr("is the gateway"));
}

TEST(AddressPool, PrefersTheAddressOfBeforeWhenItIsFree)
{
    AddressPool pool{make_network({{"10.1.2.0/24", "10.1.2.1", "", ""}})};

    EXPECT_EQ(first_of(pool, "a", {}, {"10.1.2.50"}), "10.1.2.50");
    EXPECT_EQ(first_of(pool, "b", {}, {"10.1.2.50"}), "10.1.2.51");
    EXPECT_EQ(first_of(pool, "c", {}, {"192.0.2.1"}), "10.1.2.52");
}

TEST(AddressPool, GivesOneOfEachSubnet)
{
    AddressPool pool{make_network({{"10.1.2.0/24", "10.1.2.1", "", ""}, {"fd00:1::/64", "fd00:1::1", "", ""}})};

    const auto addresses = pool.take("a", {"fd00:1::77"});

    ASSERT_EQ(addresses.size(), 2U);
    EXPECT_EQ(addresses[0], (NetworkMembership::Address{"10.1.2.2", 24, "10.1.2.1"}));
    EXPECT_EQ(addresses[1], (NetworkMembership::Address{"fd00:1::77", 64, "fd00:1::1"}));
}

} // namespace
} // namespace skiff::net
