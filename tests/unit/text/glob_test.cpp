#include "text/glob.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>
#include <string>

namespace skiff::text {
namespace {

struct Case
{
    const char* pattern;
    const char* name;
    bool matches;
};

TEST(MatchesPath, FollowsGosRules)
{
    const Case cases[] = {
        {"abc", "abc", true},
        {"*", "abc", true},
        {"*c", "abc", true},
        {"a*", "a", true},
        {"a*", "ab/c", false},
        {"a*/b", "abc/b", true},
        {"a*b*c*d*e*/f", "axbxcxdxe/f", true},
        {"a*b*c*d*e*/f", "axbxcxdxexxx/fff", false},
        {"a*b?c*x", "abxbbxdbxebxczzx", true},
        {"a*b?c*x", "abxbbxdbxebxczzy", false},
        {"ab[c]", "abc", true},
        {"ab[b-d]", "abc", true},
        {"ab[e-g]", "abc", false},
        {"ab[^c]", "abc", false},
        {"ab[^e-g]", "abc", true},
        {"a\\*b", "a*b", true},
        {"a\\*b", "ab", false},
        {"a?b",
         "a\xc3\xbc"
         "b",
         true},
        {"a[^a]b",
         "a\xc3\xbc"
         "b",
         true},
        {"a??b",
         "a\xc3\xbc"
         "b",
         false},
        {"[a-\xc3\xbc]*", "\xc3\xa4", true},
        {"a?b", "a/b", false},
        {"a*b", "a/b", false},
        {"[\\]a]", "]", true},
        {"[\\-]", "-", true},
        {"[x\\-]", "x", true},
        {"[\\-x]", "a", false},
        {"*x", "xxx", true},
        {"", "", true},
        {"", "x", false},
        {"x", "", false},
        {"**", "", true},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(std::string{c.pattern} + " " + c.name);
        EXPECT_EQ(matches_path(c.pattern, c.name), c.matches);
    }
}

TEST(MatchesPath, RefusesMalformedPatterns)
{
    for (const char* pattern :
         {"[]a]", "[-]", "[x-]", "[-x]", "\\", "[a-b-c]", "[", "[^", "[^bc", "a[", "a[b", "[a-\\"}) {
        SCOPED_TRACE(pattern);
        EXPECT_THROW(matches_path(pattern, "a"), Error);
    }
}

TEST(MatchesPath, TakesNoExponentialTime)
{
    const std::string name(10'000, 'a');
    EXPECT_FALSE(matches_path("*a*a*a*a*a*a*a*a*a*a*b", name));
}

TEST(MatchesName, LetsStarsCrossSlashes)
{
    EXPECT_TRUE(matches_name("docker.io/*/debian:?", "docker.io/library/x/debian:1"));
    EXPECT_TRUE(matches_name("*debian*", "docker.io/library/debian:12"));
    EXPECT_TRUE(matches_name("a?b", "a/b"));
    EXPECT_FALSE(matches_name("*x", "abc"));
}

} // namespace
} // namespace skiff::text
