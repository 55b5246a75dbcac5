// What a process finds around itself: variables, directory, host name, name files, limits, terminal.

#include "tests/support/box.hpp"

#include <sys/resource.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

namespace {

using Surroundings = Box;

TEST_F(Surroundings, HaveTheUsualVariables)
{
    const Result result = skiff("run", "--rm", "--hostname", "here", probe_image(), "env");

    EXPECT_THAT(result.out, AllOf(HasSubstr("PATH=/usr/bin:/bin\n"), HasSubstr("HOME=/root\n"), HasSubstr("HOSTNAME=here\n"),
                                  HasSubstr("container=skiff\n"), Not(HasSubstr("TERM="))));
    EXPECT_THAT(result.out, Not(HasSubstr(path()))) << "nothing of the caller's environment";
}

TEST_F(Surroundings, HaveTheVariablesThatWereAskedFor)
{
    const std::string image = make_image("variables", R"({"Entrypoint":["/bin/probe"],"Env":["FROM=image","KEPT=yes"]})");
    const std::string file = write_file("env", "# comment\nFILED=1\nFROM=file\nCALLER\n");

    const Result result = run({program(), "run", "--rm", "-e", "GIVEN=a=b", "-e", "CALLER", "-e", "UNSET", "--env-file", file, image, "env"},
                              {.environment = {"CALLER=mine"}});

    EXPECT_THAT(result.out, AllOf(HasSubstr("KEPT=yes\n"), HasSubstr("FROM=file\n"), HasSubstr("FILED=1\n"), HasSubstr("GIVEN=a=b\n"),
                                  HasSubstr("CALLER=mine\n"), Not(HasSubstr("UNSET"))));
    EXPECT_THAT(skiff("run", "--rm", "-e", "FROM=option", "--env-file", file, image, "env"), PrintsSubstring("FROM=option\n"));
    EXPECT_THAT(skiff("run", "--rm", "--unsetenv", "KEPT", image, "env").out, Not(HasSubstr("KEPT")));
    EXPECT_THAT(skiff("run", "--rm", "-e", "=x", image, "env"), FailsWith(125, "invalid environment variable: \"=x\""));
}

// security.md T-24
TEST_F(Surroundings, NeverTakeVariablesOfTheHostBecauseAnImageSaysSo)
{
    const std::string image = make_image("greedy", R"({"Entrypoint":["/bin/probe"],"Env":["SECRET","SEC*","*","=x","PATH=/bin"]})");

    const Result result = run({program(), "run", "--rm", image, "env"}, {.environment = {"SECRET=of the host"}});

    EXPECT_THAT(result, Succeeds());
    EXPECT_THAT(result.out, Not(HasSubstr("SECRET")));
    EXPECT_THAT(result.out, Not(HasSubstr("of the host")));
}

TEST_F(Surroundings, BeginInTheWorkingDirectory)
{
    const std::string image = make_image("placed", R"({"Entrypoint":["/bin/probe"],"WorkingDir":"/var/made/by/image"})");

    EXPECT_THAT(skiff("run", "--rm", probe_image(), "pwd"), Prints("/"));
    EXPECT_THAT(skiff("run", "--rm", "-w", "/tmp", probe_image(), "pwd"), Prints("/tmp"));
    EXPECT_THAT(skiff("run", "--rm", image, "pwd"), Prints("/var/made/by/image"));
    EXPECT_THAT(skiff("run", "--rm", "-w", "/", image, "pwd"), Prints("/"));
    EXPECT_THAT(skiff("run", "--rm", "-w", "relative", probe_image(), "pwd"), ExitsWith(126));
    EXPECT_THAT(skiff("run", "--rm", "-w", "/nowhere", probe_image(), "pwd"),
                FailsWith(126, "workdir \"/nowhere\" does not exist on container"));
}

TEST_F(Surroundings, HaveAHostNameOfTheirOwn)
{
    const std::string id = skiff("create", "--name", "named", probe_image(), "hostname").line();

    EXPECT_THAT(skiff("start", "-a", "named"), Prints(id.substr(0, 12)));
    EXPECT_THAT(skiff("run", "--rm", "-h", "mine.example", probe_image(), "hostname"), Prints("mine.example"));
    EXPECT_THAT(skiff("run", "--rm", "-h", "mine", probe_image(), "cat", "/etc/hostname"), Prints("mine"));
    EXPECT_EQ(skiff("run", "--rm", "--uts", "host", probe_image(), "hostname").out, run({"/bin/hostname"}).out);
}

TEST_F(Surroundings, HaveAHostsFile)
{
    const Result hosts = skiff("run", "--rm", "-h", "me", "--name", "called", "--add-host", "other:10.1.2.3", "--add-host", "six:fd00::1",
                               probe_image(), "cat", "/etc/hosts");

    EXPECT_THAT(hosts.out, AllOf(ContainsRegex("10\\.1\\.2\\.3[ \t]+other"), ContainsRegex("fd00::1[ \t]+six"),
                                 ContainsRegex("[ \t]me[ \t]+called"), HasSubstr("localhost"), HasSubstr("host.containers.internal"),
                                 HasSubstr("host.docker.internal")));
    EXPECT_THAT(skiff("run", "--rm", "--no-hosts", probe_image(), "open", "/etc/hosts"), Prints("ENOENT"));
    EXPECT_THAT(skiff("run", "--rm", "--no-hosts", "--add-host", "a:1.2.3.4", probe_image(), "pwd"), ExitsWith(125));
}

TEST_F(Surroundings, HaveFilesThatProgramsMayWriteTo)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", probe_image(), "forever"), Succeeds());
    const std::string made = skiff("exec", "c", "/bin/probe", "cat", "/etc/hosts").out;

    EXPECT_THAT(skiff("exec", "c", "/bin/probe", "write", "/etc/hosts", "10.9.8.7 mine\n"), Succeeds());
    EXPECT_THAT(skiff("exec", "c", "/bin/probe", "cat", "/etc/hosts"), PrintsSubstring("10.9.8.7 mine"));
    EXPECT_THAT(skiff("cp", "c:/etc/hosts", path() + "/copy"), Succeeds());
    EXPECT_THAT(read_file(path() + "/copy"), HasSubstr("10.9.8.7 mine"));
    EXPECT_THAT(read_file(inspect("c", "{{.HostsPath}}")), HasSubstr("10.9.8.7 mine"));

    EXPECT_THAT(skiff("restart", "-t", "0", "c"), Succeeds());
    EXPECT_EQ(skiff("exec", "c", "/bin/probe", "cat", "/etc/hosts").out, made);
    EXPECT_THAT(skiff("rm", "-f", "-t", "0", "c"), Succeeds());
}

TEST_F(Surroundings, HaveFilesThatCannotFillTheHost)
{
    for (const char* file : {"/etc/hosts", "/etc/resolv.conf", "/etc/hostname", "/run/.containerenv"}) {
        SCOPED_TRACE(file);
        const Result result =
            run({program(), "run", "--rm", "-i", probe_image(), "write", file}, {.input = std::string(std::size_t{3} << 20U, 'x')});
        EXPECT_NE(result.code, 0);
    }
}

TEST_F(Surroundings, HaveNameServers)
{
    const Result given = skiff("run", "--rm", "--dns", "9.9.9.9", "--dns-search", "example.org", "--dns-opt", "ndots:3", probe_image(),
                               "cat", "/etc/resolv.conf");

    EXPECT_THAT(given.out, AllOf(HasSubstr("nameserver 9.9.9.9\n"), HasSubstr("search example.org\n"), HasSubstr("options ndots:3\n")));
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "cat", "/etc/resolv.conf"), PrintsSubstring("nameserver "));
    EXPECT_THAT(skiff("run", "--rm", "--dns", "none", probe_image(), "open", "/etc/resolv.conf"), Prints("ENOENT"));
}

TEST_F(Surroundings, SayThatTheyAreAContainer)
{
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "open", "/run/.containerenv"), Prints("ok"));
    EXPECT_THAT(skiff("run", "--rm", "--privileged", "--name", "marked", probe_image(), "cat", "/run/.containerenv"),
                PrintsSubstring("name=\"marked\""));
}

TEST_F(Surroundings, HaveTheLimitsThatWereAskedFor)
{
    EXPECT_THAT(skiff("run", "--rm", "--ulimit", "nofile=100:200", probe_image(), "limit", "nofile"), Prints("100 200"));
    EXPECT_THAT(skiff("run", "--rm", "--ulimit", "nofile=4:4", probe_image(), "limit", "nofile"), Prints("4 4"))
        << "our own descriptors do not count";
    EXPECT_THAT(skiff("run", "--rm", "--ulimit", "core=0", probe_image(), "limit", "core"), Prints("0 0"));
    EXPECT_THAT(skiff("run", "--rm", "--ulimit", "nonsense=1", probe_image(), "pwd"), ExitsWith(125));
    const Result beyond = skiff("run", "--rm", "--ulimit", "nofile=99999999:99999999", probe_image(), "limit", "nofile");
    EXPECT_THAT(beyond, Succeeds());
    EXPECT_THAT(beyond.out, Not(HasSubstr("99999999"))) << "more than the caller may have";
    EXPECT_THAT(beyond.err, HasSubstr("Warning: the limit --ulimit nofile=99999999 is beyond your hard limit: the container gets nofile="));
    EXPECT_THAT(skiff("create", "--name", "c", "--ulimit", "nofile=99999999:99999999", probe_image(), "pwd"), Succeeds());
    EXPECT_THAT(skiff("inspect", "--format", "{{json .HostConfig.Ulimits}}", "c"), PrintsSubstring("99999999"));
}

TEST_F(Surroundings, HaveAnUmask)
{
    const std::string command[] = {"write", "/made", "x", "then", "stat", "/made"};

    EXPECT_THAT(skiff("run", "--rm", probe_image(), command[0], command[1], command[2], command[3], command[4], command[5]),
                PrintsSubstring("/made 100644 "));
    EXPECT_THAT(skiff("run", "--rm", "--umask", "0077", probe_image(), command[0], command[1], command[2], command[3], command[4], command[5]),
                PrintsSubstring("/made 100600 "));
}

TEST_F(Surroundings, HaveATerminalWhenAsked)
{
    Running terminal = start_on_terminal("run", "--rm", "-it", probe_image(), "terminal", "then", "env", "then", "readlink", "/proc/self/fd/0");

    const Result result = terminal.finish();
    EXPECT_THAT(result.out, AllOf(HasSubstr("24 rows 80 columns\r\n"), HasSubstr("TERM=xterm"), HasSubstr("/dev/pts/0\r\n")));
    EXPECT_EQ(result.code, 0);
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "terminal"), Prints("no terminal"));
}

TEST_F(Surroundings, FollowTheSizeOfTheTerminal)
{
    probe_image();
    Running terminal = start_on_terminal("run", "--rm", "-it", "probe", "signals");
    terminal.read_until("ready");

    terminal.resize(50, 132);

    terminal.read_until("signal 28");
    terminal.signal(SIGTERM);
    EXPECT_EQ(terminal.finish().code, 7);
}

TEST_F(Surroundings, WarnWhenATerminalIsAskedForWithoutOne)
{
    const Result result = skiff("run", "--rm", "-it", probe_image(), "echo", "on");

    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.out, "on\r\n");
    EXPECT_THAT(result.err, HasSubstr("The input device is not a TTY"));
}

TEST_F(Surroundings, HaveASharedMemoryOfTheSizeAskedFor)
{
    EXPECT_THAT(skiff("run", "--rm", "--shm-size", "2m", probe_image(), "cat", "/proc/self/mountinfo"),
                PrintsSubstring("size=2048k"));
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "cat", "/proc/self/mountinfo").out, ContainsRegex("/dev/shm .* rw,size=6[0-9]*k"));
}

TEST_F(Surroundings, TakeSysctlsOfTheirNamespacesOnly)
{
    EXPECT_THAT(skiff("run", "--rm", "--sysctl", "net.ipv4.ip_unprivileged_port_start=77", probe_image(), "cat",
                      "/proc/sys/net/ipv4/ip_unprivileged_port_start"),
                Prints("77"));
    EXPECT_NE(skiff("run", "--rm", "--sysctl", "kernel.core_pattern=|/evil", probe_image(), "pwd").code, 0);
    EXPECT_NE(skiff("run", "--rm", "--sysctl", "net/../kernel/core_pattern=x", probe_image(), "pwd").code, 0);
}

TEST_F(Surroundings, HaveNoTimeZoneThatDoesNotExist)
{
    EXPECT_THAT(skiff("create", "--tz", "Nowhere/X", probe_image(), "pwd"),
                FailsWith(125, "finding timezone: stat /usr/share/zoneinfo/Nowhere/X: no such file or directory"));
    EXPECT_THAT(skiff("create", "--tz", "../../../etc/passwd", probe_image(), "pwd"), FailsWith(125, "finding timezone: "));
    EXPECT_THAT(skiff("ps", "-aq").out, ::testing::IsEmpty());
    EXPECT_THAT(skiff("run", "--rm", "--tz", "local", probe_image(), "pwd"), Succeeds());
}

/// A mount over /etc/localtime would land on what the image's link leads to, and make UTC another zone.
TEST_F(Surroundings, HaveATimeZoneThatIsALinkWhereTheImageHasTheZone)
{
    if (::access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0)
        GTEST_SKIP() << "this machine has no time zones (tzdata)";
    const std::string image = make_image("zones", R"({"Entrypoint":["/bin/probe"]})",
                                         {"text:usr/share/zoneinfo/Europe/Berlin=the image's\n", "text:usr/share/zoneinfo/Etc/UTC=utc\n",
                                          "etc/localtime->/usr/share/zoneinfo/Etc/UTC"});

    EXPECT_THAT(skiff("run", "--name", "c", "--tz", "Europe/Berlin", image, "readlink", "/etc/localtime", "then", "cat", "/etc/localtime", "then", "cat",
                      "/usr/share/zoneinfo/Etc/UTC"),
                Prints("../usr/share/zoneinfo/Europe/Berlin\nthe image's\nutc"));
    EXPECT_THAT(skiff("start", "-a", "c"), Prints("../usr/share/zoneinfo/Europe/Berlin\nthe image's\nutc"));
    // A zone that only the host has is mounted.
    EXPECT_THAT(skiff("run", "--rm", "--tz", "Europe/Berlin", probe_image(), "cat", "/etc/localtime"), PrintsSubstring("TZif"));
}

TEST_F(Surroundings, HaveAnMtab)
{
    EXPECT_THAT(skiff("run", "--name", "c", probe_image(), "readlink", "/etc/mtab"), Prints("/proc/mounts"));
    EXPECT_EQ(skiff("diff", "c").out, "");
    const std::string own = make_image("own", R"({"Entrypoint":["/bin/probe"]})", {"text:etc/mtab=its own\n"});
    EXPECT_THAT(skiff("run", "--rm", own, "cat", "/etc/mtab"), Prints("its own"));
}

TEST_F(Surroundings, LetProgramsPing)
{
    const std::string none = write_file("none.conf", "");
    const std::string own = write_file("own.conf", "[containers]\ndefault_sysctls = []\n");
    const auto range = [&](const std::string& conf) {
        return run({program(), "run", "--rm", "--network", "none", probe_image(), "cat", "/proc/sys/net/ipv4/ping_group_range"},
                   {.environment = {"CONTAINERS_CONF=" + conf}});
    };

    EXPECT_THAT(range(none), Prints("0\t0"));
    EXPECT_THAT(range(own).out, Not(HasSubstr("0\t0")));
}

TEST_F(Surroundings, CanBeThoseOfAnotherContainer)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "first", "-h", "shared", probe_image(), "forever"), Succeeds());

    EXPECT_THAT(skiff("run", "--rm", "--pid", "container:first", probe_image(), "cat", "/proc/1/cmdline").out, HasSubstr("forever"));
    EXPECT_THAT(skiff("run", "--rm", "--uts", "container:first", probe_image(), "hostname"), Prints("shared"));
    const std::string ipc = skiff("exec", "first", "/bin/probe", "readlink", "/proc/self/ns/ipc").line();
    EXPECT_THAT(skiff("run", "--rm", "--ipc", "container:first", probe_image(), "readlink", "/proc/self/ns/ipc"), Prints(ipc));
    EXPECT_NE(skiff("run", "--rm", probe_image(), "readlink", "/proc/self/ns/ipc").line(), ipc);
}

} // namespace
