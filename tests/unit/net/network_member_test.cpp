#include "net/network_member.hpp"

#include "base/file.hpp"
#include "base/process.hpp"
#include "net/dns_message.hpp"
#include "net/listen_socket.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <functional>
#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
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

/// The answer of the network's name service to a question for an IPv4 address.
DnsBytes ask(const std::string& name)
{
    DnsBytes query{0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(name.size())};
    query.insert(query.end(), name.begin(), name.end());
    for (const std::uint8_t byte : std::array<std::uint8_t, 5>{0, 0, 1, 0, 1})
        query.push_back(byte);
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
