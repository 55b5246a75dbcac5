#include "scripted_image.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <atomic>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <thread>

namespace skiff::registry {
namespace {

using test::HttpQuestion;
using test::HttpReply;
using test::ScriptedRegistry;
using test::ScriptedServer;
using testing::ElementsAreArray;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const oci::Platform amd64{"linux", "amd64", "", "", {}};

class Registry : public testing::Test
{
  protected:
    std::unique_ptr<ImageSource> open(const std::string& name, TransportOptions options = test_options())
    {
        return open_registry(oci::Reference::parse(cat(registry.host(), "/", name)), no_places(), options);
    }
    std::string resolve_error(const std::string& name, TransportOptions options = test_options())
    {
        return error_of([&] { open(name, options)->resolve(amd64); });
    }

    ScriptedRegistry registry;
};

TEST_F(Registry, BringsManifestConfigurationAndLayers)
{
    const ScriptedImage image = add_image(registry, "team/app", "1", {"first layer", make_noise(3'000'000), ""});

    auto source = open("team/app:1");
    const ImageDocument document = source->resolve(amd64);

    EXPECT_EQ(document.manifest_digest.text(), image.manifest_digest);
    EXPECT_EQ(document.config_bytes, image.config);
    EXPECT_FALSE(document.index_digest);
    EXPECT_EQ(document.config.diff_ids.size(), 3U);
    EXPECT_THAT(fetch_all(*source, document.manifest.layers), ElementsAreArray(image.layer_data));
}

TEST_F(Registry, ChoosesThePlatformFromAnIndex)
{
    const ScriptedImage wanted = add_image(registry, "app", "", {"amd64 layer"});
    const ScriptedImage other = add_image(registry, "app", "", {"arm layer"}, "arm64");
    const std::string index = add_index(registry, "app", "latest", {{"arm64", other}, {"amd64", wanted}});

    const ImageDocument document = open("app")->resolve(amd64);

    EXPECT_EQ(document.manifest_digest.text(), wanted.manifest_digest);
    EXPECT_EQ(document.index_digest->text(), index);
    EXPECT_THAT(error_of([&] {
                    open("app")->resolve({"linux", "s390x", "", "", {}});
                }),
                HasSubstr("no image found in image index for architecture \"s390x\", variant \"\", OS \"linux\""));
}

TEST_F(Registry, TellsUnknownManifestsInPodmansWords)
{
    EXPECT_EQ(resolve_error("nope:tag"),
              cat("initializing source docker://", registry.host(), "/nope:tag: reading manifest tag in ",
                  registry.host(), "/nope: manifest unknown"));
}

TEST_F(Registry, TellsUnauthorizedInPodmansWords)
{
    registry.fail("/manifests/", 9, [](const HttpQuestion&, const HttpReply&) {
        return test::make_error_reply(401, "UNAUTHORIZED", "authentication required");
    });

    EXPECT_THAT(resolve_error("app"), EndsWith("/app: unauthorized: authentication required"));
}

TEST_F(Registry, MakesARegistrysWordsSafeForATerminal)
{
    registry.fail("/manifests/", 9, [](const HttpQuestion&, const HttpReply&) { // M-125
        return test::make_error_reply(403, "DENIED", "\\u001b]0;pwned\\u0007 no");
    });

    EXPECT_THAT(resolve_error("app"), Not(HasSubstr("\x1b")));
}

TEST_F(Registry, RefusesAManifestWithAnotherDigestThanItsName)
{
    const ScriptedImage image = add_image(registry, "app", "latest", {"layer"});
    registry.fail("/manifests/", 1, [](const HttpQuestion&, HttpReply reply) {
        reply.body.insert(1, " ");
        return reply;
    });

    EXPECT_THAT(resolve_error(cat("app@", image.manifest_digest)), HasSubstr("manifest"));
    EXPECT_EQ(resolve_error(cat("app@", image.manifest_digest)), "");
}

TEST_F(Registry, RefusesALayerWithAnotherDigest)
{
    const ScriptedImage image = add_image(registry, "app", "latest", {"layer"}); // M-83
    registry.fail(image.layers[0].digest.hex, 1, [](const HttpQuestion&, HttpReply reply) {
        reply.body[0] = 'L';
        return reply;
    });
    auto source = open("app");
    source->resolve(amd64);

    EXPECT_THAT(error_of([&] { fetch_all(*source, image.layers); }), HasSubstr(image.layers[0].digest.hex));
}

TEST_F(Registry, LeavesTheDigestToAReaderThatHashesAnyway)
{
    const ScriptedImage image = add_image(registry, "app", "latest", {"layer"});
    registry.fail(image.layers[0].digest.hex, 1, [](const HttpQuestion&, HttpReply reply) {
        reply.body[0] = 'L';
        return reply;
    });
    auto source = open("app");
    source->resolve(amd64);

    EXPECT_EQ(fetch_all(*source, image.layers, Verify::Reader)[0], "Layer");
}

TEST_F(Registry, RefusesBodiesLargerOrSmallerThanPromised)
{
    const ScriptedImage image = add_image(registry, "app", "latest", {make_noise(10'000)}); // M-85, M-112, M-115
    const std::string blob = image.layers[0].digest.hex;
    auto source = open("app");
    source->resolve(amd64);

    registry.fail(blob, 1, [](const HttpQuestion&, HttpReply reply) {
        reply.body += "more";
        return reply;
    });
    EXPECT_THAT(error_of([&] { fetch_all(*source, image.layers); }), HasSubstr("sends 10004 bytes instead of 10000"));
    registry.fail(blob, 1, [](const HttpQuestion&, HttpReply reply) {
        reply.endless = true;
        return reply;
    });
    EXPECT_THAT(error_of([&] { fetch_all(*source, image.layers); }), HasSubstr("more than 10000 bytes"));
    registry.fail(blob, 4, [](const HttpQuestion& question, HttpReply reply) {
        reply.body.resize(question.header("range").empty() ? 9000 : 0);
        return reply;
    });
    EXPECT_THAT(error_of([&] { fetch_all(*source, image.layers); }),
                HasSubstr("unexpected EOF after 9000 of 10000 bytes"));
    registry.fail("/manifests/", 1, [](const HttpQuestion&, HttpReply reply) { // M-91
        reply.body = std::string(1U << 20U, ' ');
        reply.endless = true;
        return reply;
    });
    EXPECT_THAT(resolve_error("app"), HasSubstr("more than 4194304 bytes"));
}

TEST_F(Registry, ContinuesALayerAfterEachReset)
{
    const ScriptedImage image = add_image(registry, "app", "latest", {make_noise(5U << 20U)}); // M-119
    auto source = open("app");
    source->resolve(amd64);
    registry.fail(image.layers[0].digest.hex, 4, [](const HttpQuestion&, HttpReply reply) {
        reply.reset_after = 1U << 20U;
        return reply;
    });

    EXPECT_EQ(fetch_all(*source, image.layers)[0], image.layer_data[0]);

    const auto questions = registry.questions();
    EXPECT_THAT(questions.back().header("range"), testing::StartsWith("bytes=4"));
}

TEST_F(Registry, GivesUpWhenNothingMoves)
{
    const ScriptedImage image = add_image(registry, "app", "latest", {make_noise(5000)});
    auto source = open("app");
    source->resolve(amd64);
    registry.fail(image.layers[0].digest.hex, 1000, [](const HttpQuestion&, HttpReply reply) {
        reply.reset_after = 100;
        return reply;
    });

    EXPECT_NE(error_of([&] { fetch_all(*source, image.layers); }), "");

    EXPECT_EQ(registry.count_questions(image.layers[0].digest.hex), 4U); // once, and three retries
}

TEST_F(Registry, CopesWithServersThatIgnoreOrMisunderstandRanges)
{
    const ScriptedImage image = add_image(registry, "app", "latest", {make_noise(50'000)}); // M-116
    const std::string blob = image.layers[0].digest.hex;
    const std::string& data = image.layer_data[0];
    auto source = open("app");
    source->resolve(amd64);
    const auto reset = [](const HttpQuestion&, HttpReply reply) {
        reply.reset_after = 20'000;
        return reply;
    };

    registry.fail(blob, 1, reset);
    registry.fail(blob, 1, [&](const HttpQuestion&, const HttpReply&) { return HttpReply{.body = data}; });
    EXPECT_EQ(fetch_all(*source, image.layers)[0], data);

    registry.fail(blob, 1, reset);
    registry.fail(blob, 1, [&](const HttpQuestion&, HttpReply reply) {
        reply.headers = {{"Content-Range", "bytes 7-49999/50000"}};
        return reply;
    });
    EXPECT_EQ(fetch_all(*source, image.layers)[0], data);
}

TEST_F(Registry, WaitsWhenItIsToldTo)
{
    add_image(registry, "app", "latest", {"layer"});
    registry.fail("/manifests/", 1, [](const HttpQuestion&, const HttpReply&) {
        HttpReply reply = test::make_error_reply(429, "TOOMANYREQUESTS", "slow down");
        reply.headers.emplace_back("Retry-After", "0");
        return reply;
    });
    registry.fail("/blobs/", 1, [](const HttpQuestion&, const HttpReply&) { return HttpReply{.status = 503}; });

    EXPECT_EQ(resolve_error("app"), "");
}

TEST_F(Registry, DoesNotWaitForYears)
{
    registry.fail("/manifests/", 9, [](const HttpQuestion&, const HttpReply&) { // M-118
        HttpReply reply = test::make_error_reply(429, "TOOMANYREQUESTS", "slow down");
        reply.headers.emplace_back("Retry-After", "1000000000");
        return reply;
    });

    EXPECT_THAT(resolve_error("app"), EndsWith("toomanyrequests: slow down"));
    EXPECT_EQ(registry.count_questions("/manifests/"), 1U);
}

TEST_F(Registry, AdvisesWhenTheLimitIsReached)
{
    registry.fail("/manifests/", 9, [](const HttpQuestion&, const HttpReply&) {
        return test::make_error_reply(429, "TOOMANYREQUESTS", "You have reached your pull rate limit.");
    });
    TransportOptions options = test_options();
    options.retries = 0;

    try {
        open("app", options)->resolve(amd64);
        FAIL() << "it was accepted";
    } catch (const Error& error) {
        EXPECT_THAT(error.message(), HasSubstr("toomanyrequests: You have reached your pull rate limit."));
        EXPECT_THAT(error.hint(), HasSubstr("log in"));
    }
}

TEST(StoppedRegistry, IsWaitedForWhenAskedTo)
{
    std::uint16_t port = 0;
    {
        ScriptedServer server{[](const HttpQuestion&) { return HttpReply{}; }};
        port = static_cast<std::uint16_t>(std::stoi(server.host().substr(server.host().rfind(':') + 1)));
    }
    TransportOptions options = test_options();
    options.retries = 2;
    options.retry_delay = std::chrono::milliseconds{20};
    options.retry_refused_connections = true;
    const auto start = std::chrono::steady_clock::now();

    const std::string error = error_of([&] {
        open_registry(oci::Reference::parse(cat("127.0.0.1:", port, "/app")), no_places(), options)->resolve(amd64);
    });

    EXPECT_THAT(error, HasSubstr("connection refused"));
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds{40});
}

TEST_F(Registry, BoundsHeadersAndErrorPages)
{
    registry.fail("/manifests/", 9, [](const HttpQuestion&, const HttpReply&) { // M-114
        return HttpReply{.headers = {{"X-Long", std::string(80'000, 'x')}}};
    });
    EXPECT_THAT(resolve_error("app"), HasSubstr("more than 65536 bytes of headers"));

    ScriptedRegistry endless;
    endless.fail("/manifests/", 9, [](const HttpQuestion&, const HttpReply&) {
        return HttpReply{.status = 403, .body = std::string(10'000, 'x'), .endless = true};
    });
    EXPECT_THAT(
        error_of([&] {
            open_registry(oci::Reference::parse(endless.host() + "/app"), no_places(), test_options())->resolve(amd64);
        }),
        EndsWith("denied: requested access to the resource is denied"));
}

TEST_F(Registry, FollowsRedirectsWithoutTheirCredentials)
{
    const ScriptedImage image = add_image(registry, "app", "latest", {"layer data"}); // M-108, T-32
    ScriptedServer store{[](const HttpQuestion&) { return HttpReply{.body = "layer data"}; }};
    registry.fail("/v2/app/", 99, [&](const HttpQuestion& question, HttpReply reply) {
        if (question.header("authorization").empty())
            return HttpReply{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"x\""}}};
        if (question.path.ends_with(image.layers[0].digest.hex))
            return HttpReply{.status = 307,
                             .headers = {{"Location", cat("http://", store.host(), "/blob?signature=1")}}};
        return reply;
    });
    TransportOptions options = test_options();
    options.creds = "user:secret";
    auto source = open("app", options);
    source->resolve(amd64);

    EXPECT_EQ(fetch_all(*source, image.layers)[0], "layer data");

    ASSERT_EQ(store.questions().size(), 1U);
    EXPECT_EQ(store.questions()[0].header("authorization"), "");
}

TEST_F(Registry, RefusesRedirectsToElsewhere)
{
    for (const char* target :
         {"file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/x", "http://user:pw@127.0.0.1/", ""}) {
        SCOPED_TRACE(target); // M-106
        registry.fail("/manifests/", 1, [&](const HttpQuestion&, const HttpReply&) {
            return HttpReply{.status = 302, .headers = {{"Location", target}}};
        });
        EXPECT_THAT(resolve_error("app"), Not(testing::AnyOf("", EndsWith("manifest unknown"))));
    }
}

TEST_F(Registry, StopsRedirectLoops)
{
    registry.fail("/manifests/", 1000, [&](const HttpQuestion& question, const HttpReply&) { // M-107
        return HttpReply{.status = 302, .headers = {{"Location", question.path}}};
    });

    EXPECT_THAT(resolve_error("app"), HasSubstr("stopped after 5 redirects"));
    EXPECT_EQ(registry.count_questions("/manifests/"), 6U);
}

TEST_F(Registry, SpeaksPlainHttpOnlyWhereItMay)
{
    TransportOptions options = test_options();
    options.tls_verify = std::nullopt;
    options.retries = 0;

    EXPECT_NE(resolve_error("app", options), ""); // loopback is not special (R31)

    EXPECT_TRUE(registry.questions().empty());
}

TEST_F(Registry, TellsWhenNobodyIsThere)
{
    std::string host;
    {
        const ScriptedServer gone{[](const HttpQuestion&) { return HttpReply{}; }};
        host = gone.host();
    }
    EXPECT_THAT(
        error_of(
            [&] { open_registry(oci::Reference::parse(host + "/app"), no_places(), test_options())->resolve(amd64); }),
        AllOf(HasSubstr(cat("initializing source docker://", host, "/app:latest: pinging container registry ", host)),
              EndsWith("connect: connection refused")));
}

TEST_F(Registry, StopsWhenTheCallerCancels)
{
    const ScriptedImage image = add_image(registry, "app", "latest", {make_noise(1000)});
    registry.fail(image.layers[0].digest.hex, 1, [](const HttpQuestion&, HttpReply reply) {
        reply.pause = std::chrono::hours{1};
        return reply;
    });
    const UniqueFd cancel{::eventfd(0, EFD_CLOEXEC)};
    TransportOptions options = test_options();
    options.cancel_fd = cancel.get();
    auto source = open("app", options);
    source->resolve(amd64);
    std::thread canceller{[&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        ::eventfd_write(cancel.get(), 1);
    }};

    EXPECT_THAT(error_of([&] { fetch_all(*source, image.layers); }), HasSubstr("cancelled"));
    canceller.join();
}

TEST_F(Registry, IsStoppedByAReaderThatWentAway)
{
    const ScriptedImage image = add_image(registry, "app", "latest", {make_noise(1'000'000)});
    auto source = open("app");
    source->resolve(amd64);
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    ::close(ends[0]);
    std::vector<BlobRequest> requests{{image.layers[0], [&] { return UniqueFd{ends[1]}; }}};
    NoProgress progress;

    try {
        source->fetch(requests, progress);
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.errno_value(), EPIPE);
    }
}

TEST_F(Registry, KeepsPaceWithSlowReaders)
{
    std::vector<std::string> layers;
    for (unsigned i = 0; i < 9; ++i) // more than run at once
        layers.push_back(make_noise(400'000 + i, i));
    const ScriptedImage image = add_image(registry, "app", "latest", layers);
    auto source = open("app");
    source->resolve(amd64);
    std::vector<std::thread> readers;
    std::vector<std::string> read(layers.size());
    std::vector<BlobRequest> requests;
    std::atomic<int> completed = 0;
    for (std::size_t i = 0; i < layers.size(); ++i)
        requests.push_back({image.layers[i],
                            [&, i] {
                                int ends[2];
                                if (::pipe2(ends, O_CLOEXEC) != 0)
                                    throw Error{errno, "pipe"};
                                readers.emplace_back([&, i, in = ends[0]] {
                                    const UniqueFd fd{in};
                                    char buffer[5000];
                                    for (ssize_t got = 0; (got = ::read(in, buffer, sizeof buffer)) > 0;)
                                        read[i].append(buffer, static_cast<std::size_t>(got));
                                });
                                return UniqueFd{ends[1]};
                            },
                            [&] { ++completed; }});
    NoProgress progress;

    source->fetch(requests, progress);

    for (std::thread& reader : readers)
        reader.join();
    EXPECT_THAT(read, ElementsAreArray(layers));
    EXPECT_EQ(completed, 9);
}

/// A registry with a mirror, by way of registries.conf.
class Mirror : public Registry
{
  protected:
    Mirror()
    {
        places.registries_conf = directory.path() + "/registries.conf";
        save_atomically(AT_FDCWD, places.registries_conf,
                        cat("[[registry]]\nlocation = \"", registry.host(),
                            "\"\ninsecure = true\n[[registry.mirror]]\nlocation = \"", mirror.host(),
                            "/copies\"\ninsecure = true\n"));
        options.tls_verify = std::nullopt;
    }
    std::unique_ptr<ImageSource> open_mirrored(const std::string& name)
    {
        return open_registry(oci::Reference::parse(cat(registry.host(), "/", name)), places, options);
    }

    ScriptedRegistry mirror;
    TempDir directory{"/tmp", "registry-test."};
    ConfigPlaces places = no_places();
    TransportOptions options = test_options();
};

TEST_F(Mirror, IsAskedFirst)
{
    const ScriptedImage image = add_image(mirror, "copies/app", "latest", {"layer"});

    auto source = open_mirrored("app");
    source->resolve(amd64);

    EXPECT_EQ(fetch_all(*source, image.layers)[0], "layer");
    EXPECT_TRUE(registry.questions().empty());
}

TEST_F(Mirror, IsPassedByWhenItHasNothing)
{
    const ScriptedImage image = add_image(registry, "app", "latest", {"layer"});

    auto source = open_mirrored("app");
    source->resolve(amd64);

    EXPECT_EQ(fetch_all(*source, image.layers)[0], "layer");
    EXPECT_THAT(error_of([&] { open_mirrored("nope")->resolve(amd64); }),
                AllOf(HasSubstr("(Mirrors also failed: ["), EndsWith("/nope: manifest unknown")));
}

TEST_F(Mirror, DoesNotSeeTheRegistrysPassword)
{
    add_image(registry, "app", "latest", {"layer"});
    mirror.fail("/manifests/", 99, [](const HttpQuestion&, const HttpReply&) {
        return HttpReply{.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"Mirror\""}}};
    });
    options.creds = "joe:s3cret";

    open_mirrored("app")->resolve(amd64);

    for (const HttpQuestion& question : mirror.questions())
        EXPECT_EQ(question.header("authorization"), "");
}

TEST_F(Mirror, IsNotAskedForABlockedRegistry)
{
    save_atomically(AT_FDCWD, places.registries_conf,
                    cat("[[registry]]\nlocation = \"", registry.host(), "\"\nblocked = true\n"));

    EXPECT_THAT(error_of([&] { open_mirrored("app")->resolve(amd64); }),
                EndsWith(cat("registry ", registry.host(), " is blocked in ", places.registries_conf)));
    EXPECT_TRUE(registry.questions().empty());
}

TEST_F(Registry, SkipsABlobThatIsNotWantedAnyMore)
{
    const ScriptedImage image = add_image(registry, "app", "latest", {"layer"});
    auto source = open("app");
    source->resolve(amd64);
    std::vector<BlobRequest> requests{{image.layers[0], [] { return UniqueFd{}; }}};
    NoProgress progress;

    source->fetch(requests, progress);

    EXPECT_EQ(registry.count_questions(image.layers[0].digest.hex), 0U);
}

} // namespace
} // namespace skiff::registry
