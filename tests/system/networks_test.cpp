// Networks by name: containers that reach each other, by name, too, and nobody else.

#include "tests/support/box.hpp"
#include "tests/support/host_ports.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

namespace {

class Networks : public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        if (!IsSkipped() && ::access("/dev/net/tun", R_OK | W_OK) != 0)
            GTEST_SKIP() << "no /dev/net/tun";
    }
    static std::string text(std::uint16_t port) { return std::to_string(port); }

    void serve(const std::string& name, const std::string& network)
    {
        ASSERT_THAT(skiff("run", "-d", "--name", name, "--network", network, probe_image(), "serve", "80", "I am " + name), Succeeds());
    }
    /// Where a running container finds the host.
    std::string host_address(const std::string& container)
    {
        const auto hosts = skiff("exec", container, "/bin/probe", "cat", "/etc/hosts");
        std::istringstream lines{hosts.out};
        for (std::string line; std::getline(lines, line);)
            if (line.find("host.containers.internal") != std::string::npos)
                return line.substr(0, line.find_first_of(" \t"));
        ADD_FAILURE() << "no host in " << hosts.out;
        return {};
    }
    /// The interfaces that default routes lead through, the best first.
    std::string default_interfaces(const std::string& container)
    {
        std::istringstream table{skiff("exec", container, "/bin/probe", "cat", "/proc/net/route").out};
        std::map<int, std::string> by_metric;
        for (std::string line; std::getline(table, line);) {
            std::istringstream fields{line};
            std::string name, destination, gateway, flags, references, use;
            int metric = 0;
            if (fields >> name >> destination >> gateway >> flags >> references >> use >> metric && destination == "00000000")
                by_metric[metric] += (by_metric[metric].empty() ? "" : "+") + name;
        }
        std::string names;
        for (const auto& [metric, name] : by_metric)
            names += (names.empty() ? "" : " ") + name;
        return names;
    }
    /// Pid of the process of a network in this box; 0 without one.
    [[nodiscard]] static pid_t network_process(const std::string& name) { return process_titled("skiff: network " + name); }
    [[nodiscard]] static pid_t process_titled(const std::string& title)
    {
        for (const std::string& entry : list_directory("/proc")) {
            if (entry.find_first_not_of("0123456789") != std::string::npos)
                continue;
            std::ifstream file{"/proc/" + entry + "/cmdline"};
            std::string line;
            std::getline(file, line);
            if (line.starts_with(title))
                return static_cast<pid_t>(std::stoi(entry));
        }
        return 0;
    }
};

TEST_F(Networks, AreCreatedListedAndRemoved)
{
    ASSERT_THAT(skiff("network", "create", "--label", "stage=test", "shop"), Prints("shop"));

    EXPECT_THAT(skiff("network", "ls", "--format", "{{.Name}} {{.Driver}}"), Prints("podman bridge\nshop bridge"));
    EXPECT_THAT(skiff("network", "ls", "-q", "--filter", "label=stage=test"), Prints("shop"));
    EXPECT_THAT(skiff("network", "inspect", "--format", "{{range .Subnets}}{{.Subnet}} {{.Gateway}}{{end}}", "shop").line(),
                MatchesRegex("10\\.[0-9]+\\.[0-9]+\\.0/24 10\\.[0-9]+\\.[0-9]+\\.1"));
    EXPECT_THAT(skiff("network", "exists", "shop"), Succeeds());
    EXPECT_THAT(skiff("network", "create", "shop"), FailsWith(125, "network already exists"));
    EXPECT_THAT(skiff("network", "rm", "shop"), Prints("shop"));
    EXPECT_THAT(skiff("network", "exists", "shop"), FailsWith(1, ""));
    EXPECT_THAT(skiff("network", "rm", "shop"), FailsWith(1, "unable to find network with name or ID shop: network not found"));
    EXPECT_THAT(skiff("network", "rm", "podman"), FailsWith(125, "default network podman cannot be removed"));
}

TEST_F(Networks, ContainersOfOneReachEachOtherByName)
{
    ASSERT_THAT(skiff("network", "create", "shop"), Succeeds());
    ASSERT_THAT(skiff("run", "-d", "--name", "web", "--network", "shop", "--network-alias", "www", "--hostname", "host-of-web.example.org", probe_image(),
                      "serve", "80", "hello"),
                Succeeds());
    const std::string id = inspect("web", "{{.Id}}");

    for (const std::string& name : {std::string{"web"}, std::string{"www"}, std::string{"host-of-web"}, std::string{"host-of-web.example.org"}, id.substr(0, 12), std::string{"WEB.dns.podman"}})
        EXPECT_THAT(skiff("run", "--rm", "--network", "shop", probe_image(), "fetch", name, "80"), PrintsSubstring("hello")) << name;
    EXPECT_THAT(skiff("run", "--rm", "--network", "shop", probe_image(), "resolve", "nobody"), FailsWith(1, ""));
    EXPECT_THAT(skiff("exec", "web", "/bin/probe", "cat", "/etc/hosts"), PrintsSubstring("\thost-of-web.example.org host-of-web web\n"));
}

TEST_F(Networks, ContainersOfDifferentOnesDoNotReachEachOther)
{
    ASSERT_THAT(skiff("network", "create", "shop"), Succeeds());
    ASSERT_THAT(skiff("network", "create", "other"), Succeeds());
    ASSERT_NO_FATAL_FAILURE(serve("web", "shop"));
    const std::string address = inspect("web", "{{.NetworkSettings.Networks.shop.IPAddress}}");

    EXPECT_THAT(skiff("run", "--rm", "--network", "shop", probe_image(), "fetch", address, "80"), PrintsSubstring("I am web"));
    // That address may well be somebody outside.
    EXPECT_THAT(skiff("run", "--rm", "--network", "other", probe_image(), "fetch", address, "80").out, Not(HasSubstr("I am web")));
    EXPECT_THAT(skiff("run", "--rm", "--network", "other", probe_image(), "resolve", "web"), FailsWith(1, ""));
}

TEST_F(Networks, PublishPorts)
{
    const std::uint16_t port = free_port();
    const std::uint16_t udp_port = free_port();
    ASSERT_THAT(skiff("network", "create", "shop"), Succeeds());

    ASSERT_THAT(skiff("run", "-d", "--name", "web", "--network", "shop", "-p", text(port) + ":80", probe_image(), "serve", "80", "hello"), Succeeds());
    ASSERT_THAT(skiff("run", "-d", "--network", "shop", "-p", text(udp_port) + ":53/udp", probe_image(), "serve-udp", "53"), Succeeds());

    EXPECT_EQ(http_get(port), "hello");
    EXPECT_EQ(ask_udp(udp_port, "ping"), "ping");
    EXPECT_THAT(skiff("run", "--network", "shop", "-p", text(port) + ":80", probe_image(), "true"), FailsWith(126, "address already in use"));
    EXPECT_THAT(skiff("rm", "-f", "-t", "0", "web"), Succeeds());
    EXPECT_THAT(skiff("run", "-d", "--network", "shop", "-p", text(port) + ":80", probe_image(), "serve", "80", "next"), Succeeds());
    EXPECT_EQ(http_get(port), "next");
}

TEST_F(Networks, ReachTheHostUnlessTheyAreInternal)
{
    const std::uint16_t port = free_port();
    ASSERT_THAT(skiff("run", "-d", "-p", text(port) + ":80", probe_image(), "serve", "80", "outside"), Succeeds());
    ASSERT_THAT(skiff("network", "create", "shop"), Succeeds());
    ASSERT_THAT(skiff("network", "create", "--internal", "vault"), Succeeds());
    const std::string host = "host.containers.internal";

    ASSERT_THAT(skiff("run", "-d", "--name", "inside", "--network", "shop", probe_image(), "forever"), Succeeds());
    const std::string address = host_address("inside");

    EXPECT_THAT(skiff("exec", "inside", "/bin/probe", "fetch", address, text(port)), PrintsSubstring("outside"));
    EXPECT_THAT(skiff("run", "--rm", "--network", "vault", probe_image(), "fetch", address, text(port)), FailsWith(1, "connecting"));
    EXPECT_THAT(skiff("run", "--rm", "--network", "vault", probe_image(), "cat", "/etc/hosts").out, Not(HasSubstr(host)));
}

TEST_F(Networks, LeaveEverybodyConnectionsWhenOneHasMany)
{
    constexpr rlim_t few = 512; // descriptors of the network's process, which comes from the first container's start
    const SilentServer server;
    ASSERT_THAT(skiff("network", "create", "shop"), Succeeds());
    RunOptions with_few;
    with_few.in_child = [] {
        const rlimit limit{few, few};
        ::setrlimit(RLIMIT_NOFILE, &limit);
    };
    ASSERT_THAT(run({program(), "run", "-d", "--name", "near", "--network", "shop", probe_image(), "forever"}, with_few), Succeeds());
    const std::string host = host_address("near");

    ASSERT_THAT(skiff("run", "-d", "--name", "greedy", "--network", "shop", probe_image(), "hold", host, text(server.port()), "600", "then", "forever"), Succeeds());
    ASSERT_TRUE(eventually([&] { return skiff("logs", "greedy").out.find("ready") != std::string::npos; }));

    EXPECT_THAT(skiff("logs", "greedy"), PrintsSubstring("holding 77")) << "of a quarter of the descriptors";
    EXPECT_THAT(skiff("exec", "near", "/bin/probe", "hold", host, text(server.port()), "5"), Prints("holding 5"));
}

TEST_F(Networks, SurviveThousandsOfConnections)
{
    const std::string shop = "shop" + std::to_string(::getpid());
    const SilentServer servers[2];
    ASSERT_THAT(skiff("network", "create", shop), Succeeds());
    ASSERT_THAT(skiff("run", "-d", "--name", "near", "--network", shop, probe_image(), "forever"), Succeeds());
    const std::string host = host_address("near");
    const pid_t process = network_process(shop);
    ASSERT_GT(process, 0);

    for (const SilentServer& server : servers)
        for (const char* name : {"one", "two"})
            ASSERT_THAT(skiff("run", "-d", "--name", name + text(server.port()), "--ulimit", "nofile=4000:4000", "--network", shop, probe_image(), "hold",
                              host, text(server.port()), "1900", "then", "forever"),
                        Succeeds());
    for (const SilentServer& server : servers)
        for (const char* name : {"one", "two"})
            ASSERT_TRUE(eventually([&] { return skiff("logs", name + text(server.port())).out.find("ready") != std::string::npos; }));

    EXPECT_EQ(network_process(shop), process) << "it ended for want of memory";
    EXPECT_THAT(skiff("exec", "near", "/bin/probe", "hold", host, text(servers[0].port()), "5"), Prints("holding 5"));
}

TEST_F(Networks, GiveFixedAddressesNamesAndInterfaces)
{
    ASSERT_THAT(skiff("network", "create", "--subnet", "10.211.7.0/24", "--subnet", "fd12:3456::/64", "shop"), Succeeds());

    EXPECT_THAT(skiff("run", "--rm", "--network", "shop:ip=10.211.7.9,ip6=fd12:3456::9,mac=02:00:00:00:00:99,interface_name=lan0", probe_image(), "cat",
                      "/proc/net/if_inet6", "/sys/class/net/lan0/address").out,
                (AllOf(HasSubstr("fd123456000000000000000000000009"), HasSubstr("lan0"), HasSubstr("02:00:00:00:00:99"))));
    ASSERT_THAT(skiff("run", "-d", "--name", "fixed", "--network", "shop", "--ip", "10.211.7.9", probe_image(), "forever"), Succeeds());
    EXPECT_EQ(inspect("fixed", "{{.NetworkSettings.Networks.shop.IPAddress}}"), "10.211.7.9");
    EXPECT_THAT(skiff("run", "--rm", "--network", "shop", "--ip", "10.211.7.9", probe_image(), "true"), FailsWith(126, "already allocated to container ID"));
    EXPECT_THAT(skiff("run", "--rm", "--network", "shop", "--ip", "10.9.9.9", probe_image(), "true"), FailsWith(125, "not in any subnet on network shop"));
    EXPECT_THAT(skiff("run", "--rm", "--network", "shop", probe_image(), "resolve", "fixed", "6").line(), MatchesRegex("fd12:3456::.*"));
}

TEST_F(Networks, ConnectAndDisconnectARunningContainer)
{
    ASSERT_THAT(skiff("network", "create", "shop"), Succeeds());
    ASSERT_THAT(skiff("network", "create", "back"), Succeeds());
    ASSERT_NO_FATAL_FAILURE(serve("web", "shop"));
    ASSERT_NO_FATAL_FAILURE(serve("db", "back"));
    EXPECT_THAT(skiff("exec", "web", "/bin/probe", "resolve", "db"), FailsWith(1, ""));

    ASSERT_THAT(skiff("network", "connect", "--alias", "front", "back", "web"), Succeeds());

    EXPECT_THAT(skiff("exec", "web", "/bin/probe", "fetch", "db", "80"), PrintsSubstring("I am db"));
    EXPECT_THAT(skiff("exec", "db", "/bin/probe", "fetch", "front", "80"), PrintsSubstring("I am web"));
    EXPECT_THAT(skiff("ps", "--filter", "network=back", "--format", "{{.Names}} {{.Networks}}").out, AllOf(HasSubstr("web shop,back"), HasSubstr("db back")));
    EXPECT_THAT(skiff("network", "connect", "back", "web"), FailsWith(125, "network is already connected"));

    ASSERT_THAT(skiff("network", "disconnect", "back", "web"), Succeeds());

    EXPECT_THAT(skiff("exec", "web", "/bin/probe", "resolve", "db"), FailsWith(1, ""));
    EXPECT_THAT(skiff("exec", "db", "/bin/probe", "resolve", "front"), FailsWith(1, ""));
    EXPECT_THAT(skiff("network", "rm", "back"), FailsWith(2, "network is being used"));
}

TEST_F(Networks, PortsMoveToAnotherNetworkWhenTheirsIsDisconnected)
{
    const std::uint16_t port = free_port();
    ASSERT_THAT(skiff("network", "create", "one"), Succeeds());
    ASSERT_THAT(skiff("network", "create", "two"), Succeeds());
    ASSERT_THAT(skiff("run", "-d", "--name", "web", "--network", "one", "-p", text(port) + ":80", probe_image(), "serve", "80", "hello"), Succeeds());
    ASSERT_THAT(skiff("network", "connect", "two", "web"), Succeeds());

    ASSERT_THAT(skiff("network", "disconnect", "one", "web"), Succeeds());

    EXPECT_EQ(http_get(port), "hello");
}

TEST_F(Networks, TheOneWithTheHighestPriorityLeadsOutAndHasThePorts)
{
    const std::uint16_t port = free_port();
    for (const char* name : {"one", "two", "three"})
        ASSERT_THAT(skiff("network", "create", name), Succeeds());

    ASSERT_THAT(skiff("run", "-d", "--name", "web", "--network", "one", "--network", "two:gw-priority=5", "-p", text(port) + ":80", probe_image(), "serve",
                      "80", "hello"),
                Succeeds());
    EXPECT_EQ(default_interfaces("web"), "eth1 eth0");
    EXPECT_EQ(http_get(port), "hello");

    ASSERT_THAT(skiff("network", "connect", "--gw-priority", "9", "three", "web"), Succeeds());
    EXPECT_EQ(default_interfaces("web"), "eth2 eth1 eth0");
    EXPECT_EQ(http_get(port), "hello");

    ASSERT_THAT(skiff("network", "disconnect", "two", "web"), Succeeds());
    ASSERT_THAT(skiff("network", "connect", "--gw-priority", "-1", "two", "web"), Succeeds());
    EXPECT_EQ(default_interfaces("web"), "eth2 eth0 eth1");
    ASSERT_THAT(skiff("network", "disconnect", "three", "web"), Succeeds());
    EXPECT_EQ(default_interfaces("web"), "eth0 eth1");
    EXPECT_EQ(http_get(port), "hello");

    EXPECT_THAT(skiff("run", "--network", "one:gw-priority=much", probe_image(), "true"), FailsWith(125, "gw_priority 'much' is not a whole number"));
}

TEST_F(Networks, ReconnectingLeavesOneDefaultRouteForEach)
{
    for (const char* name : {"one", "two", "three"})
        ASSERT_THAT(skiff("network", "create", name), Succeeds());
    ASSERT_THAT(skiff("run", "-d", "--name", "web", "--network", "one", "--network", "two", probe_image(), "forever"), Succeeds());

    ASSERT_THAT(skiff("network", "disconnect", "one", "web"), Succeeds());
    ASSERT_THAT(skiff("network", "connect", "three", "web"), Succeeds());

    EXPECT_EQ(default_interfaces("web"), "eth1 eth0");
}

TEST_F(Networks, BearManyCommandsAtOnce)
{
    const std::uint16_t port = free_port();
    const std::vector<std::string> networks{"one", "two", "three"};
    const std::vector<std::string> containers{"a", "b"};
    for (const std::string& name : networks)
        ASSERT_THAT(skiff("network", "create", name), Succeeds());
    ASSERT_THAT(skiff("network", "create", "base"), Succeeds());
    ASSERT_THAT(skiff("run", "-d", "--name", "a", "--network", "base", "-p", text(port) + ":80", probe_image(), "serve", "80", "I am a"), Succeeds());
    ASSERT_NO_FATAL_FAILURE(serve("b", "base"));

    for (int round = 0; round < 3; ++round)
        for (const char* verb : {"connect", "disconnect"}) {
            std::vector<Running> commands;
            for (const std::string& network : networks)
                for (const std::string& container : containers)
                    commands.push_back(start_skiff("network", verb, network, container));
            for (Running& command : commands)
                EXPECT_THAT(command.finish(), Succeeds()) << verb << " in round " << round;
            EXPECT_EQ(http_get(port), "I am a") << verb << " in round " << round;
        }
    // One after the other, without a pause, in opposite directions.
    std::vector<Running> commands;
    for (const std::string& container : containers) {
        commands.push_back(start_skiff("network", "connect", "one", container));
        commands.push_back(start_skiff("network", "disconnect", "base", container));
    }
    for (Running& command : commands)
        EXPECT_THAT(command.finish(), Succeeds());

    EXPECT_EQ(http_get(port), "I am a");
    EXPECT_THAT(skiff("exec", "b", "/bin/probe", "fetch", "a", "80"), PrintsSubstring("I am a"));
    EXPECT_EQ(inspect("a", "{{range $name, $n := .NetworkSettings.Networks}}{{$name}}{{end}}"), "one");
    EXPECT_THAT(default_interfaces("a"), AnyOf("eth0", "eth1")) << "there is one of each command";
}

TEST_F(Networks, KeepAddressesForOthers)
{
    ASSERT_THAT(skiff("network", "create", "--subnet", "10.211.8.0/29", "--aux-address", "nas=10.211.8.2,printer=10.211.8.3", "shop"), Succeeds());

    ASSERT_THAT(skiff("run", "-d", "--name", "web", "--network", "shop", probe_image(), "forever"), Succeeds());

    EXPECT_EQ(inspect("web", "{{.NetworkSettings.Networks.shop.IPAddress}}"), "10.211.8.4");
    EXPECT_THAT(skiff("network", "inspect", "shop"), PrintsSubstring("\"nas\": \"10.211.8.2\""));
    EXPECT_THAT(skiff("network", "inspect", "--format", "{{range .Subnets}}{{.AuxAddresses.printer}}{{end}}", "shop"), Prints("10.211.8.3"));
    EXPECT_THAT(skiff("run", "--network", "shop:ip=10.211.8.3", probe_image(), "true"), FailsWith(125, "10.211.8.3 is kept for printer in network shop"));
}

TEST_F(Networks, GiveTheInterfaceFurtherAddresses)
{
    ASSERT_THAT(skiff("network", "create", "shop"), Succeeds());
    ASSERT_THAT(skiff("run", "-d", "--name", "web", "--network", "shop:link-local-ip=169.254.7.1", probe_image(), "serve", "80", "hello"), Succeeds());

    EXPECT_THAT(skiff("run", "--rm", "--network", "shop", "--link-local-ip", "169.254.7.2", probe_image(), "fetch", "169.254.7.1", "80"),
                PrintsSubstring("hello"));
}

TEST_F(Networks, PortsAreClosedWhileThereIsNoWayOut)
{
    const std::uint16_t port = free_port();
    ASSERT_THAT(skiff("network", "create", "shop"), Succeeds());
    ASSERT_THAT(skiff("network", "create", "--internal", "vault"), Succeeds());
    ASSERT_THAT(skiff("network", "create", "--opt", "no_default_route=true", "dead-end"), Succeeds());
    ASSERT_THAT(skiff("run", "-d", "--name", "web", "--network", "vault", "--network", "shop", "-p", text(port) + ":80", probe_image(), "serve", "80",
                      "hello"),
                Succeeds());
    ASSERT_EQ(http_get(port), "hello");

    EXPECT_THAT(skiff("network", "disconnect", "shop", "web"), Succeeds());
    EXPECT_THAT(skiff("run", "-d", "--name", "other", "--network", "shop", "-p", text(port) + ":80", probe_image(), "serve", "80", "other"), Succeeds());
    EXPECT_EQ(http_get(port), "other");
    EXPECT_THAT(skiff("rm", "-f", "-t", "0", "other"), Succeeds());
    EXPECT_THAT(skiff("network", "connect", "shop", "web"), Succeeds());
    EXPECT_EQ(http_get(port), "hello");

    // Not published, and said so.
    EXPECT_EQ(skiff("run", "-d", "--name", "inside", "--network", "vault", "-p", text(port + 1) + ":80", probe_image(), "serve", "80", "inside").err,
              "Warning: ports are not published: network vault is internal\n");
    EXPECT_THAT(skiff("network", "connect", "shop", "inside"), Succeeds());
    EXPECT_EQ(http_get(static_cast<std::uint16_t>(port + 1)), "inside");
    EXPECT_THAT(skiff("run", "--network", "dead-end", "--network", "vault", "-p", "80", probe_image(), "true").err,
                AllOf(HasSubstr("network dead-end has the option no_default_route"), HasSubstr(", network vault is internal")));
}

TEST_F(Networks, EndWithTheirLastMember)
{
    const std::string shop = "shop" + std::to_string(::getpid()); // other tests have processes, too
    ASSERT_THAT(skiff("network", "create", shop), Succeeds());
    ASSERT_NO_FATAL_FAILURE(serve("web", shop));
    ASSERT_NO_FATAL_FAILURE(serve("db", shop));
    const pid_t process = network_process(shop);
    ASSERT_GT(process, 0);

    ASSERT_THAT(skiff("rm", "-f", "-t", "0", "web"), Succeeds());
    EXPECT_EQ(::kill(process, 0), 0);
    ASSERT_THAT(skiff("rm", "-f", "-t", "0", "db"), Succeeds());

    EXPECT_TRUE(eventually([&] { return ::kill(process, 0) != 0; }));
}

TEST_F(Networks, AKilledProcessIsMadeAgain)
{
    const std::string shop = "shop" + std::to_string(::getpid()); // other tests have processes, too
    const std::uint16_t port = free_port();
    ASSERT_THAT(skiff("network", "create", shop), Succeeds());
    ASSERT_THAT(skiff("run", "-d", "--name", "web", "--network", shop, "-p", text(port) + ":80", probe_image(), "serve", "80", "hello"), Succeeds());
    ASSERT_NO_FATAL_FAILURE(serve("db", shop));
    const std::string address = inspect("web", "{{.NetworkSettings.Networks." + shop + ".IPAddress}}");
    const pid_t process = network_process(shop);
    ASSERT_GT(process, 0);

    ASSERT_EQ(::kill(process, SIGKILL), 0);

    EXPECT_TRUE(eventually([&] { return network_process(shop) > 0 && network_process(shop) != process; }));
    EXPECT_TRUE(eventually([&] { return skiff("exec", "db", "/bin/probe", "fetch", "web", "80").out.find("hello") != std::string::npos; }));
    EXPECT_EQ(http_get(port), "hello");
    EXPECT_EQ(inspect("web", "{{.NetworkSettings.Networks." + shop + ".IPAddress}}"), address);
}

TEST_F(Networks, OneWhoseProcessCannotBeMadeAgainIsLostUntilItCan)
{
    const std::string shop = "shop" + std::to_string(::getpid());
    ASSERT_THAT(skiff("network", "create", shop), Succeeds());
    ASSERT_NO_FATAL_FAILURE(serve("web", shop));
    ASSERT_NO_FATAL_FAILURE(serve("db", shop));
    const pid_t process = network_process(shop);
    ASSERT_GT(process, 0);
    const std::string lock = skiff("info", "--format", "{{.Store.RunRoot}}").line() + "/networks/" + shop + "/lock";
    ASSERT_EQ(::unlink(lock.c_str()), 0) << lock;
    ASSERT_EQ(::mkdir(lock.c_str(), 0700), 0); // in the way of whoever starts a process

    ASSERT_EQ(::kill(process, SIGKILL), 0);
    EXPECT_TRUE(eventually([&] { return skiff("ps", "--format", "{{.Status}}", "--filter", "name=web").out.find("(network lost)") != std::string::npos; }));
    EXPECT_THAT(inspect("web", "{{.State.Error}}"), HasSubstr(shop));
    ASSERT_EQ(::rmdir(lock.c_str()), 0);

    EXPECT_TRUE(eventually([&] { return skiff("exec", "db", "/bin/probe", "fetch", "web", "80").out.find("I am web") != std::string::npos; }));
    EXPECT_TRUE(eventually([&] { return inspect("web", "{{.State.Error}}").empty(); }));
}

TEST_F(Networks, TheLossOfAContainersOwnIsTold)
{
    const std::string name = "alone" + std::to_string(::getpid());
    ASSERT_THAT(skiff("run", "-d", "--name", name, probe_image(), "forever"), Succeeds());
    EXPECT_EQ(inspect(name, "{{.State.Error}}"), "");
    const pid_t process = process_titled("skiff: net " + name);
    ASSERT_GT(process, 0);

    ASSERT_EQ(::kill(process, SIGKILL), 0);

    EXPECT_TRUE(eventually([&] { return inspect(name, "{{.State.Error}}").find("restart the container") != std::string::npos; }));
    EXPECT_THAT(skiff("ps", "--format", "{{.Status}}"), PrintsSubstring("(network lost)"));
    EXPECT_THAT(skiff("events", "--stream=false", "--filter", "event=network_lost", "--format", "{{.Name}}"), Prints(name));
    ASSERT_THAT(skiff("restart", "-t", "0", name), Succeeds());
    EXPECT_EQ(inspect(name, "{{.State.Error}}"), "");
}

TEST_F(Networks, AContainerKeepsItsAddressWhenItRestarts)
{
    ASSERT_THAT(skiff("network", "create", "shop"), Succeeds());
    ASSERT_NO_FATAL_FAILURE(serve("first", "shop"));
    ASSERT_NO_FATAL_FAILURE(serve("second", "shop"));
    const std::string address = inspect("first", "{{.NetworkSettings.Networks.shop.IPAddress}}");

    ASSERT_THAT(skiff("restart", "-t", "0", "first"), Succeeds());

    EXPECT_EQ(inspect("first", "{{.NetworkSettings.Networks.shop.IPAddress}}"), address);
}

TEST_F(Networks, ShowWhoIsInThem)
{
    ASSERT_THAT(skiff("network", "create", "--subnet", "10.212.7.0/24", "shop"), Succeeds());
    ASSERT_NO_FATAL_FAILURE(serve("web", "shop"));
    const std::string id = inspect("web", "{{.Id}}");

    EXPECT_THAT(skiff("network", "inspect", "--format", "{{json (index .Containers \"" + id + "\")}}", "shop").line(),
                MatchesRegex(R"(.*"name":"web".*"eth0".*"10.212.7.2/24".*"10.212.7.1".*)"));
    EXPECT_THAT(skiff("network", "inspect", "--format", "{{range .Containers}}{{range .Interfaces}}{{.MacAddress}}{{end}}{{end}}", "shop").line(),
                MatchesRegex("02(:[0-9a-f]{2}){5}"));
    EXPECT_THAT(skiff("network", "rm", "shop"), FailsWith(2, "associated containers"));
    EXPECT_THAT(skiff("network", "rm", "-f", "-t", "0", "shop"), Prints("shop"));
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
}

TEST_F(Networks, TheDefaultOneIsThereForWhoAsksForIt)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "web", "--network", "bridge", probe_image(), "serve", "80", "hello"), Succeeds());
    const std::string address = inspect("web", "{{.NetworkSettings.Networks.podman.IPAddress}}");

    EXPECT_THAT(address, MatchesRegex("10\\.88\\..*"));
    EXPECT_THAT(skiff("run", "--rm", "--network", "podman", probe_image(), "fetch", address, "80"), PrintsSubstring("hello"));
}

TEST_F(Networks, PruningLeavesThoseInUse)
{
    ASSERT_THAT(skiff("network", "create", "used"), Succeeds());
    ASSERT_THAT(skiff("network", "create", "unused"), Succeeds());
    ASSERT_THAT(skiff("create", "--network", "used", probe_image(), "true"), Succeeds());

    EXPECT_THAT(skiff("network", "prune", "-f"), Prints("unused"));
    EXPECT_THAT(skiff("network", "ls", "-q"), Prints("podman\nused"));
}

TEST_F(Networks, ForgetAContainerWhoseMonitorWasKilled)
{
    ASSERT_THAT(skiff("network", "create", "shop"), Succeeds());
    ASSERT_NO_FATAL_FAILURE(serve("web", "shop"));
    ASSERT_NO_FATAL_FAILURE(serve("db", "shop"));
    std::ifstream status{"/proc/" + inspect("web", "{{.State.Pid}}") + "/status"};
    pid_t monitor = 0;
    for (std::string word; monitor == 0 && status >> word;)
        if (word == "PPid:")
            status >> monitor;
    ASSERT_GT(monitor, 1);

    ASSERT_EQ(::kill(monitor, SIGKILL), 0);

    EXPECT_TRUE(eventually([&] { return skiff("exec", "db", "/bin/probe", "resolve", "web").code == 1; }));
    ASSERT_THAT(skiff("start", "web"), Succeeds());
    EXPECT_TRUE(eventually([&] { return skiff("exec", "db", "/bin/probe", "fetch", "web", "80").out.find("I am web") != std::string::npos; }));
}

TEST_F(Networks, ServeContainersWithIdsOfTheirOwn)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "this user has no subordinate ids";
    ASSERT_THAT(skiff("network", "create", "shop"), Succeeds());
    ASSERT_NO_FATAL_FAILURE(serve("web", "shop"));

    EXPECT_THAT(skiff("run", "--rm", "--userns", "keep-id", "--network", "shop", probe_image(), "fetch", "web", "80"), PrintsSubstring("I am web"));
}

TEST_F(Networks, KnowAContainerByItsNewName)
{
    ASSERT_THAT(skiff("network", "create", "shop"), Succeeds());
    ASSERT_NO_FATAL_FAILURE(serve("web", "shop"));

    ASSERT_THAT(skiff("rename", "web", "shopfront"), Succeeds());

    EXPECT_THAT(skiff("run", "--rm", "--network", "shop", probe_image(), "fetch", "shopfront", "80"), PrintsSubstring("I am web"));
}

TEST_F(Networks, AreChangedWhileTheyRun)
{
    ASSERT_THAT(skiff("network", "create", "--dns", "192.0.2.53", "shop"), Succeeds());
    ASSERT_NO_FATAL_FAILURE(serve("web", "shop"));

    ASSERT_THAT(skiff("network", "update", "--dns-add", "192.0.2.54", "--dns-drop", "192.0.2.53", "shop"), Succeeds());

    EXPECT_THAT(skiff("network", "inspect", "--format", "{{.NetworkDNSServers}}", "shop"), Prints("[192.0.2.54]"));
    EXPECT_THAT(skiff("network", "update", "--dns-drop", "192.0.2.53", "shop"), FailsWith(125, "none of its name servers"));
}

TEST_F(Networks, SystemPruneTakesThoseNobodyUses)
{
    ASSERT_THAT(skiff("network", "create", "unused"), Succeeds());

    EXPECT_THAT(skiff("system", "prune", "-f"), PrintsSubstring("Deleted Networks\nunused"));
}

TEST_F(Networks, UnshareEntersTheDefaultOne)
{
    EXPECT_THAT(skiff("unshare", "--rootless-netns", "cat", "/proc/net/dev"), PrintsSubstring("podman0"));
    EXPECT_THAT(skiff("unshare", "cat", "/proc/net/dev").out, Not(HasSubstr("podman0")));
}

} // namespace
