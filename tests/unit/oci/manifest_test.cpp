#include "oci/manifest.hpp"

#include "base/error.hpp"
#include "oci/document.hpp"
#include "oci/image_config.hpp"
#include "oci/index.hpp"
#include "oci/media_type.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::oci {
namespace {

const std::string some_digest = "sha256:" + std::string(64, 'e');

std::string descriptor(std::string_view type, std::string_view more = "")
{
    return cat(R"({"mediaType":")", type, R"(","digest":")", some_digest, R"(","size":7)", more, "}");
}

std::string manifest(std::string_view more = "", std::string_view layers = "")
{
    return cat(R"({"schemaVersion":2,"config":)", descriptor(media_type::oci_config), R"(,"layers":[)", layers, "]",
               more, "}");
}

std::string index_of(std::string_view entries) { return cat(R"({"schemaVersion":2,"manifests":[)", entries, "]}"); }

std::string refusal(const std::function<void()>& work)
{
    try {
        work();
    } catch (const Error& error) {
        return error.message();
    }
    return "accepted";
}

TEST(Manifest, ReadsBothFamilies)
{
    const Manifest oci = Manifest::parse(manifest("", descriptor(media_type::oci_layer_zstd)));
    EXPECT_EQ(oci.media_type, media_type::oci_manifest);
    ASSERT_EQ(oci.layers.size(), 1U);
    EXPECT_EQ(oci.layers[0].size, 7U);

    const Manifest docker =
        Manifest::parse(manifest("", descriptor(media_type::docker_layer_gzip)), media_type::docker_manifest);
    EXPECT_EQ(docker.media_type, media_type::docker_manifest);
}

TEST(Manifest, ComesBackFromItsOwnText)
{
    Manifest written;
    written.media_type = media_type::oci_manifest;
    written.config = {.media_type = std::string{media_type::oci_config}, .digest = Digest::of("c"), .size = 1};
    written.layers = {{.media_type = std::string{media_type::oci_layer}, .digest = Digest::of("l"), .size = 2}};
    written.annotations["a"] = "b";

    const Manifest read = Manifest::parse(written.serialize());

    EXPECT_EQ(read.config, written.config);
    EXPECT_EQ(read.layers, written.layers);
    EXPECT_EQ(read.annotations, written.annotations);
}

TEST(Manifest, IgnoresWhatSaysNothing)
{
    EXPECT_EQ(Manifest::parse(manifest(), "application/json; charset=utf-8").media_type, media_type::oci_manifest);
}

TEST(Manifest, RefusesDocumentsOfTwoMinds) // R35, M-96, M-97, M-102
{
    using testing::HasSubstr;
    EXPECT_THAT(refusal([] { Manifest::parse(manifest(R"(,"manifests":[])")); }), HasSubstr("ambiguous"));
    EXPECT_THAT(refusal([] { Manifest::parse(manifest(), media_type::oci_index); }), HasSubstr("shape"));
    EXPECT_THAT(refusal([] {
                    Manifest::parse(manifest(cat(R"(,"mediaType":")", media_type::docker_manifest, "\"")),
                                    media_type::oci_manifest);
                }),
                HasSubstr("declared as"));
    EXPECT_THAT(refusal([] { Manifest::parse(R"({"schemaVersion":1,"fsLayers":[]})"); }), HasSubstr("schema 1"));
    EXPECT_THAT(refusal([] { Manifest::parse(R"({"schemaVersion":2})"); }), HasSubstr("neither"));
    EXPECT_THAT(refusal([] { Manifest::parse(manifest(), "text/html"); }), HasSubstr("unsupported manifest type"));
    EXPECT_THAT(refusal([] { Manifest::parse(index_of("")); }), HasSubstr("got an image index"));
}

TEST(Manifest, RefusesBrokenFields) // M-82, M-86, M-91, M-92, M-93
{
    using testing::HasSubstr;
    const auto layer_refusal = [](std::string_view layer) {
        return refusal([&] { Manifest::parse(manifest("", layer)); });
    };
    EXPECT_THAT(layer_refusal(descriptor("application/vnd.oci.image.layer.v1.tar+gzip+encrypted")),
                HasSubstr("unsupported layer type"));
    EXPECT_THAT(layer_refusal(descriptor("text/plain")), HasSubstr("unsupported layer type"));
    EXPECT_THAT(layer_refusal(R"({"mediaType":"x","digest":"sha256:../../x","size":1})"), HasSubstr("invalid digest"));
    EXPECT_THAT(layer_refusal(cat(R"({"mediaType":"x","digest":")", some_digest, R"(","size":-1})")),
                HasSubstr("size"));
    EXPECT_THAT(layer_refusal(cat(R"({"mediaType":"x","digest":")", some_digest, R"(","size":1e400})")),
                HasSubstr("JSON"));
    EXPECT_THAT(layer_refusal(cat(R"({"mediaType":"x","digest":")", some_digest, R"(","size":1,"size":2})")),
                HasSubstr("JSON"));
    EXPECT_THAT(layer_refusal("7"), HasSubstr("layers[0]"));
    EXPECT_THAT(
        refusal([] { Manifest::parse(manifest(cat(R"(,"x":")", std::string(max_manifest_bytes, 'x'), "\""))); }),
        HasSubstr("JSON"));
    EXPECT_THAT(refusal([] { Manifest::parse(std::string(100'000, '[')); }), HasSubstr("JSON"));
}

TEST(Manifest, RefusesTooManyLayers) // M-90
{
    std::string layers = descriptor(media_type::oci_layer);
    for (std::size_t i = 1; i <= max_layers; ++i)
        layers += "," + descriptor(media_type::oci_layer);
    EXPECT_THAT(refusal([&] { Manifest::parse(manifest("", layers)); }), testing::HasSubstr("more than 500"));
}

TEST(Manifest, MustFitItsConfiguration) // M-89
{
    ImageConfig config;
    config.diff_ids = {Digest::of("1")};
    EXPECT_THROW(require_same_layers(Manifest::parse(manifest()), config), Error);
}

TEST(Manifest, NeverKeepsForeignUrls) // M-101
{
    const Manifest read =
        Manifest::parse(manifest("", descriptor(media_type::oci_layer, R"(,"urls":["http://169.254.169.254/"])")));
    EXPECT_EQ(read.serialize().find("169.254"), std::string::npos);
}

TEST(Index, ChoosesAPlatform)
{
    const auto entry = [](std::string_view os, std::string_view arch, std::string_view variant) {
        return descriptor(media_type::oci_manifest, cat(R"(,"platform":{"os":")", os, R"(","architecture":")", arch,
                                                        R"(","variant":")", variant, "\"}"));
    };
    const Index index = Index::parse(index_of(
        cat(entry("unknown", "unknown", ""), ",", entry("linux", "arm64", "v8"), ",", entry("linux", "amd64", ""))));

    EXPECT_EQ(&index.choose(Platform::parse("linux/amd64")), &index.manifests[2]);
    EXPECT_EQ(&index.choose(Platform::parse("linux/arm64")), &index.manifests[1]);
    EXPECT_EQ(refusal([&] { (void)index.choose(Platform::parse("linux/s390x")); }), // M-100
              R"(no image found in image index for architecture "s390x", variant "", OS "linux")");
}

TEST(Index, TakesTheOnlyEntryOfALayout)
{
    const Index index = Index::parse(index_of(descriptor(media_type::oci_manifest)));
    EXPECT_EQ(&index.choose(Platform::host()), &index.manifests[0]);
}

TEST(Index, RefusesTooManyEntries) // M-99
{
    std::string entries = descriptor(media_type::oci_manifest);
    for (std::size_t i = 1; i <= max_index_entries; ++i)
        entries += "," + descriptor(media_type::oci_manifest);
    EXPECT_THAT(refusal([&] { Index::parse(index_of(entries)); }), testing::HasSubstr("more than 1000"));
}

TEST(Document, TellsManifestsFromIndexes)
{
    EXPECT_EQ(kind_of_document(manifest()), DocumentKind::Manifest);
    EXPECT_EQ(kind_of_document(index_of("")), DocumentKind::Index);
    EXPECT_EQ(kind_of_document(index_of(""), media_type::docker_index), DocumentKind::Index);
}

} // namespace
} // namespace skiff::oci
