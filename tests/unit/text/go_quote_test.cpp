#include "text/go_quote.hpp"

#include <gtest/gtest.h>

namespace skiff::text {
namespace {

TEST(GoQuoted, EscapesAsGoDoes)
{
    EXPECT_EQ(go_quoted("plain"), "\"plain\"");
    EXPECT_EQ(go_quoted("a\"b\\c"), "\"a\\\"b\\\\c\"");
    EXPECT_EQ(go_quoted("\a\b\f\n\r\t\v"), "\"\\a\\b\\f\\n\\r\\t\\v\"");
    EXPECT_EQ(go_quoted(std::string_view{"\0\x1b\x7f", 3}), "\"\\x00\\x1b\\x7f\"");
    EXPECT_EQ(go_quoted("\xc3\xbc\xff"), "\"\xc3\xbc\\xff\"");
    EXPECT_EQ(go_quoted("\xe2\x80\xae"), "\"\\u202e\"");
    EXPECT_EQ(go_quoted_rune('\''), "'\\''");
}

TEST(GoUnquoted, ReadsStringsRawStringsAndCharacters)
{
    EXPECT_EQ(go_unquoted(R"("a\tb\"c\\\x41\101\u00fc\U0001F600")"), "a\tb\"c\\AA\xc3\xbc\xf0\x9f\x98\x80");
    EXPECT_EQ(go_unquoted("`a\\tb\r\n`"), "a\\tb\n");
    EXPECT_EQ(go_unquoted(R"('\n')"), "\n");
    EXPECT_EQ(go_unquoted("'\xc3\xbc'"), "\xc3\xbc");
}

TEST(GoUnquoted, RefusesWhatGoRefuses)
{
    for (const char* literal : {"", "\"", "\"a", "a", "\"\\q\"", "\"\\'\"", "\"\\400\"", "\"\\x4\"", "\"\\ud800\"",
                                "'ab'", "''", "\"a\"b\"", "`a`b`", "\"a\nb\""}) {
        SCOPED_TRACE(literal);
        EXPECT_EQ(go_unquoted(literal), std::nullopt);
    }
}

} // namespace
} // namespace skiff::text
