// A container's life: start, stop, kill, pause, restart, wait, rename, rm; restart policies.

#include "tests/support/box.hpp"

#include <chrono>
#include <thread>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

namespace {

class Life : public Box
{
  protected:
    template <typename... Words>
    void start_watcher(const std::string& name, const Words&... options)
    {
        ASSERT_THAT(skiff("run", "-d", "--name", name, options..., probe_image(), "signals"), Succeeds());
        ASSERT_TRUE(eventually([&] { return skiff("logs", name).out == "ready\n"; }));
    }
    std::string status(const std::string& name) { return inspect(name, "{{.State.Status}}"); }
};

TEST_F(Life, EndsWithTheStopSignal)
{
    start_watcher("c");

    EXPECT_THAT(skiff("stop", "c"), Prints("c"));

    EXPECT_EQ(inspect("c", "{{.State.Status}} {{.State.ExitCode}}"), "exited 7");
    EXPECT_EQ(skiff("logs", "c").out, "ready\nsignal 15\n");
}

TEST_F(Life, EndsWithTheStopSignalOfItsOwn)
{
    start_watcher("c", "--stop-signal", "USR1", "--stop-timeout", "1");

    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(skiff("stop", "c"), Succeeds());

    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{900});
    EXPECT_EQ(inspect("c", "{{.State.ExitCode}}"), "137") << "killed: it does not end by that signal";
    EXPECT_THAT(skiff("logs", "c").out, HasSubstr("signal 10\n"));
}

/// Programs that leave everything behind which could tell that they belong to the container.
class Daemon : public Life
{
  protected:
    static std::string marker(const std::string& name) { return "skiff-test-" + name + "-" + std::to_string(::getpid()); }
    /// The pids of all processes with this word in their arguments: the daemons, and the container's first process.
    static std::vector<pid_t> find_processes(const std::string& word)
    {
        std::vector<pid_t> found;
        for (const std::string& name : list_directory("/proc"))
            try {
                if (name.find_first_not_of("0123456789") == std::string::npos &&
                    read_file("/proc/" + name + "/cmdline").find(word) != std::string::npos)
                    found.push_back(std::stoi(name));
            } catch (const std::exception&) { // it ended while we looked
            }
        return found;
    }
    static bool are_gone(const std::string& word)
    {
        return eventually([&] { return find_processes(word).empty(); }, std::chrono::seconds{5});
    }
};

TEST_F(Daemon, OfAContainerWithTheHostsPidsEndsWithIt)
{
    for (const std::vector<std::string>& end :
         {std::vector<std::string>{"stop", "-t", "0", "c"}, {"rm", "-f", "-t", "0", "c"}, {"kill", "c"}}) {
        SCOPED_TRACE(end[0]);
        const std::string word = marker(end[0]);
        ASSERT_THAT(skiff("run", "-d", "--name", "c", "--pid", "host", probe_image(), "daemon", "stubborn", word, "then", "forever"), Succeeds());
        ASSERT_THAT(skiff("exec", "-d", "c", "/bin/probe", "daemon", "stubborn", word), Succeeds());
        ASSERT_TRUE(eventually([&] { return find_processes(word).size() == 3; }));

        std::vector<std::string> argv{program()};
        argv.insert(argv.end(), end.begin(), end.end());
        EXPECT_THAT(run(argv), Succeeds());

        EXPECT_TRUE(are_gone(word));
        EXPECT_THAT(skiff("rm", "-f", "c"), Succeeds());
    }
}

TEST_F(Daemon, OfAContainerWithTheHostsPidsEndsWithItsFirstProcess)
{
    const std::string word = marker("exit");

    EXPECT_THAT(skiff("run", "--rm", "--pid", "host", probe_image(), "daemon", "stubborn", word), Succeeds());

    EXPECT_TRUE(are_gone(word));
}

TEST_F(Daemon, OfAKilledMonitorEndsWithTheNextCommand)
{
    const std::string word = marker("killed");
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--pid", "host", probe_image(), "daemon", "stubborn", word, "then", "forever"), Succeeds());
    ASSERT_TRUE(eventually([&] { return find_processes(word).size() == 2; }));
    for (const pid_t pid : find_orphans())
        if (describe_processes({pid}).find("monitor") != std::string::npos)
            ::kill(pid, SIGKILL);

    EXPECT_TRUE(eventually([&] { return skiff("ps", "-a", "--format", "{{.State}}").line() == "exited"; }));

    EXPECT_TRUE(are_gone(word));
    EXPECT_EQ(status("c"), "exited");
}

TEST_F(Daemon, OfAContainerInAnothersPidsEndsWithItAlone)
{
    const std::string word = marker("joined");
    start_watcher("host");
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--pid", "container:host", probe_image(), "daemon", "stubborn", word, "then", "forever"),
                Succeeds());
    ASSERT_TRUE(eventually([&] { return find_processes(word).size() == 2; }));

    EXPECT_THAT(skiff("stop", "-t", "0", "c"), Succeeds());

    EXPECT_TRUE(are_gone(word));
    EXPECT_EQ(status("host"), "running");
}

TEST_F(Daemon, IsBuriedWhenItEnds)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--pid", "host", probe_image(), "forever"), Succeeds());

    EXPECT_THAT(skiff("exec", "c", "/bin/probe", "orphan"), Prints("reaped"));
}

/// A file server of the container's own that never answers holds up whoever touches its files, and nobody else.
class Silence : public Life
{
  protected:
    void SetUp() override
    {
        Life::SetUp();
        if (::access("/dev/fuse", R_OK | W_OK) != 0)
            GTEST_SKIP() << "needs /dev/fuse";
        if (!IsSkipped()) {
            ASSERT_THAT(skiff("run", "-d", "--name", "c", "--device", "/dev/fuse", "--cap-add", "SYS_ADMIN", "--health-cmd",
                              "/silent/probe", "--health-interval", "1h", "--health-timeout", "1s", probe_image(), "mkdir", "/silent", "then",
                              "silence", "/silent"),
                        Succeeds());
            ASSERT_TRUE(eventually([&] { return skiff("logs", "c").out == "silent\n"; })) << skiff("logs", "c").err;
        }
    }
};

TEST_F(Silence, HoldsUpNeitherStopNorOtherCommands)
{
    Running hung = start_skiff("exec", "c", "/silent/probe");
    Running copy = start_skiff("cp", "c:/silent/file", path() + "/file");
    std::this_thread::sleep_for(std::chrono::milliseconds{300}); // no event tells that somebody hangs

    EXPECT_THAT(skiff("exec", "c", "/bin/probe", "echo", "alive"), Prints("alive"));
    EXPECT_EQ(status("c"), "running");
    EXPECT_THAT(skiff("stop", "-t", "0", "c"), Succeeds());

    EXPECT_NE(hung.finish().code, 0);
    EXPECT_NE(copy.finish().code, 0);
}

TEST_F(Silence, IsAFailedHealthCheck)
{
    EXPECT_THAT(skiff("healthcheck", "run", "c"), ExitsWith(1));
    EXPECT_THAT(skiff("rm", "-f", "-t", "0", "c"), Succeeds());
}

TEST_F(Life, EndsAtOnceWithoutPatience)
{
    start_watcher("c");

    EXPECT_THAT(skiff("stop", "-t", "0", "c"), Succeeds());

    EXPECT_EQ(inspect("c", "{{.State.ExitCode}}"), "137");
}

TEST_F(Life, StoppingWhatIsStoppedIsSuccess)
{
    ASSERT_THAT(skiff("run", "--name", "c", probe_image(), "pwd"), Succeeds());

    EXPECT_THAT(skiff("stop", "c"), Prints("c"));
    EXPECT_THAT(skiff("stop", "nobody"), FailsWith(125, "no container with name or ID \"nobody\" found: no such container"));
    EXPECT_THAT(skiff("stop", "--ignore", "nobody"), Succeeds());
    EXPECT_THAT(skiff("kill", "c"), FailsWith(125, "can only kill running containers"));
}

TEST_F(Life, GetsEverySignal)
{
    start_watcher("c");

    EXPECT_THAT(skiff("kill", "-s", "HUP", "c"), Prints("c"));
    EXPECT_TRUE(eventually([&] { return skiff("logs", "c").out == "ready\nsignal 1\n"; }));
    EXPECT_THAT(skiff("kill", "-s", "NONSENSE", "c"), FailsWith(125, "invalid signal: NONSENSE"));
    EXPECT_THAT(skiff("kill", "c"), Succeeds());
    EXPECT_THAT(skiff("wait", "c"), Prints("137"));
}

TEST_F(Life, IsGoneWhenKillHasReturned)
{
    for (int i = 0; i < 4; ++i) {
        start_watcher("c");

        ASSERT_THAT(skiff("kill", "c"), Succeeds());

        ASSERT_THAT(skiff("rm", "c"), Succeeds());
    }
}

TEST_F(Life, ShowsNoEndWithoutItsCode)
{
    for (int i = 0; i < 4; ++i) {
        start_watcher("c");
        ::kill(std::stoi(inspect("c", "{{.State.Pid}}")), SIGKILL);

        std::string seen;
        ASSERT_TRUE(eventually([&] { return (seen = inspect("c", "{{.State.Status}} {{.State.ExitCode}}")).starts_with("exited"); }));

        ASSERT_EQ(seen, "exited 137");
        ASSERT_THAT(skiff("rm", "c"), Succeeds());
    }
}

TEST_F(Life, CanBeRestarted)
{
    start_watcher("c");
    const std::string pid = inspect("c", "{{.State.Pid}}");

    EXPECT_THAT(skiff("restart", "c"), Prints("c"));

    EXPECT_NE(inspect("c", "{{.State.Pid}}"), pid);
    EXPECT_TRUE(is_running("c"));
    EXPECT_THAT(skiff("stop", "-t0", "c"), Succeeds());
    EXPECT_THAT(skiff("restart", "c"), Succeeds());
    EXPECT_TRUE(is_running("c"));
}

TEST_F(Life, CanBeStartedAgain)
{
    ASSERT_THAT(skiff("run", "--name", "c", probe_image(), "exit", "3"), ExitsWith(3));

    EXPECT_THAT(skiff("start", "c"), Prints("c"));
    EXPECT_THAT(skiff("wait", "c"), Prints("3"));
    EXPECT_THAT(skiff("start", "-a", "c"), ExitsWith(3));
    start_watcher("d");
    EXPECT_THAT(skiff("start", "d"), Prints("d")) << "already running is success";
}

TEST_F(Life, IsWaitedFor)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "a", probe_image(), "sleep", "0.3", "then", "exit", "4"), Succeeds());
    ASSERT_THAT(skiff("run", "-d", "--name", "b", probe_image(), "exit", "5"), Succeeds());

    EXPECT_THAT(skiff("wait", "a", "b"), Prints("4\n5"));
    EXPECT_THAT(skiff("wait", "--condition", "exited", "a"), Prints("4"));
    start_watcher("c");
    EXPECT_THAT(skiff("wait", "--condition", "running", "c"), Prints("-1"));
    for (const char* interval : {"250", "1.5", "2s", "1m1.5s"})
        EXPECT_THAT(skiff("wait", "--interval", interval, "a"), Prints("4"));
    for (const char* interval : {"foo", "", "2 s", "1d"})
        EXPECT_THAT(skiff("wait", "--interval", interval, "a"), FailsWith(125, "invalid --interval: time: "));
}

TEST_F(Life, IsWaitedForAlsoWhenItGoesWithItsEnd)
{
    for (int i = 0; i < 5; ++i) {
        ASSERT_THAT(skiff("run", "-d", "--rm", "--name", "c", probe_image(), "sleep", "0.1", "then", "exit", "9"), Succeeds());
        EXPECT_THAT(skiff("wait", "c"), Prints("9"));
    }
}

TEST_F(Life, CanBeRenamed)
{
    start_watcher("old");

    EXPECT_THAT(skiff("rename", "old", "new"), Succeeds());

    EXPECT_TRUE(is_running("new"));
    EXPECT_THAT(skiff("inspect", "old"), ExitsWith(125));
    ASSERT_THAT(skiff("create", "--name", "other", probe_image()), Succeeds());
    EXPECT_THAT(skiff("rename", "new", "other"), FailsWith(125, "already in use"));
    EXPECT_THAT(skiff("rename", "new", "new"), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "--name", "old", probe_image(), "echo", "free"), Prints("free"));
}

TEST_F(Life, RunningIsNotRemovedWithoutForce)
{
    start_watcher("c");

    EXPECT_THAT(skiff("rm", "c"), FailsWith(2, "running or paused containers cannot be removed without force"));
    EXPECT_TRUE(is_running("c"));
    EXPECT_THAT(skiff("rm", "-f", "-t", "0", "c"), Prints("c"));
    EXPECT_THAT(skiff("rm", "c"), FailsWith(1, "no container with"));
    EXPECT_THAT(skiff("rm", "-f", "c").code, 0);
}

TEST_F(Life, GoesOnAfterAFailureAsOftenAsThePolicySays)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--restart", "on-failure:2", probe_image(), "echo", "try", "then", "exit", "1"), Succeeds());

    // Not by `wait`: that may meet the container between two tries, when it has ended, too.
    EXPECT_TRUE(eventually([&] { return inspect("c", "{{.RestartCount}} {{.State.Status}}") == "2 exited"; }));
    EXPECT_EQ(skiff("logs", "c").out, "try\ntry\ntry\n");
    EXPECT_THAT(skiff("wait", "c"), Prints("1"));
}

TEST_F(Life, PausesBetweenTriesAsThePolicySays)
{
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--restart", "on-failure:2", "--restart-delay", "700ms", probe_image(), "exit", "1"), Succeeds());

    EXPECT_TRUE(eventually([&] { return inspect("c", "{{.RestartCount}} {{.State.Status}}") == "2 exited"; }));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{1400});
}

TEST_F(Life, CountsTriesAnewAfterARunThatLastedTheWindow)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--restart", "always:1", "--restart-window", "1ms", probe_image(), "sleep", "0.05"), Succeeds());

    EXPECT_TRUE(eventually([&] { return std::stoi(inspect("c", "{{.RestartCount}}")) >= 3; }));
    EXPECT_THAT(skiff("stop", "-t", "0", "c"), Succeeds());
    EXPECT_THAT(skiff("run", "--restart-window", "1m", probe_image()), FailsWith(125, "a delay or a window of restarts needs a restart policy"));
}

TEST_F(Life, GoesOnForEverUntilStopped)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--restart", "always", probe_image(), "echo", "again"), Succeeds());

    EXPECT_TRUE(eventually([&] { return skiff("logs", "c").out.size() >= 3 * sizeof "again"; }));
    EXPECT_THAT(skiff("stop", "-t", "1", "c"), Succeeds());
    EXPECT_EQ(status("c"), "exited");
    EXPECT_THAT(skiff("run", "--restart", "sometimes", probe_image()), FailsWith(125, "\"sometimes\" is not a valid restart policy"));
}

TEST_F(Life, IsNotBroughtBackBySomebodyWhoKilledIt)
{
    start_watcher("c", "--restart", "always");

    EXPECT_THAT(skiff("kill", "c"), Succeeds());

    EXPECT_THAT(skiff("wait", "c"), Prints("137"));
    EXPECT_FALSE(is_running("c"));
}

TEST_F(Life, OfManyIsEndedTogether)
{
    start_watcher("a");
    start_watcher("b");
    ASSERT_THAT(skiff("create", "--name", "idle", probe_image()), Succeeds());

    EXPECT_THAT(skiff("stop", "--all").out, AllOf(HasSubstr("\n"), Not(HasSubstr("Error"))));
    EXPECT_THAT(skiff("ps", "-q").out, IsEmpty());
    EXPECT_THAT(skiff("rm", "a", "nobody", "b").code, 1) << "the good ones are removed all the same";
    EXPECT_EQ(skiff("ps", "-a", "--format", "{{.Names}}").line(), "idle");
}

TEST_F(Life, OfOneNameIsGivenToOnlyOneOfMany)
{
    probe_image();
    std::vector<Running> creators;
    for (int i = 0; i < 12; ++i)
        creators.push_back(start_skiff("create", "--name", "same", "probe", "pwd"));

    int winners = 0;
    for (Running& creator : creators)
        winners += creator.finish().code == 0 ? 1 : 0;

    EXPECT_EQ(winners, 1);
    EXPECT_EQ(list_directory(path() + "/data/skiff/containers").size(), 1U);
}

TEST_F(Life, OfManyAtOnceLeavesNothing)
{
    probe_image();
    std::vector<Running> all;
    for (int i = 0; i < 24; ++i)
        all.push_back(start_skiff("run", "--rm", "--network", i % 2 == 0 ? "none" : "private", "probe", "echo", std::to_string(i)));

    for (int i = 0; i < 24; ++i)
        EXPECT_THAT(all[static_cast<std::size_t>(i)].finish(), Prints(std::to_string(i)));
}

TEST_F(Life, IsRemovedOnceByManyRemovers)
{
    for (int round = 0; round < 3; ++round) {
        start_watcher("c");
        std::vector<Running> removers;
        for (int i = 0; i < 6; ++i)
            removers.push_back(start_skiff("rm", "-f", "-t", "0", "c"));
        for (Running& remover : removers)
            EXPECT_THAT(remover.finish(), Succeeds());
        EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
    }
}

TEST_F(Life, IsToldByEvents)
{
    ASSERT_THAT(skiff("run", "--rm", "--name", "c", probe_image(), "exit", "3"), ExitsWith(3));

    const std::string events = skiff("events", "--stream=false", "--filter", "container=c", "--format", "{{.Status}}").out;

    EXPECT_THAT(events, MatchesRegex("create\n(init\n)?start\n(attach\n)?died\n(cleanup\n)?remove\n"));
}

} // namespace
