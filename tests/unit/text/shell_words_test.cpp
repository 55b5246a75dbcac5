#include "text/shell_words.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

namespace skiff::text {
namespace {

using Words = std::vector<std::string>;

TEST(SplitShellWords, KnowsQuotesAndBackslashes)
{
    struct Case
    {
        const char* line;
        Words words;
    };
    const Case cases[] = {
        {"", {}},
        {"  \t\n ", {}},
        {"echo hello  world", {"echo", "hello", "world"}},
        {"a 'b c' \"d e\"f", {"a", "b c", "d ef"}},
        {"'' \"\"", {"", ""}},
        {R"(a\ b \\ \')", {"a b", "\\", "'"}},
        {R"("a\$b\"c\d" 'e\f')", {"a$b\"c\\d", "e\\f"}},
        {"a\\\nb \"c\\\nd\"", {"ab", "cd"}},
        {"$HOME # *", {"$HOME", "#", "*"}},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.line);
        EXPECT_EQ(split_shell_words(c.line), c.words);
    }
}

TEST(SplitShellWords, RefusesWhatDoesNotEnd)
{
    for (const char* line : {"'a", "\"a", "a\\", "\"a\\", "\"a\\\""}) {
        SCOPED_TRACE(line);
        EXPECT_THROW(split_shell_words(line), Error);
    }
}

TEST(ShellQuote, QuotesOnlyWhereNeededAndReadsBack)
{
    EXPECT_EQ(shell_quote("a/b-c=1"), "a/b-c=1");
    EXPECT_EQ(shell_quote(""), "''");
    EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");

    const Words words{"sh", "-c", "echo \"$x\" 'y' \\ \n~", "", "a b"};
    EXPECT_EQ(split_shell_words(join_shell_words(words)), words);
}

} // namespace
} // namespace skiff::text
