#include "net/flow_budget.hpp"

#include <gtest/gtest.h>

namespace skiff::net {
namespace {

/// Takes as many as it gets.
int take_all(FlowBudget& budget, const std::string& owner)
{
    int taken = 0;
    for (; budget.has_room(owner); ++taken)
        budget.take(owner);
    return taken;
}

TEST(FlowBudget, LeavesSomethingToTheNextGreedyOne)
{
    FlowBudget budget{1000};

    EXPECT_EQ(take_all(budget, "greedy"), 600);
    EXPECT_EQ(take_all(budget, "another"), 120);
}

TEST(FlowBudget, KeepsAQuarterForThoseThatHaveFew)
{
    FlowBudget budget{1280};
    for (char name = 'a'; name <= 'm'; ++name)
        take_all(budget, std::string{"greedy "} + name);

    for (char name = 'a'; name <= 'k'; ++name)
        EXPECT_EQ(take_all(budget, std::string{"modest "} + name), 10) << name;
}

TEST(FlowBudget, GrantsAgainWhatWasGivenBack)
{
    FlowBudget budget{20};
    ASSERT_EQ(take_all(budget, "greedy"), 12);

    budget.give_back("greedy");

    EXPECT_EQ(take_all(budget, "greedy"), 1);
}

TEST(FlowBudget, BearsWhatWasTakenWithoutAsking)
{
    FlowBudget budget{1};
    budget.take("early");
    budget.take("late");
    EXPECT_FALSE(budget.has_room("early"));
    EXPECT_FALSE(budget.has_room("new"));

    budget.give_back("early");
    budget.give_back("late");

    EXPECT_TRUE(budget.has_room("new"));
}

} // namespace
} // namespace skiff::net
