#include "text/table.hpp"

#include <gtest/gtest.h>

namespace skiff::text {
namespace {

TEST(AlignColumns, PutsCellsBelowEachOtherWithTwoSpacesBetween)
{
    EXPECT_EQ(align_columns("ID\tNAME\tX\n0123456789abcdef\tweb\ty\n"), "ID                NAME        X\n"
                                                                        "0123456789abcdef  web         y\n");
}

TEST(AlignColumns, CountsCharactersNotBytes)
{
    EXPECT_EQ(align_columns("\xc3\xbc\tb\naa\tb\n", {.min_width = 0}), "\xc3\xbc   b\naa  b\n");
}

TEST(AlignColumns, EndsAColumnAtALineWithoutItsCell)
{
    EXPECT_EQ(align_columns("a\tb\nlonger\tc\nno cells\nx\ty\n", {.min_width = 0}),
              "a       b\nlonger  c\nno cells\nx  y\n");
}

TEST(AlignColumns, PadsACellThatATabEnds)
{
    EXPECT_EQ(align_columns("a\t\nbb\t\n", {.min_width = 0}), "a   \nbb  \n");
    EXPECT_EQ(align_columns(""), "");
}

TEST(Table, HasAHeaderAndRows)
{
    Table table{{"NAME", "SIZE"}};
    EXPECT_TRUE(table.empty());
    table.add_row({"a\tb\nc", "1"});

    EXPECT_FALSE(table.empty());
    EXPECT_EQ(table.text(), "NAME        SIZE\na b c       1\n");
}

TEST(Table, WithoutHeaderIsRowsOnly)
{
    Table table;
    EXPECT_EQ(table.text(), "");
    table.add_row({"x", "y"});
    EXPECT_EQ(table.text({.min_width = 0, .padding = 3}), "x   y\n");
}

} // namespace
} // namespace skiff::text
