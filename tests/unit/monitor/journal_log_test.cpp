#include "monitor/journal_log.hpp"

#include <gtest/gtest.h>

namespace skiff::monitor {
namespace {

TEST(JournalField, IsALineOrALengthAndBytes)
{
    EXPECT_EQ(journal_field("MESSAGE", "hello"), "MESSAGE=hello\n");
    EXPECT_EQ(journal_field("MESSAGE", "a\nb"), std::string("MESSAGE\n\3\0\0\0\0\0\0\0a\nb\n", 20));
}

} // namespace
} // namespace skiff::monitor
