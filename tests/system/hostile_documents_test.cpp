// The malicious corpus (security.md section 11), M-83 to M-105: digests and documents, as a registry gives them.

#include "base/cat.hpp"
#include "tests/support/bombs.hpp"
#include "tests/support/hostile_box.hpp"
#include "tests/support/scripted_registry.hpp"

using namespace skiff::testing;
using namespace skiff::test;
using skiff::cat;
using ::testing::HasSubstr;

namespace {

std::string replaced(std::string text, std::string_view what, std::string_view with)
{
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what << " is not in " << text;
    return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

class HostileDocuments : public HostileBox
{
  protected:
    HostileDocuments() { memory_limit_kib = 96U << 10U; }

    /// Everything that a good image has; each test makes one thing of it wrong.
    const RawLayer layer{RawTar{}.file("f", "content").finish()};
    const std::string config = make_raw_config({layer});
    const std::string manifest = make_raw_manifest(config, {layer});
    const std::string unlikely = "sha256:" + std::string(64, '0');

    void SetUp() override
    {
        HostileBox::SetUp();
        registry.add_blob("app", layer.bytes);
        registry.add_blob("app", config);
    }
    Result pull_manifest(const std::string& document, std::string_view type = oci_manifest_type)
    {
        registry.add_manifest("app", "1", document, std::string{type});
        return pull(registry.host() + "/app:1");
    }
    Result pull_config(const std::string& document)
    {
        registry.add_blob("app", document);
        return pull_manifest(make_raw_manifest(document, {layer}));
    }
    /// An index of one manifest for every platform.
    std::string index_of(std::string_view document, std::string_view type)
    {
        registry.add_manifest("app", "", std::string{document}, std::string{type});
        return index_with(make_descriptor(type, document));
    }
    static std::string index_with(std::string_view entries)
    {
        return cat(R"({"schemaVersion":2,"mediaType":")", oci_index_type, R"(","manifests":[)", entries, "]}");
    }

    ScriptedRegistry registry;
};

TEST_F(HostileDocuments, AreAcceptedWhenNothingIsWrong)
{
    expect_tree(pull_manifest(manifest), {"f 0644 f=content"});
    expect_accepted(pull_manifest(index_of(manifest, oci_manifest_type), oci_index_type));
    // M-88, M-104
    expect_accepted(pull_config(replaced(config, "\"rootfs\"", R"("history":[{"created_by":"a"},{"created_by":"b"}],"rootfs")")));
    const std::string twice = make_raw_config({layer, layer});
    registry.add_blob("app", twice);
    expect_accepted(pull_manifest(make_raw_manifest(twice, {layer, layer})));
}

TEST_F(HostileDocuments, ThatLieAboutDigestsAndSizesAreRefused)
{
    struct Case
    {
        const char* name;
        std::string document, words;
    };
    const auto with_layer = [&](std::string_view digest, std::string_view size) {
        return cat(R"({"schemaVersion":2,"config":)", make_descriptor(oci_config_type, config),
                   R"(,"layers":[{"mediaType":")", layer.media_type, R"(","digest":")", digest, R"(","size":)", size, "}]}");
    };
    const std::string good = digest_of(layer.bytes);
    const std::string size = std::to_string(layer.bytes.size());
    const Case cases[] = {
        {"M-85 smaller than the body", with_layer(good, "1024"), "instead of 1024"},
        {"M-85 larger than the body", with_layer(good, "99999"), "of 99999 bytes"},
        {"M-85 8 EiB", with_layer(good, "9223372036854775807"), "of 9223372036854775807 bytes"},
        {"M-85 no number", with_layer(good, "\"5\""), "size"},
        {"M-94 negative", with_layer(good, "-1"), "size"},
        {"M-94 2^64", with_layer(good, "18446744073709551616"), "size"},
        {"M-94 1e400", with_layer(good, "1e400"), ""},
        {"M-94 a half", with_layer(good, "0.5"), "size"},
        {"M-86 a path", with_layer("sha256:../../../../canary/secret", size), "invalid checksum digest format"},
        {"M-86 md5", with_layer("md5:d41d8cd98f00b204e9800998ecf8427e", size), "unsupported digest algorithm"},
        {"M-86 upper case", with_layer("sha256:" + std::string(64, 'A'), size), "invalid checksum digest format"},
        {"M-86 63 digits", with_layer("sha256:" + std::string(63, 'a'), size), "invalid checksum digest format"},
        {"M-86 65 digits", with_layer("sha256:" + std::string(65, 'a'), size), "invalid checksum digest format"},
        {"M-86 algorithm alone", with_layer("sha256", size), "invalid checksum digest format"},
        {"M-86 nothing", with_layer("", size), "invalid checksum digest format"},
        {"the blob is not there", with_layer(unlikely, size), "blob unknown to registry"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        expect_refused(pull_manifest(c.document), c.words);
    }
    const RawLayer liar{layer.bytes, unlikely};
    const std::string lying = make_raw_config({liar});
    SCOPED_TRACE("M-84");
    expect_refused(pull_config(lying), "diff id");
}

TEST_F(HostileDocuments, WithOtherBodiesThanTheirDigestsAreRefused)
{
    const std::string digest = registry.add_manifest("app", "1", manifest, std::string{oci_manifest_type});
    const auto change = [](const HttpQuestion&, HttpReply reply) {
        reply.body[512 % reply.body.size()] ^= 1; // a letter of the file in the layer
        return reply;
    };
    registry.fail(digest_of(layer.bytes), 1, change); // M-83
    expect_refused(pull(registry.host() + "/app:1"), "digest");
    registry.fail(digest_of(config), 1, change);
    expect_refused(pull(registry.host() + "/app:1"), "blob has digest");
    registry.fail("/manifests/", 1, [](const HttpQuestion&, HttpReply reply) { // other bytes, the same meaning
        reply.body += "\n";
        return reply;
    });
    expect_refused(pull(registry.host() + "/app@" + digest), "manifest");
    registry.fail("/manifests/", 1, [](const HttpQuestion&, HttpReply reply) { // a hint is only that
        reply.headers.emplace_back("Docker-Content-Digest", "sha256:" + std::string(64, '1'));
        return reply;
    });
    const Result hinted = pull(registry.host() + "/app:1");
    if (hinted.code == 0)
        expect_accepted(hinted);
    else
        expect_refused(hinted, "digest");
}

TEST_F(HostileDocuments, AreRefusedWhenTheyMeanTwoThings)
{
    struct Case
    {
        const char* name;
        std::string document;
        std::string_view type;
        std::string words;
    };
    const std::string index = index_of(manifest, oci_manifest_type);
    const Case cases[] = {
        {"M-96 an index with layers", replaced(index, "\"manifests\"", "\"layers\":[],\"manifests\""), oci_index_type, "ambiguous"},
        {"M-96 a manifest with manifests", replaced(manifest, "\"layers\"", "\"manifests\":[],\"layers\""), oci_manifest_type,
         "ambiguous"},
        {"M-97 header", manifest, oci_index_type, "declared as"},
        {"M-97 field", replaced(manifest, "image.manifest", "image.index"), oci_manifest_type, "declared as"},
        {"M-97 shape", replaced(replaced(manifest, "image.manifest", "image.index"), "x", "x"), oci_index_type, "has the shape of"},
        {"M-97 html", "<!DOCTYPE html>", "text/html", ""},
        {"M-97 something else", manifest, "application/vnd.cncf.helm.chart", "declared as"},
        {"M-102 schema 1", R"({"schemaVersion":1,"name":"app","fsLayers":[]})", "application/vnd.docker.distribution.manifest.v1+json",
         "schema 1"},
        {"M-102 schema 3", replaced(manifest, "2,", "3,"), oci_manifest_type, "schemaVersion"},
        {"M-93 twice", replaced(manifest, "\"layers\"", "\"schemaVersion\":2,\"layers\""), oci_manifest_type, "twice"},
        {"M-92 depth", repeat("[", 100'000) + repeat("]", 100'000), oci_manifest_type, "nested"},
        {"M-92 depth of objects", repeat("{\"a\":", 100'000) + "1" + repeat("}", 100'000), oci_manifest_type, "nested"},
        {"M-94 numbers", R"({"schemaVersion":1e400})", oci_manifest_type, ""},
        {"M-95 NUL", replaced(manifest, "{\"schemaVersion\"", R"({"annotations":{"a":"\u0000"},"schemaVersion")"), oci_manifest_type, ""},
        {"M-95 surrogate", replaced(manifest, "{\"schemaVersion\"", R"({"annotations":{"a":"\ud800"},"schemaVersion")"),
         oci_manifest_type, ""},
        {"M-95 UTF-8", replaced(manifest, "{\"schemaVersion\"", "{\"annotations\":{\"a\":\"\xff\"},\"schemaVersion\""),
         oci_manifest_type, ""},
        {"bytes behind the end", manifest + "}", oci_manifest_type, ""},
        {"a list", "[]", oci_manifest_type, ""},
        {"null", "null", oci_manifest_type, ""},
        {"nothing", "", oci_manifest_type, ""},
        {"layers is no list", replaced(manifest, "\"layers\":[", "\"layers\":5,\"x\":["), oci_manifest_type, "list"},
        {"M-82 encrypted layer", replaced(manifest, "layer.v1.tar", "layer.v1.tar+encrypted"), oci_manifest_type,
         "unsupported layer type"},
        {"M-82 unknown layer", replaced(manifest, layer.media_type, "text/plain"), oci_manifest_type, "unsupported layer type"},
        {"an artifact", replaced(manifest, oci_config_type, "application/vnd.cncf.helm.config.v1+json"), oci_manifest_type,
         "not a container image"},
        {"M-87 configuration and layer in one",
         cat(R"({"schemaVersion":2,"config":)", make_descriptor(oci_config_type, layer.bytes), R"(,"layers":[)",
             make_descriptor(layer.media_type, layer.bytes), "]}"),
         oci_manifest_type, "parsing image configuration"},
        {"M-91 100 MiB", std::string(5U << 20U, ' '), oci_manifest_type, "more than 4194304 bytes"},
        {"M-105 annotation",
         replaced(manifest, "{\"schemaVersion\"", cat(R"({"annotations":{"a":")", std::string(5U << 20U, 'x'), R"("},"schemaVersion")")),
         oci_manifest_type, "more than 4194304 bytes"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        expect_refused(pull_manifest(c.document, c.type), c.words);
    }
}

TEST_F(HostileDocuments, AreBounded)
{
    const std::string id = make_descriptor(layer.media_type, layer.bytes);
    const std::string many_layers =
        cat(R"({"schemaVersion":2,"config":)", make_descriptor(oci_config_type, config), R"(,"layers":[)", repeat(id + ",", 20'000), id, "]}");
    expect_refused(pull_manifest(many_layers), "more than 500");
    // M-90
    const std::string diff_ids = repeat(cat("\"", unlikely, "\","), 100'000);
    expect_refused(pull_config(replaced(config, "[\"sha256", cat("[", diff_ids, "\"sha256"))), "more than 500");
    expect_refused(pull_config(config + std::string(9U << 20U, ' ')), "8388608");
    // M-89
    const std::string two = make_raw_config({layer, layer});
    registry.add_blob("app", two);
    expect_refused(pull_manifest(make_raw_manifest(two, {layer})), "its manifest has 1 layers and its configuration names 2");
    expect_refused(pull_manifest(make_raw_manifest(config, {layer, layer})), "its manifest has 2 layers and its configuration names 1");
}

TEST_F(HostileDocuments, AreFollowedTwoLevelsDeep)
{
    std::string index = index_of(manifest, oci_manifest_type);
    index = index_of(index, oci_index_type);
    expect_accepted(pull_manifest(index, oci_index_type));
    for (int depth = 0; depth < 50; ++depth) // M-98
        index = index_of(index, oci_index_type);
    expect_refused(pull_manifest(index, oci_index_type), "more than 2 deep");
    // M-98: an index cannot hold its own digest; one that is sent under the digest that it names is caught.
    const std::string self = index_with(cat(R"({"mediaType":")", oci_index_type, R"(","digest":")", unlikely, R"(","size":190})"));
    registry.add_manifest("app", "self", self, std::string{oci_index_type});
    registry.fail(unlikely, 99, [&](const HttpQuestion&, const HttpReply&) {
        return HttpReply{.headers = {{"Content-Type", std::string{oci_index_type}}}, .body = self};
    });
    expect_refused(pull(registry.host() + "/app:self"), "instead of 190");
    // M-99, M-100
    std::string platforms;
    for (int i = 0; i < 20'000; ++i)
        platforms += cat(i > 0 ? "," : "", R"({"mediaType":")", oci_manifest_type, R"(","digest":")", unlikely,
                         R"(","size":1,"platform":{"os":"linux","architecture":"a)", i, "\"}}");
    expect_refused(pull_manifest(index_with(platforms), oci_index_type), "more than 1000");
    expect_refused(pull_manifest(index_with(cat(R"({"mediaType":")", oci_manifest_type, R"(","digest":")", unlikely,
                                                R"(","size":1,"platform":{"os":"plan9","architecture":"pdp11"}})")),
                                 oci_index_type),
                   "no image found in image index");
    expect_refused(pull_manifest(index_with(""), oci_index_type), "no image found in image index");
    // The index says manifest, the registry says index.
    const std::string liar = index_with(make_descriptor(oci_manifest_type, index_of(manifest, oci_manifest_type)));
    registry.add_manifest("app", "", index_of(manifest, oci_manifest_type), std::string{oci_index_type});
    expect_refused(pull_manifest(liar, oci_index_type), "declared as");
}

TEST_F(HostileDocuments, NameNoOtherPlaceForALayer)
{
    for (const std::string& url : {std::string{"http://169.254.169.254/latest"}, std::string{"file:///etc/passwd"},
                                  cat("http://", registry.host(), "/elsewhere")}) { // M-101
        SCOPED_TRACE(url);
        expect_refused(pull_manifest(replaced(replaced(manifest, digest_of(layer.bytes), unlikely), unlikely + "\"",
                                              cat(unlikely, R"(","urls":[")", url, "\"]"))),
                       "blob unknown to registry");
        // What the registry itself has is good, whatever the layer is called.
        expect_accepted(pull_manifest(replaced(replaced(manifest, layer.media_type, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
                                               "\"size\":2048", cat(R"("size":2048,"urls":[")", url, "\"]"))));
    }
    EXPECT_EQ(registry.count_questions("elsewhere"), 0U);
}

TEST_F(HostileDocuments, ConfigureNothingStrange) // M-103
{
    struct Case
    {
        const char* name;
        std::string config; ///< the object of that name
        std::string words;  ///< empty: accepted
    };
    const Case cases[] = {
        {"a list", "[]", "config"},
        {"text", "\"x\"", "config"},
        {"Env with NUL", R"({"Env":["A=\u0000"]})", "\"config\""},
        {"Env without =", R"({"Env":["HOME","*","=x","LD_*"]})", ""},
        {"Env no list", R"({"Env":"A=B"})", "Env"},
        {"Cmd as text", R"({"Cmd":"sh -c id"})", "Cmd"},
        {"Cmd of numbers", R"({"Cmd":[1,2]})", "Cmd"},
        {"User with a line break", R"({"User":"root\nroot"})", "User"},
        {"WorkingDir relative", R"({"WorkingDir":"../../x"})", ""},
        {"Volumes ..", R"({"Volumes":{"/a/../..":{}}})", "Volumes"},
        {"Volumes empty", R"({"Volumes":{"":{}}})", "Volumes"},
        {"Volumes /proc", R"({"Volumes":{"/proc":{}}})", ""},
        {"ExposedPorts", R"({"ExposedPorts":{"99999999/tcp":{}}})", "ExposedPorts"},
        {"ExposedPorts icmp", R"({"ExposedPorts":{"1/icmp":{}}})", "ExposedPorts"},
        {"StopSignal", R"({"StopSignal":"9; rm"})", "StopSignal"},
        {"StopSignal of a thousand letters", cat(R"({"StopSignal":")", std::string(1000, 'A'), "\"}"), "StopSignal"},
        {"StopTimeout", R"({"StopTimeout":99999999999})", "StopTimeout"},
        {"Healthcheck", R"({"Healthcheck":{"Test":["CMD-SHELL","$(reboot) || :"],"Interval":-1,"Retries":-1}})", "Retries"},
        {"Healthcheck of 2^63", R"({"Healthcheck":{"Test":["NONE"],"Interval":9223372036854775808}})", "Interval"},
        {"Labels", R"({"Labels":{"io.podman.annotations.privileged":"TRUE","\u001b[2J":"\u001b]52;c;x\u0007"}})", ""},
        {"OnBuild", R"({"OnBuild":["RUN id"]})", ""},
        {"unknown fields", R"({"Privileged":true,"Mounts":[{"source":"/"}],"CapAdd":["ALL"]})", ""},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.name);
        const Result result = pull_config(make_raw_config({layer}, c.config));
        if (c.words.empty())
            expect_accepted(result);
        else
            expect_refused(result, c.words == "\"config\"" ? "" : c.words);
    }
    SCOPED_TRACE("no object");
    expect_refused(pull_config("[]"), "parsing image configuration");
    expect_refused(pull_config("{}"), "rootfs");
    expect_refused(pull_config(R"({"rootfs":{"type":"windows","diff_ids":[]}})"), "layers");
    expect_refused(pull_config(replaced(config, "[\"sha256:", "[\"sha256:../")), "digest");
}

} // namespace
