// Looking at containers: ps, inspect, top, stats, port, events, update, prune.

#include "tests/support/box.hpp"

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

class Observe : public Box
{
  protected:
    /// A container that runs until it is stopped; its id.
    std::string start(const std::string& name, const std::vector<std::string>& options = {})
    {
        std::vector<std::string> words{program(), "run", "-d", "--name", name};
        words.insert(words.end(), options.begin(), options.end());
        words.insert(words.end(), {probe_image(), "forever"});
        const Result result = run(words);
        EXPECT_THAT(result, Succeeds());
        return result.line();
    }
};

TEST_F(Observe, PsShowsRunningContainersAndWithAllTheOthers)
{
    const std::string id = start("web");
    ASSERT_THAT(skiff("run", "--name", "done", probe_image(), "exit", "3"), ExitsWith(3));

    EXPECT_THAT(skiff("ps").out, ContainsRegex("CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES\n" + id.substr(0, 12) +
                                               " .* Up .* web\n$"));
    EXPECT_THAT(skiff("ps", "-a").out, ContainsRegex("Exited \\(3\\) .* done\n"));
    EXPECT_EQ(skiff("ps", "-q", "--no-trunc").line(), id);
    EXPECT_EQ(skiff("ps", "--noheading", "--filter", "name=nobody").out, "");
}

TEST_F(Observe, PsFiltersSortsAndLimits)
{
    for (const char* name : {"bee", "ant", "cat"})
        ASSERT_THAT(skiff("create", "--name", name, "--label", std::string{"kind="} + name, probe_image(), "echo"), Succeeds());
    const auto names = [&](auto... options) { return skiff("ps", "-a", "--format", "{{.Names}}", options...).out; };

    EXPECT_EQ(names(), "bee\nant\ncat\n"); // in the order of their creation
    EXPECT_EQ(names("--sort", "names"), "ant\nbee\ncat\n");
    EXPECT_EQ(names("-n", "2"), "ant\ncat\n");
    EXPECT_EQ(names("-l"), "cat\n");
    EXPECT_EQ(names("--filter", "name=^a|t$"), "ant\ncat\n");
    EXPECT_EQ(names("--filter", "name=^/ant$"), "ant\n"); // Docker's names begin with a slash
    EXPECT_EQ(names("--filter", "label=kind=bee"), "bee\n");
    EXPECT_EQ(names("--filter", "status=running"), "");
    EXPECT_THAT(skiff("ps", "--filter", "foo=bar"), FailsWith(125, "foo is an invalid filter"));
}

TEST_F(Observe, PsShowsJsonLabelsSizesAndNamespaces)
{
    start("web", {"--label", "a=b"});

    EXPECT_THAT(skiff("ps", "--format", "json").out, AllOf(StartsWith("["), HasSubstr("\"Names\": ["), HasSubstr("\"State\": \"running\"")));
    EXPECT_THAT(skiff("ps", "--format", "{{.Label \"a\"}} {{.Labels}} {{json .Labels}}"), Prints("b a=b \"a=b\""));
    EXPECT_THAT(skiff("ps", "--size", "--format", "{{.Size}}").line(), MatchesRegex("[0-9.]+k?B .virtual [0-9.]+[kM]B."));
    EXPECT_THAT(skiff("ps", "--ns").out, ContainsRegex("web +[0-9]+ +[0-9]+ +[0-9]+"));
    EXPECT_THAT(skiff("ps", "--format", "{{.Nope}}"), FailsWith(125, "can't evaluate field Nope in type"));
}

TEST_F(Observe, InspectFindsObjectsOfEveryKind)
{
    start("web", {"-v", "data:/data"});

    EXPECT_THAT(skiff("inspect", "--format", "{{.State.Status}} {{.Name}}", "web"), Prints("running web"));
    EXPECT_THAT(skiff("inspect", "--format", "{{.Mountpoint}}", "data").line(), HasSubstr("/data/_data"));
    EXPECT_THAT(skiff("inspect", "--format", "{{.Architecture}}", "probe"), Succeeds());
    EXPECT_THAT(skiff("inspect", "--format", "{{.Driver}}", "podman"), Prints("bridge"));
    EXPECT_THAT(skiff("inspect", "--type", "image", "web"), FailsWith(125, "web: image not known"));
}

TEST_F(Observe, InspectShowsWhatItFindsAndNamesTheRest)
{
    start("web");

    const Result result = skiff("inspect", "web", "nobody");
    EXPECT_THAT(result, FailsWith(125, "Error: no such object: \"nobody\""));
    EXPECT_THAT(result.out, HasSubstr("\"Name\": \"web\""));
    EXPECT_EQ(skiff("container", "inspect", "nobody").out, "[]\n");
    EXPECT_THAT(skiff("container", "inspect", "nobody"), FailsWith(125, "no such container \"nobody\""));
}

TEST_F(Observe, TopLooksFromOutside)
{
    start("web"); // its image has no ps, and nothing of it is run

    const Result usual = skiff("top", "web");
    EXPECT_THAT(usual.out, ContainsRegex("USER +PID +PPID +%CPU +ELAPSED +TTY +TIME +COMMAND\nroot +1 +0 +0\\.[0-9]+ "));
    EXPECT_THAT(usual.out, HasSubstr("forever"));
    EXPECT_THAT(skiff("top", "web", "pid", "seccomp", "capeff").out, ContainsRegex("\n1 +filter +CHOWN,"));
    EXPECT_THAT(skiff("top", "web", "-eo", "pid,comm").out, ContainsRegex("PID +COMMAND\n1 +probe\n"));
    EXPECT_THAT(skiff("top", "web", "hpid").line(), ContainsRegex("HPID\n" + inspect("web", "{{.State.Pid}}")));
}

TEST_F(Observe, TopAndPortNeedWhatTheyAskFor)
{
    ASSERT_THAT(skiff("create", "--name", "idle", probe_image(), "echo"), Succeeds());

    EXPECT_THAT(skiff("top", "idle"), FailsWith(125, "top can only be used on running containers"));
    EXPECT_THAT(skiff("port", "idle", "80"), FailsWith(125, "failed to find published port \"80/tcp\""));
    EXPECT_EQ(skiff("port", "idle").out, "");
}

TEST_F(Observe, StatsCountWithoutACgroup)
{
    const std::string id = start("web");

    EXPECT_THAT(skiff("stats", "--no-stream").out, ContainsRegex("ID +NAME +CPU % +MEM USAGE / LIMIT .*\n" + id.substr(0, 12) + " +web +[0-9.]+%"));
    EXPECT_THAT(skiff("stats", "--no-stream", "--format", "{{.PIDS}} {{.MemUsage}}", "web").line(), MatchesRegex("1 [0-9.]+[kM]B / [0-9.]+[MGT]B"));
    EXPECT_THAT(skiff("stats", "--no-stream", "--format", "json", "web").out, HasSubstr("\"cpu_percent\":"));
}

TEST_F(Observe, EventsTellTheStoryOfAContainer)
{
    ASSERT_THAT(skiff("run", "--rm", "--name", "c", "--label", "tier=front", probe_image(), "exit", "3"), ExitsWith(3));
    const auto events = [&](auto... options) { return skiff("events", "--since", "10m", "--stream=false", options...).out; };

    EXPECT_EQ(events("--filter", "container=c", "--format", "{{.Status}}"), "create\nstart\ndied\ncleanup\nremove\n");
    EXPECT_THAT(events("--filter", "event=die", "--filter", "label=tier"), ContainsRegex(" container died [0-9a-f]+ \\(image=.*, name=c,.* tier=front"));
    EXPECT_THAT(events("--filter", "event=died", "--format", "json"), StartsWith("{\"ContainerExitCode\":3,"));
    EXPECT_THAT(skiff("events", "--since", "one day"), FailsWith(125, "failed to parse event filters"));
    EXPECT_THAT(skiff("--events-backend", "none", "events"), FailsWith(125, "cannot read events with the \"none\" backend"));
}

TEST_F(Observe, EventsComeAsTheyHappen)
{
    const std::string image = probe_image();
    Running events = start_skiff("events", "--format", "{{.Name}} {{.Status}}", "--since", "1s");

    ASSERT_THAT(skiff("run", "--rm", "--name", "c", image, "echo"), Succeeds());

    events.read_until("c remove");
}

TEST_F(Observe, UpdateChangesWhatRunsAndWhatWillRun)
{
    const std::string id = start("web");

    EXPECT_THAT(skiff("update", "--restart", "on-failure:3", "--env", "NEW=1", "web"), Prints(id));
    EXPECT_EQ(inspect("web", "{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}"), "on-failure 3");
    EXPECT_THAT(inspect("web", "{{.Config.Env}}"), HasSubstr("NEW=1"));
    EXPECT_THAT(skiff("update", "--health-interval", "10s", "web"), FailsWith(125, "healthcheck command is not set"));
}

TEST_F(Observe, AHealthCheckMayBeAddedLater)
{
    start("web");
    EXPECT_THAT(skiff("healthcheck", "run", "web"), FailsWith(125, "has no defined healthcheck"));

    ASSERT_THAT(skiff("update", "--health-cmd", R"(["/bin/probe", "exit", "1"])", "--health-interval", "disable", "--health-retries", "1", "web"),
                Succeeds());

    const Result failed = skiff("healthcheck", "run", "web");
    EXPECT_EQ(failed.code, 1);
    EXPECT_EQ(failed.out, "unhealthy\n");
    EXPECT_EQ(inspect("web", "{{.State.Health.Status}} {{.State.Health.FailingStreak}}"), "unhealthy 1");
    ASSERT_THAT(skiff("update", "--no-healthcheck", "web"), Succeeds());
    EXPECT_EQ(inspect("web", "{{.Config.Healthcheck.Test}}"), "[NONE]");
}

TEST_F(Observe, PruneLeavesRunningContainersAlone)
{
    start("web");
    const std::string id = skiff("create", "--name", "idle", probe_image(), "echo").line();

    EXPECT_THAT(skiff("container", "prune", "-f"), Prints(id));
    EXPECT_EQ(skiff("ps", "-a", "--format", "{{.Names}}").out, "web\n");
    EXPECT_THAT(skiff("container", "cleanup", "web"), FailsWith(125, "refusing to clean up"));
}

} // namespace
