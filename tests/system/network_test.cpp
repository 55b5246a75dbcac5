// Networks: none, host, another container's, and the private one with published ports.

#include "tests/support/box.hpp"
#include "tests/support/host_ports.hpp"

#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

namespace {

class Network : public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        if (!IsSkipped() && ::access("/dev/net/tun", R_OK | W_OK) != 0)
            GTEST_SKIP() << "no /dev/net/tun";
    }
    static std::string text(std::uint16_t port) { return std::to_string(port); }
};

TEST_F(Network, PublishesATcpPort)
{
    const std::uint16_t port = free_port();

    ASSERT_THAT(skiff("run", "-d", "--name", "web", "-p", text(port) + ":80", probe_image(), "serve", "80", "hello"), Succeeds());

    EXPECT_EQ(http_get(port), "hello");
    EXPECT_THAT(skiff("port", "web"), Prints("80/tcp -> 0.0.0.0:" + text(port)));
    EXPECT_THAT(skiff("port", "web", "80"), Prints("0.0.0.0:" + text(port)));
    EXPECT_THAT(skiff("ps", "--format", "{{.Ports}}"), Prints("0.0.0.0:" + text(port) + "->80/tcp"));
}

TEST_F(Network, PublishesAUdpPort)
{
    const std::uint16_t port = free_port();

    ASSERT_THAT(skiff("run", "-d", "-p", text(port) + ":53/udp", probe_image(), "serve-udp", "53"), Succeeds());

    EXPECT_EQ(ask_udp(port, "ping"), "ping");
}

TEST_F(Network, PublishesOnTheAddressAskedFor)
{
    const std::uint16_t port = free_port();

    ASSERT_THAT(skiff("run", "-d", "--name", "web", "-p", "127.0.0.1:" + text(port) + ":80", probe_image(), "serve", "80", "local"), Succeeds());

    EXPECT_EQ(http_get(port), "local");
    EXPECT_THAT(skiff("port", "web"), Prints("80/tcp -> 127.0.0.1:" + text(port)));
}

TEST_F(Network, ChoosesAPortWhenNoneIsGiven)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "web", "-p", "80", probe_image(), "serve", "80", "chosen"), Succeeds());

    const std::string published = skiff("port", "web", "80").line();
    ASSERT_THAT(published, MatchesRegex("0.0.0.0:[0-9]+"));
    EXPECT_EQ(http_get(static_cast<std::uint16_t>(std::stoi(published.substr(8)))), "chosen");
}

TEST_F(Network, PublishesWhatTheImageExposes)
{
    const std::string image = make_image("exposed", R"({"Entrypoint":["/bin/probe"],"ExposedPorts":{"8000/tcp":{}}})");

    ASSERT_THAT(skiff("run", "-d", "--name", "web", "-P", image, "serve", "8000", "exposed"), Succeeds());

    const std::string published = skiff("port", "web", "8000").line();
    ASSERT_THAT(published, MatchesRegex("0.0.0.0:[0-9]+"));
    EXPECT_EQ(http_get(static_cast<std::uint16_t>(std::stoi(published.substr(8)))), "exposed");
}

TEST_F(Network, WithABusyPortIsAnErrorBeforeTheCommand)
{
    const BusyPort busy;
    const std::string shared = make_directory("shared");

    const Result result = skiff("run", "-v", shared + ":/s", "-p", "127.0.0.1:" + text(busy.number()) + ":80", probe_image(), "write", "/s/ran", "x");

    EXPECT_THAT(result, FailsWith(126, "bind: address already in use"));
    EXPECT_THAT(result.err, HasSubstr(text(busy.number())));
    EXPECT_THAT(list_directory(shared), IsEmpty());
}

TEST_F(Network, RefusesPortsThatAreNone)
{
    EXPECT_THAT(skiff("run", "--rm", "-p", "80:99999", probe_image(), "pwd"), ExitsWith(125));
    EXPECT_THAT(skiff("run", "--rm", "-p", "x:80", probe_image(), "pwd"), ExitsWith(125));
}

TEST_F(Network, FreesThePortAtTheEnd)
{
    const std::uint16_t port = free_port();
    for (int round = 0; round < 2; ++round) {
        ASSERT_THAT(skiff("run", "-d", "--name", "web", "-p", text(port) + ":80", probe_image(), "serve", "80", "again"), Succeeds());
        EXPECT_EQ(http_get(port), "again");
        ASSERT_THAT(skiff("rm", "-f", "-t", "0", "web"), Succeeds());
    }
}

TEST_F(Network, NoneIsALoopbackOnly)
{
    EXPECT_THAT(skiff("run", "--rm", "--network", "none", probe_image(), "ls", "/sys/class/net"), Prints("lo"));
    EXPECT_NE(skiff("run", "--rm", "--network", "none", probe_image(), "connect", "10.0.2.2", "80").code, 0);
}

TEST_F(Network, HostIsTheHosts)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "web", "--network", "host", probe_image(), "serve", text(free_port()), "x"), Succeeds());
    const std::uint16_t port = free_port();
    ASSERT_THAT(skiff("run", "-d", "--name", "web2", "--network", "host", probe_image(), "serve", text(port), "from the host's"), Succeeds());

    EXPECT_EQ(http_get(port), "from the host's");
    EXPECT_EQ(skiff("exec", "web", "/bin/probe", "readlink", "/proc/self/ns/net").out, run({"/bin/readlink", "/proc/self/ns/net"}).out);
}

TEST_F(Network, OfAnotherContainerIsShared)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "web", probe_image(), "serve", "80", "shared"), Succeeds());
    ASSERT_TRUE(eventually([&] { return skiff("logs", "web").out == "listening\n"; }));

    EXPECT_THAT(skiff("run", "--rm", "--network", "container:web", probe_image(), "fetch", "127.0.0.1", "80"), PrintsSubstring("shared"));
    EXPECT_EQ(skiff("run", "--rm", "--network", "container:web", probe_image(), "cat", "/etc/hosts").out,
              skiff("exec", "web", "/bin/probe", "cat", "/etc/hosts").out);
    ASSERT_THAT(skiff("run", "--rm", "--network", "container:web", probe_image(), "write", "/etc/hosts", "10.9.8.7 ours\n"), Succeeds());
    EXPECT_THAT(skiff("exec", "web", "/bin/probe", "cat", "/etc/hosts"), PrintsSubstring("ours"));
    EXPECT_THAT(skiff("run", "--rm", "--network", "container:nobody", probe_image(), "pwd"), ExitsWith(125));
    EXPECT_THAT(skiff("rm", "-f", "-t", "0", "web"), Succeeds());
}

TEST_F(Network, ReachesServicesOfTheHostByName)
{
    const std::uint16_t port = free_port();
    ASSERT_THAT(skiff("run", "-d", "--name", "host", "--network", "host", probe_image(), "serve", text(port), "host service"), Succeeds());
    ASSERT_TRUE(eventually([&] { return skiff("logs", "host").out == "listening\n"; }));

    const Result hosts = skiff("run", "--rm", probe_image(), "cat", "/etc/hosts");
    const std::size_t at = hosts.out.find("\thost.containers.internal");
    ASSERT_NE(at, std::string::npos) << hosts.out;
    const std::size_t begin = hosts.out.rfind('\n', at) + 1;
    const std::string address = hosts.out.substr(begin, at - begin);

    EXPECT_THAT(skiff("run", "--rm", probe_image(), "fetch", address, text(port)), PrintsSubstring("host service"));
}

// security.md T-50
TEST_F(Network, DoesNotReachTheHostsLoopback)
{
    const std::uint16_t port = free_port();
    ASSERT_THAT(skiff("run", "-d", "--name", "host", "--network", "host", probe_image(), "serve", text(port), "private"), Succeeds());
    ASSERT_TRUE(eventually([&] { return skiff("logs", "host").out == "listening\n"; }));

    EXPECT_NE(skiff("run", "--rm", probe_image(), "fetch", "127.0.0.1", text(port)).code, 0);
    EXPECT_NE(skiff("run", "--rm", probe_image(), "fetch", "10.0.2.2", text(port)).code, 0);
}

TEST_F(Network, ByANameThatIsNotThereIsRefused)
{
    EXPECT_THAT(skiff("run", "--rm", "--network", "nosuchnet", probe_image(), "pwd"), ExitsWith(125));
}

TEST_F(Network, OfSeveralContainersDoNotMeet)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "a", probe_image(), "serve", "80", "mine"), Succeeds());

    EXPECT_NE(skiff("run", "--rm", probe_image(), "fetch", "127.0.0.1", "80").code, 0);
}

} // namespace
