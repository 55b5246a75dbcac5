#include "build/expand.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

using namespace skiff;
using namespace skiff::build;
using testing::ElementsAre;

namespace {

Expansion expansion(char escape = '\\')
{
    static const std::map<std::string, std::string, std::less<>> values{
        {"a", "apple"}, {"empty", ""}, {"path", "/usr/local/bin/tool.tar.gz"}, {"two", "one two"}, {"quoted", "'x y'"}, {"v", "1.2.3"}};
    Expansion e;
    e.find = [](std::string_view name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional{found->second};
    };
    e.escape = escape;
    return e;
}

std::string word(std::string_view text)
{
    Expansion e = expansion();
    return expand_word(text, e);
}

std::string failure(std::string_view text)
{
    try {
        return "no error: " + word(text);
    } catch (const Error& error) {
        return error.message();
    }
}

TEST(Expand, FillsInValues)
{
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"plain", "plain"},
        {"$a", "apple"},
        {"${a}s", "apples"},
        {"x$a.y", "xapple.y"},
        {"$unset", ""},
        {"$1x", "x"},
        {"$$", ""},
        {"$", "$"},
        {"$ a", "$ a"},
        {"a$", "a$"},
        {"${a:-d}", "apple"},
        {"${empty:-d}", "d"},
        {"${empty-d}", ""},
        {"${unset-d}", "d"},
        {"${unset:-$a}", "apple"},
        {"${unset:-${empty:-deep}}", "deep"},
        {"${a:+yes}", "yes"},
        {"${empty:+yes}", ""},
        {"${empty+yes}", "yes"},
        {"${unset+yes}", ""},
        {"${a:?must}", "apple"},
        {"${path#*/}", "usr/local/bin/tool.tar.gz"},
        {"${path##*/}", "tool.tar.gz"},
        {"${path%.*}", "/usr/local/bin/tool.tar"},
        {"${path%%.*}", "/usr/local/bin/tool"},
        {"${path#nothing}", "/usr/local/bin/tool.tar.gz"},
        {"${v//./_}", "1_2_3"},
        {"${v/./_}", "1_2.3"},
        {"${v//\\./}", "123"},
        {"${v/?./}", "2.3"},
        {"${a/p*/X}", "aX"},
        {"\\$a", "$a"},
        {"\\${a}", "${a}"},
        {"'$a'", "$a"},
        {"\"$a\"", "apple"},
        {"\"\\$a \\\" \\\\ \\n\"", "$a \" \\ \\n"},
        {"a\\ b", "a b"},
        {"$quoted", "'x y'"},
    };
    for (const auto& [text, expected] : cases) {
        SCOPED_TRACE(text);
        EXPECT_EQ(word(text), expected);
    }
}

TEST(Expand, RefusesWhatNoShellWouldTake)
{
    EXPECT_EQ(failure("${}"), "syntax error: bad substitution");
    EXPECT_EQ(failure("${:x}"), "syntax error: bad substitution");
    EXPECT_EQ(failure("${{a}}"), "syntax error: bad substitution");
    EXPECT_EQ(failure("${a"), "syntax error: missing '}'");
    EXPECT_EQ(failure("${a:-x"), "syntax error: missing '}'");
    EXPECT_EQ(failure("${a:=x}"), "unsupported modifier (:=) in substitution");
    EXPECT_EQ(failure("${unset:?set it}"), "unset: set it");
    EXPECT_EQ(failure("${empty:?}"), "empty: is not allowed to be empty");
    EXPECT_EQ(failure("${unset?}"), "unset: is not allowed to be unset");
    EXPECT_EQ(failure("'open"), "unexpected end of statement while looking for matching single-quote");
    EXPECT_EQ(failure("\"open"), "unexpected end of statement while looking for matching double-quote");
}

TEST(Expand, MakesWordsOfValuesThatAreNotQuoted)
{
    Expansion e = expansion();

    EXPECT_THAT(expand_words("80 $two \"$two\" '' $unset x$two", e), ElementsAre("80", "one", "two", "one two", "", "xone", "two"));
}

TEST(Expand, NamesWhatIsNotSet)
{
    Expansion e = expansion();

    expand_word("$a $nowhere ${other} ${third:-x}", e);

    EXPECT_THAT(e.undefined, ElementsAre("nowhere", "other"));
}

TEST(Expand, LeavesQuotesOfAHeredocAlone)
{
    Expansion e = expansion();

    EXPECT_EQ(expand_heredoc("'$a' \"$a\" \\$a \\\\ \\n it's\n", e), "'apple' \"apple\" $a \\ \\n it's\n");
}

TEST(Expand, TakesTheFilesEscapeCharacter)
{
    Expansion e = expansion('`');

    EXPECT_EQ(expand_word("c:\\dir`$a\\$a", e), "c:\\dir$a\\apple");
}

TEST(Expand, BoundsItsWork)
{
    Expansion e;
    e.find = [](std::string_view) { return std::string(1U << 20U, 'x'); };
    std::string many;
    for (int i = 0; i < 40; ++i)
        many += "$x";
    std::string deep;
    for (int i = 0; i < 100; ++i)
        deep += "${x:-";

    EXPECT_THROW(expand_word(many, e), Error);
    EXPECT_THROW(expand_word(deep, e), Error);
    EXPECT_THROW(expand_word("${x#a*b*c}", e), Error);
}

} // namespace
