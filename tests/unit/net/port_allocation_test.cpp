#include "net/port_allocation.hpp"

#include "base/error.hpp"
#include "net/listen_socket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::net {
namespace {

PortMapping mapping(std::uint16_t host_port, std::uint16_t range = 1, const std::string& ip = "127.0.0.1")
{
    PortMapping port;
    port.host_ip = ip;
    port.host_port = host_port;
    port.container_port = 80;
    port.range = range;
    return port;
}

TEST(PortAllocation, ChoosesFreePortsAndLeavesGivenOnes)
{
    std::vector<PortMapping> ports{mapping(0), mapping(8080), mapping(0, 3)};

    assign_host_ports(ports);

    EXPECT_NE(ports[0].host_port, 0);
    EXPECT_EQ(ports[1].host_port, 8080);
    EXPECT_NE(ports[2].host_port, 0);
    EXPECT_NE(ports[0].host_port, ports[2].host_port);
}

TEST(PortAllocation, RefusesTwoMappingsOfOnePort)
{
    std::vector<PortMapping> ports{mapping(8000, 10), mapping(8009, 1, "")};

    EXPECT_THAT([&] { assign_host_ports(ports); },
                testing::ThrowsMessage<Error>(testing::HasSubstr("conflicting port mappings for host port")));
}

TEST(PortAllocation, LetsOnePortBeUsedOnTwoAddressesAndProtocols)
{
    std::vector<PortMapping> ports{mapping(8000), mapping(8000, 1, "127.0.0.2"), mapping(8000)};
    ports[2].protocol = "udp";

    EXPECT_NO_THROW(assign_host_ports(ports));
}

TEST(ListenSocket, ReportsABusyPortInTheWordsOfGo)
{
    const UniqueFd first = bind_host_port(mapping(0), 0);
    const std::uint16_t port = bound_port(first.get());

    EXPECT_THAT([&] { (void)bind_host_port(mapping(port), 0); },
                testing::ThrowsMessage<Error>(cat("listen tcp 127.0.0.1:", port, ": bind: address already in use")));
}

TEST(ListenSocket, DoesNotShareUdpPorts)
{
    PortMapping port = mapping(0);
    port.protocol = "udp";
    const UniqueFd first = bind_host_port(port, 0);
    port.host_port = bound_port(first.get());

    EXPECT_THAT([&] { (void)bind_host_port(port, 0); },
                testing::ThrowsMessage<Error>(testing::HasSubstr("listen udp 127.0.0.1:")));
}

TEST(ListenSocket, WritesEndpoints)
{
    EXPECT_EQ(to_text(make_endpoint("", 80)), "0.0.0.0:80");
    EXPECT_EQ(to_text(make_endpoint("::1", 80)), "[::1]:80");
    EXPECT_THROW((void)make_endpoint("nope", 80), Error);
}

} // namespace
} // namespace skiff::net
