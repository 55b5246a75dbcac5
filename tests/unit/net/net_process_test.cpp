#include "net/net_process.hpp"

#include "base/file.hpp"
#include "net/listen_socket.hpp"
#include "frames.hpp"
#include "net_box.hpp"

#include <array>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <random>
#include <sys/socket.h>

namespace skiff::net {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

#define SKIP_OR_EXPECT(outcome)                                                                                         \
    const int finished = (outcome);                                                                                     \
    if (finished == 77)                                                                                                 \
        GTEST_SKIP() << "this machine allows no user and network namespaces, or has no /dev/net/tun";                   \
    EXPECT_EQ(finished, 0)

NetRequest plain_request()
{
    NetRequest request;
    request.subnet6 = find_ipv6("fd00:0:0:5::");
    return request;
}

UniqueFd open_socket(int family, int type)
{
    UniqueFd fd{::socket(family, type | SOCK_CLOEXEC, 0)};
    if (!fd)
        throw Error{errno, "socket"};
    const timeval limit{5, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

UniqueFd listen_on(const HostEndpoint& endpoint, int type = SOCK_STREAM)
{
    UniqueFd fd = open_socket(endpoint.family(), type);
    const int on = 1;
    if (endpoint.family() == AF_INET6)
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (::bind(fd.get(), endpoint.get(), endpoint.size) != 0 || (type == SOCK_STREAM && ::listen(fd.get(), 10) != 0))
        throw Error{errno, cat("listening on ", to_text(endpoint))};
    return fd;
}

UniqueFd connect_to(const HostEndpoint& endpoint, int type = SOCK_STREAM)
{
    UniqueFd fd = open_socket(endpoint.family(), type);
    if (::connect(fd.get(), endpoint.get(), endpoint.size) != 0)
        throw Error{errno, cat("connecting to ", to_text(endpoint))};
    return fd;
}

int connect_errno(const HostEndpoint& endpoint)
{
    try {
        const UniqueFd fd = connect_to(endpoint);
        return 0;
    } catch (const Error& error) {
        return error.errno_value();
    }
}

std::string receive_text(int fd)
{
    std::array<char, 1024> buffer{};
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string{};
}

void send_text(int fd, const std::string& text) { (void)!::send(fd, text.data(), text.size(), MSG_NOSIGNAL); }

/// A free port of the host at the moment.
std::uint16_t free_port(int type = SOCK_STREAM)
{
    const UniqueFd fd = listen_on(make_endpoint("0.0.0.0", 0), type);
    return bound_port(fd.get());
}

PortMapping published(std::uint16_t host_port, std::uint16_t container_port, const std::string& protocol = "tcp",
                      const std::string& host_ip = {})
{
    PortMapping port;
    port.host_ip = host_ip;
    port.host_port = host_port;
    port.container_port = container_port;
    port.protocol = protocol;
    return port;
}

TEST(NetProcess, LetsTheContainerOutByTcp)
{
    NetRequest request = plain_request();
    request.allow_host_loopback = true;
    const UniqueFd server = listen_on(make_endpoint("127.0.0.1", 0));
    const std::uint16_t port = bound_port(server.get());

    NetBox box{request};
    box.start([&](Channel&) {
        const UniqueFd client = connect_to(make_endpoint("10.0.2.2", port));
        send_text(client.get(), "hello");
        return receive_text(client.get()) == "HELLO" ? 0 : 1;
    });
    if (box.channel()) {
        const UniqueFd peer{::accept(server.get(), nullptr, nullptr)};
        EXPECT_EQ(receive_text(peer.get()), "hello");
        send_text(peer.get(), "HELLO");
    }
    SKIP_OR_EXPECT(box.finish());
}

TEST(NetProcess, LetsTheContainerOutByUdpAndIpv6)
{
    NetRequest request = plain_request();
    request.allow_host_loopback = true;
    const UniqueFd udp = listen_on(make_endpoint("127.0.0.1", 0), SOCK_DGRAM);
    const std::uint16_t udp_port = bound_port(udp.get());
    const UniqueFd tcp6 = listen_on(make_endpoint("::1", 0));
    const std::uint16_t tcp6_port = bound_port(tcp6.get());

    NetBox box{request};
    box.start([&](Channel&) {
        const UniqueFd client = connect_to(make_endpoint("10.0.2.2", udp_port), SOCK_DGRAM);
        send_text(client.get(), "ping");
        if (receive_text(client.get()) != "pong")
            return 1;
        const UniqueFd client6 = connect_to(make_endpoint("fd00:0:0:5::2", tcp6_port));
        return receive_text(client6.get()) == "six" ? 0 : 2;
    });
    if (box.channel()) {
        std::array<char, 16> buffer{};
        HostEndpoint from;
        from.size = sizeof from.address;
        EXPECT_EQ(::recvfrom(udp.get(), buffer.data(), buffer.size(), 0, from.get(), &from.size), 4);
        ::sendto(udp.get(), "pong", 4, 0, from.get(), from.size);
        const UniqueFd peer{::accept(tcp6.get(), nullptr, nullptr)};
        send_text(peer.get(), "six");
    }
    SKIP_OR_EXPECT(box.finish());
}

TEST(NetProcess, KeepsTheContainerFromTheHostsLoopbackByDefault)
{
    const UniqueFd server = listen_on(make_endpoint("127.0.0.1", 0));
    const std::uint16_t port = bound_port(server.get());
    const UniqueFd server6 = listen_on(make_endpoint("::1", 0));
    const std::uint16_t port6 = bound_port(server6.get());

    NetBox box{plain_request()};
    box.start([&](Channel&) {
        if (connect_errno(make_endpoint("10.0.2.2", port)) == 0)
            return 1;
        if (connect_errno(make_endpoint("fd00:0:0:5::2", port6)) == 0)
            return 2;
        // Another port of the name server: libslirp would lead it to a name server on the host's loopback.
        const UniqueFd udp = connect_to(make_endpoint("10.0.2.3", port), SOCK_DGRAM);
        send_text(udp.get(), "x");
        return 0;
    });
    SKIP_OR_EXPECT(box.finish());
    pollfd waiting[] = {{server.get(), POLLIN, 0}, {server6.get(), POLLIN, 0}};
    EXPECT_EQ(::poll(waiting, 2, 0), 0) << "somebody came to the host's loopback";
}

TEST(NetProcess, AnswersPingAtTheGateway)
{
    NetBox box{plain_request()};
    box.start([&](Channel&) {
        UniqueFd fd{::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)};
        const timeval limit{5, 0};
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        icmphdr echo{};
        echo.type = ICMP_ECHO;
        echo.checksum = static_cast<std::uint16_t>(~ICMP_ECHO);
        const HostEndpoint gateway = make_endpoint("10.0.2.2", 0);
        ::sendto(fd.get(), &echo, sizeof echo, 0, gateway.get(), gateway.size);
        std::array<std::uint8_t, 256> answer{};
        return ::recv(fd.get(), answer.data(), answer.size(), 0) > 20 && answer[20] == ICMP_ECHOREPLY ? 0 : 1;
    });
    SKIP_OR_EXPECT(box.finish());
}

TEST(NetProcess, ForwardsNameServiceToTheHostsServer)
{
    // The name server's port is fixed, and this user may not bind port 53: so ask for an address of the host where nobody
    // listens, and expect the refusal that only a forwarded packet brings.
    NetRequest request = plain_request();
    request.name_servers = {"127.0.0.254"};
    NetBox box{request};
    box.start([&](Channel&) {
        return connect_errno(make_endpoint("10.0.2.3", 53)) == ECONNREFUSED ? 0 : 1;
    });
    SKIP_OR_EXPECT(box.finish());
}

TEST(NetProcess, AsksTheNewNameServersWhenTheHostsChange)
{
    UniqueFd server;
    try {
        server = listen_on(make_endpoint("127.0.0.253", 53), SOCK_DGRAM);
    } catch (const Error& error) {
        GTEST_SKIP() << error.what();
    }
    NetRequest request = plain_request();
    request.name_servers = {"127.0.0.254"};
    NetBox box{request};
    box.network().set_name_servers({"127.0.0.253"});
    box.start([&](Channel&) {
        const UniqueFd client = connect_to(make_endpoint("10.0.2.3", 53), SOCK_DGRAM);
        send_text(client.get(), "who is web?");
        return receive_text(client.get()) == "I am" ? 0 : 1;
    });
    if (box.channel()) {
        std::array<char, 64> question{};
        HostEndpoint from;
        from.size = sizeof from.address;
        EXPECT_EQ(::recvfrom(server.get(), question.data(), question.size(), 0, from.get(), &from.size), 11);
        ::sendto(server.get(), "I am", 4, 0, from.get(), from.size);
    }
    SKIP_OR_EXPECT(box.finish());
}

/// A number from the environment, for longer runs by hand and by night.
unsigned long number_from(const char* variable, unsigned long otherwise)
{
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

/// T-51: the container writes rubbish into its interface, and the net process lives on and still serves it.
/// (libslirp 4.7 dies of a few thousand fragments: see reassembler.hpp.)
TEST(NetProcess, SurvivesHostileFrames)
{
    NetRequest request = plain_request();
    request.subnet6 = find_ipv6("fd00::");
    request.allow_host_loopback = true;
    const UniqueFd server = listen_on(make_endpoint("127.0.0.1", 0));
    const std::uint16_t port = bound_port(server.get());
    const UniqueFd calm_server = listen_on(make_endpoint("127.0.0.1", 0)); // the frames fill the other one's queue
    const std::uint16_t calm_port = bound_port(calm_server.get());

    NetBox box{request};
    box.start([&](Channel&) {
        UniqueFd raw{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
        sockaddr_ll link{};
        link.sll_family = AF_PACKET;
        link.sll_protocol = htons(0x0003); // ETH_P_ALL
        link.sll_ifindex = static_cast<int>(::if_nametoindex("tap0"));
        if (::bind(raw.get(), reinterpret_cast<const sockaddr*>(&link), sizeof link) != 0)
            return 2;
        std::mt19937 random{static_cast<std::uint32_t>(number_from("SKIFF_FUZZ_SEED", 1))};
        const unsigned long frames = number_from("SKIFF_FUZZ_FRAMES", 20'000);
        const std::vector<Frame> seeds{
            make_tcp("10.0.2.2", port, 0x02), make_tcp("10.0.2.2", port, 0x30, 7), make_tcp("10.0.2.2", port, 0x11),
            make_udp("10.0.2.2", 9), make_udp("10.0.2.3", 53), make_udp("255.255.255.255", 67), make_udp("10.0.2.2", 69, "\0\1x"),
            make_ipv4(protocol_icmp, "10.0.2.2", {8, 0, 0xf7, 0xff, 0, 0, 0, 0}),
            make_ipv6(protocol_tcp, "fd00::2", tcp_segment(port)),
            make_ipv6(protocol_icmp6, "ff02::1:ff00:2", std::vector<std::uint8_t>{135, 0, 0, 0, 0, 0, 0, 0}),
            make_ipv6(protocol_icmp6, "fd00::2", std::vector<std::uint8_t>(64, 136))};
        for (unsigned long i = 0; i < frames; ++i) {
            Frame frame = seeds[random() % seeds.size()];
            if (random() % 8 == 0)
                frame.resize(frame.size() + random() % 2000, 0x5a);
            for (auto changes = random() % 6; changes > 0; --changes)
                frame[random() % frame.size()] = static_cast<std::uint8_t>(random());
            if (random() % 2 == 0) // most checksums are wrong by now; a right header goes deeper
                if (read16(frame, 12) == ethertype_ipv4) {
                    const std::span<std::uint8_t> ip = std::span{frame}.subspan(ethernet_header);
                    write16(ip, 10, 0);
                    write16(ip, 10, internet_checksum(ip.first(ipv4_header)));
                }
            (void)!::send(raw.get(), frame.data(), frame.size(), 0);
        }
        const UniqueFd client = connect_to(make_endpoint("10.0.2.2", calm_port));
        return 0;
    });
    SKIP_OR_EXPECT(box.finish());
    const auto ended = box.network().process().try_wait();
    EXPECT_FALSE(ended) << "the net process has died with " << ended->code;
}

TEST(NetProcess, PublishesTcpPortsAndKeepsTheClientsAddress)
{
    NetRequest request = plain_request();
    const std::uint16_t port = free_port();
    request.ports = {published(port, 80)};

    NetBox box{request};
    box.start([&](Channel& channel) {
        const UniqueFd server = listen_on(make_endpoint("0.0.0.0", 80));
        channel.send("listening");
        for (int i = 0; i < 2; ++i) {
            HostEndpoint from;
            from.size = sizeof from.address;
            const UniqueFd peer{::accept(server.get(), from.get(), &from.size)};
            const std::string text = to_text(from);
            send_text(peer.get(), text.substr(0, text.find(':')));
        }
        return 0;
    });
    if (box.channel()) {
        EXPECT_EQ(box.ready().ports, request.ports);
        (void)box.channel().receive();
        // 127.0.0.1 means something else inside: the host's address stands for it. IPv6 clients reach IPv4 servers.
        EXPECT_EQ(receive_text(connect_to(make_endpoint("127.0.0.1", port)).get()), "10.0.2.2");
        const int ipv6 = connect_errno(make_endpoint("::1", port));
        if (ipv6 == 0 || ipv6 == ECONNREFUSED)
            EXPECT_EQ(ipv6, 0);
        else
            (void)connect_to(make_endpoint("127.0.0.1", port)); // the second accept inside
    }
    SKIP_OR_EXPECT(box.finish());
}

TEST(NetProcess, PublishesAnIpv6AddressAlone)
{
    NetRequest request = plain_request();
    const std::uint16_t port = free_port();
    request.ports = {published(port, 80, "tcp", "::1")};

    NetBox box{request};
    box.start([&](Channel& channel) {
        const UniqueFd server = listen_on(make_endpoint("0.0.0.0", 80));
        channel.send("listening");
        const UniqueFd peer{::accept(server.get(), nullptr, nullptr)};
        send_text(peer.get(), cat("got ", receive_text(peer.get())));
        return 0;
    });
    if (box.channel()) {
        (void)box.channel().receive();
        const UniqueFd client = connect_to(make_endpoint("::1", port));
        send_text(client.get(), "it");
        EXPECT_EQ(receive_text(client.get()), "got it");
        EXPECT_EQ(connect_errno(make_endpoint("127.0.0.1", port)), ECONNREFUSED);
    }
    SKIP_OR_EXPECT(box.finish());
}

TEST(NetProcess, PublishesUdpPortsToSeveralClients)
{
    NetRequest request = plain_request();
    const std::uint16_t first = free_port(SOCK_DGRAM);
    request.ports = {published(first, 53, "udp")};

    NetBox box{request};
    box.start([&](Channel& channel) {
        const UniqueFd server = listen_on(make_endpoint("0.0.0.0", 53), SOCK_DGRAM);
        channel.send("listening");
        for (int i = 0; i < 3; ++i) {
            std::array<char, 64> buffer{};
            HostEndpoint from;
            from.size = sizeof from.address;
            const ssize_t got = ::recvfrom(server.get(), buffer.data(), buffer.size(), 0, from.get(), &from.size);
            if (got <= 0)
                return 1;
            buffer[0] = 'r';
            ::sendto(server.get(), buffer.data(), static_cast<std::size_t>(got), 0, from.get(), from.size);
        }
        return 0;
    });
    if (box.channel()) {
        (void)box.channel().receive();
        const UniqueFd one = connect_to(make_endpoint("127.0.0.1", first), SOCK_DGRAM);
        const UniqueFd two = connect_to(make_endpoint("127.0.0.1", first), SOCK_DGRAM);
        send_text(one.get(), "x1");
        send_text(two.get(), "x2");
        EXPECT_EQ(receive_text(two.get()), "r2");
        EXPECT_EQ(receive_text(one.get()), "r1");
        const bool has_ipv6 = connect_errno(make_endpoint("::1", 1)) == ECONNREFUSED;
        const UniqueFd three = connect_to(make_endpoint(has_ipv6 ? "::1" : "127.0.0.1", first), SOCK_DGRAM);
        send_text(three.get(), "x3");
        EXPECT_EQ(receive_text(three.get()), "r3");
    }
    SKIP_OR_EXPECT(box.finish());
}

TEST(NetProcess, CarriesLargeTransfersBothWays)
{
    NetRequest request = plain_request();
    const std::uint16_t port = free_port();
    request.ports = {published(port, 80)};
    constexpr std::size_t total = 8U << 20U;
    const auto send_all = [](int fd) {
        std::vector<char> data(total);
        for (std::size_t i = 0; i < total; ++i)
            data[i] = static_cast<char>(i * 7 + i / 4096);
        for (std::size_t sent = 0; sent < total;) {
            const ssize_t put = ::send(fd, data.data() + sent, total - sent, MSG_NOSIGNAL);
            if (put <= 0)
                return false;
            sent += static_cast<std::size_t>(put);
        }
        ::shutdown(fd, SHUT_WR);
        return true;
    };
    const auto receive_all = [](int fd) {
        std::vector<char> buffer(1U << 16U);
        std::size_t at = 0;
        while (true) {
            const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
            if (got <= 0)
                return at == total;
            for (ssize_t i = 0; i < got; ++i, ++at)
                if (buffer[static_cast<std::size_t>(i)] != static_cast<char>(at * 7 + at / 4096))
                    return false;
        }
    };

    NetBox box{request};
    box.start([&](Channel& channel) {
        const UniqueFd server = listen_on(make_endpoint("0.0.0.0", 80));
        channel.send("listening");
        const UniqueFd peer{::accept(server.get(), nullptr, nullptr)};
        if (!receive_all(peer.get()))
            return 1;
        return send_all(peer.get()) ? 0 : 2;
    });
    if (box.channel()) {
        (void)box.channel().receive();
        const UniqueFd client = connect_to(make_endpoint("127.0.0.1", port));
        EXPECT_TRUE(send_all(client.get()));
        EXPECT_TRUE(receive_all(client.get()));
    }
    SKIP_OR_EXPECT(box.finish());
}

TEST(NetProcess, SleepsWhenTheContainerIsGoneAndServesTheNext)
{
    NetRequest request = plain_request();
    const std::uint16_t port = free_port();
    request.ports = {published(port, 80)};
    const auto serve_once = [](Channel& channel) {
        const UniqueFd server = listen_on(make_endpoint("0.0.0.0", 80));
        channel.send("listening");
        const UniqueFd peer{::accept(server.get(), nullptr, nullptr)};
        send_text(peer.get(), "served");
        return 0;
    };

    NetBox box{request};
    for (int life = 0; life < 2; ++life) {
        box.start(serve_once);
        if (box.channel() && box.channel().receive()) {
            EXPECT_EQ(receive_text(connect_to(make_endpoint("127.0.0.1", port)).get()), "served");
        }
        const int finished = box.finish();
        if (finished == 77)
            GTEST_SKIP() << "this machine allows no user and network namespaces, or has no /dev/net/tun";
        EXPECT_EQ(finished, 0);
    }
    const std::string stat = cat("/proc/", box.network().process().pid(), "/stat");
    bool asleep = false;
    for (int attempt = 0; attempt < 100 && !asleep; ++attempt) { // namespaces die in their own time
        ::usleep(20'000);
        const std::string text = read_file(AT_FDCWD, stat);
        asleep = text.substr(text.rfind(')') + 2, 1) == "S";
    }
    EXPECT_TRUE(asleep);
}

TEST(NetProcess, ReportsABusyPortBeforeAnythingRuns)
{
    const UniqueFd busy = listen_on(make_endpoint("0.0.0.0", 0));
    const std::uint16_t port = bound_port(busy.get());
    NetRequest request = plain_request();
    request.ports = {published(port, 80)};

    NetworkProcess network = NetworkProcess::start(request, "test");

    EXPECT_THAT([&] { (void)network.wait_ready(); },
                ThrowsMessage<Error>(cat("listen tcp 0.0.0.0:", port, ": bind: address already in use")));
    EXPECT_EQ(network.process().wait().code, 1);
}

TEST(NetProcess, NamesTheRemedyForLowPorts)
{
    try {
        const UniqueFd low = open_host_socket("tcp", make_endpoint("127.0.0.253", 80));
        GTEST_SKIP() << "this user may bind low ports";
    } catch (const Error& error) {
        if (error.errno_value() != EACCES)
            GTEST_SKIP() << error.what();
    }
    NetRequest request = plain_request();
    request.ports = {published(80, 80)};

    NetworkProcess network = NetworkProcess::start(request, "test");

    EXPECT_THAT([&] { (void)network.wait_ready(); },
                ThrowsMessage<Error>(HasSubstr("cannot expose privileged port 80, you can add "
                                               "'net.ipv4.ip_unprivileged_port_start=80' to /etc/sysctl.conf")));
}

TEST(NetProcess, IsConfined)
{
    NetworkProcess network = NetworkProcess::start(plain_request(), "test");
    try {
        (void)network.wait_ready();
    } catch (const Error& error) {
        if (error.errno_value() == EPERM || error.errno_value() == ENOSPC)
            GTEST_SKIP() << error.what();
        throw;
    }
    const std::string status = read_file(AT_FDCWD, cat("/proc/", network.process().pid(), "/status"));

    EXPECT_THAT(status, HasSubstr("CapEff:\t0000000000000000"));
    EXPECT_THAT(status, HasSubstr("CapPrm:\t0000000000000000"));
    EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1"));
    EXPECT_THAT(status, HasSubstr("Seccomp:\t2"));
    const UniqueFd root = open_at(AT_FDCWD, cat("/proc/", network.process().pid(), "/root"), O_RDONLY | O_DIRECTORY);
    EXPECT_EQ(list_directory(root.get()).size(), 1U) << "only etc";
}

TEST(NetProcess, EndsWithItsMonitor)
{
    ChildProcess process;
    {
        NetworkProcess network = NetworkProcess::start(plain_request(), "test");
        process = std::move(network.process());
    }
    EXPECT_TRUE(process.pidfd().wait_for_end(5000));
    (void)process.wait();
}

} // namespace
} // namespace skiff::net
