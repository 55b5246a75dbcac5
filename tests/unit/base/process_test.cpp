#include "base/process.hpp"

#include "base/error.hpp"

#include <csignal>
#include <gtest/gtest.h>

namespace skiff {
namespace {

TEST(RunProcess, PassesInputAndCollectsBothOutputs)
{
    SpawnRequest request;
    request.argv = {"/bin/sh", "-c", "cat; echo trouble >&2; exit 3"};

    const RunResult result = run_process(request, "hello");

    EXPECT_EQ(result.status.code, 3);
    EXPECT_EQ(result.output, "hello");
    EXPECT_EQ(result.error_output, "trouble\n");
}

TEST(RunProcess, SurvivesAProgramThatDoesNotReadItsInput)
{
    SpawnRequest request;
    request.argv = {"/bin/true"};

    EXPECT_EQ(run_process(request, std::string(1U << 20U, 'x')).status.code, 0);
}

TEST(SpawnProcess, ReportsAnExecThatFails)
{
    SpawnRequest request;
    request.argv = {"/no/such/program"};
    try {
        spawn_process(request);
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.errno_value(), ENOENT);
    }
}

TEST(SpawnProcess, GivesTheChildNoDescriptorThatIsNotNamed)
{
    const UniqueFd leaked{::dup(1)}; // not close-on-exec, as a careless caller's
    SpawnRequest request;
    // Nothing that opens descriptors itself: pipes, listing a directory.
    request.argv = {"/bin/sh", "-c", "for n in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$n ] && echo $n; done; :"};

    EXPECT_EQ(run_process(request).output, "0\n1\n2\n");
}

TEST(Pidfd, RefusesAProcessWithAnotherStartTime)
{
    ProcessIdentity self = identify(::getpid());
    EXPECT_TRUE(Pidfd::find(self));

    self.start_time += 1;

    EXPECT_FALSE(Pidfd::find(self));
}

TEST(ChildProcess, TellsTheSignal)
{
    SpawnRequest request;
    request.argv = {"/bin/sleep", "100"};
    ChildProcess child = spawn_process(request);
    EXPECT_FALSE(child.try_wait());

    EXPECT_TRUE(child.pidfd().send_signal(SIGKILL));

    const ExitStatus status = child.wait();
    EXPECT_EQ(status.signal, SIGKILL);
    EXPECT_EQ(status.code, 137);
}

} // namespace
} // namespace skiff
