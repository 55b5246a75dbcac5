#include "build/scheduler.hpp"

#include <gtest/gtest.h>

namespace skiff::build {
namespace {

StageNeeds on(std::optional<std::size_t> base, std::set<std::size_t> others = {})
{
    StageNeeds needs;
    needs.base = base;
    needs.stages = std::move(others);
    if (base)
        needs.stages.insert(*base);
    return needs;
}

TEST(Scheduler, BeginsIndependentStagesSideBySide)
{
    Scheduler scheduler{{on({}), on({}), on({}, {0, 1})}, {0, 1, 2}, 2};

    EXPECT_EQ(scheduler.begin(), 0U);
    EXPECT_EQ(scheduler.begin(), 1U);
    EXPECT_EQ(scheduler.begin(), std::nullopt) << "two jobs";
    scheduler.finish(1);
    EXPECT_EQ(scheduler.begin(), 2U);
}

TEST(Scheduler, AStageWaitsForItsBase)
{
    Scheduler scheduler{{on({}), on(0)}, {0, 1}, 4};

    EXPECT_EQ(scheduler.begin(), 0U);
    EXPECT_EQ(scheduler.begin(), std::nullopt);
    scheduler.finish(0);
    EXPECT_EQ(scheduler.begin(), 1U);
}

TEST(Scheduler, WhoWaitsLeavesItsPlaceToOthers)
{
    Scheduler scheduler{{on({}), on({}, {0})}, {1}, 1};

    EXPECT_EQ(scheduler.begin(), 1U);
    scheduler.wait(1, 0);
    EXPECT_EQ(scheduler.resume(), std::nullopt);
    EXPECT_EQ(scheduler.begin(), 0U) << "asked for, although it was not wanted before";
    scheduler.finish(0);
    EXPECT_EQ(scheduler.resume(), 1U);
    EXPECT_EQ(scheduler.resume(), std::nullopt);
    EXPECT_EQ(scheduler.working(), 1U);
    scheduler.finish(1);
    EXPECT_TRUE(scheduler.is_finished(1));
}

TEST(Scheduler, LeavesOutWhatIsNotWanted)
{
    Scheduler scheduler{{on({}), on({}), on({})}, {1}, 4};

    EXPECT_EQ(scheduler.begin(), 1U);
    EXPECT_EQ(scheduler.begin(), std::nullopt);
}

} // namespace
} // namespace skiff::build
