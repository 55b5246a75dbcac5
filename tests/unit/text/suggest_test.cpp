#include "text/suggest.hpp"

#include <gtest/gtest.h>

namespace skiff::text {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsReplacementsAndSwaps)
{
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("images", "images"), 0U);
    EXPECT_EQ(edit_distance("iamges", "images"), 1U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("ID", "id"), 0U);
}

TEST(FindNearest, OffersWhatWasProbablyMeant)
{
    const std::vector<std::string> commands{"attach", "commit", "images", "inspect", "ps", "rm", "run", "volume"};

    EXPECT_EQ(find_nearest("isnpect", commands), "inspect");
    EXPECT_EQ(find_nearest("comit", commands), "commit");
    EXPECT_EQ(find_nearest("vol", commands), "volume");
    EXPECT_EQ(find_nearest("rn", commands), "rm");
    EXPECT_EQ(find_nearest("x", commands), std::nullopt);
    EXPECT_EQ(find_nearest("frobnicate", commands), std::nullopt);
    EXPECT_EQ(find_nearest(std::string(1000, 'a'), commands), std::nullopt);
}

} // namespace
} // namespace skiff::text
