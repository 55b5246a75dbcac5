#include "engine/make_network.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::engine {
namespace {

using ::testing::HasSubstr;

NetworkNeighbours nobody() { return {{make_default_network()}, {}}; }

std::string refusal(const CreateNetworkRequest& request, const NetworkNeighbours& neighbours = nobody())
{
    try {
        (void)make_network(request, neighbours);
    } catch (const Error& error) {
        return error.message();
    }
    return "";
}

TEST(MakeNetwork, ChoosesNameSubnetAndBridge)
{
    const Network network = make_network({}, nobody());

    EXPECT_EQ(network.name, "podman1");
    EXPECT_EQ(network.interface, "podman1");
    EXPECT_EQ(network.id.size(), 64U);
    ASSERT_EQ(network.subnets.size(), 1U);
    EXPECT_EQ(network.subnets[0], (NetworkSubnet{"10.89.0.0/24", "10.89.0.1", "", ""}));
    EXPECT_TRUE(network.dns_enabled);
}

TEST(MakeNetwork, KeepsAwayFromOtherNetworksAndTheHost)
{
    NetworkNeighbours neighbours = nobody();
    neighbours.networks.push_back(make_network({}, neighbours));
    neighbours.host_networks = {*net::find_ip_network("10.89.1.0/24"), *net::find_ip_network("10.0.0.0/8")};

    EXPECT_EQ(make_network({}, neighbours).subnets[0].subnet, "10.89.2.0/24");
}

TEST(MakeNetwork, ChoosesFromTheConfiguredPools)
{
    NetworkNeighbours neighbours = nobody();
    neighbours.pools = {{"172.30.0.0/27", 28}, {"192.168.77.0/24", 24}};
    const auto next = [&] {
        neighbours.networks.push_back(make_network({}, neighbours));
        return neighbours.networks.back().subnets[0].subnet;
    };

    EXPECT_EQ(next(), "172.30.0.0/28");
    EXPECT_EQ(next(), "172.30.0.16/28");
    EXPECT_EQ(next(), "192.168.77.0/24");
    EXPECT_EQ(refusal({}, neighbours), "could not find free subnet from subnet pools");
    neighbours.pools = {{"172.30.0.0/24", 16}};
    EXPECT_EQ(refusal({}, neighbours), "containers.conf: default_subnet_pools: size 16 of 172.30.0.0/24 must be from 24 to 30");
}

TEST(MakeNetwork, TakesWhatIsAskedFor)
{
    CreateNetworkRequest request;
    request.name = "shop";
    request.subnets = {{"10.20.30.40/24", "10.20.30.254", "10.20.30.128/25"}, {"fd00:7::/64", "", "fd00:7::10-fd00:7::20"}};
    request.routes = {"10.99.0.0/16,10.20.30.7,50"};
    request.options = {{"mtu", "1400"}, {"isolate", "true"}};
    request.aux_addresses = {{"router", "10.20.30.2"}, {"printer", "fd00:7:0::20"}};

    const Network network = make_network(request, nobody());

    EXPECT_EQ(network.subnets[0], (NetworkSubnet{"10.20.30.0/24", "10.20.30.254", "10.20.30.129", "10.20.30.254", {{"router", "10.20.30.2"}}}));
    EXPECT_EQ(network.subnets[1], (NetworkSubnet{"fd00:7::/64", "fd00:7::1", "fd00:7::10", "fd00:7::20", {{"printer", "fd00:7::20"}}}));
    EXPECT_TRUE(network.ipv6);
    EXPECT_EQ(network.routes[0], (NetworkRoute{"10.99.0.0/16", "10.20.30.7", 50}));
}

TEST(MakeNetwork, AddsAnIpv6SubnetOnRequest)
{
    CreateNetworkRequest request;
    request.ipv6 = true;

    const Network network = make_network(request, nobody());

    ASSERT_EQ(network.subnets.size(), 2U);
    EXPECT_THAT(network.subnets[1].subnet, HasSubstr("fd"));
    EXPECT_TRUE(network.subnets[1].is_ipv6());
}

TEST(MakeNetwork, HasIpv4BesidesTheIpv6ThatIsAskedForByOption)
{
    CreateNetworkRequest request;
    request.subnets = {{"2001:db8::/64", "", ""}};
    EXPECT_EQ(make_network(request, nobody()).subnets.size(), 1U);
    request.ipv6 = true;

    const Network network = make_network(request, nobody());

    ASSERT_EQ(network.subnets.size(), 2U);
    EXPECT_EQ(network.subnets[0].subnet, "2001:db8::/64");
    EXPECT_EQ(network.subnets[1], (NetworkSubnet{"10.89.0.0/24", "10.89.0.1", "", ""}));
}

TEST(MakeNetwork, RefusesWhatCannotBe)
{
    const auto with = [](auto change) {
        CreateNetworkRequest request;
        request.name = "shop";
        change(request);
        return refusal(request);
    };
    EXPECT_THAT(with([](auto& r) { r.name = "a/b"; }), HasSubstr("names must match"));
    EXPECT_THAT(with([](auto& r) { r.name = "host"; }), HasSubstr("conflicts with a valid network mode"));
    EXPECT_THAT(with([](auto& r) { r.name = "podman"; }), HasSubstr("network already exists"));
    EXPECT_THAT(with([](auto& r) { r.driver = "macvlan"; }), HasSubstr("unsupported driver macvlan"));
    EXPECT_THAT(with([](auto& r) { r.ipam_driver = "dhcp"; }), HasSubstr("unsupported ipam driver dhcp"));
    EXPECT_THAT(with([](auto& r) { r.subnets = {{"10.88.7.0/24", "", ""}}; }), HasSubstr("is already used on the host or by another config"));
    EXPECT_THAT(with([](auto& r) { r.subnets = {{"10.1.2.0/24", "10.1.3.1", ""}}; }), HasSubstr("gateway 10.1.3.1 not in subnet 10.1.2.0/24"));
    EXPECT_THAT(with([](auto& r) { r.subnets = {{"10.1.2.0/24", "", "10.1.3.0/25"}}; }), HasSubstr("lease range start ip"));
    EXPECT_THAT(with([](auto& r) { r.subnets = {{"10.1.2.0/24", "", ""}}; r.aux_addresses = {{"nas", "10.1.3.1"}}; }),
                HasSubstr("aux-address nas=10.1.3.1 not in any subnet"));
    EXPECT_THAT(with([](auto& r) { r.subnets = {{"10.1.2.0/24", "", ""}}; r.aux_addresses = {{"nas", "10.1.2.1"}}; }),
                HasSubstr("aux-address nas=10.1.2.1 is the gateway of subnet 10.1.2.0/24"));
    EXPECT_THAT(with([](auto& r) { r.subnets = {{"10.1.2.0", "", ""}}; }), HasSubstr("invalid CIDR address"));
    EXPECT_THAT(with([](auto& r) { r.subnets = {{"127.9.0.0/16", "", ""}}; }), HasSubstr("subnet 127.9.0.0/16 holds loopback addresses"));
    EXPECT_THAT(with([](auto& r) { r.subnets = {{"224.1.2.0/24", "", ""}}; }), HasSubstr("holds multicast addresses"));
    EXPECT_THAT(with([](auto& r) { r.subnets = {{"ff05::/64", "", ""}}; }), HasSubstr("holds multicast addresses"));
    EXPECT_THAT(with([](auto& r) { r.options = {{"mtu", "0"}}; }), HasSubstr("mtu"));
    EXPECT_THAT(with([](auto& r) { r.options = {{"isolate", "false"}}; }), HasSubstr("always isolated"));
    EXPECT_THAT(with([](auto& r) { r.options = {{"what", "x"}}; }), HasSubstr("unsupported bridge network option what"));
    EXPECT_THAT(with([](auto& r) { r.interface = "much-too-long-name"; }), HasSubstr("interface name"));
}

} // namespace
} // namespace skiff::engine
