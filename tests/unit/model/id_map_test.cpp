#include "model/id_map.hpp"

#include <gtest/gtest.h>

namespace skiff {
namespace {

using Ranges = std::vector<IdRange>;

TEST(SplitAtLines, CutsWhereALineOfTheParentEnds)
{
    const Ranges parent{{0, 0, 1}, {1, 1, 65536}, {65537, 65537, 1000}};

    EXPECT_EQ(split_at_lines({{0, 0, 65537}}, parent), (Ranges{{0, 0, 1}, {1, 1, 65536}}));
    EXPECT_EQ(split_at_lines({{10, 65536, 2}}, parent), (Ranges{{10, 65536, 1}, {11, 65537, 1}}));
}

TEST(SplitAtLines, KeepsWhatFitsIntoALine)
{
    const Ranges parent{{0, 0, 1}, {1, 1, 65536}};
    const Ranges keep_id{{0, 1, 1000}, {1000, 0, 1}, {1001, 1001, 64536}};

    EXPECT_EQ(split_at_lines(keep_id, parent), keep_id);
}

TEST(SplitAtLines, LeavesIdsThatTheParentDoesNotHaveToTheKernel)
{
    EXPECT_EQ(split_at_lines({{0, 7, 3}}, {{0, 0, 1}}), (Ranges{{0, 7, 3}}));
    EXPECT_EQ(split_at_lines({{0, 0, 3}}, {{0, 0, 1}}), (Ranges{{0, 0, 1}, {1, 1, 2}}));
    EXPECT_EQ(split_at_lines({{0, 0, 4294967295U}}, {{0, 0, 4294967295U}}), (Ranges{{0, 0, 4294967295U}}));
}

} // namespace
} // namespace skiff
