#include "registry/auth.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "registry/auth_file.hpp"
#include "registry/base64.hpp"
#include "registry/credential_helper.hpp"
#include "scripted_image.hpp"

#include <cstdlib>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string entry(const std::string& user) { return cat("{\"auth\":\"", base64_encode(cat(user, ":pw")), "\"}"); }

std::string user_for(const std::string& text, std::string_view name)
{
    const auto credentials = find_credentials_in(text, "auth.json", name);
    return credentials ? credentials->username : "";
}

TEST(Base64, IsReversible)
{
    for (const std::string text : {"", "a", "ab", "abc", "user:p\xff\x00ss"}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(find_base64(base64_encode(text)), text);
    }
    EXPECT_EQ(base64_encode("user:pw"), "dXNlcjpwdw==");
    EXPECT_EQ(find_base64("dXNlcjpwdw"), "user:pw");
    EXPECT_FALSE(find_base64("a b"));
    EXPECT_FALSE(find_base64("abcde"));
}

TEST(Credentials, AreReadFromTheCommandLine)
{
    EXPECT_EQ(parse_credentials("joe:a:b"), (Credentials{"joe", "a:b", ""}));
    EXPECT_EQ(parse_credentials("joe"), (Credentials{"joe", "", ""}));
    EXPECT_THROW(parse_credentials(":x"), Error);
}

TEST(AuthFile, PrefersTheLongestPath)
{
    const std::string text = cat("{\"auths\":{\"quay.io\":", entry("host"), ",\"quay.io/team\":", entry("team"),
                                 ",\"quay.io/team/app\":", entry("app"), "}}");

    EXPECT_EQ(user_for(text, "quay.io/team/app"), "app");
    EXPECT_EQ(user_for(text, "quay.io/team/other"), "team");
    EXPECT_EQ(user_for(text, "quay.io/else"), "host");
    EXPECT_EQ(user_for(text, "quay.io:443/team/app"), "");
    EXPECT_EQ(user_for(text, "evilquay.io/team/app"), "");
}

TEST(AuthFile, KnowsDockersSpellings)
{
    EXPECT_EQ(
        user_for(cat("{\"auths\":{\"https://index.docker.io/v1/\":", entry("hub"), "}}"), "docker.io/library/debian"),
        "hub");
    EXPECT_EQ(user_for(cat("{\"auths\":{\"https://r.example.com\":", entry("r"), "}}"), "r.example.com/x"), "r");
    EXPECT_EQ(user_for(cat("{\"auths\":{\"r.example.com\":{}}}"), "r.example.com/x"), "");
}

TEST(AuthFile, DoesNotRepeatSecretsInErrors)
{
    const std::string broken = "{\"auths\":{\"r\":{\"auth\":\"c2VjcmV0\" c2VjcmV0}}}";
    const std::string no_colon = "{\"auths\":{\"r\":{\"auth\":\"c2VjcmV0\"}}}";
    for (const std::string& text : {broken, no_colon}) {
        const std::string error = error_of([&] { user_for(text, "r/x"); });
        EXPECT_NE(error, "");
        EXPECT_THAT(error, Not(HasSubstr("c2VjcmV0")));
        EXPECT_THAT(error, Not(HasSubstr("secret")));
    }
}

TEST(AuthFile, IsLookedForInTheUsualOrder)
{
    ConfigPlaces places;
    places.home = "/h";
    places.config_home = "/h/.config";
    places.docker_config = "/h/.docker";
    places.runtime_dir = "/run/user/5";

    EXPECT_THAT(auth_file_paths(places, ""),
                ElementsAre("/run/user/5/containers/auth.json", "/h/.config/containers/auth.json",
                            "/h/.docker/config.json", "/h/.dockercfg"));
    EXPECT_THAT(auth_file_paths(places, "/x"), ElementsAre("/x"));
    places.auth_file = "/env";
    EXPECT_THAT(auth_file_paths(places, ""), ElementsAre("/env"));
}

TEST(AuthFile, MustBeThereWhenItIsNamed)
{
    TransportOptions options;
    options.authfile = "/nonexistent/auth.json";

    EXPECT_THAT(error_of([&] { find_credentials(no_places(), {}, options, "r/x"); }),
                HasSubstr("/nonexistent/auth.json"));
}

/// A credential helper in $PATH.
class Helper : public testing::Test
{
  protected:
    Helper()
    {
        const std::string script =
            "#!/bin/sh\nread server\n"
            "case $server in\n"
            "  known.io) echo '{\"ServerURL\":\"x\",\"Username\":\"helped\",\"Secret\":\"pw\"}';;\n"
            "  token.io) echo '{\"Username\":\"<token>\",\"Secret\":\"identity\"}';;\n"
            "  *) echo 'credentials not found in native keychain'; exit 1;;\n"
            "esac\n";
        save_atomically(AT_FDCWD, directory.path() + "/docker-credential-test", script, Durability::None, 0700);
        ::setenv("PATH", cat(directory.path(), ":", old_path).c_str(), 1);
    }
    ~Helper() override { ::setenv("PATH", old_path.c_str(), 1); }

    std::string old_path = std::getenv("PATH");
    TempDir directory{"/tmp", "registry-test."};
};

TEST_F(Helper, IsAsked)
{
    EXPECT_EQ(CredentialHelper{"test"}.find("known.io"), (Credentials{"helped", "pw", ""}));
    EXPECT_EQ(CredentialHelper{"test"}.find("token.io"), (Credentials{"", "", "identity"}));
    EXPECT_EQ(CredentialHelper{"test"}.find("unknown.io"), std::nullopt);
}

TEST_F(Helper, IsNamedByFiles)
{
    EXPECT_EQ(user_for(R"({"credHelpers":{"known.io":"test"}})", "known.io/app"), "helped");
    EXPECT_EQ(user_for(R"({"credsStore":"test","auths":{"known.io":{}}})", "known.io/app"), "helped");
    RegistriesConf conf;
    conf.credential_helpers = {"containers-auth.json", "test"};
    EXPECT_EQ(find_credentials(no_places(), conf, {}, "known.io/app")->username, "helped");
}

TEST_F(Helper, HasAHarmlessName)
{
    EXPECT_THROW(CredentialHelper{"../../bin/sh"}.find("known.io"), Error); // R38
    EXPECT_THROW(CredentialHelper{""}.find("known.io"), Error);
    EXPECT_THROW(CredentialHelper{"test"}.find("known.io\nhost=other"), Error);
    EXPECT_THAT(error_of([] { (void)CredentialHelper{"absent"}.find("known.io"); }), HasSubstr("docker-credential-absent"));
}

} // namespace
} // namespace skiff::registry
