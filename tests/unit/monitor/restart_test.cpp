#include "monitor/restart.hpp"

#include <gtest/gtest.h>

namespace skiff::monitor {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr RunOutcome failed{1, false, seconds{1}};
constexpr RunOutcome succeeded{0, false, seconds{1}};
constexpr RunOutcome stopped{137, true, seconds{1}};

RunOutcome failed_after(nanoseconds time) { return {1, false, time}; }

/// How many restarts there are when every run ends like this; no more than 20 are tried.
std::uint32_t restarts_after(const RestartPolicy& policy, const RunOutcome& outcome)
{
    Restarts restarts;
    while (restarts.count() < 20 && restarts.next_pause(policy, outcome))
        ;
    return restarts.count();
}

TEST(Restarts, FollowThePolicy)
{
    EXPECT_FALSE(Restarts{}.next_pause({RestartWhen::No}, failed));
    EXPECT_TRUE(Restarts{}.next_pause({RestartWhen::OnFailure}, failed));
    EXPECT_FALSE(Restarts{}.next_pause({RestartWhen::OnFailure}, succeeded));
    EXPECT_TRUE(Restarts{}.next_pause({RestartWhen::Always}, succeeded));
    EXPECT_FALSE(Restarts{}.next_pause({RestartWhen::Always}, stopped));
    EXPECT_FALSE(Restarts{}.next_pause({RestartWhen::UnlessStopped}, stopped));
}

TEST(Restarts, EndAfterTheRetries)
{
    EXPECT_EQ(restarts_after({RestartWhen::OnFailure, 2}, failed), 2U);
    EXPECT_EQ(restarts_after({RestartWhen::Always, 3}, succeeded), 3U);
    EXPECT_EQ(restarts_after({RestartWhen::OnFailure, 2}, failed_after(minutes{5})), 2U) << "without a window all count";
    EXPECT_EQ(restarts_after({RestartWhen::Always}, failed), 20U);
}

TEST(Restarts, CountAnewAfterARunThatLastedTheWindow)
{
    const RestartPolicy policy{RestartWhen::OnFailure, 2, {}, minutes{1}};
    EXPECT_EQ(restarts_after(policy, failed_after(seconds{59})), 2U);
    EXPECT_EQ(restarts_after(policy, failed_after(minutes{1})), 20U);

    Restarts restarts;
    for (const nanoseconds lasted : {nanoseconds{seconds{1}}, nanoseconds{seconds{1}}, nanoseconds{minutes{2}}, nanoseconds{seconds{1}}})
        EXPECT_TRUE(restarts.next_pause(policy, failed_after(lasted)));
    EXPECT_FALSE(restarts.next_pause(policy, failed_after(seconds{1})));
    EXPECT_EQ(restarts.count(), 4U) << "what is shown are all of them";
}

TEST(Restarts, PauseForTheDelayOfThePolicy)
{
    const RestartPolicy policy{RestartWhen::Always, 0, seconds{7}};

    Restarts restarts;
    for (int run = 0; run < 3; ++run)
        EXPECT_EQ(restarts.next_pause(policy, failed), seconds{7});
}

TEST(Restarts, PauseTwiceAsLongEachTimeUpToAMinuteUntilARunIsLong)
{
    const RestartPolicy policy{RestartWhen::Always};

    Restarts restarts;
    for (const int expected : {100, 200, 400, 800})
        EXPECT_EQ(restarts.next_pause(policy, failed), milliseconds{expected});
    for (int run = 0; run < 20; ++run)
        restarts.next_pause(policy, failed);
    EXPECT_EQ(restarts.next_pause(policy, failed), minutes{1});
    EXPECT_EQ(restarts.next_pause(policy, failed_after(seconds{11})), milliseconds{100});
    EXPECT_EQ(restarts.next_pause(policy, failed), milliseconds{100});
    EXPECT_EQ(restarts.next_pause(policy, failed), milliseconds{200});
}

} // namespace
} // namespace skiff::monitor
