#include "registry/policy.hpp"

#include "base/error.hpp"
#include "scripted_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::registry {
namespace {

using testing::HasSubstr;

std::string verdict(std::string_view policy, std::string_view scope, std::string_view transport = "docker")
{
    return error_of([&] { check_policy(policy, transport, scope, "docker://x"); });
}

TEST(Policy, TakesTheMostSpecificScope)
{
    const char* policy = R"({"default":[{"type":"reject"}],"transports":{"docker":{
        "good.io":[{"type":"insecureAcceptAnything"}],
        "good.io/bad":[{"type":"reject"}],
        "good.io/bad/app:1":[{"type":"insecureAcceptAnything"}],
        "*.wild.io":[{"type":"insecureAcceptAnything"}]},
        "dir":{"":[{"type":"insecureAcceptAnything"}]}}})";

    EXPECT_EQ(verdict(policy, "good.io/app:1"), "");
    EXPECT_EQ(verdict(policy, "good.io/bad/app:2"),
              "Source image rejected: Running image docker://x is rejected by policy.");
    EXPECT_EQ(verdict(policy, "good.io/bad/app:1"), "");
    EXPECT_EQ(verdict(policy, "a.b.wild.io/app:1"), "");
    EXPECT_NE(verdict(policy, "wild.io/app:1"), "");
    EXPECT_NE(verdict(policy, "good.io:5000/app:1"), "");
    EXPECT_NE(verdict(policy, "other.io/app:1"), "");
    EXPECT_EQ(verdict(policy, "/some/dir", "dir"), "");
}

TEST(Policy, RefusesWhatItCannotCheck)
{
    EXPECT_THAT(verdict(R"({"default":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k"}]})", "a.io/b:1"),
                HasSubstr("'signedBy'"));
    EXPECT_THAT(verdict(R"({"default":[]})", "a.io/b:1"), HasSubstr("must not be empty"));
    EXPECT_THAT(verdict(R"({})", "a.io/b:1"), HasSubstr("default policy is missing"));
    EXPECT_THAT(verdict(R"([1])", "a.io/b:1"), testing::Not(""));
}

TEST(Policy, AcceptsEverythingWithoutAFile)
{
    check_policy(no_places(), "", "docker", "a.io/b:1", "docker://a.io/b:1");
    EXPECT_THROW(check_policy(no_places(), "/nonexistent/policy.json", "docker", "a.io/b:1", "x"), Error);
}

} // namespace
} // namespace skiff::registry
