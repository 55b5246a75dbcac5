// `exec`: another command in a running container.

#include "tests/support/box.hpp"

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

namespace {

class Exec : public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        if (!IsSkipped()) {
            ASSERT_THAT(skiff("run", "-d", "--name", "c", "-e", "FROM=container", "-h", "inside", probe_image(), "forever"), Succeeds());
        }
    }
    template <typename... Words>
    Result exec(const Words&... words)
    {
        return skiff("exec", words...);
    }
};

TEST_F(Exec, ReturnsTheCommandsExitCode)
{
    EXPECT_THAT(exec("c", "/bin/probe", "exit", "0"), ExitsWith(0));
    EXPECT_THAT(exec("c", "/bin/probe", "exit", "42"), ExitsWith(42));
    EXPECT_THAT(exec("c", "/bin/probe", "suicide", "9"), ExitsWith(137));
}

TEST_F(Exec, FailsWith126And127AsRunDoes)
{
    EXPECT_THAT(exec("c", "/etc/passwd"), ExitsWith(126));
    EXPECT_THAT(exec("c", "/etc"), ExitsWith(126));
    EXPECT_THAT(exec("c", "/no/such"), ExitsWith(127));
    EXPECT_THAT(exec("c", "nosuch"), FailsWith(127, "not found in $PATH"));
    EXPECT_THAT(exec("-d", "c", "nosuch"), ExitsWith(125));
}

TEST_F(Exec, HasTheContainersGroupsWhenItIsTheContainersUser)
{
    const std::string image = make_image("grouped", "{}",
                                         {"text:etc/passwd=root:x:0:0::/:/bin/sh\nother:x:5:5::/:/bin/sh\n", "text:etc/group=root:x:0:\nwheel:x:10:root\n"});
    ASSERT_THAT(skiff("run", "-d", "--name", "g", "--group-add", "77", image, "/bin/probe", "forever"), Succeeds());
    const std::string own = exec("g", "/bin/probe", "ids").out;
    if (!has_subordinate_ids())
        GTEST_SKIP() << "needs groups";

    EXPECT_THAT(own, HasSubstr("77"));
    EXPECT_EQ(exec("-u", "root", "g", "/bin/probe", "ids").out, own);
    EXPECT_EQ(exec("-u", "0", "g", "/bin/probe", "ids").out, own);
    EXPECT_THAT(exec("-u", "0:0", "g", "/bin/probe", "ids").out, Not(HasSubstr("10,")));
    EXPECT_THAT(exec("-u", "0:0", "g", "/bin/probe", "ids").out, HasSubstr("77"));
}

TEST_F(Exec, KnowsUsersThatOnlyTheEngineHasAdded)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "r", "--read-only", "--user", "1234", "--passwd-entry", "added:*:1234:0::/:/bin/sh", probe_image(),
                      "forever"),
                Succeeds());

    EXPECT_THAT(exec("-u", "added", "r", "/bin/probe", "ids"), PrintsSubstring("1234"));
}

TEST_F(Exec, NeedsARunningContainer)
{
    ASSERT_THAT(skiff("create", "--name", "idle", probe_image(), "pwd"), Succeeds());

    EXPECT_THAT(exec("idle", "/bin/probe", "pwd"), FailsWith(255, "can only create exec sessions on running containers"));
    EXPECT_THAT(exec("nobody", "/bin/probe", "pwd"), FailsWith(125, "no container with name or ID \"nobody\" found"));
    EXPECT_THAT(exec("c"), ExitsWith(125));
}

TEST_F(Exec, SeesTheContainersWorld)
{
    const Result result = exec("c", "/bin/probe", "env", "then", "hostname", "then", "pwd", "then", "cat", "/proc/1/cmdline");

    EXPECT_THAT(result, Succeeds());
    EXPECT_THAT(result.out, AllOf(HasSubstr("FROM=container\n"), HasSubstr("HOME=/root\n"), HasSubstr("inside\n/\n"), HasSubstr("forever")));
}

TEST_F(Exec, TakesVariablesDirectoryAndUser)
{
    EXPECT_THAT(exec("-e", "FROM=exec", "-e", "MORE=1", "c", "/bin/probe", "env").out, AllOf(HasSubstr("FROM=exec\n"), HasSubstr("MORE=1\n"), Not(HasSubstr("FROM=container"))));
    EXPECT_THAT(exec("-w", "/tmp", "c", "/bin/probe", "pwd"), Prints("/tmp"));
    EXPECT_NE(exec("-w", "/nowhere", "c", "/bin/probe", "pwd").code, 0);
    if (has_subordinate_ids()) {
        EXPECT_THAT(exec("-u", "worker", "c", "/bin/probe", "ids"), Prints("uid=1000 gid=1000 groups=1000,2000"));
        EXPECT_THAT(exec("-u", "worker", "c", "/bin/probe", "env").out, HasSubstr("HOME=/home/worker\n"));
    }
}

TEST_F(Exec, PassesStreams)
{
    EXPECT_THAT(run({program(), "exec", "-i", "c", "/bin/probe", "cat"}, {.input = "typed"}).out, "typed");
    EXPECT_THAT(run({program(), "exec", "c", "/bin/probe", "cat"}, {.input = "typed"}).out, IsEmpty());
    const Result both = exec("c", "/bin/probe", "echo", "out", "then", "complain", "err");
    EXPECT_EQ(both.out, "out\n");
    EXPECT_EQ(both.err, "err\n");
    EXPECT_EQ(exec("c", "/bin/probe", "flood", "5000000").out.size(), 5'000'000U);
}

TEST_F(Exec, LeavesTheContainerAloneWhenItsInputEnds)
{
    EXPECT_THAT(run({program(), "exec", "-i", "c", "/bin/probe", "count"}, {.input = std::string(1'000'000, 'x')}), Prints("1000000 bytes"));
    EXPECT_TRUE(is_running("c"));
}

TEST_F(Exec, HasATerminalWhenAsked)
{
    Running terminal = start_on_terminal("exec", "-it", "c", "/bin/probe", "converse");
    terminal.read_until("ready");

    terminal.write("hello\n");
    terminal.read_until("got hello");
    terminal.write("quit 5\n");

    EXPECT_EQ(terminal.finish().code, 5);
    EXPECT_THAT(exec("-t", "c", "/bin/probe", "readlink", "/proc/self/fd/0").out, HasSubstr("/dev/pts/"));
}

TEST_F(Exec, GoesOnAloneWhenDetached)
{
    const Result started = exec("-d", "c", "/bin/probe", "write", "/done", "yes");

    ASSERT_THAT(started, Succeeds());
    EXPECT_TRUE(eventually([&] { return exec("c", "/bin/probe", "cat", "/done").out == "yes"; }));
}

TEST_F(Exec, DiesWithTheContainer)
{
    Running longer = start_skiff("exec", "c", "/bin/probe", "forever");
    longer.read_until("ready");

    ASSERT_THAT(skiff("kill", "c"), Succeeds());

    EXPECT_EQ(longer.finish().code, 137);
}

TEST_F(Exec, IsSignalledThroughItsCommand)
{
    Running watcher = start_skiff("exec", "c", "/bin/probe", "signals");
    watcher.read_until("ready");

    watcher.signal(SIGTERM);

    EXPECT_EQ(watcher.finish().code, 7);
    EXPECT_TRUE(is_running("c"));
}

// security.md T-14
TEST_F(Exec, HasNoDescriptorsButItsOwn)
{
    const RunOptions leaking{.in_child = [] {
        for (int i = 0; i < 50; ++i)
            (void)!::dup(0);
    }};

    EXPECT_THAT(run({program(), "exec", "c", "/bin/probe", "fds"}, leaking), Prints("0 1 2 "));
    EXPECT_THAT(run({program(), "exec", "-t", "c", "/bin/probe", "fds"}, leaking).out, "0 1 2 \r\n");
    EXPECT_THAT(run({program(), "run", "--rm", probe_image(), "fds"}, leaking), Prints("0 1 2 "));
    EXPECT_THAT(run({program(), "run", "--rm", "--init", probe_image(), "fds"}, leaking), Prints("0 1 2 "));
}

TEST_F(Exec, RunsInManyAtOnce)
{
    std::vector<Running> all;
    for (int i = 0; i < 8; ++i)
        all.push_back(start_skiff("exec", "c", "/bin/probe", "echo", std::to_string(i)));

    for (int i = 0; i < 8; ++i)
        EXPECT_THAT(all[static_cast<std::size_t>(i)].finish(), Prints(std::to_string(i)));
}

} // namespace
