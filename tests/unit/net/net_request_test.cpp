#include "net/net_request.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::net {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

HostNetworks host_with_ipv6()
{
    HostNetworks host;
    host.ipv6 = {*find_ipv6("2001:db8::5")};
    return host;
}

TEST(NetRequest, FollowsTheHostWithoutOptions)
{
    const NetRequest request = make_net_request({}, host_with_ipv6(), parse_resolv_conf("nameserver 127.0.0.53\n"));

    EXPECT_EQ(to_text(request.subnet), "10.0.2.0/24");
    EXPECT_TRUE(request.subnet6);
    EXPECT_EQ(request.mtu, 65520U);
    EXPECT_FALSE(request.allow_host_loopback);
    EXPECT_THAT(request.name_servers_inside(), ElementsAre("10.0.2.3"));
    EXPECT_FALSE(make_net_request({}, {}, {}).subnet6) << "the host has no IPv6 address";
}

TEST(NetRequest, NamesTheIpv6ServerWhereTheHostHasOne)
{
    const auto inside = [](const std::string& conf) {
        return make_net_request({}, host_with_ipv6(), parse_resolv_conf(conf)).name_servers_inside();
    };
    EXPECT_THAT(inside("nameserver 2001:db8::1\n"), ElementsAre("fd00::3"));
    EXPECT_THAT(inside("nameserver 2001:db8::1\nnameserver 192.0.2.1\n"), ElementsAre("10.0.2.3", "fd00::3"));
}

TEST(NetRequest, ReadsTheOptionsOfSlirp4netns)
{
    const NetRequest request = make_net_request({{"cidr", "10.99.0.0/16"},
                                                 {"mtu", "1500"},
                                                 {"enable_ipv6", "false"},
                                                 {"allow_host_loopback", "true"},
                                                 {"outbound_addr", "192.0.2.7"},
                                                 {"port_handler", "rootlesskit"}},
                                                host_with_ipv6(), {});

    EXPECT_EQ(to_text(request.addresses().container), "10.99.0.100");
    EXPECT_EQ(request.mtu, 1500U);
    EXPECT_FALSE(request.subnet6);
    EXPECT_TRUE(request.allow_host_loopback);
    EXPECT_EQ(request.outbound_address, "192.0.2.7");
}

TEST(NetRequest, NamesAWrongOption)
{
    const auto fails = [](const std::string& name, const std::string& value, const std::string& message) {
        EXPECT_THAT([&] { (void)make_net_request({{name, value}}, {}, {}); }, ThrowsMessage<Error>(message));
    };
    fails("cidr", "x", "invalid cidr \"x\"");
    fails("mtu", "12", "invalid mtu \"12\"");
    fails("enable_ipv6", "maybe", "invalid value of enable_ipv6 for slirp4netns: \"maybe\"");
    fails("nope", "1", "unknown option for slirp4netns: \"nope\"");
}

TEST(NetRequest, SurvivesTheWayToTheNetProcess)
{
    NetRequest request = make_net_request({{"cidr", "10.99.0.0/24"}}, host_with_ipv6(), parse_resolv_conf("nameserver 1.2.3.4\n"));
    PortMapping port;
    port.host_ip = "127.0.0.1";
    port.host_port = 8080;
    port.container_port = 80;
    port.range = 2;
    request.ports = {port};

    const NetRequest read = parse_net_request(serialize(request));

    EXPECT_EQ(serialize(read), serialize(request));
    EXPECT_EQ(read.ports, request.ports);
    EXPECT_EQ(read.subnet, request.subnet);
}

TEST(NetRequest, FailureComesBackAsTheErrorItWas)
{
    const NetFailed failed{static_cast<int>(ErrorKind::NotExecutable), EADDRINUSE, "listen tcp", "try another"};
    try {
        (void)parse_net_answer(serialize(failed));
        FAIL() << "no error";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::NotExecutable);
        EXPECT_EQ(error.errno_value(), EADDRINUSE);
        EXPECT_EQ(error.message(), "listen tcp");
        EXPECT_EQ(error.hint(), "try another");
    }
    EXPECT_THROW((void)parse_net_answer("nonsense"), Error);
}

} // namespace
} // namespace skiff::net
