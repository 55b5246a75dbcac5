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

TEST(Policy, HasWildcardsForEveryPort)
{
    const char* policy = R"({"default":[{"type":"reject"}],"transports":{"docker":{
        "*.wild.io":[{"type":"insecureAcceptAnything"}]}}})";

    EXPECT_EQ(verdict(policy, "a.wild.io:5000/app:1"), "");
    EXPECT_NE(verdict(policy, "a.wild.io.evil.com/app:1"), "");
}

TEST(Policy, MustBeRightAsAWhole)
{
    const std::pair<const char*, const char*> cases[] = {
        {R"({"default":[{"type":"insecureAcceptAnything"}],"transport":{}})", "\"transport\" is not known"},
        {R"({"default":[{"type":"insecureAcceptAnything","keyPath":"/k"}]})", "is not known"},
        {R"({"default":[{"type":"acceptAnything"}]})", "unknown policy requirement type \"acceptAnything\""},
        {R"({"default":[{"type":"insecureAcceptAnything"}],"transports":{"docker":{"elsewhere.io":[]}}})", "must not be empty"},
        {R"({"default":[{"type":"insecureAcceptAnything"}],"transports":{"docker":[]}})", "object"},
    };
    for (const auto& [text, complaint] : cases) {
        SCOPED_TRACE(text);
        EXPECT_THAT(verdict(text, "a.io/b:1"), HasSubstr(complaint));
    }
}

TEST(Policy, KnowsArchivesByTheirPath)
{
    const char* policy = R"({"default":[{"type":"reject"}],"transports":{
        "oci-archive":{"/srv/images":[{"type":"insecureAcceptAnything"}]},
        "docker-archive":{"":[{"type":"insecureAcceptAnything"}]}}})";

    EXPECT_EQ(verdict(policy, "/srv/images/a/b.tar", "oci-archive"), "");
    EXPECT_NE(verdict(policy, "/srv/other.tar", "oci-archive"), "");
    EXPECT_EQ(verdict(policy, policy_scope_of_path("docker-archive", "/srv/other.tar"), "docker-archive"), "");
    EXPECT_EQ(policy_scope_of_path("dir", "/usr/../tmp/."), "/tmp");
}

TEST(Trust, IsListedForPeople)
{
    const auto rules = list_trust(R"({"default":[{"type":"reject"}],"transports":{"docker":{
        "a.io":[{"type":"insecureAcceptAnything"}],"b.io":[{"type":"signedBy","keyPath":"/k"}]}}})");

    ASSERT_EQ(rules.size(), 3U);
    EXPECT_EQ(cat(rules[0].transport, " ", rules[0].name, " ", rules[0].repository, " ", rules[0].type), "all * (default) default reject");
    EXPECT_EQ(cat(rules[1].transport, " ", rules[1].repository, " ", rules[1].type), "repository a.io accept");
    EXPECT_EQ(cat(rules[2].type, " ", rules[2].keys), "signed /k");
}

TEST(Trust, IsSetForOneScope)
{
    const std::string first = set_trust("", "default", "reject");
    const std::string second = set_trust(first, "a.io/team", "insecureAcceptAnything");

    EXPECT_NE(verdict(first, "a.io/team/x:1"), "");
    EXPECT_EQ(verdict(second, "a.io/team/x:1"), "");
    EXPECT_NE(verdict(second, "a.io/x:1"), "");
    EXPECT_EQ(verdict(set_trust(second, "default", "insecureAcceptAnything"), "a.io/x:1"), "");
    EXPECT_EQ(error_of([] { set_trust("", "a.io", "reject"); }), "default trust policy must be set");
    const std::string other = R"({"default":[{"type":"reject"}],"transports":{"dir":{"/x":[{"type":"reject"}]}}})";
    EXPECT_EQ(verdict(set_trust(other, "/x", "insecureAcceptAnything"), "/x", "dir"), "");
}

TEST(Policy, AcceptsEverythingWithoutAFile)
{
    check_policy(no_places(), "", "docker", "a.io/b:1", "docker://a.io/b:1");
    EXPECT_THROW(check_policy(no_places(), "/nonexistent/policy.json", "docker", "a.io/b:1", "x"), Error);
}

} // namespace
} // namespace skiff::registry
