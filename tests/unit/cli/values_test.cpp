#include "cli/values.hpp"

#include "cli/values_health.hpp"
#include "cli/values_limits.hpp"
#include "cli/values_namespace.hpp"
#include "cli/values_network.hpp"
#include "cli/values_security.hpp"
#include "support.hpp"

#include <csignal>
#include <gmock/gmock.h>

namespace skiff::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;
using namespace std::chrono_literals;

TEST(Values, ReadMemory)
{
    EXPECT_EQ(read_memory("512m"), 512 * 1024 * 1024);
    EXPECT_EQ(read_memory_swap("-1"), -1);
    EXPECT_EQ(error_of([] { read_memory("1x"); }), "invalid value for memory: invalid size: '1x'");
    EXPECT_EQ(error_of([] { read_shm_size("x"); }), "unable to translate --shm-size: invalid size: 'x'");
}

TEST(Values, ReadSignalsByNameAndNumber)
{
    EXPECT_EQ(read_signal("KILL"), SIGKILL);
    EXPECT_EQ(read_signal("sigterm"), SIGTERM);
    EXPECT_EQ(read_signal("9"), SIGKILL);
    EXPECT_EQ(read_signal("-1"), SIGHUP);
    EXPECT_EQ(read_signal("RTMIN"), 34);
    EXPECT_EQ(read_signal("RTMIN+3"), 37);
    EXPECT_EQ(read_signal("SIGRTMAX-1"), 63);
    EXPECT_EQ(error_of([] { read_signal("FOO"); }), "invalid signal: FOO");
    EXPECT_EQ(error_of([] { read_signal("0"); }), "invalid signal: 0");
    EXPECT_EQ(error_of([] { read_signal("65"); }), "valid signals are 1 through 64");
    EXPECT_EQ(error_of([] { read_signal("RTMIN+40"); }), "invalid signal: RTMIN+40");
    EXPECT_EQ(error_of([] { read_signal(""); }), "invalid signal: ");
}

TEST(Values, ReadRestartPolicies)
{
    EXPECT_EQ(read_restart_policy("always").when, RestartWhen::Always);
    EXPECT_EQ(read_restart_policy("never").when, RestartWhen::No);
    EXPECT_EQ(read_restart_policy("On-Failure:3").max_retries, 3U);
    EXPECT_EQ(error_of([] { read_restart_policy("x"); }), "\"x\" is not a valid restart policy: invalid argument");
    EXPECT_EQ(read_restart_policy("always:3").max_retries, 3U);
    EXPECT_EQ(error_of([] { read_restart_policy("no:3"); }), "restart policy retries can only be specified with a restart policy");
    EXPECT_EQ(error_of([] { read_restart_policy("on-failure:x"); }),
              "parsing restart policy retry count: strconv.Atoi: parsing \"x\": invalid syntax");
}

TEST(Values, ReadPullPolicies)
{
    EXPECT_EQ(read_pull_policy("Newer"), PullPolicy::Newer);
    EXPECT_EQ(read_pull_policy("ifnotpresent"), PullPolicy::Missing);
    EXPECT_EQ(error_of([] { read_pull_policy("x"); }), "unsupported pull policy \"x\"");
}

TEST(Values, ReadEntrypoints)
{
    EXPECT_THAT(read_entrypoint("[\"a\", \"b c\"]"), ElementsAre("a", "b c"));
    EXPECT_THAT(read_entrypoint("a b"), ElementsAre("a b"));
    EXPECT_THAT(read_entrypoint("[broken"), ElementsAre("[broken"));
    EXPECT_THAT(read_entrypoint(""), ElementsAre());
}

TEST(Values, ReadFilters)
{
    const Filter filter = read_filter("label=a=b");
    EXPECT_EQ(filter.key, "label");
    EXPECT_EQ(filter.value, "a=b");
    EXPECT_TRUE(read_filter("label!=a").negated);
    EXPECT_THAT(error_of([] { read_filter("x"); }), StartsWith("invalid filter \"x\""));
}

TEST(Values, CleanPathsAsGo)
{
    EXPECT_EQ(clean_path("/a//b/../c/."), "/a/c");
    EXPECT_EQ(clean_path("/../a"), "/a");
    EXPECT_EQ(clean_path("a/../../b"), "../b");
    EXPECT_EQ(clean_path(""), ".");
    EXPECT_EQ(clean_path("/"), "/");
}

TEST(Values, SetPlatforms)
{
    PullOptions options;
    set_platform(options, "linux/arm/v7");

    EXPECT_EQ(options.os, "linux");
    EXPECT_EQ(options.architecture, "arm");
    EXPECT_EQ(options.variant, "v7");
    EXPECT_THAT(error_of([&] { set_platform(options, "linux//"); }), StartsWith("invalid platform"));
}

TEST(Values, KeepSysctlsOfTheMachineOut)
{
    std::map<std::string, std::string> sysctls;
    add_sysctl(sysctls, "net.ipv4.ip_forward=1");
    add_sysctl(sysctls, "kernel/shmmax=1");

    EXPECT_EQ(sysctls.at("kernel.shmmax"), "1");
    EXPECT_EQ(error_of([&] { add_sysctl(sysctls, "x"); }), "invalid sysctl value \"x\"");
    EXPECT_THAT(error_of([&] { add_sysctl(sysctls, "vm.swappiness=1"); }),
                StartsWith("sysctl 'vm.swappiness=1' is not allowed"));
}

TEST(Ulimits, AreReadAsDockers)
{
    UlimitRequest request;
    add_ulimit(request, "nofile=1024:2048");
    add_ulimit(request, "RLIMIT_CORE=-1");
    add_ulimit(request, "nofile=5");

    ASSERT_EQ(request.limits.size(), 2U);
    EXPECT_EQ(request.limits[0].name, "core");
    EXPECT_EQ(request.limits[0].hard, ~std::uint64_t{0});
    EXPECT_EQ(request.limits[1].soft, 5U);
    EXPECT_EQ(error_of([&] { add_ulimit(request, "x"); }),
              "ulimit option \"x\" requires name=SOFT:HARD, failed to be parsed: invalid ulimit argument: x");
    EXPECT_EQ(error_of([&] { add_ulimit(request, "nofile=9:1"); }),
              "ulimit option \"nofile=9:1\" requires name=SOFT:HARD, failed to be parsed: ulimit soft limit must be "
              "less than or "
              "equal to hard limit: soft: 9 > hard: 1");
    EXPECT_FALSE(request.host);
    add_ulimit(request, "host");
    EXPECT_TRUE(request.host);
}

TEST(Devices, AreReadAsDockers)
{
    const DeviceConfig device = read_device("/dev/a:/dev/b:rw");
    EXPECT_EQ(device.container_path, "/dev/b");
    EXPECT_EQ(device.access, "rw");
    EXPECT_EQ(read_device("/dev/a:r").container_path, "/dev/a");
    EXPECT_EQ(error_of([] { read_device("/dev/a:x"); }), "invalid device mode: x");
    EXPECT_EQ(error_of([] { read_device("/dev/a:/dev/b:rr"); }), "invalid device mode: rr");
}

TEST(Namespaces, AreReadByMode)
{
    EXPECT_EQ(read_namespace("host").mode, NamespaceMode::Host);
    EXPECT_EQ(read_namespace("container:web"), (NamespaceChoice{NamespaceMode::Container, "web"}));
    EXPECT_EQ(read_namespace("ns:/proc/1/ns/net").target, "/proc/1/ns/net");
    EXPECT_EQ(read_ipc_namespace("none").mode, NamespaceMode::None);
    EXPECT_EQ(error_of([] { read_namespace("x"); }), "unrecognized namespace mode x passed");
}

TEST(Userns, IsReadWithItsOptions)
{
    const UsernsChoice keep = read_userns("keep-id:uid=5,gid=6");
    EXPECT_EQ(keep.mode, UsernsChoice::Mode::KeepId);
    EXPECT_EQ(keep.uid, 5U);
    EXPECT_EQ(keep.gid, 6U);
    EXPECT_EQ(read_userns("auto:size=100").size, 100U);
    EXPECT_EQ(read_userns("auto:uidmapping=0:1:2").uid_maps, (std::vector<IdRange>{{0, 1, 2}}));
    EXPECT_EQ(read_userns("").mode, UsernsChoice::Mode::Host);
    EXPECT_EQ(error_of([] { read_userns("keep-id:x=1"); }), "unknown option specified: \"x\"");
    EXPECT_EQ(error_of([] { read_userns("keep-id:x"); }), "invalid option specified: \"x\"");
    EXPECT_EQ(error_of([] { read_userns("nope"); }), "unrecognized namespace mode nope passed");
}

TEST(IdMaps, AreReadWithFlags)
{
    const IdMapRequest map = read_id_map("+g100:@2000:5");
    EXPECT_EQ(map.range, (IdRange{100, 2000, 5}));
    EXPECT_TRUE(map.extend);
    EXPECT_TRUE(map.from_host);
    EXPECT_FALSE(map.for_uids);
    EXPECT_EQ(read_id_map("0:1").range.size, 1U);
    for (const char* wrong : {"0", "a:b:c", "0:1:0", "0:4294967295:2", "0:1:2:3"})
        EXPECT_THAT(error_of([&] { read_id_map(wrong); }), StartsWith("invalid id mapping")) << wrong;
}

TEST(Network, IsReadByMode)
{
    NetworkRequest slirp;
    add_network(slirp, "slirp4netns:mtu=1500,enable_ipv6");
    EXPECT_EQ(slirp.kind, "slirp4netns");
    EXPECT_EQ(slirp.options, (std::map<std::string, std::string>{{"mtu", "1500"}, {"enable_ipv6", ""}}));

    NetworkRequest named;
    add_network(named, "a:ip=10.0.0.5,alias=x,gw-priority=2,link-local-ip=169.254.1.2,link_local_ip=fe80::9");
    add_network(named, "b");
    ASSERT_EQ(named.networks.size(), 2U);
    EXPECT_EQ(named.networks[0].options.at("ip"), "10.0.0.5");
    EXPECT_EQ(named.networks[0].options.at("gw_priority"), "2");
    EXPECT_THAT(named.networks[0].aliases, ElementsAre("x"));
    EXPECT_THAT(named.networks[0].link_local_ips, ElementsAre("169.254.1.2", "fe80::9"));

    NetworkRequest host;
    add_network(host, "host");
    EXPECT_EQ(host.mode, (NamespaceChoice{NamespaceMode::Host, ""}));
    EXPECT_EQ(error_of([&] { add_network(host, "a"); }),
              "cannot set multiple networks without bridge network mode, selected mode host: invalid argument");
}

TEST(Network, ReadsHostsServersAndAddresses)
{
    EXPECT_EQ(read_added_host("a;b:10.0.0.1"), "a;b:10.0.0.1");
    EXPECT_EQ(read_added_host("a:host-gateway"), "a:host-gateway");
    EXPECT_EQ(error_of([] { read_added_host("a"); }), "bad format for add-host: \"a\"");
    EXPECT_EQ(error_of([] { read_added_host("a b:1.2.3.4"); }), "invalid host name: \"a b\"");
    EXPECT_EQ(error_of([] { read_host_name("a\nb"); }), "invalid host name: \"a\\nb\"");
    EXPECT_EQ(error_of([] { read_host_name(std::string(254, 'a')); }), cat("invalid host name: \"", std::string(254, 'a'), "\""));
    EXPECT_EQ(read_host_name(std::string(253, 'a')), std::string(253, 'a'));
    EXPECT_EQ(error_of([] { read_added_host("a:x"); }), "invalid IP address in add-host: \"x\"");

    std::optional<std::vector<std::string>> servers;
    add_dns_server(servers, "10.0.0.1");
    EXPECT_EQ(error_of([&] { add_dns_server(servers, "none"); }),
              "none is not allowed to be specified with other DNS ip addresses");
    EXPECT_EQ(error_of([&] { add_dns_server(servers, "x"); }), "x is not an ip address");

    std::vector<std::string> domains;
    add_dns_search(domains, "example.org.");
    EXPECT_THAT(domains, ElementsAre("example.org"));
    EXPECT_EQ(error_of([&] { add_dns_search(domains, "-a"); }), "-a is not a valid domain");

    EXPECT_EQ(read_mac_address("AA-bb-00-11-22-33"), "aa:bb:00:11:22:33");
    EXPECT_EQ(error_of([] { read_mac_address("x"); }), "address x: invalid MAC address");
    EXPECT_EQ(error_of([] { read_ipv4("::1"); }), "\"::1\" is not an ip address");
}

TEST(Health, TestsTakeEveryForm)
{
    EXPECT_THAT(read_health_test("curl -f localhost"), ElementsAre("CMD-SHELL", "curl -f localhost"));
    EXPECT_THAT(read_health_test("CMD curl -f localhost"), ElementsAre("CMD", "curl", "-f", "localhost"));
    EXPECT_THAT(read_health_test("cmd-shell a  b"), ElementsAre("CMD-SHELL", "a  b"));
    EXPECT_THAT(read_health_test("[\"a\", \"b c\"]"), ElementsAre("CMD", "a", "b c"));
    EXPECT_THAT(read_health_test("[\"a b\"]"), ElementsAre("CMD-SHELL", "a b"));
    EXPECT_THAT(read_health_test("none"), ElementsAre("NONE"));
    EXPECT_EQ(error_of([] { read_health_test("[]"); }), "must define a healthcheck command for all healthchecks");
}

TEST(Health, TimesAndCountsHaveLimits)
{
    EXPECT_EQ(read_health_interval("disable"), 0ns);
    EXPECT_EQ(read_health_timeout("2s"), 2s);
    EXPECT_EQ(error_of([] { read_health_interval("x"); }),
              "invalid healthcheck-interval: time: invalid duration \"x\"");
    EXPECT_EQ(error_of([] { read_health_timeout("0s"); }), "healthcheck-timeout must be at least 1 second");
    EXPECT_EQ(error_of([] { read_health_start_period("-1s"); }),
              "healthcheck-start-period must be 0 seconds or greater");
    EXPECT_EQ(error_of([] { read_health_start_interval("-1s"); }),
              "healthcheck-start-interval must be 0 seconds or greater");
    EXPECT_EQ(error_of([] { read_health_action("x"); }),
              "invalid on-failure action \"x\" for health check: supported actions are kill,none,restart,stop");
}

TEST(Security, OptionsTakeBothSeparators)
{
    SecurityRequest request;
    add_security_option(request, "no-new-privileges");
    add_security_option(request, "seccomp:unconfined");
    add_security_option(request, "mask=/a:/b");
    add_security_option(request, "label=disable");

    EXPECT_TRUE(request.no_new_privileges);
    EXPECT_EQ(request.seccomp, "unconfined");
    EXPECT_THAT(request.mask, ElementsAre("/a", "/b"));
    EXPECT_EQ(error_of([&] { add_security_option(request, "x"); }), "invalid --security-opt 1: \"x\"");
    EXPECT_EQ(error_of([&] { add_security_option(request, "x=y"); }), "invalid --security-opt 2: \"x=y\"");
    EXPECT_EQ(read_capability("net_admin"), "CAP_NET_ADMIN");
    EXPECT_EQ(read_capability("all"), "ALL");
    EXPECT_EQ(error_of([] { read_capability("foo"); }), "\"CAP_FOO\": unknown capability");
}

TEST(Log, OptionsAreChecked)
{
    LogRequest request;
    EXPECT_EQ(error_of([&] { add_log_option(request, "max-size=-5"); }), "invalid size: '-5'");
    add_log_option(request, "max-size=10k");
    add_log_option(request, "label=a=b");

    EXPECT_EQ(request.max_size, 10'000);
    EXPECT_EQ(request.labels.at("a"), "b");
    EXPECT_EQ(error_of([&] { add_log_option(request, "x"); }), "invalid log option \"x\"");
    EXPECT_EQ(error_of([] { read_log_driver("x"); }), "invalid log driver: invalid argument");
}

} // namespace
} // namespace skiff::cli
