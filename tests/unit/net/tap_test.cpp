#include "net/tap.hpp"

#include "base/file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sched.h>
#include <set>
#include <sys/wait.h>

namespace skiff::net {
namespace {

constexpr int skipped = 77;

/// Runs `body` in a child with its own user and network namespaces: 0 is success, 77 that the machine refuses these.
template <typename Body>
int in_network_namespace(Body body)
{
    const pid_t child = ::fork();
    if (child == 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 || ::access("/dev/net/tun", R_OK | W_OK) != 0)
            ::_exit(skipped);
        ::_exit(body());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

std::set<std::string> addresses_of(const char* name)
{
    std::set<std::string> found;
    ifaddrs* list = nullptr;
    ::getifaddrs(&list);
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || std::string{entry->ifa_name} != name || (entry->ifa_flags & IFF_UP) == 0)
            continue;
        if (entry->ifa_addr->sa_family == AF_INET)
            found.insert(to_text(reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr));
        if (entry->ifa_addr->sa_family == AF_INET6)
            found.insert(to_text(reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr));
    }
    ::freeifaddrs(list);
    return found;
}

TEST(Tap, IsConfiguredInsideTheNamespace)
{
    const int outcome = in_network_namespace([] {
        TapPlan plan;
        plan.addresses = make_addresses(Subnet{}, find_ipv6("fd00::"));
        const int tap = configure_network(plan);
        if (tap < 0)
            return 2;
        if (!addresses_of("lo").contains("127.0.0.1"))
            return 3;
        const bool has_ipv6 = ::access("/proc/net/if_inet6", R_OK) == 0;
        const auto expected = has_ipv6 ? std::set<std::string>{"10.0.2.100", "fd00::100"} : std::set<std::string>{"10.0.2.100"};
        if (addresses_of("tap0") != expected)
            return 4;
        if (read_file(AT_FDCWD, "/proc/net/route").find("\t00000000\t0202000A\t") == std::string::npos)
            return 5;
        return 0;
    });

    if (outcome == skipped)
        GTEST_SKIP() << "this machine allows no user and network namespaces, or has no /dev/net/tun";
    EXPECT_EQ(outcome, 0);
}

TEST(Tap, LoopbackAloneComesUp)
{
    const int outcome = in_network_namespace(
        [] { return configure_loopback() == 0 && addresses_of("lo").contains("127.0.0.1") ? 0 : 1; });

    if (outcome == skipped)
        GTEST_SKIP() << "this machine allows no user and network namespaces";
    EXPECT_EQ(outcome, 0);
}

TEST(Tap, RefusalsKeepErrno)
{
    const int outcome = in_network_namespace([] {
        TapPlan plan;
        plan.mtu = 10; // less than any interface may have
        return configure_network(plan) == -1 && errno == EINVAL ? 0 : 1;
    });

    if (outcome == skipped)
        GTEST_SKIP() << "this machine allows no user and network namespaces, or has no /dev/net/tun";
    EXPECT_EQ(outcome, 0);
}

} // namespace
} // namespace skiff::net
