#include "monitor/route_metrics.hpp"

#include <gmock/gmock.h>

namespace skiff::monitor {
namespace {

using ::testing::ElementsAre;

TEST(RouteMetrics, FollowTheOrderOfTheNetworks)
{
    EXPECT_THAT(make_route_metrics({{}, {}, {}}), ElementsAre(100, 101, 102));
}

TEST(RouteMetrics, TheHighestPriorityComesFirst)
{
    EXPECT_THAT(make_route_metrics({{0, {}}, {10, {}}, {-1, {}}, {10, {}}}), ElementsAre(102, 100, 103, 101));
}

TEST(RouteMetrics, TheNetworksOptionCountsAmongEqualPriorities)
{
    EXPECT_THAT(make_route_metrics({{0, {}}, {0, 50}, {0, 500}}), ElementsAre(100, 50, 500));
    EXPECT_THAT(make_route_metrics({{0, 50}, {0, 50}}), ElementsAre(50, 51));
    EXPECT_THAT(make_route_metrics({{0, 50}, {1, 200}}), ElementsAre(201, 200));
    EXPECT_THAT(make_route_metrics({{0, 0}}), ElementsAre(0));
    EXPECT_THAT(make_route_metrics({{0, 4294967295U}, {-1, 0}}), ElementsAre(4294967295U, 4294967295U));
}

} // namespace
} // namespace skiff::monitor
