#include "engine/journal_reader.hpp"

#include <gtest/gtest.h>

namespace skiff::engine {
namespace {

TEST(JournalLine, BecomesARecord)
{
    const auto record = parse_journal_line(
        R"({"__REALTIME_TIMESTAMP":"1700000000123456","PRIORITY":"3","MESSAGE":"oops","CONTAINER_PARTIAL_MESSAGE":"true"})");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->text, "oops");
    EXPECT_TRUE(record->is_error);
    EXPECT_TRUE(record->is_partial);
    EXPECT_EQ(record->time.time_since_epoch(), std::chrono::microseconds{1700000000123456});
}

TEST(JournalLine, MayHoldBytesThatAreNoText)
{
    const auto record = parse_journal_line(R"({"__REALTIME_TIMESTAMP":"1","PRIORITY":"6","MESSAGE":[104,105,255]})");
    ASSERT_TRUE(record);
    EXPECT_EQ(record->text, "hi\xff");
    EXPECT_FALSE(record->is_error);
}

TEST(JournalLine, OfSomethingElseIsSkipped)
{
    EXPECT_FALSE(parse_journal_line("-- No entries --"));
    EXPECT_FALSE(parse_journal_line("[]"));
    EXPECT_FALSE(parse_journal_line(R"({"MESSAGE":"no time"})"));
    EXPECT_FALSE(parse_journal_line(R"({"__REALTIME_TIMESTAMP":"x","MESSAGE":"no time"})"));
}

} // namespace
} // namespace skiff::engine
