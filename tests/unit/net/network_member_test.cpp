#include "net/network_member.hpp"

#include "base/file.hpp"
#include "base/process.hpp"
#include "net/dns_message.hpp"
#include "net/listen_socket.hpp"
#include "net/tap.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace skiff::net {
namespace {

constexpr int no_namespaces = 77;

/// In namespaces of its own, where this process is the monitor of all members and their container, too.
int run_inside(const std::function<void(const std::string& directory)>& body)
{
    const TempDir directory{::testing::TempDir(), "skiff-network-"};
    const std::string uid_map = cat("0 ", ::geteuid(), " 1");
    const std::string gid_map = cat("0 ", ::getegid(), " 1");
    const pid_t child = ::fork();
    if (child == 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 || ::access("/dev/net/tun", R_OK | W_OK) != 0)
            ::_exit(no_namespaces);
        try {
            write_virtual_file(AT_FDCWD, "/proc/self/uid_map", uid_map);
            write_virtual_file(AT_FDCWD, "/proc/self/setgroups", "deny");
            write_virtual_file(AT_FDCWD, "/proc/self/gid_map", gid_map);
            body(directory.path());
            ::_exit(::testing::Test::HasFailure() ? 1 : 0);
        } catch (const Error& error) {
            std::fprintf(stderr, "inside: %s\n", error.what());
        }
        ::_exit(2);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

#define SKIP_OR_EXPECT(outcome)                                                                                         \
    const int finished = (outcome);                                                                                     \
    if (finished == no_namespaces)                                                                                      \
        GTEST_SKIP() << "this machine allows no user and network namespaces, or has no /dev/net/tun";                   \
    EXPECT_EQ(finished, 0)

Network shop()
{
    Network network;
    network.name = "shop";
    network.interface = "shop0";
    network.subnets = {{"10.201.7.0/24", "10.201.7.1", "", ""}};
    return network;
}

MemberRequest member(const std::string& id, const std::vector<std::string>& addresses = {})
{
    MemberRequest request;
    request.id = id;
    request.names = {"name-of-" + id};
    request.addresses = addresses;
    return request;
}

NetworkCable cable_for(const NetworkMember& joined)
{
    NetworkCable cable;
    cable.bridge = "shop0";
    cable.end = "veth1";
    cable.name = "eth0";
    cable.mtu = 1500;
    cable.addresses = joined.addresses();
    return cable;
}

/// A question for an IPv4 address.
DnsBytes make_query(const std::vector<std::string>& labels)
{
    DnsBytes query{0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    for (const std::string& label : labels) {
        query.push_back(static_cast<std::uint8_t>(label.size()));
        query.insert(query.end(), label.begin(), label.end());
    }
    for (const std::uint8_t byte : std::array<std::uint8_t, 5>{0, 0, 1, 0, 1})
        query.push_back(byte);
    return query;
}

/// The answer of the network's name service; waits 5 seconds for it.
DnsBytes ask(const std::string& name)
{
    const DnsBytes query = make_query({name});
    const HostEndpoint server = make_endpoint("10.201.7.1", 53);
    const UniqueFd fd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    (void)!::sendto(fd.get(), query.data(), query.size(), 0, server.get(), server.size);
    pollfd readable{fd.get(), POLLIN, 0};
    DnsBytes answer(512);
    const ssize_t got = ::poll(&readable, 1, 5000) > 0 ? ::recv(fd.get(), answer.data(), answer.size(), 0) : 0;
    answer.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return answer;
}

TEST(NetworkMember, GetsAnAddressACableAndAName)
{
    SKIP_OR_EXPECT(run_inside([](const std::string& directory) {
        const NetworkMember first = NetworkMember::join(directory, shop(), member("a"));
        const NetworkMember second = NetworkMember::join(directory, shop(), member("b"));
        EXPECT_TRUE(first.started());
        EXPECT_FALSE(second.started());
        EXPECT_EQ(first.addresses().at(0).address, "10.201.7.2");
        EXPECT_EQ(second.addresses().at(0).address, "10.201.7.3");

        const UniqueFd here = open_at(AT_FDCWD, "/proc/self/ns/net", O_RDONLY);
        EXPECT_EQ(plug_in(second.hub_namespace(), here.get(), cable_for(second)).size(), 17U);
        EXPECT_NE(::if_nametoindex("eth0"), 0U);
        const DnsBytes known = ask("name-of-a");
        EXPECT_EQ(find_dns_code(known), DnsCode::Success);
        EXPECT_GT(known.size(), 4U);
        EXPECT_EQ(find_dns_code(ask("nobody")), DnsCode::NoSuchName);

        EXPECT_TRUE(unplug(here.get(), "eth0"));
        EXPECT_EQ(::if_nametoindex("eth0"), 0U);
        EXPECT_FALSE(unplug(here.get(), "eth0"));
    }));
}

TEST(NetworkMember, IsTheOnlyOneWithItsAddress)
{
    SKIP_OR_EXPECT(run_inside([](const std::string& directory) {
        NetworkMember first = NetworkMember::join(directory, shop(), member("a", {"10.201.7.9"}));
        EXPECT_THROW(NetworkMember::join(directory, shop(), member("b", {"10.201.7.9"})), Error);
        const NetworkMember other = NetworkMember::join(directory, shop(), member("c"));

        first.leave();

        EXPECT_EQ(NetworkMember::join(directory, shop(), member("b", {"10.201.7.9"})).addresses().at(0).address, "10.201.7.9");
    }));
}

TEST(NetworkMember, EndsTheProcessWhenItWasTheLast)
{
    SKIP_OR_EXPECT(run_inside([](const std::string& directory) {
        NetworkMember only = NetworkMember::join(directory, shop(), member("a"));
        const auto process = Pidfd::find(*only.started());
        ASSERT_TRUE(process);

        only.leave();

        EXPECT_TRUE(process->wait_for_end(10'000));
        const NetworkMember next = NetworkMember::join(directory, shop(), member("b"));
        EXPECT_TRUE(next.started());
    }));
}

TEST(NetworkMember, SeesTheEndOfTheProcess)
{
    SKIP_OR_EXPECT(run_inside([](const std::string& directory) {
        const NetworkMember only = NetworkMember::join(directory, shop(), member("a"));
        ::kill(*only.started(), SIGKILL);

        pollfd readable{only.fd(), POLLIN, 0};
        EXPECT_EQ(::poll(&readable, 1, 10'000), 1);
    }));
}

TEST(NetworkMember, StaysWhenTheProcessHasNoDescriptorForTheNextOne)
{
    SKIP_OR_EXPECT(run_inside([](const std::string& directory) {
        const NetworkMember first = NetworkMember::join(directory, shop(), member("a"));
        rlimit before{};
        ASSERT_EQ(::prlimit(*first.started(), RLIMIT_NOFILE, nullptr, &before), 0);
        const rlimit none{3, before.rlim_max};
        ASSERT_EQ(::prlimit(*first.started(), RLIMIT_NOFILE, &none, nullptr), 0);
        const UniqueFd dir = open_at(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
        const auto waiting = find_channel(dir.get(), network_socket);
        ASSERT_TRUE(waiting);

        pollfd ended{first.fd(), POLLIN, 0};
        EXPECT_EQ(::poll(&ended, 1, 500), 0);

        ASSERT_EQ(::prlimit(*first.started(), RLIMIT_NOFILE, &before, nullptr), 0);
        EXPECT_FALSE(NetworkMember::join(directory, shop(), member("b")).started());
    }));
}

TEST(NetworkMember, ResolvesNeighboursHoweverMuchAnotherAsksOutside)
{
    SKIP_OR_EXPECT(run_inside([](const std::string& directory) {
        ASSERT_EQ(configure_loopback(), 0);
        const HostEndpoint outside = make_endpoint("127.0.0.1", 53);
        const UniqueFd silent{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)}; // a name server that never answers
        ASSERT_EQ(::bind(silent.get(), outside.get(), outside.size), 0);
        Network network = shop();
        network.dns_servers = {"127.0.0.1"};
        const NetworkMember only = NetworkMember::join(directory, network, member("a"));
        const UniqueFd here = open_at(AT_FDCWD, "/proc/self/ns/net", O_RDONLY);
        plug_in(only.hub_namespace(), here.get(), cable_for(only));

        const HostEndpoint server = make_endpoint("10.201.7.1", 53);
        const UniqueFd flood{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        for (int i = 0; i < 700; ++i) {
            const DnsBytes query = make_query({cat("evil", i), "example"});
            (void)!::sendto(flood.get(), query.data(), query.size(), 0, server.get(), server.size);
            if (i % 20 == 19)
                ::usleep(2000); // what comes faster than it is read is lost
        }
        const auto began = std::chrono::steady_clock::now();
        EXPECT_EQ(find_dns_code(ask("name-of-a")), DnsCode::Success);
        EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{1});

        DnsBytes refused(512);
        refused.resize(static_cast<std::size_t>(std::max<ssize_t>(::recv(flood.get(), refused.data(), refused.size(), MSG_DONTWAIT), 0)));
        EXPECT_EQ(find_dns_code(refused), DnsCode::ServerFailure);
    }));
}

TEST(NetworkMember, IsToldThatAnInternalNetworkPublishesNothing)
{
    SKIP_OR_EXPECT(run_inside([](const std::string& directory) {
        Network internal = shop();
        internal.internal = true;
        MemberRequest request = member("a");
        request.ports = {{"", 40000, 80, 1, "tcp"}};
        EXPECT_THROW(NetworkMember::join(directory, internal, request), Error);
    }));
}

} // namespace
} // namespace skiff::net
