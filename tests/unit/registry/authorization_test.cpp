#include "scripted_image.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "registry/base64.hpp"
#include "registry/token_cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::registry {
namespace {

using test::HttpQuestion;
using test::HttpReply;
using test::ScriptedRegistry;
using test::ScriptedServer;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const oci::Platform amd64{"linux", "amd64", "", "", {}};

/// A registry that wants a token from another server.
class Authorization : public testing::Test
{
  protected:
    void demand(const std::string& challenge)
    {
        registry.fail("/v2/app/", 1000, [this, challenge](const HttpQuestion& question, HttpReply reply) {
            if (question.header("authorization") == cat("Bearer ", good_token))
                return reply;
            HttpReply refusal = test::make_error_reply(401, "UNAUTHORIZED", "authentication required");
            refusal.headers.emplace_back("WWW-Authenticate", challenge);
            return refusal;
        });
    }
    std::string bearer() const
    {
        return cat("Bearer realm=\"http://", tokens.host(),
                   "/token\",service=\"the registry\",scope=\"repository:app:pull\"");
    }
    std::string resolve_error(TransportOptions options = test_options())
    {
        options.retries = 0;
        return error_of([&] {
            open_registry(oci::Reference::parse(registry.host() + "/app"), no_places(), options)->resolve(amd64);
        });
    }

    std::string good_token = "good";
    HttpReply token_reply{.body = R"({"token":"good","expires_in":300})"};
    ScriptedServer tokens{[this](const HttpQuestion&) { return token_reply; }};
    ScriptedRegistry registry;
    ScriptedImage image = add_image(registry, "app", "latest", {"layer"});
};

TEST_F(Authorization, GetsATokenOnceAndUsesItForEverything)
{
    demand(bearer());
    auto source = open_registry(oci::Reference::parse(registry.host() + "/app"), no_places(), test_options());

    source->resolve(amd64);
    EXPECT_EQ(fetch_all(*source, image.layers)[0], "layer");

    ASSERT_EQ(tokens.questions().size(), 1U);
    EXPECT_EQ(tokens.questions()[0].query, "service=the%20registry&scope=repository%3Aapp%3Apull");
    EXPECT_EQ(tokens.questions()[0].header("authorization"), "");
}

TEST_F(Authorization, ShowsThePasswordToTheTokenServerOnly)
{
    demand(bearer());
    TransportOptions options = test_options();
    options.creds = "joe:s3cret";

    EXPECT_EQ(resolve_error(options), "");

    ASSERT_EQ(tokens.questions().size(), 1U);
    EXPECT_EQ(tokens.questions()[0].header("authorization"), cat("Basic ", base64_encode("joe:s3cret")));
    EXPECT_THAT(tokens.questions()[0].query, HasSubstr("account=joe"));
    for (const HttpQuestion& question : registry.questions())
        EXPECT_THAT(question.header("authorization"), Not(HasSubstr("Basic")));
}

TEST_F(Authorization, SaysThatThePasswordIsWrong)
{
    demand(bearer());
    token_reply = HttpReply{.status = 401, .body = R"({"details":"incorrect username or password"})"};
    TransportOptions options = test_options();
    options.creds = "joe:s3cret";

    const std::string error = resolve_error(options);

    EXPECT_THAT(error,
                EndsWith("unable to retrieve auth token: invalid username/password: incorrect username or password"));
    EXPECT_THAT(error, Not(HasSubstr("s3cret")));
}

TEST_F(Authorization, GetsANewTokenWhenTheOldOneIsRefused)
{
    demand(bearer());
    auto source = open_registry(oci::Reference::parse(registry.host() + "/app"), no_places(), test_options());
    source->resolve(amd64);

    good_token = "better";
    token_reply.body = R"({"access_token":"better"})";

    EXPECT_EQ(fetch_all(*source, image.layers)[0], "layer");
}

TEST_F(Authorization, GivesUpWhenNoTokenIsGoodEnough)
{
    demand(bearer()); // M-111
    good_token = "another";

    EXPECT_THAT(resolve_error(), EndsWith("unauthorized: authentication required"));
    EXPECT_EQ(tokens.questions().size(), 1U);
}

TEST_F(Authorization, RefusesBadTokenServers)
{
    struct Case
    {
        std::string realm;
        std::string complaint;
    };
    const Case cases[] = {
        // M-109, T-33
        {"ftp://127.0.0.1/token", "neither http nor https"},
        {"file:///etc/passwd", "neither http nor https"},
        {"http://user:password@127.0.0.1/token", "user name or password"},
        {"http://169.254.169.254/latest", "link-local"},
        {"http://0xa9fea9fe/latest", "link-local"},
        {"http://[fe80::1]/token", "link-local"},
        {"", "cannot be read"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.realm);
        ScriptedRegistry other;
        other.fail("/v2/app/", 99, [&](const HttpQuestion&, const HttpReply&) {
            return HttpReply{.status = 401, .headers = {{"WWW-Authenticate", cat("Bearer realm=\"", c.realm, "\"")}}};
        });
        EXPECT_THAT(error_of([&] {
                        open_registry(oci::Reference::parse(other.host() + "/app"), no_places(), test_options())
                            ->resolve(amd64);
                    }),
                    HasSubstr(c.complaint));
    }
}

TEST_F(Authorization, BoundsAndChecksTheTokensAnswer)
{
    demand(bearer()); // M-110
    token_reply.body = "<html>";
    EXPECT_THAT(resolve_error(), HasSubstr("not JSON"));
    token_reply.body = "{}";
    EXPECT_THAT(resolve_error(), HasSubstr("no token in it"));
    token_reply.body = R"({"token":"a\r\nX-Evil: b"})";
    EXPECT_THAT(resolve_error(), HasSubstr("no header can hold"));
    token_reply.body = R"({"token":"good","expires_in":-5})";
    EXPECT_EQ(resolve_error(), "");
    token_reply = HttpReply{.body = std::string(100'000, ' '), .endless = true};
    EXPECT_THAT(resolve_error(), HasSubstr("more than 1048576 bytes"));
}

TEST_F(Authorization, ExchangesAnIdentityToken)
{
    demand(bearer());
    TempDir directory{"/tmp", "registry-test."};
    TransportOptions options = test_options();
    options.authfile = directory.path() + "/auth.json";
    save_atomically(AT_FDCWD, options.authfile,
                    cat("{\"auths\":{\"", registry.host(), "\":{\"identitytoken\":\"ident&ity\"}}}"));

    EXPECT_EQ(resolve_error(options), "");

    ASSERT_EQ(tokens.questions().size(), 1U);
    EXPECT_EQ(tokens.questions()[0].method, "POST");
    EXPECT_THAT(tokens.questions()[0].body, HasSubstr("grant_type=refresh_token"));
    EXPECT_THAT(tokens.questions()[0].body, HasSubstr("refresh_token=ident%26ity"));
}

TEST_F(Authorization, SharesTokensBetweenTransfers)
{
    demand(bearer());
    TransportOptions options = test_options();
    options.tokens = std::make_shared<TokenCache>();

    for (int i = 0; i < 3; ++i)
        open_registry(oci::Reference::parse(registry.host() + "/app"), no_places(), options)->resolve(amd64);

    EXPECT_EQ(tokens.questions().size(), 1U);
}

TEST_F(Authorization, AsksForWhatItNeedsBesideWhatIsDemanded)
{
    demand(cat("Bearer realm=\"http://", tokens.host(), "/token\",scope=\"repository:base:pull repository:base:pull\""));

    open_registry(oci::Reference::parse(registry.host() + "/app"), no_places(), test_options())->resolve(amd64);

    EXPECT_EQ(tokens.questions().at(0).query, "scope=repository%3Abase%3Apull&scope=repository%3Aapp%3Apull");
}

TEST_F(Authorization, UsesBasicWhereTheRegistryAsksForIt)
{
    registry.fail("/v2/app/", 1000, [](const HttpQuestion& question, HttpReply reply) {
        return question.header("authorization") == cat("Basic ", base64_encode("joe:s3cret"))
                   ? reply
                   : HttpReply{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"Registry\""}}};
    });
    TransportOptions options = test_options();
    options.creds = "joe:s3cret";

    EXPECT_EQ(resolve_error(options), "");
    EXPECT_THAT(resolve_error(), EndsWith("unauthorized: authentication required"));
    options.creds = "joe:wrong";
    EXPECT_THAT(resolve_error(options), EndsWith("unauthorized: authentication required"));
}

TEST_F(Authorization, KeepsTheCredentialsOfOneRegistryFromAnother)
{
    ScriptedRegistry other; // M-124
    add_image(other, "app", "latest", {"layer"});
    TempDir directory{"/tmp", "registry-test."};
    TransportOptions options = test_options();
    options.authfile = directory.path() + "/auth.json";
    save_atomically(AT_FDCWD, options.authfile,
                    cat("{\"auths\":{\"", registry.host(), "\":{\"auth\":\"", base64_encode("joe:s3cret"), "\"}}}"));
    other.fail("/v2/app/", 1000, [](const HttpQuestion&, const HttpReply&) {
        return HttpReply{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"Registry\""}}};
    });

    EXPECT_NE(error_of([&] {
                  open_registry(oci::Reference::parse(other.host() + "/app"), no_places(), options)->resolve(amd64);
              }),
              "");

    for (const HttpQuestion& question : other.questions())
        EXPECT_EQ(question.header("authorization"), "");
}

} // namespace
} // namespace skiff::registry
