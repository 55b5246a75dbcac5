#include "registry/registry_destination.hpp"

#include "base/cat.hpp"
#include "base/error.hpp"
#include "scripted_image.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mutex>

namespace skiff::registry {
namespace {

using test::HttpQuestion;
using test::HttpReply;
using testing::ElementsAre;
using testing::HasSubstr;

/// A registry that takes uploads, and breaks on cue.
class UploadServer
{
  public:
    UploadServer() : server_{[this](const HttpQuestion& question) { return handle(question); }} {}
    [[nodiscard]] std::string host() const { return server_.host(); }
    /// "METHOD path" of everything but pings.
    [[nodiscard]] std::vector<std::string> asked() const
    {
        std::vector<std::string> lines;
        for (const HttpQuestion& question : server_.questions())
            if (question.path != "/v2/")
                lines.push_back(cat(question.method, " ", question.path));
        return lines;
    }
    [[nodiscard]] std::vector<HttpQuestion> questions() const { return server_.questions(); }

    std::map<std::string, std::string> blobs;           ///< by repository and digest: "team/app sha256:..."
    std::map<std::string, std::string> manifests;       ///< by path
    std::optional<std::size_t> break_after;             ///< bytes of the next PATCH that arrive
    std::size_t largest_request = SIZE_MAX;             ///< more is 413
    int busy = 0;                                       ///< so many POSTs are told to come back

  private:
    HttpReply handle(const HttpQuestion& question)
    {
        const std::lock_guard guard{mutex_};
        if (question.path == "/v2/")
            return {};
        const std::string place = "/v2/team/app/blobs/";
        if (question.body.size() > largest_request)
            return {.status = 413};
        if (question.path == "/v2/team/app/blobs/uploads/" && question.method == "POST")
            return begin(question);
        if (question.path.starts_with(place + "uploads/"))
            return go_on(question);
        if (question.path.starts_with(place))
            return {.status = blobs.contains("team/app " + question.path.substr(place.size())) ? 200 : 404};
        manifests[question.path] = question.body;
        return {.status = 201};
    }
    HttpReply begin(const HttpQuestion& question)
    {
        if (busy-- > 0)
            return {.status = 429, .headers = {{"Retry-After", "0"}}};
        if (question.query.starts_with("mount=")) {
            const std::string digest = "sha256:" + question.query.substr(sizeof "mount=sha256%3A" - 1, 64);
            const std::string from = question.query.substr(question.query.find("&from=") + 6);
            if (blobs.contains(cat(from == "other%2Fapp" ? "other/app" : from, " ", digest)))
                return {.status = 201};
        }
        upload_.clear();
        return location(202);
    }
    [[nodiscard]] HttpReply location(int status) const
    {
        HttpReply reply{.status = status, .headers = {{"Location", "/v2/team/app/blobs/uploads/1?state=x"}}};
        reply.headers.emplace_back("Range", cat("0-", upload_.empty() ? 0 : upload_.size() - 1));
        return reply;
    }
    HttpReply go_on(const HttpQuestion& question)
    {
        if (question.method == "GET")
            return location(204);
        if (question.method == "PATCH") {
            if (break_after) {
                upload_ += question.body.substr(0, *break_after);
                break_after.reset();
                return {.body = "lost", .reset_after = 0};
            }
            upload_ += question.body;
            return location(202);
        }
        if (question.method != "PUT")
            return {.status = 204};
        upload_ += question.body;
        const std::string digest = oci::Digest::of(upload_).text();
        if (question.query.find(digest.substr(7)) == std::string::npos)
            return test::make_error_reply(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
        blobs["team/app " + digest] = upload_;
        return {.status = 201};
    }

    std::mutex mutex_;
    std::string upload_;
    test::ScriptedServer server_; ///< last: it calls handle()
};

/// A blob whose size and digest nobody knows before its end.
OutgoingBlob make_stream(const std::string& data, std::vector<std::uint64_t>* opened = nullptr)
{
    OutgoingBlob blob = make_memory_blob(data);
    blob.known.reset();
    blob.open = [open = blob.open, opened](std::uint64_t skip) {
        if (opened != nullptr)
            opened->push_back(skip);
        return open(skip);
    };
    return blob;
}

class RegistryDestinationTest : public testing::Test
{
  protected:
    std::unique_ptr<ImageDestination> open()
    {
        return open_registry_destination(oci::Reference::parse(server.host() + "/team/app:1"), no_places(), test_options());
    }
    [[nodiscard]] bool has(const std::string& data) const
    {
        return server.blobs.contains("team/app " + oci::Digest::of(data).text());
    }
    static oci::Descriptor describe(const std::string& data)
    {
        oci::Descriptor descriptor;
        descriptor.digest = oci::Digest::of(data);
        descriptor.size = data.size();
        return descriptor;
    }
    UploadServer server;
};

TEST_F(RegistryDestinationTest, SendsASmallBlobInOneRequestAndAStreamInPieces)
{
    const auto destination = open();
    const std::string noise = make_noise(3U << 20U);

    destination->put_blob(make_memory_blob("small"));
    const BlobFacts facts = destination->put_blob(make_stream(noise));

    EXPECT_TRUE(has("small"));
    EXPECT_TRUE(has(noise));
    EXPECT_EQ(facts.digest, oci::Digest::of(noise));
    EXPECT_THAT(server.asked(),
                ElementsAre("POST /v2/team/app/blobs/uploads/", "PUT /v2/team/app/blobs/uploads/1",
                            "POST /v2/team/app/blobs/uploads/", "PATCH /v2/team/app/blobs/uploads/1",
                            "PUT /v2/team/app/blobs/uploads/1"));
}

TEST_F(RegistryDestinationTest, GoesOnWhereABrokenConnectionLeftIt)
{
    const auto destination = open();
    const std::string noise = make_noise(2U << 20U);
    std::vector<std::uint64_t> opened;
    server.break_after = 1'234'567;

    destination->put_blob(make_stream(noise, &opened));

    EXPECT_TRUE(has(noise));
    EXPECT_THAT(opened, ElementsAre(0, 1'234'567));
}

TEST_F(RegistryDestinationTest, BeginsAgainWhenNothingHasArrived)
{
    const auto destination = open();
    const std::string noise = make_noise(2U << 20U);
    std::vector<std::uint64_t> opened;
    server.break_after = 0;

    destination->put_blob(make_stream(noise, &opened));

    EXPECT_TRUE(has(noise));
    EXPECT_THAT(opened, ElementsAre(0, 0));
}

TEST_F(RegistryDestinationTest, ComesBackWhenItIsToldTo)
{
    server.busy = 2;

    open()->put_blob(make_stream("data"));

    EXPECT_TRUE(has("data"));
}

TEST_F(RegistryDestinationTest, SendsSmallerRequestsWhereLargeOnesAreRefused)
{
    const auto destination = open();
    const std::string noise = make_noise(9U << 20U);
    server.largest_request = 5U << 20U;

    destination->put_blob(make_stream(noise));

    EXPECT_TRUE(has(noise));
    const auto questions = server.questions();
    EXPECT_TRUE(std::any_of(questions.begin(), questions.end(), [](const HttpQuestion& question) {
        return question.header("content-range") == "4194304-8388607";
    }));
}

TEST_F(RegistryDestinationTest, FindsBlobsThereAndMountsThemFromElsewhere)
{
    const auto destination = open();
    const std::string host = server.host();
    server.blobs["other/app " + oci::Digest::of("mounted").text()] = "mounted";
    server.blobs["team/app " + oci::Digest::of("there").text()] = "there";

    EXPECT_TRUE(destination->find_blob(describe("there"), {}));
    EXPECT_FALSE(destination->find_blob(describe("mounted"), {"elsewhere.example.org/other/app"}));
    EXPECT_TRUE(destination->find_blob(describe("mounted"), {host + "/other/app"}));
    EXPECT_FALSE(destination->find_blob(describe("nowhere"), {host + "/other/app"}));
}

TEST_F(RegistryDestinationTest, TakesBackAnUploadThatFails)
{
    const auto destination = open();
    OutgoingBlob blob = make_stream("data");
    blob.open = [](std::uint64_t) -> std::unique_ptr<BlobReader> { throw Error{ErrorKind::Failure, "the layer is damaged"}; };

    EXPECT_THAT(error_of([&] { destination->put_blob(blob); }), HasSubstr("the layer is damaged"));
    EXPECT_EQ(server.asked().back(), "DELETE /v2/team/app/blobs/uploads/1");
}

TEST_F(RegistryDestinationTest, PutsTheManifestUnderItsNameAndPartsUnderTheirDigest)
{
    const auto destination = open();

    destination->put_manifest("{\"part\":1}", "application/x", true);
    destination->put_manifest("{\"whole\":1}", "application/x", false);

    EXPECT_EQ(server.manifests["/v2/team/app/manifests/1"], "{\"whole\":1}");
    EXPECT_EQ(server.manifests["/v2/team/app/manifests/" + oci::Digest::of("{\"part\":1}").text()], "{\"part\":1}");
}

} // namespace
} // namespace skiff::registry
