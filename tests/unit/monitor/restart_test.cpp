#include "monitor/restart.hpp"

#include <gtest/gtest.h>

namespace skiff::monitor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Restart, FollowsThePolicy)
{
    const RunOutcome failed{1, false, 0, seconds{1}};
    const RunOutcome succeeded{0, false, 0, seconds{1}};
    const RunOutcome stopped{137, true, 0, seconds{1}};

    EXPECT_FALSE(find_restart_delay({RestartWhen::No, 0}, failed));
    EXPECT_TRUE(find_restart_delay({RestartWhen::OnFailure, 0}, failed));
    EXPECT_FALSE(find_restart_delay({RestartWhen::OnFailure, 0}, succeeded));
    EXPECT_TRUE(find_restart_delay({RestartWhen::Always, 0}, succeeded));
    EXPECT_FALSE(find_restart_delay({RestartWhen::Always, 0}, stopped));
    EXPECT_FALSE(find_restart_delay({RestartWhen::UnlessStopped, 0}, stopped));
}

TEST(Restart, OnFailureGivesUpAfterItsRetries)
{
    const RestartPolicy policy{RestartWhen::OnFailure, 2};

    EXPECT_TRUE(find_restart_delay(policy, {1, false, 1, seconds{1}}));
    EXPECT_FALSE(find_restart_delay(policy, {1, false, 2, seconds{1}}));
}

TEST(Restart, ThePauseDoublesUpToAMinuteAndALongRunResetsIt)
{
    const RestartPolicy policy{RestartWhen::Always, 0};

    EXPECT_EQ(find_restart_delay(policy, {1, false, 0, seconds{1}}), milliseconds{100});
    EXPECT_EQ(find_restart_delay(policy, {1, false, 3, seconds{1}}), milliseconds{800});
    EXPECT_EQ(find_restart_delay(policy, {1, false, 4000, seconds{1}}), milliseconds{60'000});
    EXPECT_EQ(find_restart_delay(policy, {1, false, 4000, seconds{11}}), milliseconds{100});
}

} // namespace
} // namespace skiff::monitor
