// The malicious corpus (security.md section 11), M-106 to M-125: how a registry, its token server and its blob store behave.

#include "base/cat.hpp"
#include "tests/support/bombs.hpp"
#include "tests/support/hostile_box.hpp"
#include "tests/support/scripted_registry.hpp"

using namespace skiff::testing;
using namespace skiff::test;
using skiff::cat;

namespace {

using Change = std::function<HttpReply(const HttpQuestion&, HttpReply)>;

HttpReply redirect(const std::string& place)
{
    return {.status = 307, .headers = {{"Location", place}}};
}

HttpReply challenge(const std::string& value)
{
    return {.status = 401, .headers = {{"WWW-Authenticate", value}}};
}

class HostileRegistry : public HostileBox
{
  protected:
    HostileRegistry() { memory_limit_kib = 96U << 10U; }
    void SetUp() override
    {
        HostileBox::SetUp();
        layer.bytes = RawTar{}.file("f", std::string(4U << 20U, 'x')).finish();
        config = make_raw_config({layer});
        fill(registry);
    }
    void fill(ScriptedRegistry& where)
    {
        where.add_blob("app", layer.bytes);
        where.add_blob("app", config);
        where.add_manifest("app", "1", make_raw_manifest(config, {layer}), std::string{oci_manifest_type});
    }
    std::string name() { return registry.host() + "/app:1"; }
    std::string blob() { return digest_of(layer.bytes); }
    /// One pull while questions for `part` are answered so, however often they are asked.
    Result pull_with(const std::string& part, const Change& change, const std::vector<std::string>& options = {})
    {
        ScriptedRegistry fresh;
        fill(fresh);
        fresh.fail(part, 10'000, change);
        const Result result = pull(fresh.host() + "/app:1", options);
        asked = fresh.questions();
        return result;
    }

    RawLayer layer;
    std::string config;
    ScriptedRegistry registry;
    std::vector<HttpQuestion> asked; ///< of the last pull_with
};

TEST_F(HostileRegistry, RedirectsNowhereStrange)
{
    struct Case
    {
        const char* name;
        std::string place, words;
    };
    const Case cases[] = {
        {"M-106 file", "file:///etc/passwd", "following the redirect"},
        {"M-106 gopher", "gopher://127.0.0.1/", "following the redirect"},
        {"M-106 ftp", "ftp://127.0.0.1/x", "following the redirect"},
        {"M-106 data", "data:text/plain,x", "following the redirect"},
        {"M-106 with a password", cat("http://user:pw@", registry.host(), "/v2/app/manifests/1"), "following the redirect"},
        {"M-106 with a line break", "http://127.0.0.1/\r\nX-Evil: 1", ""},
        {"M-106 nowhere", "", "missing Location"},
        {"M-107 loop", "/v2/app/manifests/1", "stopped after 5 redirects"},
        {"M-107 name", "http://[::1", ""},
        {"a very long one", "/" + std::string(40'000, 'a'), ""},
    };
    for (const Case& c : cases)
        for (const std::string& part : {std::string{"/manifests/"}, blob()}) {
            SCOPED_TRACE(cat(c.name, " at ", part));
            const std::string place = part == blob() && c.name == std::string{"M-107 loop"} ? "/v2/app/blobs/" + blob() : c.place;
            expect_refused(pull_with(part, [&](const HttpQuestion&, const HttpReply&) { return redirect(place); }), c.words);
            EXPECT_LT(asked.size(), 30U);
        }
}

TEST_F(HostileRegistry, RedirectsWithoutThePassword) // M-108, M-124
{
    ScriptedServer store{[&](const HttpQuestion& question) {
        return question.path == "/blob" ? HttpReply{.body = layer.bytes} : HttpReply{.status = 404};
    }};
    const Result result = pull_with(
        "/v2/app/",
        [&](const HttpQuestion& question, HttpReply reply) {
            if (question.header("authorization").empty())
                return challenge("Basic realm=\"x\"");
            return question.path.ends_with(blob()) ? redirect(cat("http://", store.host(), "/blob?signature=1")) : reply;
        },
        {"--creds", "user:secret"});

    expect_accepted(result);
    ASSERT_EQ(store.questions().size(), 1U);
    EXPECT_EQ(store.questions()[0].header("authorization"), "");
    EXPECT_EQ(store.questions()[0].header("cookie"), "");
}

TEST_F(HostileRegistry, NamesNoTokenServerThatItLikes) // M-109
{
    struct Case
    {
        const char* name;
        std::string value, words;
    };
    const std::string good = cat("http://", registry.host(), "/token");
    const Case cases[] = {
        {"file", "Bearer realm=\"file:///etc/passwd\"", "auth token"},
        {"gopher", "Bearer realm=\"gopher://127.0.0.1:1/\"", "auth token"},
        {"no address", "Bearer realm=\"token\"", "auth token"},
        {"none", "Bearer service=\"x\"", "auth token"},
        {"link-local", "Bearer realm=\"https://169.254.169.254/latest\"", "link-local"},
        {"link-local, IPv6", "Bearer realm=\"https://[fe80::1]/\"", "link-local"},
        {"link-local, IPv6 for IPv4", "Bearer realm=\"https://[::ffff:169.254.169.254]/\"", "link-local"},
        {"link-local, one number", "Bearer realm=\"https://2852039166/\"", ""},
        {"a password in it", cat("Bearer realm=\"http://a:b@", registry.host(), "/token\""), "auth token"},
        {"quotes that do not close", cat("Bearer realm=\"", good), ""},
        {"control characters", cat("Bearer realm=\"", good, "\x01\",service=\"\x1b[2J\""), ""},
        {"many challenges", repeat("Bearer x=y, ", 2000), ""},
        {"a very long one", cat("Bearer realm=\"", good, "\",scope=\"", std::string(50'000, 's'), "\""), ""},
        {"another scheme", "Negotiate", "unauthorized"},
        {"M-111 for ever", "Basic realm=\"x\"", "unauthorized"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        expect_refused(pull_with("/v2/", [&](const HttpQuestion&, const HttpReply&) { return challenge(c.value); }, {"--creds", "user:secret"}),
                       c.words);
        EXPECT_LT(asked.size(), 10U);
    }
    for (const HttpQuestion& question : registry.questions())
        EXPECT_EQ(question.header("authorization").find("secret"), std::string::npos);
}

TEST_F(HostileRegistry, MayBePlainWithoutThatHoldingForOthers) // R31, R32
{
    make_directory("input/config");
    make_directory("input/config/containers");
    write_file("input/config/containers/registries.conf", cat("[[registry]]\nlocation = \"", registry.host(), "\"\ninsecure = true\n"));
    environment().push_back("CONTAINERS_REGISTRIES_CONF=" + path() + "/input/config/containers/registries.conf");
    const std::vector<std::string> words{"pull", "-q", "--retry", "0", "--creds", "user:secret", name()};

    registry.fail("/manifests/", 1, [](const HttpQuestion&, const HttpReply&) { return challenge("Bearer realm=\"http://192.0.2.1/token\""); });
    expect_refused(judge(words), "token server without https: http://192.0.2.1/token");
    registry.fail("/manifests/", 1, [](const HttpQuestion&, const HttpReply&) { return redirect("http://192.0.2.1/v2/"); });
    expect_refused(judge(words), "without https");
    expect_accepted(judge(words));
}

TEST_F(HostileRegistry, GivesNoTokenThatIsNone) // M-110
{
    struct Case
    {
        const char* name;
        HttpReply answer;
        std::string words; ///< empty: it is accepted
    };
    const Case cases[] = {
        {"good", {.body = R"({"token":"abc"})"}, ""},
        {"old", {.body = R"({"access_token":"abc","expires_in":60})"}, ""},
        {"expired before", {.body = R"({"token":"abc","expires_in":-5})"}, ""},
        {"expires never", {.body = R"({"token":"abc","expires_in":9223372036854775807})"}, ""},
        {"expires at 2^63", {.body = R"({"token":"abc","expires_in":9223372036854775808})"}, "auth token"},
        {"no JSON", {.body = "token=abc"}, "not JSON"},
        {"a list", {.body = "[]"}, "auth token"},
        {"a number", {.body = R"({"token":5})"}, "auth token"},
        {"a header in it", {.body = R"({"token":"abc\r\nX-Evil: 1"})"}, "no header can hold"},
        {"nothing", {.body = "{}"}, "no token"},
        {"large", {.body = std::string(1U << 20U, 'x'), .endless = true}, "auth token"},
        {"depth", {.body = repeat("[", 100'000)}, "not JSON"},
        {"away", {.status = 307, .headers = {{"Location", "file:///etc/passwd"}}}, "following the redirect"},
        {"denied", {.status = 403, .body = "\x1b]0;owned\x07"}, "auth token"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        ScriptedServer tokens{[&](const HttpQuestion&) { return c.answer; }};
        const Result result = pull_with("/v2/", [&](const HttpQuestion& question, HttpReply reply) {
            // The token server stands on the registry's own host, as far as names go.
            return question.header("authorization").empty() ? challenge(cat("Bearer realm=\"http://", tokens.host(), "/token\",service=\"s\""))
                                                            : reply;
        });
        if (c.words.empty())
            expect_accepted(result);
        else
            expect_refused(result, c.words);
    }
}

TEST_F(HostileRegistry, SpeaksHttpOrNothing)
{
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    struct Case
    {
        const char* name;
        std::string raw, words;
    };
    const Case cases[] = {
        {"nothing", "\n", ""},
        {"another language", "220 ftp.example.org FTP\r\n", ""},
        {"M-114 a huge header", ok + "X: " + std::string(200'000, 'x') + "\r\n\r\n", ""},
        {"M-114 many headers", ok + repeat("X-Y: z\r\n", 20'000) + "\r\n", "more than 65536 bytes of headers"},
        {"M-114 many heads", repeat("HTTP/1.1 100 Continue\r\n\r\n", 20'000), ""},
        {"M-114 folded", ok + "Content-Type: application/json\r\n folded: 1\r\nContent-Length: 2\r\n\r\n{}", ""},
        {"M-114 NUL", ok + std::string("X: a\0b\r\n", 8) + "Content-Length: 2\r\n\r\n{}", ""},
        {"M-115 negative", ok + "Content-Length: -5\r\n\r\n{}", ""},
        {"M-115 2^64", ok + "Content-Length: 18446744073709551616\r\n\r\n{}", ""},
        {"M-115 two", ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", ""},
        {"chunks of garbage", ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\nxx\r\n0\r\n\r\n", ""},
        {"a chunk of 2^64", ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}", ""},
        {"trailers", ok + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + repeat("X: y\r\n", 20'000) + "\r\n", ""},
        {"status 999", "HTTP/1.1 999 \x1b[2J\r\nContent-Length: 0\r\n\r\n", ""},
        {"status 0", "HTTP/1.1 000 No\r\nContent-Length: 0\r\n\r\n", ""},
        {"an upgrade", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", ""},
    };
    for (const Case& c : cases)
        for (const std::string& part : {std::string{"/manifests/"}, blob()}) {
            SCOPED_TRACE(cat(c.name, " at ", part));
            expect_refused(pull_with(part, [&](const HttpQuestion&, const HttpReply&) { return HttpReply{.raw = c.raw}; }), c.words);
        }
}

TEST_F(HostileRegistry, SendsBodiesThatAreBounded)
{
    struct Case
    {
        const char* name;
        Change change;
        std::string words;
    };
    const Case cases[] = {
        {"M-112 endless", [](const HttpQuestion&, HttpReply reply) { reply.endless = true; return reply; }, "more than"},
        {"M-115 more than promised", [](const HttpQuestion&, HttpReply reply) { reply.body += "x"; return reply; }, "instead of"},
        {"M-115 length of 1 PiB", [](const HttpQuestion&, HttpReply reply) { reply.content_length = 1ULL << 50U; return reply; }, "instead of"},
        {"M-34 short", [](const HttpQuestion& question, HttpReply reply) {
             reply.body.resize(question.header("range").empty() ? 1000 : 0);
             return reply;
         }, "unexpected EOF"},
        {"M-34 always reset", [](const HttpQuestion&, HttpReply reply) { reply.reset_after = 100; return reply; }, ""},
        {"M-116 the wrong range", [](const HttpQuestion& question, HttpReply reply) {
             if (question.header("range").empty())
                 reply.reset_after = 1000;
             else
                 reply.headers = {{"Content-Range", "bytes 7-99/100"}};
             return reply;
         }, ""},
        {"M-116 a partial answer to a whole question", [](const HttpQuestion&, HttpReply reply) {
             reply.status = 206;
             reply.headers.emplace_back("Content-Range", "bytes 5-99/100");
             return reply;
         }, ""},
        {"M-121 encoded", [](const HttpQuestion&, HttpReply reply) {
             reply.headers.emplace_back("Content-Encoding", "gzip");
             reply.body = stored_gzip(reply.body);
             return reply;
         }, "instead of"},
        {"416", [](const HttpQuestion&, const HttpReply&) { return HttpReply{.status = 416}; }, ""},
        {"204", [](const HttpQuestion&, const HttpReply&) { return HttpReply{.status = 204}; }, ""},
        {"M-118 429 for thirty years", [](const HttpQuestion&, const HttpReply&) {
             HttpReply reply = make_error_reply(429, "TOOMANYREQUESTS", "slow down");
             reply.headers.emplace_back("Retry-After", "1000000000");
             return reply;
         }, "slow down"},
        {"M-118 429 with a strange date", [](const HttpQuestion&, const HttpReply&) {
             HttpReply reply = make_error_reply(429, "TOOMANYREQUESTS", "slow down");
             reply.headers.emplace_back("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT");
             return reply;
         }, "slow down"},
        {"M-125 words", [](const HttpQuestion&, const HttpReply&) {
             return make_error_reply(403, "DENIED", "\\u001b]0;owned\\u0007\\r\\nError: all is well");
         }, "denied"},
        {"M-125 endless words", [](const HttpQuestion&, const HttpReply&) {
             return HttpReply{.status = 403, .body = std::string(10'000, '\x1b'), .endless = true};
         }, "denied"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        expect_refused(pull_with(blob(), c.change), c.words);
        EXPECT_LT(asked.size(), 20U);
    }
}

TEST_F(HostileRegistry, MayResetAtEachMebibyte) // M-119
{
    registry.fail(blob(), 4, [](const HttpQuestion&, HttpReply reply) {
        reply.reset_after = 1U << 20U;
        return reply;
    });
    expect_accepted(pull(name()));
    EXPECT_THAT(registry.questions().back().header("range"), ::testing::StartsWith("bytes="));
}

TEST_F(HostileRegistry, MayMoveATagMeanwhile) // M-117
{
    const RawLayer other{RawTar{}.file("g", "other").finish()};
    const std::string other_config = make_raw_config({other});
    registry.add_blob("app", other.bytes);
    registry.add_blob("app", other_config);
    registry.add_manifest("app", "2", make_raw_manifest(other_config, {other}), std::string{oci_manifest_type});
    // From the second time on, the tag is the other image; layer and configuration of the first must not be mixed with it.
    int times = 0;
    registry.fail("/manifests/1", 1000, [&](const HttpQuestion&, HttpReply reply) {
        if (++times > 1)
            reply.body = make_raw_manifest(other_config, {other});
        return reply;
    });

    const Result first = pull(name());
    const Result second = pull(name());

    EXPECT_THAT(first, Prints(digest_of(config).substr(7)));
    EXPECT_THAT(second, Prints(digest_of(other_config).substr(7)));
    expect_accepted(second);
}

TEST_F(HostileRegistry, HasNoPasswordOfAnother) // M-124, T-37
{
    ScriptedRegistry other;
    fill(other);
    write_file("input/auth.json", cat(R"({"auths":{")", registry.host(), R"(":{"auth":"dXNlcjpzZWNyZXQ="}}})"));
    for (ScriptedRegistry* each : {&registry, &other})
        each->fail("/v2/", 1000, [](const HttpQuestion& question, HttpReply reply) {
            return question.header("authorization").empty() ? challenge("Basic realm=\"x\"") : reply;
        });

    expect_accepted(pull(name(), {"--authfile", path() + "/input/auth.json"}));
    expect_refused(pull(other.host() + "/app:1", {"--authfile", path() + "/input/auth.json"}), "unauthorized");

    for (const HttpQuestion& question : other.questions())
        EXPECT_EQ(question.header("authorization"), "");
}

TEST_F(HostileRegistry, WithoutHttpsGetsNothing) // R31
{
    const Result result = judge({"pull", "-q", "--retry", "0", "--creds", "user:secret", name()});

    expect_refused(result, "or use --tls-verify=false");
    EXPECT_TRUE(registry.questions().empty());
}

TEST_F(HostileRegistry, DoesNotChooseTheProgramThatHasThePassword) // R38
{
    for (const char* helper : {"../../canary/program", "x;id", "a b", "", "/bin/sh", "-x", "%n"}) {
        SCOPED_TRACE(helper);
        write_file("input/auth.json", cat(R"({"credHelpers":{")", registry.host(), R"(":")", helper, "\"}}"));
        const Result result = pull(name(), {"--authfile", path() + "/input/auth.json"});
        if (result.code == 0)
            expect_accepted(result); // no helper at all
        else
            expect_refused(result, "");
    }
}

} // namespace
