#include "registry/challenge.hpp"

#include <gtest/gtest.h>

namespace skiff::registry {
namespace {

TEST(Challenge, ReadsRealmServiceAndScope)
{
    const auto challenges = parse_challenges(
        R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push")");

    ASSERT_EQ(challenges.size(), 1U);
    EXPECT_EQ(challenges[0].scheme, "bearer");
    EXPECT_EQ(challenges[0].parameter("realm"), "https://auth.docker.io/token");
    EXPECT_EQ(challenges[0].parameter("service"), "registry.docker.io");
    EXPECT_EQ(challenges[0].parameter("scope"), "repository:a/b:pull,push");
}

TEST(Challenge, ReadsSeveralInOneValue)
{
    const auto challenges = parse_challenges(R"(Negotiate, BASIC realm = "a \"b\"" , charset=UTF-8, Bearer realm=x)");

    ASSERT_EQ(challenges.size(), 3U);
    EXPECT_EQ(challenges[0].scheme, "negotiate");
    EXPECT_EQ(challenges[1].scheme, "basic");
    EXPECT_EQ(challenges[1].parameter("realm"), "a \"b\"");
    EXPECT_EQ(challenges[1].parameter("charset"), "UTF-8");
    EXPECT_EQ(challenges[2].parameter("realm"), "x");
}

TEST(Challenge, SurvivesRubbish)
{
    for (const char* text :
         {"", ",", "=", "\"", "Bearer realm=\"", "Bearer realm", "((((", "Bearer realm=\"a\\", "a=b=c,,,;;\x01"}) {
        SCOPED_TRACE(text);
        parse_challenges(text);
    }
    EXPECT_LE(parse_challenges(std::string(100'000, 'a') + " b c d").size(), 16U);
}

} // namespace
} // namespace skiff::registry
