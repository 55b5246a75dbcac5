// `attach`, `start -a` and the keys that leave: several clients of one container's streams.

#include "tests/support/box.hpp"

#include <termios.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace {

using Attach = Box;

TEST_F(Attach, ShowsWhatComesAndReturnsTheCode)
{
    ASSERT_THAT(skiff("run", "-di", "--name", "c", probe_image(), "converse"), Succeeds());
    Running client = start_skiff("attach", "c");

    client.write("hello\n");
    client.read_until("got hello");
    client.write("quit 9\n");

    EXPECT_EQ(client.finish().code, 9);
}

/// The probe's loop goes on whatever a write says: as a first process no SIGPIPE ends it, which ends any other.
TEST_F(Attach, ARunWhoseReaderHasGoneEnds)
{
    const std::string many = " " + probe_image() + " repeat 1000000000 line | head -1";

    for (const std::string options : {"--rm", "--rm -t", "--rm --init"})
        EXPECT_THAT(run({"/usr/bin/timeout", "20", "/bin/sh", "-c", program() + " run --network none " + options + many}), PrintsSubstring("line 1")) << options;
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
}

TEST_F(Attach, ServesSeveralClients)
{
    ASSERT_THAT(skiff("run", "-di", "--name", "c", probe_image(), "converse"), Succeeds());
    Running first = start_skiff("attach", "c");
    Running second = start_skiff("attach", "c");
    first.write("one\n");
    first.read_until("got one");
    second.write("two\n");
    second.read_until("got two");

    first.read_until("got two");
    second.write("quit 0\n");

    EXPECT_EQ(first.finish().code, 0);
    EXPECT_EQ(second.finish().code, 0);
}

TEST_F(Attach, TakesNoBytesOfAFileForTheDetachKeys)
{
    Running client = start_skiff("run", "-i", "--name", "c", probe_image(), "converse");
    client.write("a\x10\x11z\n");
    client.read_until("got a\x10\x11z");
    client.write("quit 3\n");

    EXPECT_EQ(client.finish().code, 3);
}

TEST_F(Attach, LeavesByTheDetachKeys)
{
    Running terminal = [&] {
        const std::string image = probe_image();
        return start_on_terminal("run", "-it", "--name", "c", image, "converse");
    }();
    terminal.read_until("ready");

    terminal.write("\x10\x11");

    EXPECT_EQ(terminal.finish().code, 0);
    EXPECT_TRUE(is_running("c"));
    Running again = start_on_terminal("attach", "c");
    again.write("still\n");
    again.read_until("got still");
    again.write("quit 3\n");
    EXPECT_EQ(again.finish().code, 3);
}

TEST_F(Attach, LeavesByKeysOfOnesOwn)
{
    probe_image();
    Running terminal = start_on_terminal("run", "-it", "--detach-keys", "ctrl-a,d", "--name", "c", "probe", "converse");
    terminal.read_until("ready");

    terminal.write("x\x01y\n"); // the beginning of the sequence alone is input
    terminal.read_until("y");
    terminal.write("\x01" "d");

    EXPECT_EQ(terminal.finish().code, 0);
    EXPECT_TRUE(is_running("c"));
}

TEST_F(Attach, GivesTheTerminalBackAsItWas)
{
    probe_image();
    Running shell = [&] {
        return start_on_terminal("run", "-it", "--rm", "probe", "converse");
    }();
    termios before{};
    ::tcgetattr(shell.terminal(), &before);
    shell.read_until("ready");
    EXPECT_TRUE(eventually([&] {
        termios during{};
        ::tcgetattr(shell.terminal(), &during);
        return (during.c_lflag & ICANON) == 0U;
    })) << "raw while attached";

    shell.write("quit 0\n");
    EXPECT_TRUE(eventually([&] {
        termios after{};
        ::tcgetattr(shell.terminal(), &after);
        return after.c_lflag == before.c_lflag && after.c_iflag == before.c_iflag;
    }));
    shell.finish();
}

TEST_F(Attach, PassesInterruptFromTheKeyboard)
{
    probe_image();
    Running terminal = start_on_terminal("run", "-it", "--rm", "--init", "probe", "forever");
    terminal.read_until("ready");

    terminal.write("\x03");

    EXPECT_EQ(terminal.finish().code, 130);
}

TEST_F(Attach, EndsAtItsInputsEndButNotTheContainer)
{
    ASSERT_THAT(skiff("run", "-di", "--name", "c", probe_image(), "converse"), Succeeds());

    Running client = start_skiff("attach", "c");
    client.write("hello\n");
    client.read_until("got hello");
    client.close_input();

    EXPECT_TRUE(is_running("c"));
    client.signal(SIGKILL);
}

TEST_F(Attach, CannotBeDoneToWhatDoesNotRun)
{
    ASSERT_THAT(skiff("create", "--name", "idle", probe_image(), "pwd"), Succeeds());

    EXPECT_THAT(skiff("attach", "idle"), FailsWith(125, "you can only attach to running containers"));
    EXPECT_THAT(skiff("attach", "nobody"), FailsWith(125, "no container with name or ID \"nobody\" found"));
}

TEST_F(Attach, IsPartOfStart)
{
    ASSERT_THAT(skiff("create", "-i", "--name", "c", probe_image(), "converse"), Succeeds());

    const Result result = run({program(), "start", "-ai", "c"}, {.input = "hello\nquit 6\n"});

    EXPECT_EQ(result.out, "ready\ngot hello\n");
    EXPECT_EQ(result.code, 6);
    EXPECT_THAT(skiff("start", "-a", "c", "c2"), FailsWith(125, "you cannot start and attach multiple containers at once"));
}

TEST_F(Attach, CanBeToSomeStreamsOnly)
{
    EXPECT_THAT(skiff("run", "--rm", "-a", "stderr", probe_image(), "echo", "out", "then", "complain", "err").out, Not(HasSubstr("out\n")));
    EXPECT_THAT(skiff("run", "--rm", "-a", "stdout", probe_image(), "echo", "out", "then", "complain", "err").err, IsEmpty());
}

// security.md T-20: the container's terminal is never the caller's.
TEST_F(Attach, NeverLetsTheContainerTypeForTheCaller)
{
    probe_image();

    Running with = start_on_terminal("run", "--rm", "-it", "probe", "push-input");
    Running without = start_on_terminal("run", "--rm", "-i", "probe", "push-input");

    EXPECT_THAT(with.finish().out, HasSubstr("EPERM"));
    EXPECT_THAT(without.finish().out, HasSubstr("EPERM"));
}

} // namespace
