// What nobody could write down: a killed command, a killed monitor, a reboot. The next command tells the truth and cleans up.

#include "tests/support/box.hpp"

#include <csignal>
#include <fstream>

using namespace skiff::testing;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

class Lost : public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        if (!IsSkipped()) {
            probe_image();
        }
    }

    /// The monitor of the box's only running container: the orphan that we are the subreaper of.
    static pid_t find_monitor()
    {
        for (const pid_t pid : find_orphans())
            if (describe_processes({pid}).find("monitor") != std::string::npos)
                return pid;
        ADD_FAILURE() << "no monitor among\n" << describe_processes(find_orphans());
        return -1;
    }

    void kill_monitor()
    {
        const pid_t pid = find_monitor();
        if (pid > 0)
            ::kill(pid, SIGKILL);
        EXPECT_TRUE(eventually([&] { return ::kill(pid, 0) != 0; }));
    }

    std::string in_next_boot(const std::vector<std::string>& words)
    {
        std::vector<std::string> argv{program()};
        argv.insert(argv.end(), words.begin(), words.end());
        const Result result = run(argv, {.environment = {"SKIFF_BOOT_ID=11111111-2222-3333-4444-555555555555"}});
        EXPECT_THAT(result, Succeeds());
        return result.line();
    }
};

TEST_F(Lost, CommandLeavesTheContainerRunning)
{
    Running command = start_skiff("run", "--name", "c", "probe", "forever");
    command.read_until("ready");

    command.signal(SIGKILL);
    command.finish();

    EXPECT_TRUE(is_running("c"));
    EXPECT_THAT(skiff("stop", "-t", "0", "c"), Succeeds());
    EXPECT_EQ(skiff("logs", "c").out, "ready\n");
}

TEST_F(Lost, MonitorTakesTheContainerWithIt)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "probe", "forever"), Succeeds());

    kill_monitor();

    EXPECT_EQ(inspect("c", "{{.State.Status}} {{.State.ExitCode}}"), "exited 137");
    EXPECT_TRUE(eventually([] { return find_orphans().empty(); })) << describe_processes(find_orphans());
    EXPECT_THAT(skiff("ps", "-q").out, IsEmpty());
}

TEST_F(Lost, MonitorIsNoHindranceToAnyVerb)
{
    const std::vector<std::vector<std::string>> verbs = {
        {"stop", "c"}, {"rm", "c"}, {"start", "c"}, {"wait", "c"}, {"restart", "-t", "0", "c"}, {"rm", "-f", "c"}, {"logs", "c"}};
    for (const auto& verb : verbs) {
        SCOPED_TRACE(verb[0]);
        ASSERT_THAT(skiff("run", "-d", "--name", "c", "probe", "forever"), Succeeds());
        kill_monitor();

        std::vector<std::string> argv{program()};
        argv.insert(argv.end(), verb.begin(), verb.end());
        EXPECT_THAT(run(argv), Succeeds());

        EXPECT_THAT(skiff("rm", "-f", "-t", "0", "c"), Succeeds());
        EXPECT_TRUE(eventually([] { return find_orphans().empty(); })) << describe_processes(find_orphans());
    }
}

TEST_F(Lost, MonitorOfAContainerWithRmIsCleanedUpAfter)
{
    ASSERT_THAT(skiff("run", "-d", "--rm", "--name", "c", "-v", "/anonymous", "probe", "forever"), Succeeds());

    kill_monitor();

    EXPECT_THAT(skiff("run", "--rm", "--name", "c", "probe", "echo", "free"), Prints("free"));
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
    EXPECT_THAT(skiff("volume", "ls", "-q").out, IsEmpty());
}

TEST_F(Lost, MonitorEndsTheCommandThatIsAttached)
{
    Running command = start_skiff("run", "--name", "c", "probe", "forever");
    command.read_until("ready");
    // The monitor is the command's child: it is found by its name.
    const Result pid = run({"/bin/sh", "-c", "cat /proc/" + std::to_string(command.pid()) + "/task/*/children"});
    ::kill(std::stoi(pid.out), SIGKILL);

    EXPECT_THAT(command.finish().code, AnyOf(125, 137));
    EXPECT_EQ(inspect("c", "{{.State.Status}}"), "exited");
}

TEST_F(Lost, ProcessIsTheEndOfTheContainer)
{
    const std::string id = skiff("run", "-d", "--name", "c", "probe", "forever").line();

    ::kill(std::stoi(inspect("c", "{{.State.Pid}}")), SIGKILL);

    EXPECT_THAT(skiff("wait", "c"), Prints("137"));
}

TEST_F(Lost, BootMakesAllOfThemExited)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "running", "probe", "forever"), Succeeds());
    ASSERT_THAT(skiff("create", "--name", "created", "probe", "pwd"), Succeeds());
    ASSERT_THAT(skiff("run", "--name", "done", "probe", "exit", "3"), ExitsWith(3));
    ASSERT_THAT(skiff("run", "-d", "--rm", "--name", "temporary", "probe", "forever"), Succeeds());
    for (const pid_t pid : find_orphans())
        ::kill(pid, SIGKILL);
    ASSERT_TRUE(eventually([] { return find_orphans().empty(); }));
    ASSERT_THAT(run({"/bin/rm", "-rf", path() + "/run/skiff"}), Succeeds()); // a tmpfs is empty then

    const std::string all = in_next_boot({"ps", "-a", "--format", "{{.Names}} {{.State}}", "--sort", "names"});

    EXPECT_THAT(all, HasSubstr("created created\ndone exited\nrunning exited"));
    EXPECT_EQ(in_next_boot({"inspect", "--format", "{{.State.ExitCode}}", "done"}), "3");
    EXPECT_EQ(in_next_boot({"start", "running"}), "running");
    EXPECT_EQ(in_next_boot({"rm", "-f", "-t", "0", "running"}), "running");
    EXPECT_EQ(in_next_boot({"run", "--rm", "--name", "temporary", "probe", "echo", "free"}), "free");
}

TEST_F(Lost, RecordIsReportedAndDoesNotHideTheOthers)
{
    const std::string id = skiff("create", "--name", "broken", "probe").line();
    ASSERT_THAT(skiff("create", "--name", "whole", "probe"), Succeeds());
    const std::string record = path() + "/data/skiff/containers/" + id + "/config.json";

    for (const char* content : {"", "{", "{\"id\": 5}", "[]", "null"}) {
        SCOPED_TRACE(content);
        std::ofstream{record, std::ios::trunc} << content;
        EXPECT_THAT(skiff("ps", "-a", "--format", "{{.Names}}"), PrintsSubstring("whole"));
        EXPECT_NE(skiff("start", "broken").code, 0);
    }
    EXPECT_THAT(skiff("rm", "-f", "broken"), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "--name", "broken", "probe", "echo", "free"), Prints("free"));
}

// security.md T-22
TEST_F(Lost, PidThatBelongsToAnotherNowIsNotSignalled)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "probe", "forever"), Succeeds());
    const std::string id = inspect("c", "{{.Id}}");
    kill_monitor();
    ASSERT_TRUE(eventually([] { return find_orphans().empty(); }));
    // The record says that the init is a process of somebody else's: one of ours, with another start time.
    Running bystander{Running::Start{{"/bin/sleep", "60"}, {"PATH=/bin"}, "", {}, false}};
    const std::string state = path() + "/run/skiff/containers/" + id + "/state.json";
    ASSERT_THAT(run({"/bin/sed", "-i", "-E", "s/\"pid\":[0-9]+/\"pid\":" + std::to_string(bystander.pid()) + "/g", state}), Succeeds());

    EXPECT_THAT(skiff("rm", "-f", "c"), Succeeds());

    EXPECT_EQ(::kill(bystander.pid(), 0), 0);
}

} // namespace
