// Control groups and services: limits, pause, OOM, stats, scopes of the user's systemd, sd_notify. Needs a machine with cgroup v2
// and a session of a systemd user manager; elsewhere every test says what is missing and is skipped. To run it in a virtual machine,
// copy skiff, this program, the probe's image and set SKIFF_PROGRAM, SKIFF_PROBE_IMAGE.

#include "tests/support/box.hpp"

#include <cstdlib>
#include <regex>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

namespace {

class Limits : public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        if (IsSkipped())
            return;
        const char* runtime = std::getenv("XDG_RUNTIME_DIR");
        manager_ = runtime == nullptr ? "" : runtime;
        if (manager_.empty() || ::access((manager_ + "/systemd/private").c_str(), W_OK) != 0)
            GTEST_SKIP() << "no systemd of this user's answers";
        const std::string user = std::to_string(::getuid());
        const std::string given = read_file("/sys/fs/cgroup/user.slice/user-" + user + ".slice/user@" + user + ".service/cgroup.controllers");
        for (const char* controller : {"cpu", "memory", "pids"})
            if (given.find(controller) == std::string::npos)
                GTEST_SKIP() << "the " << controller << " controller is not delegated to this user";
        // The box has a runtime directory of its own; the real systemd is to be found in it.
        ASSERT_EQ(::symlink((manager_ + "/systemd").c_str(), (path() + "/run/systemd").c_str()), 0);
        probe_image();
    }

    /// What a file of the container's cgroup says, seen from outside.
    std::string cgroup_file(const std::string& container, const std::string& file)
    {
        std::string text = read_file("/sys/fs/cgroup" + inspect(container, "{{.State.CgroupPath}}") + "/" + file);
        return text.substr(0, text.find('\n'));
    }
    static std::string place_of(const std::string& pid)
    {
        const std::string text = read_file("/proc/" + pid + "/cgroup");
        const std::size_t line = text.find("0::");
        return text.substr(line + 3, text.find('\n', line) - line - 3);
    }
    std::string place_of_monitor(const std::string& container) { return place_of(inspect(container, "{{.State.ConmonPid}}")); }

    /// systemd-run --user with this box's environment.
    Result in_unit(const std::vector<std::string>& options, const std::vector<std::string>& command)
    {
        std::vector<std::string> words{"/usr/bin/systemd-run", "--user", "--quiet"};
        for (const std::string& variable : environment())
            words.insert(words.end(), {"-E", variable});
        words.insert(words.end(), options.begin(), options.end());
        words.insert(words.end(), command.begin(), command.end());
        return run(words, {{}, {"XDG_RUNTIME_DIR=" + manager_}, {}, {}});
    }
    std::string unit_property(const std::string& unit, const std::string& property)
    {
        return run({"/usr/bin/systemctl", "--user", "show", "-P", property, unit}, {{}, {"XDG_RUNTIME_DIR=" + manager_}, {}, {}}).line();
    }
    Result control(const std::string& verb, const std::string& unit)
    {
        return run({"/usr/bin/systemctl", "--user", verb, unit}, {{}, {"XDG_RUNTIME_DIR=" + manager_}, {}, {}});
    }
    std::string unit_name() { return "box-" + path().substr(path().size() - 6) + ".service"; }

    std::string manager_;
};

TEST_F(Limits, AreReadableInside)
{
    const Result result = skiff("run", "--rm", "-m", "64m", "--memory-swap", "96m", "--memory-reservation", "32m", "--cpus", "0.5", "--cpu-shares",
                                "512", "--cpuset-cpus", "0", "--pids-limit", "50", "localhost/probe", "cat", "/proc/self/cgroup",
                                "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.swap.max", "/sys/fs/cgroup/memory.low",
                                "/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu.weight", "/sys/fs/cgroup/cpuset.cpus", "/sys/fs/cgroup/pids.max");
    EXPECT_THAT(result, Succeeds());
    EXPECT_EQ(result.out, "0::/\n67108864\n33554432\n33554432\n50000 100000\n20\n0\n50\n");
    EXPECT_THAT(skiff("run", "--rm", "localhost/probe", "open", "/sys/fs/cgroup/memory.max", "w"), Prints("EROFS"));
}

TEST_F(Limits, AreToldByInfo)
{
    EXPECT_THAT(skiff("info", "--format", "{{.Host.CgroupManager}} {{.Host.CgroupReason}} {{json .Host.CgroupControllers}}"),
                PrintsSubstring("systemd  [\"cpu\","));
}

TEST_F(Limits, HaveDefaults)
{
    EXPECT_THAT(skiff("run", "--rm", "localhost/probe", "cat", "/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/memory.max"), Prints("2048\nmax"));
    EXPECT_THAT(skiff("run", "--rm", "-m", "64m", "localhost/probe", "cat", "/sys/fs/cgroup/memory.swap.max"), Prints("67108864"));
    EXPECT_THAT(skiff("run", "--rm", "--pids-limit", "-1", "localhost/probe", "cat", "/sys/fs/cgroup/pids.max"), Prints("max"));
    EXPECT_THAT(skiff("run", "--rm", "--cgroup-conf", "memory.high=1048576", "localhost/probe", "cat", "/sys/fs/cgroup/memory.high"), Prints("1048576"));
}

TEST_F(Limits, OfProcessesHold)
{
    const Result result = skiff("run", "--rm", "--pids-limit", "10", "localhost/probe", "fork", "30");
    EXPECT_THAT(result, Succeeds());
    EXPECT_LT(std::stoi(result.out), 10);
    EXPECT_GT(std::stoi(result.out), 5);
}

TEST_F(Limits, OfMemoryEndTheContainerAndThatIsRecorded)
{
    EXPECT_THAT(skiff("run", "--name", "c", "-m", "20m", "--memory-swap", "20m", "localhost/probe", "eat", "200"), ExitsWith(137));
    EXPECT_EQ(inspect("c", "{{.State.OOMKilled}} {{.State.ExitCode}}"), "true 137");
}

TEST_F(Limits, SurviveARestart)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "-m", "64m", "localhost/probe", "forever"), Succeeds());
    const std::string place = inspect("c", "{{.State.CgroupPath}}");
    for (int i = 0; i < 2; ++i) {
        ASSERT_THAT(skiff("restart", "-t", "0", "c"), Succeeds());
        EXPECT_EQ(inspect("c", "{{.State.CgroupPath}}"), place);
        EXPECT_EQ(cgroup_file("c", "memory.max"), "67108864");
    }
}

TEST_F(Limits, ChangeWhileItRuns)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "-m", "64m", "localhost/probe", "forever"), Succeeds());
    EXPECT_THAT(skiff("update", "--memory", "100m", "--pids-limit", "60", "--cpus", "0.25", "c"), Succeeds());
    EXPECT_EQ(cgroup_file("c", "memory.max") + " " + cgroup_file("c", "pids.max") + " " + cgroup_file("c", "cpu.max"),
              "104857600 60 25000 100000");
    EXPECT_EQ(inspect("c", "{{.HostConfig.Memory}}"), "104857600");
    EXPECT_THAT(skiff("update", "--cpuset-cpus", "4095", "c"), AllOf(FailsWith(125, "cpuset.cpus"), Not(FailsWith(125, "no cgroup is delegated"))));
}

TEST_F(Limits, PauseStopsEveryProcess)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "localhost/probe", "signals"), Succeeds());
    ASSERT_TRUE(eventually([&] { return skiff("logs", "c").out == "ready\n"; }));
    EXPECT_THAT(skiff("pause", "c"), Prints("c"));
    EXPECT_EQ(inspect("c", "{{.State.Status}} {{.State.Paused}}"), "paused true");
    EXPECT_EQ(cgroup_file("c", "cgroup.freeze"), "1");
    EXPECT_THAT(skiff("ps", "--format", "{{.Status}}").out, HasSubstr("Paused"));
    EXPECT_THAT(skiff("exec", "c", "/bin/probe", "echo"), Not(Succeeds()));
    EXPECT_THAT(skiff("pause", "c"), FailsWith(125, "can't pause"));
    EXPECT_THAT(skiff("unpause", "c"), Prints("c"));
    EXPECT_EQ(inspect("c", "{{.State.Status}}"), "running");
    ASSERT_THAT(skiff("pause", "c"), Succeeds());
    EXPECT_THAT(skiff("stop", "c"), Succeeds()); // thaws it first
    EXPECT_EQ(inspect("c", "{{.State.ExitCode}}"), "7");
}

TEST_F(Limits, StatsTellWhatTheCgroupKnows)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "-m", "64m", "localhost/probe", "forever"), Succeeds());
    EXPECT_THAT(skiff("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}} {{.MemUsage}}", "c").out, MatchesRegex("c 1 [0-9.]+kB / 67.11MB\n"));
    EXPECT_THAT(skiff("top", "c", "pid", "comm").out, HasSubstr("probe"));
}

TEST_F(Limits, NothingOutlivesItsContainer)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--pid", "host", "localhost/probe", "fork", "3", "then", "forever"), Succeeds());
    ASSERT_TRUE(eventually([&] { return skiff("stats", "--no-stream", "--format", "{{.PIDs}}", "c").line() == "4"; }));
    const std::string place = "/sys/fs/cgroup" + inspect("c", "{{.State.CgroupPath}}");
    EXPECT_THAT(skiff("stop", "-t", "0", "c"), Succeeds());
    EXPECT_NE(::access(place.c_str(), F_OK), 0);
}

TEST_F(Limits, LiveInAScopeTogetherWithTheMonitor)
{
    const std::string id = skiff("run", "-d", "--name", "c", "localhost/probe", "forever").line();
    const std::string scope = "/user.slice/skiff-" + id + ".scope/";
    EXPECT_THAT(inspect("c", "{{.State.CgroupPath}}"), EndsWith(scope + "container"));
    EXPECT_THAT(place_of_monitor("c"), EndsWith(scope + "supervisor"));
    EXPECT_EQ(unit_property("skiff-" + id + ".scope", "Description"), "skiff container c");
    ASSERT_THAT(skiff("rm", "-f", "-t", "0", "c"), Succeeds());
    EXPECT_TRUE(eventually([&] { return unit_property("skiff-" + id + ".scope", "ActiveState") == "inactive"; }));
}

TEST_F(Limits, ParentsMustFitTheManager)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--cgroup-parent", "box.slice", "localhost/probe", "forever"), Succeeds());
    EXPECT_THAT(inspect("c", "{{.State.CgroupPath}}"), HasSubstr("/box.slice/skiff-"));
    EXPECT_EQ(inspect("c", "{{.HostConfig.CgroupParent}} {{.HostConfig.CgroupManager}}"), "box.slice systemd");
    EXPECT_THAT(skiff("create", "--cgroup-parent", "/box", "localhost/probe", "echo"), FailsWith(125, "did not receive systemd slice as cgroup parent"));
    EXPECT_THAT(skiff("--cgroup-manager", "cgroupfs", "create", "--cgroup-parent", "box.slice", "localhost/probe", "echo"),
                FailsWith(125, "systemd slice received as cgroup parent when using cgroupfs"));
}

TEST_F(Limits, ADividedCgroupTakesFurtherProcesses)
{
    // What systemd does as the first process: everybody moves to a leaf, then the others get controllers.
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--systemd", "always", "localhost/probe", "mkdir", "/sys/fs/cgroup/init", "then", "write",
                      "/sys/fs/cgroup/init/cgroup.procs", "1", "then", "write", "/sys/fs/cgroup/cgroup.subtree_control", "+pids", "then", "forever"),
                Succeeds());
    ASSERT_TRUE(eventually([&] { return skiff("logs", "c").out == "ready\n"; }));
    EXPECT_THAT(skiff("exec", "c", "/bin/probe", "cat", "/proc/self/cgroup"), Prints("0::/init"));
    EXPECT_EQ(inspect("c", "{{.SystemdMode}} {{.Config.StopSignal}}"), "true SIGRTMIN+3");
    EXPECT_THAT(skiff("stats", "--no-stream", "--format", "{{.PIDs}}", "c"), Prints("1"));
    EXPECT_THAT(skiff("stop", "-t", "0", "c"), Succeeds());
}

TEST_F(Limits, DisabledMeansNone)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--cgroups", "disabled", "localhost/probe", "forever"), Succeeds());
    EXPECT_EQ(inspect("c", "{{.State.CgroupPath}}"), "");
    EXPECT_EQ(place_of(inspect("c", "{{.State.Pid}}")), place_of("self"));
    EXPECT_THAT(skiff("pause", "c"), FailsWith(125, "--cgroups=disabled was asked for"));
    EXPECT_THAT(skiff("run", "--rm", "--cgroups", "disabled", "-m", "64m", "localhost/probe", "echo"), Not(Succeeds()));
}

TEST_F(Limits, WorkInUnits)
{
    const std::string show = program() + " run -d --name c -m 64m --cgroups $HOW localhost/probe forever >/dev/null && cat /proc/self/cgroup && " +
                             "cat /proc/$(" + program() + " inspect -f '{{.State.ConmonPid}}' c)/cgroup && " +
                             "cat /proc/$(" + program() + " inspect -f '{{.State.Pid}}' c)/cgroup && " +
                             program() + " exec c /bin/probe cat /sys/fs/cgroup/memory.max; " + program() + " rm -f -t 0 c >/dev/null";
    const auto places = [&](const std::string& how) { return in_unit({"--wait", "--pipe", "-E", "HOW=" + how}, {"/bin/sh", "-c", show}).out; };
    EXPECT_THAT(places("enabled"), ContainsRegex("\\.service\n.*\\.scope/supervisor\n.*\\.scope/container\n67108864\n"));
    EXPECT_THAT(places("no-conmon"), ContainsRegex("run-[^/]*\\.service\n.*/run-[^/]*\\.service\n.*\\.scope/container\n67108864\n"));
    EXPECT_THAT(places("split"), ContainsRegex("\\.service/supervisor\n.*\\.service/supervisor\n.*\\.service/skiff-payload-[0-9a-f]*\n67108864\n"));
    EXPECT_THAT(in_unit({"--wait", "--pipe"}, {program(), "--cgroup-manager", "cgroupfs", "run", "--rm", "-m", "64m", "localhost/probe", "cat",
                                               "/sys/fs/cgroup/memory.max"}),
                Prints("67108864"));
}

class Services : public Limits
{
};

TEST_F(Services, LogToTheJournal)
{
    if (::access("/run/systemd/journal/socket", W_OK) != 0)
        GTEST_SKIP() << "no journal listens";
    const std::string id = skiff("run", "-d", "--name", "c", "--log-driver", "journald", "localhost/probe", "echo", "one", "then", "complain", "two",
                                 "then", "sleep", "1").line();
    EXPECT_EQ(skiff("logs", "-f", "c").out, "one\n");
    EXPECT_EQ(skiff("logs", "c").err, "two\n");
    EXPECT_EQ(skiff("logs", "--tail", "1", "c").out, "");
    const Result journal = run({"/usr/bin/journalctl", "-q", "-o", "cat", "CONTAINER_ID_FULL=" + id});
    EXPECT_EQ(journal.out, "one\ntwo\n");
}

TEST_F(Services, NotifyWhenTheCommandRuns)
{
    ASSERT_THAT(in_unit({"--unit", unit_name(), "--service-type=notify"},
                        {program(), "run", "-d", "--name", "c", "--sdnotify", "conmon", "localhost/probe", "signals"}),
                Succeeds());
    EXPECT_EQ(unit_property(unit_name(), "ActiveState"), "active");
    EXPECT_EQ(unit_property(unit_name(), "MainPID"), inspect("c", "{{.State.ConmonPid}}"));
    EXPECT_THAT(control("stop", unit_name()), Succeeds());
    EXPECT_EQ(inspect("c", "{{.State.Status}} {{.State.ExitCode}}"), "exited 7");
    control("reset-failed", unit_name());
}

TEST_F(Services, NotifyWhenTheContainerSaysSo)
{
    Result result = in_unit({"--unit", unit_name(), "--service-type=notify", "--no-block"},
                            {program(), "run", "-d", "--name", "c", "localhost/probe", "cat", "/dev/null", "then", "sleep", "3", "then", "notify",
                             "MAINPID=1\nSTATUS=hello\nREADY=1", "then", "forever"});
    ASSERT_THAT(result, Succeeds());
    ASSERT_TRUE(eventually([&] { return is_running("c"); }));
    EXPECT_EQ(unit_property(unit_name(), "ActiveState"), "activating");
    EXPECT_TRUE(eventually([&] { return unit_property(unit_name(), "ActiveState") == "active"; }));
    EXPECT_EQ(unit_property(unit_name(), "StatusText"), "hello");
    EXPECT_EQ(unit_property(unit_name(), "MainPID"), inspect("c", "{{.State.ConmonPid}}"));
    ASSERT_THAT(skiff("rm", "-f", "-t", "0", "c"), Succeeds());
    control("reset-failed", unit_name());
}

TEST_F(Services, NotifyWhenHealthy)
{
    ASSERT_THAT(in_unit({"--unit", unit_name(), "--service-type=notify"},
                        {program(), "run", "-d", "--name", "c", "--sdnotify", "healthy", "--health-cmd", "[\"/bin/probe\",\"exit\",\"0\"]",
                         "--health-interval", "1s", "localhost/probe", "forever"}),
                Succeeds());
    EXPECT_EQ(inspect("c", "{{.State.Health.Status}}"), "healthy");
    EXPECT_EQ(unit_property(unit_name(), "ActiveState"), "active");
    ASSERT_THAT(skiff("rm", "-f", "-t", "0", "c"), Succeeds());
    control("reset-failed", unit_name());
    EXPECT_THAT(skiff("create", "--sdnotify", "healthy", "localhost/probe", "echo"), FailsWith(125, "requires a healthcheck"));
}

TEST_F(Services, ForkAndLeaveThePidOfTheMonitor)
{
    const std::string pid_file = path() + "/monitor.pid";
    ASSERT_THAT(in_unit({"--unit", unit_name(), "--service-type=forking", "-p", "PIDFile=" + pid_file},
                        {program(), "run", "-d", "--name", "c", "--cgroups", "no-conmon", "--conmon-pidfile", pid_file, "--cidfile", path() + "/cid",
                         "localhost/probe", "forever"}),
                Succeeds());
    EXPECT_EQ(unit_property(unit_name(), "MainPID"), inspect("c", "{{.State.ConmonPid}}"));
    EXPECT_EQ(read_file(pid_file), inspect("c", "{{.State.ConmonPid}}"));
    ASSERT_THAT(skiff("kill", "c"), Succeeds());
    // The service ends as the container did.
    EXPECT_TRUE(eventually([&] { return unit_property(unit_name(), "ActiveState") == "failed"; }));
    EXPECT_EQ(unit_property(unit_name(), "ExecMainStatus"), "137");
    control("reset-failed", unit_name());
    ::unlink((path() + "/cid").c_str());
}

TEST_F(Services, RunInFront)
{
    ASSERT_THAT(in_unit({"--unit", unit_name(), "--service-type=exec"}, {program(), "run", "--rm", "--name", "c", "localhost/probe", "signals"}),
                Succeeds());
    ASSERT_TRUE(eventually([&] { return skiff("logs", "c").out == "ready\n"; }));
    EXPECT_THAT(control("stop", unit_name()), Succeeds());
    EXPECT_EQ(skiff("ps", "-aq").out, "");
    control("reset-failed", unit_name());
}

} // namespace
