#include "cli/readers.hpp"

#include "support.hpp"

#include <gmock/gmock.h>

namespace skiff::cli {
namespace {

using ::testing::ElementsAre;

TEST(Readers, ReadBooleansAsGo)
{
    for (const char* yes : {"1", "t", "T", "TRUE", "true", "True"})
        EXPECT_TRUE(read_bool(yes)) << yes;
    for (const char* no : {"0", "f", "F", "FALSE", "false", "False"})
        EXPECT_FALSE(read_bool(no)) << no;
    EXPECT_EQ(error_of([] { read_bool("yes"); }), "strconv.ParseBool: parsing \"yes\": invalid syntax");
}

TEST(Readers, ReadIntegersInEveryBase)
{
    EXPECT_EQ(read_integer("-12"), -12);
    EXPECT_EQ(read_integer("0x10"), 16);
    EXPECT_EQ(read_integer("0o17"), 15);
    EXPECT_EQ(read_integer("017"), 15);
    EXPECT_EQ(read_integer("0b11"), 3);
    EXPECT_EQ(read_integer("0"), 0);
    EXPECT_EQ(read_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(error_of([] { read_integer("x"); }), "strconv.ParseInt: parsing \"x\": invalid syntax");
    EXPECT_EQ(error_of([] { read_integer(""); }), "strconv.ParseInt: parsing \"\": invalid syntax");
    EXPECT_EQ(error_of([] { read_integer("9223372036854775808"); }),
              "strconv.ParseInt: parsing \"9223372036854775808\": value out of range");
    EXPECT_EQ(error_of([] { read_unsigned("-1"); }), "strconv.ParseUint: parsing \"-1\": invalid syntax");
}

TEST(Readers, RefuseWhatDoesNotFitTheMember)
{
    std::uint16_t small = 0;
    EXPECT_EQ(error_of([&] { read_into(small, "65536"); }), "strconv.ParseUint: parsing \"65536\": value out of range");
    int number = 0;
    EXPECT_EQ(error_of([&] { read_into(number, "2147483648"); }),
              "strconv.ParseInt: parsing \"2147483648\": value out of range");
}

TEST(Readers, ReadNumbers)
{
    EXPECT_DOUBLE_EQ(read_number("1.5"), 1.5);
    EXPECT_EQ(error_of([] { read_number("x"); }), "strconv.ParseFloat: parsing \"x\": invalid syntax");
    EXPECT_EQ(error_of([] { read_number("nan"); }), "strconv.ParseFloat: parsing \"nan\": invalid syntax");
}

TEST(Readers, SplitAtCommasOutsideOfQuotes)
{
    EXPECT_THAT(split_commas("a,b"), ElementsAre("a", "b"));
    EXPECT_THAT(split_commas("a,"), ElementsAre("a", ""));
    EXPECT_THAT(split_commas("\"a,b\",c"), ElementsAre("a,b", "c"));
    EXPECT_THAT(split_commas("\"a\"\"b\""), ElementsAre("a\"b"));
    EXPECT_THAT(split_commas(""), ElementsAre());
    EXPECT_EQ(error_of([] { split_commas("tr\"ue"); }), "parse error on line 1, column 3: bare \" in non-quoted-field");
}

} // namespace
} // namespace skiff::cli
