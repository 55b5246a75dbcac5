// Health checks, which the container's own monitor makes.

#include "tests/support/box.hpp"

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

namespace {

class Health : public Box
{
  protected:
    template <typename... Words>
    void start_checked(const std::string& command, const Words&... options)
    {
        ASSERT_THAT(skiff("run", "-d", "--name", "c", "--health-cmd", command, options..., probe_image(), "forever"), Succeeds());
    }
    bool becomes(const std::string& status)
    {
        return eventually([&] { return inspect("c", "{{.State.Health.Status}}") == status; });
    }
};

TEST_F(Health, IsStartingAndThenHealthy)
{
    start_checked(R"(["/bin/probe","echo","fine"])", "--health-interval", "300ms", "--health-start-period", "5s");

    EXPECT_TRUE(becomes("healthy"));
    EXPECT_THAT(skiff("ps", "--format", "{{.Status}}").out, MatchesRegex("Up .*\\(healthy\\)\n"));
    EXPECT_THAT(skiff("healthcheck", "run", "c"), Succeeds());
    EXPECT_THAT(skiff("inspect", "--format", "{{json .State.Health}}", "c").out, HasSubstr("fine"));
}

/// The monitor is held where it tells of the start: whatever it says of the health only after that would not be seen.
TEST_F(Health, IsStartingFromTheMomentItRunsAgain)
{
    start_checked(R"(["/bin/probe","echo","fine"])", "--health-interval", "1h");
    ASSERT_TRUE(becomes("healthy"));
    ASSERT_THAT(skiff("stop", "-t", "0", "c"), Succeeds());
    const std::string events = path() + "/data/skiff/events.log";
    ASSERT_EQ(::unlink(events.c_str()), 0);
    ASSERT_EQ(::mkfifo(events.c_str(), 0600), 0);

    Running start = start_skiff("start", "c");
    EXPECT_TRUE(eventually([&] { return is_running("c"); }));
    EXPECT_EQ(inspect("c", "{{.State.Health.Status}}"), "starting");

    const std::ifstream reader{events};
    ASSERT_EQ(::unlink(events.c_str()), 0);
    EXPECT_THAT(start.finish(), Succeeds());
    EXPECT_TRUE(becomes("healthy"));
}

TEST_F(Health, IsCheckedMoreOftenInTheStartPeriod)
{
    start_checked(R"(["/bin/probe","cat","/ready"])", "--health-interval", "1h", "--health-start-period", "1h", "--health-start-interval", "100ms");
    EXPECT_TRUE(eventually([&] { return inspect("c", "{{len .State.Health.Log}}") != "0"; }));
    EXPECT_EQ(inspect("c", "{{.State.Health.Status}} {{.Config.Healthcheck.StartInterval}}"), "starting 100ms");

    ASSERT_THAT(skiff("exec", "c", "/bin/probe", "write", "/ready", "yes"), Succeeds());

    EXPECT_TRUE(becomes("healthy"));
}

TEST_F(Health, IsUnhealthyAfterItsRetries)
{
    start_checked(R"(["/bin/probe","exit","1"])", "--health-interval", "100ms", "--health-retries", "2");

    EXPECT_TRUE(becomes("unhealthy"));
    EXPECT_THAT(skiff("healthcheck", "run", "c"), ExitsWith(1));
    EXPECT_THAT(skiff("ps", "-q", "--filter", "health=unhealthy").out, MatchesRegex("[0-9a-f]{12}\n"));
}

TEST_F(Health, IsAskedForOnlyByHandWithoutAnInterval)
{
    start_checked(R"(["/bin/probe","write","/checked","x"])", "--health-interval", "0");

    EXPECT_EQ(inspect("c", "{{.State.Health.Status}}"), "starting");
    EXPECT_THAT(skiff("healthcheck", "run", "c"), Succeeds());
    EXPECT_EQ(inspect("c", "{{.State.Health.Status}}"), "healthy");
}

TEST_F(Health, ComesFromTheImage)
{
    const std::string image = make_image("checked",
        R"({"Entrypoint":["/bin/probe"],"Healthcheck":{"Test":["CMD","/bin/probe","exit","0"],"Interval":200000000}})");
    ASSERT_THAT(skiff("run", "-d", "--name", "c", image, "forever"), Succeeds());

    EXPECT_TRUE(becomes("healthy"));
    ASSERT_THAT(skiff("run", "-d", "--name", "none", "--no-healthcheck", image, "forever"), Succeeds());
    EXPECT_THAT(skiff("healthcheck", "run", "none"), FailsWith(125, "has no defined healthcheck"));
}

TEST_F(Health, EndsTheContainerWhenToldTo)
{
    start_checked(R"(["/bin/probe","exit","1"])", "--health-interval", "100ms", "--health-retries", "1", "--health-on-failure", "kill");

    EXPECT_THAT(skiff("wait", "c"), Prints("137"));
}

TEST_F(Health, RestartsTheContainerWhenToldTo)
{
    start_checked(R"(["/bin/probe","exit","1"])", "--health-interval", "200ms", "--health-retries", "1", "--health-on-failure", "restart",
                  "--stop-timeout", "0");
    const std::string first = inspect("c", "{{.State.Pid}}");

    EXPECT_TRUE(eventually([&] {
        const std::string pid = inspect("c", "{{.State.Pid}}");
        return pid != "0" && pid != first;
    }));
}

// security.md T-26
TEST_F(Health, CommandsThatHangOrTalkTooMuchAreBounded)
{
    start_checked(R"(["/bin/probe","flood","100000000"])", "--health-interval", "200ms", "--health-retries", "1", "--health-timeout", "1s");
    EXPECT_TRUE(eventually([&] { return inspect("c", "{{.State.Health.Status}}") != "starting"; }));
    EXPECT_LT(skiff("inspect", "c").out.size(), 100'000U);
    ASSERT_THAT(skiff("rm", "-f", "-t", "0", "c"), Succeeds());

    start_checked(R"(["/bin/probe","forever"])", "--health-interval", "200ms", "--health-retries", "1", "--health-timeout", "1s");
    EXPECT_TRUE(becomes("unhealthy"));
}

TEST_F(Health, IsNotWaitedForInVain)
{
    start_checked(R"(["/bin/probe","exit","1"])", "--health-interval", "1h");
    Running wait = start_skiff("wait", "--condition", "healthy", "c");
    ASSERT_THAT(skiff("stop", "-t", "0", "c"), Succeeds());
    EXPECT_THAT(wait.finish(), FailsWith(125, "container c does not run: its health will not change"));

    ASSERT_THAT(skiff("run", "-d", "--name", "plain", probe_image(), "forever"), Succeeds());
    EXPECT_THAT(skiff("wait", "--condition", "healthy", "plain"), FailsWith(125, "container plain has no healthcheck"));
    EXPECT_THAT(skiff("wait", "--condition", "healthy", "--condition", "running", "plain"), Prints("-1"));
    ASSERT_THAT(skiff("run", "-d", "--name", "well", "--health-cmd", R"(["/bin/probe","pwd"])", probe_image(), "forever"), Succeeds());
    EXPECT_THAT(skiff("wait", "--exit-first-match", "--condition", "healthy", "plain", "well"), Prints("-1"));
}

TEST_F(Health, OptionsWithoutACheckAreRefused)
{
    EXPECT_THAT(skiff("run", "--health-on-failure", "kill", probe_image()),
                FailsWith(125, "cannot set on-failure action to kill without a health check"));
}

} // namespace
