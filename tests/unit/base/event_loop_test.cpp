#include "base/event_loop.hpp"

#include "base/channel.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <unistd.h>

namespace skiff {
namespace {

using std::chrono::milliseconds;

TEST(EventLoop, RunsTimersInOrderAndForgetsCancelledOnes)
{
    EventLoop loop;
    std::string seen;
    loop.after(milliseconds{3}, [&] { seen += 'b'; });
    loop.after(milliseconds{1}, [&] { seen += 'a'; });
    const auto cancelled = loop.after(milliseconds{2}, [&] { seen += 'x'; });
    loop.after(milliseconds{5}, [&] { loop.stop(); });
    loop.cancel(cancelled);

    loop.run();

    EXPECT_EQ(seen, "ab");
}

TEST(EventLoop, TheLongestDelayIsNotOverAtOnce)
{
    EventLoop loop;
    bool called = false;
    loop.after(SteadyClock::duration::max(), [&] { called = true; });
    loop.after(milliseconds{2}, [&] { loop.stop(); });

    loop.run();

    EXPECT_FALSE(called);
}

TEST(EventLoop, ACallbackMayRemoveItsOwnWatch)
{
    EventLoop loop;
    const auto [left, right] = make_channel_pair();
    int calls = 0;
    loop.watch(right.fd(), EPOLLIN, [&, fd = right.fd()](std::uint32_t) {
        ++calls;
        loop.unwatch(fd);
        loop.stop();
    });
    ASSERT_TRUE(left.send("x"));

    loop.run();
    loop.run_once(milliseconds{0});

    EXPECT_EQ(calls, 1);
}

TEST(EventLoop, ForgetsSignals)
{
    EventLoop loop;
    int told = 0;
    loop.on_signal(SIGUSR1, [&](const signalfd_siginfo&) { ++told; });
    loop.on_signal(SIGUSR2, [&](const signalfd_siginfo&) { ++told; });
    loop.forget_signal(SIGUSR1);
    loop.forget_signal(SIGUSR1);
    ::raise(SIGUSR1);
    loop.run_once(std::chrono::milliseconds{0});
    EXPECT_EQ(told, 0);

    loop.on_signal(SIGUSR1, [&](const signalfd_siginfo&) { ++told; });
    loop.run_once(std::chrono::seconds{1});
    EXPECT_EQ(told, 1) << "it has waited";
    loop.forget_signal(SIGUSR1);
    loop.forget_signal(SIGUSR2);
    sigset_t both;
    ::sigemptyset(&both);
    ::sigaddset(&both, SIGUSR1);
    ::sigaddset(&both, SIGUSR2);
    ::sigprocmask(SIG_UNBLOCK, &both, nullptr);
}

TEST(EventLoop, DeliversSignals)
{
    EventLoop loop;
    int sender = 0;
    loop.on_signal(SIGUSR1, [&](const signalfd_siginfo& info) {
        sender = static_cast<int>(info.ssi_pid);
        loop.stop();
    });
    ::kill(::getpid(), SIGUSR1);

    loop.run();

    EXPECT_EQ(sender, ::getpid());
}

} // namespace
} // namespace skiff
