#include "build/ignore_file.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

using namespace skiff;
using namespace skiff::build;

namespace {

bool is_hidden(std::string_view rules, std::string_view path)
{
    return IgnoreRules::parse(rules, ".containerignore").find_hiding(path) != nullptr;
}

TEST(IgnoreFile, MatchesFromTheRootOfTheContext)
{
    struct Case
    {
        std::string_view rules;
        std::string_view path;
        bool hidden;
    };
    const Case cases[] = {
        {"foo", "foo", true},
        {"foo", "dir/foo", false},
        {"/foo/", "foo", true},
        {"./a//b/../c", "a/c", true},
        {"**/foo", "foo", true},
        {"**/foo", "a/b/foo", true},
        {"*.md", "README.md", true},
        {"*.md", "docs/README.md", false},
        {"*/temp*", "somedir/temporary.txt", true},
        {"*/*/temp*", "somedir/subdir/temporary.txt", true},
        {"temp?", "tempa", true},
        {"temp?", "temp", false},
        {"[a-c]x", "bx", true},
        {"[^a-c]x", "bx", false},
        {"dir", "dir/below/file", true},
        {"dir/**", "dir/below", true},
        {"dir/**", "dir", false},
        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/y/b", true},
        {"**", "anything/at/all", true},
        {"*", "a/b", true},
        {".", "file", true},
        {"*\n!keep", "keep", false},
        {"*\n!keep", "other", true},
        {"dir\n!dir/keep", "dir/keep", false},
        {"dir\n!dir/keep", "dir/other", true},
        {"!keep\n*", "keep", true},
        {"*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true},
        {"*.md\n!README*.md\nREADME-secret.md", "README.md", false},
        {"# comment\nfoo", "foo", true},
        {"#foo", "#foo", false},
        {" #foo", "#foo", true},
        {"\\#foo", "#foo", true},
        {"foo\r\nbar\r\n", "bar", true},
        {"\xef\xbb\xbf" "foo", "foo", true},
        {"  foo  ", "foo", true},
        {"! keep\n", "keep", false},
        {"a\\*b", "a*b", true},
        {"a\\*b", "axb", false},
        {"Foo", "foo", false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(std::string{c.rules} + " <- " + std::string{c.path});
        EXPECT_EQ(is_hidden(c.rules, c.path), c.hidden);
    }
}

TEST(IgnoreFile, SaysWhichRuleHides)
{
    const IgnoreRules rules = IgnoreRules::parse("a\n\n*.log\n", "x.containerignore");

    const IgnoreRules::Rule* rule = rules.find_hiding("b.log");

    ASSERT_NE(rule, nullptr);
    EXPECT_EQ(rule->line, 3);
    EXPECT_EQ(rule->text, "*.log");
}

TEST(IgnoreFile, TellsWhereAnExceptionMayBe)
{
    const IgnoreRules rules = IgnoreRules::parse("*\n!src/**/*.c\n", "f");

    EXPECT_TRUE(rules.may_show_below("src"));
    EXPECT_TRUE(rules.may_show_below("src/deep"));
    EXPECT_FALSE(rules.may_show_below("doc"));
}

TEST(IgnoreFile, RefusesABadPattern)
{
    for (const std::string_view text : {"ok\n[a", "ok\n!"}) {
        try {
            IgnoreRules::parse(text, "f");
            FAIL() << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.message().substr(0, 4), "f:2:");
        }
    }
}

} // namespace
