#include "net/resolv_conf.hpp"

#include <gtest/gtest.h>

namespace skiff::net {
namespace {

TEST(ResolvConf, ReadsServersSearchAndOptions)
{
    const ResolvConf conf = parse_resolv_conf("# made by hand\n; too\ndomain old.lan\nsearch a.lan b.lan\n"
                                              "nameserver 192.0.2.1 # ours\nnameserver fe80::1%eth0\nnameserver 192.0.2.1\n"
                                              "options ndots:2 edns0\nsortlist x\nnameserver\n");

    EXPECT_EQ(conf.name_servers, (std::vector<std::string>{"192.0.2.1", "fe80::1%eth0"}));
    EXPECT_EQ(conf.search, (std::vector<std::string>{"a.lan", "b.lan"}));
    EXPECT_EQ(conf.options, (std::vector<std::string>{"ndots:2", "edns0"}));
}

TEST(ResolvConf, KnowsLoopbackServers)
{
    for (const char* address : {"127.0.0.1", "127.0.0.53", "::1", "::1%lo", "::ffff:127.0.0.1"})
        EXPECT_TRUE(is_loopback_server(address)) << address;
    for (const char* address : {"192.0.2.1", "fd00::1", "", "nonsense"})
        EXPECT_FALSE(is_loopback_server(address)) << address;
}

TEST(ResolvConf, AsksTheNetworksServerFirstAndDropsTheHostsLoopback)
{
    ResolvRequest request;
    request.host = parse_resolv_conf("search lan\nnameserver 127.0.0.1\nnameserver 192.0.2.1\noptions edns0\n");
    request.network_servers = {"10.0.2.3"};

    EXPECT_EQ(to_text(make_resolv_conf(request)), "search lan\nnameserver 10.0.2.3\nnameserver 192.0.2.1\noptions edns0\n");
}

TEST(ResolvConf, IsTheHostsInTheHostsNetwork)
{
    ResolvRequest request;
    request.host = parse_resolv_conf("nameserver 127.0.0.53\n");
    request.host_network = true;

    EXPECT_EQ(to_text(make_resolv_conf(request)), "nameserver 127.0.0.53\n");
}

TEST(ResolvConf, ObeysTheCommandLine)
{
    ResolvRequest request;
    request.host = parse_resolv_conf("search lan\nnameserver 192.0.2.1\noptions edns0\n");
    request.network_servers = {"10.0.2.3"};
    request.dns = {"1.2.3.4"};
    request.dns_search = {"."};
    request.dns_options = {"ndots:1"};

    EXPECT_EQ(to_text(make_resolv_conf(request)), "nameserver 1.2.3.4\noptions ndots:1\n");
}

} // namespace
} // namespace skiff::net
