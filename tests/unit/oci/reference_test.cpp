#include "oci/reference.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::oci {
namespace {

const std::string some_digest = "sha256:" + std::string(64, 'e');

TEST(Reference, ReadsItsParts)
{
    struct Case
    {
        std::string text, registry, repository, tag;
        bool digest = false;
    };
    const Case cases[] = {
        {"debian", "", "debian", ""},
        {"debian:12", "", "debian", "12"},
        {"library/debian", "", "library/debian", ""},
        {"user/app:v1", "", "user/app", "v1"},
        {"docker.io/debian", "docker.io", "library/debian", ""},
        {"index.docker.io/debian", "docker.io", "library/debian", ""},
        {"docker.io/user/app", "docker.io", "user/app", ""},
        {"localhost/app", "localhost", "app", ""},
        {"localhost:5000/app", "localhost:5000", "app", ""},
        {"localhost:5000", "", "localhost", "5000"},
        {"127.0.0.1:5000/a/b/c:t", "127.0.0.1:5000", "a/b/c", "t"},
        {"[::1]:5000/a", "[::1]:5000", "a", ""},
        {"[2001:db8::1]/a", "[2001:db8::1]", "a", ""},
        {"quay.io/a/b@" + some_digest, "quay.io", "a/b", "", true},
        {"quay.io/a/b:t@" + some_digest, "quay.io", "a/b", "t", true},
        {"a__b/c-d.e--f", "", "a__b/c-d.e--f", ""},
        {"Reg.example/app", "Reg.example", "app", ""},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        const Reference reference = Reference::parse(c.text);
        EXPECT_EQ(reference.registry, c.registry);
        EXPECT_EQ(reference.repository, c.repository);
        EXPECT_EQ(reference.tag, c.tag);
        EXPECT_EQ(reference.digest.has_value(), c.digest);
    }
}

TEST(Reference, RefusesWithPodmansWords)
{
    struct Case
    {
        std::string text, words;
    };
    const Case cases[] = {
        {"", "invalid reference format"},
        {":tag", "invalid reference format"},
        {"a b", "invalid reference format"},
        {"-a", "invalid reference format"},
        {"a-", "invalid reference format"},
        {"a___b", "invalid reference format"},
        {"a..b", "invalid reference format"},
        {"a._b", "invalid reference format"},
        {"a/", "invalid reference format"},
        {"/a", "invalid reference format"},
        {"a//b", "invalid reference format"},
        {"a:", "invalid reference format"},
        {"a:b:c", "invalid reference format"},
        {"a:-t", "invalid reference format"},
        {"a:" + std::string(129, 't'), "invalid reference format"},
        {"a@sha256:abc", "invalid reference format"},
        {"a@" + some_digest + "@" + some_digest, "invalid reference format"},
        {"host:port/a", "invalid reference format"},
        {"../a", "invalid reference format"},
        {"a\n", "invalid reference format"},
        {"Debian", "repository name must be lowercase"},
        {"UP/x", "repository name must be lowercase"},
        {"quay.io/Debian", "repository name must be lowercase"},
        {std::string(256, 'a'), "repository name must not be more than 255 characters"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        try {
            (void)Reference::parse(c.text);
            ADD_FAILURE() << "accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.message(), c.words);
        }
    }
}

TEST(Reference, HasOneFullAndOneFamiliarText)
{
    const Reference debian = Reference::parse_normalized("debian").with_default_tag();
    EXPECT_EQ(debian.text(), "docker.io/library/debian:latest");
    EXPECT_EQ(debian.familiar(), "debian:latest");

    const Reference app = Reference::parse_normalized("quay.io/u/app@" + some_digest).with_default_tag();
    EXPECT_EQ(app.text(), "quay.io/u/app@" + some_digest);
    EXPECT_EQ(app.familiar(), app.text());

    EXPECT_EQ(Reference::parse("docker.io/a.b/c").familiar(), "docker.io/a.b/c") << "a.b would be a registry";
}

TEST(Reference, KeepsShortNamesForTheResolver)
{
    const Reference name = Reference::parse("debian:12");

    EXPECT_FALSE(name.has_registry());
    EXPECT_EQ(name.in_registry("quay.io").text(), "quay.io/debian:12");
    EXPECT_EQ(name.in_registry("docker.io").text(), "docker.io/library/debian:12");
}

TEST(Reference, NeverTakesAnIdForAName) { EXPECT_THROW(Reference::parse_normalized(std::string(64, 'a')), Error); }

} // namespace
} // namespace skiff::oci
