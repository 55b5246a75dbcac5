#include "registry/archive_source.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "image_on_disk.hpp"
#include "scripted_image.hpp"
#include "support/raw_tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace skiff::registry {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

const oci::Platform amd64{"linux", "amd64", "", "", {}};
constexpr const char* ref_name = "org.opencontainers.image.ref.name";

class Archive : public testing::Test
{
  protected:
    std::string save(const std::string& name, const std::string& data) const
    {
        const std::string path = cat(directory.path(), "/", name);
        save_atomically(AT_FDCWD, path, data, Durability::None);
        return path;
    }
    static std::vector<ArchiveImage> list(const std::string& path)
    {
        return list_archive(path, no_places(), options());
    }
    static TransportOptions options()
    {
        TransportOptions value;
        value.temp_dir = "/tmp";
        return value;
    }
    static ArchiveImage open(const std::string& text)
    {
        return open_archive(*find_transport(text), no_places(), options());
    }
    static std::vector<std::string> names(const ArchiveImage& image)
    {
        std::vector<std::string> texts;
        for (const oci::Reference& name : image.names)
            texts.push_back(name.text());
        return texts;
    }
    static std::vector<std::string> layers_of(ImageSource& source, Verify verify = Verify::Here)
    {
        return fetch_all(source, source.resolve(amd64).manifest.layers, verify);
    }

    TempDir directory{"/tmp", "registry-test."};
    LayoutParts image = make_layout_image({"first layer", make_noise(3'000'000), "first layer", ""});
    Files layout = make_layout({{image.manifest, {{ref_name, "quay.io/team/app:1"}}}}, image.blobs);
};

TEST_F(Archive, ReadsAnOciLayoutInADirectory)
{
    write_files(directory.path() + "/layout", layout);

    const auto images = list(directory.path() + "/layout");

    ASSERT_EQ(images.size(), 1U);
    EXPECT_THAT(names(images[0]), ElementsAre("quay.io/team/app:1"));
    EXPECT_EQ(images[0].source->resolve(amd64).manifest_bytes, image.manifest);
    EXPECT_THAT(layers_of(*images[0].source), ElementsAreArray(image.layers));
    EXPECT_THAT(layers_of(*images[0].source, Verify::Reader), ElementsAreArray(image.layers));
}

TEST_F(Archive, ReadsOciArchivesPlainAndCompressed)
{
    const std::string tar = make_tar(layout);
    for (const char* program : {"", "gzip", "zstd"}) {
        SCOPED_TRACE(program);
        const std::string data = *program == '\0' ? tar : compress_with(program, tar);
        if (data.empty())
            GTEST_SKIP() << "this machine has no program " << program;

        const auto images = list(save("archive", data));

        ASSERT_EQ(images.size(), 1U);
        EXPECT_EQ(images[0].source->shown_name(), cat("oci-archive:", directory.path(), "/archive:quay.io/team/app:1"));
        EXPECT_THAT(layers_of(*images[0].source), ElementsAreArray(image.layers));
    }
}

TEST_F(Archive, ReadsAStream)
{
    const std::string tar = make_tar(layout);
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd in{ends[0]};
    std::thread writer{[&, out = UniqueFd{ends[1]}] { write_all(out.get(), tar, "pipe"); }};

    const auto images = list_archive(in.get(), "stdin", no_places(), options());
    writer.join();

    ASSERT_EQ(images.size(), 1U);
    EXPECT_THAT(layers_of(*images[0].source), ElementsAreArray(image.layers));
}

TEST_F(Archive, ReadsWhatDockerSaves)
{
    const std::vector<std::string> layers{"bottom", make_noise(2'000'000), "twice", "twice"};
    const std::string config = make_config(layers);
    const Files files = make_docker_archive(R"(["app:1","quay.io/app:2"])", layers, config);

    const auto images = list(save("docker.tar", make_tar(files)));

    ASSERT_EQ(images.size(), 1U);
    EXPECT_THAT(names(images[0]), ElementsAre("docker.io/library/app:1", "quay.io/app:2"));
    EXPECT_EQ(images[0].source->resolve(amd64).config_bytes, config);
    EXPECT_THAT(layers_of(*images[0].source), ElementsAreArray(layers));
}

TEST_F(Archive, HashesCompressedLayersOfDockerArchives)
{
    const std::string packed = test::stored_gzip("the layer");
    const Files files = make_docker_archive("null", {packed}, make_config({"the layer"}));

    auto images = list(save("docker.tar", make_tar(files)));

    const ImageDocument document = images[0].source->resolve(amd64);
    EXPECT_THAT(images[0].names, IsEmpty());
    EXPECT_THAT(document.manifest.layers[0].media_type, HasSubstr("gzip"));
    EXPECT_THAT(layers_of(*images[0].source), ElementsAre(packed));
}

TEST_F(Archive, ListsSeveralImages)
{
    const LayoutParts other = make_layout_image({"other"});
    const LayoutParts arm = make_layout_image({"arm"}, "arm64");
    Files blobs = image.blobs;
    for (const LayoutParts& parts : {other, arm})
        blobs.insert(blobs.end(), parts.blobs.begin(), parts.blobs.end());
    const std::string path =
        save("many.tar",
             make_tar(make_layout(
                 {
                     {image.manifest, {{ref_name, "1"}, {"io.containerd.image.name", "docker.io/library/app:1"}}},
                     {image.manifest, {{"io.containerd.image.name", "docker.io/library/app:latest"}}},
                     {other.manifest, {{ref_name, "short"}}, "amd64"},
                     {arm.manifest, {{ref_name, "short"}}, "arm64"},
                     {other.manifest, {}, "unknown"},
                 },
                 blobs)));

    const auto images = list(path);

    ASSERT_EQ(images.size(), 2U);
    EXPECT_THAT(names(images[0]), ElementsAre("docker.io/library/app:1", "docker.io/library/app:latest"));
    EXPECT_THAT(names(images[1]), ElementsAre("localhost/short:latest"));
    EXPECT_THAT(layers_of(*images[1].source), ElementsAre("other"));
    EXPECT_EQ(images[1].source->resolve({"linux", "arm64", "", "", {}}).config.platform.architecture, "arm64");
    EXPECT_THAT(layers_of(*open(cat("oci-archive:", path, ":short")).source), ElementsAre("other"));
    EXPECT_THAT(layers_of(*open(cat("oci-archive:", path, ":app:latest")).source), ElementsAreArray(image.layers));
    EXPECT_THAT(layers_of(*open(cat("oci-archive:", path, ":@1")).source), ElementsAre("other"));
    EXPECT_THAT(error_of([&] { open(cat("oci-archive:", path)); }), HasSubstr("has 2 images in it"));
    EXPECT_THAT(error_of([&] { open(cat("oci-archive:", path, ":nope")); }),
                HasSubstr("no descriptor found for reference 'nope'"));
}

TEST_F(Archive, ReadsADirOfSkopeo)
{
    Files files{{"version", "Directory Transport Version: 1.1\n"}, {"manifest.json", image.manifest}};
    for (const auto& [path, data] : image.blobs)
        files.emplace_back(path.substr(path.rfind('/') + 1), data);
    write_files(directory.path() + "/dir", files);

    EXPECT_THAT(layers_of(*list(directory.path() + "/dir")[0].source), ElementsAreArray(image.layers));
    EXPECT_THAT(layers_of(*open(cat("dir:", directory.path(), "/dir")).source), ElementsAreArray(image.layers));
}

TEST_F(Archive, RefusesBlobsThatAreNotWhatTheySay)
{
    const auto with = [&](std::size_t blob, const std::string& data) {
        Files changed = layout;
        changed[blob + 2].second = data; // behind oci-layout and index.json
        return error_of([&] { layers_of(*list(save("bad.tar", make_tar(changed)))[0].source); });
    };

    EXPECT_THAT(with(1, make_noise(3'000'000, 7)), HasSubstr(image.blobs[1].first.substr(13))); // a layer
    EXPECT_THAT(with(1, "short"), HasSubstr("bytes instead of"));
    EXPECT_THAT(with(4, "{}"), HasSubstr("bytes instead of"));         // the configuration
    EXPECT_THAT(with(5, "{}"), HasSubstr("manifest of oci-archive:")); // the manifest
    EXPECT_EQ(with(1, image.layers[1]), "");
}

TEST_F(Archive, SaysWhatIsMissing)
{
    Files incomplete = layout;
    incomplete.erase(incomplete.begin() + 3);
    EXPECT_THAT(error_of([&] { layers_of(*list(save("bad.tar", make_tar(incomplete)))[0].source); }),
                HasSubstr("no such file"));
    EXPECT_THAT(error_of([&] {
                    list(save("bad.tar", make_tar({{"README", "hello"}})));
                }),
                HasSubstr("payload does not match any of the supported image formats"));
    EXPECT_THAT(error_of([&] { list(save("bad.tar", "this is no archive at all, it is just a text")); }),
                testing::Not(""));
    EXPECT_THAT(error_of([&] { list(directory.path() + "/nope"); }), HasSubstr("no such file"));
    EXPECT_THAT(error_of([&] {
                    list(save("docker.tar", make_tar({{"manifest.json", R"([{"Config":"gone.json","Layers":[]}])"}})));
                }),
                HasSubstr("'gone.json'"));
}

TEST_F(Archive, IsNotLeftThroughLinks)
{
    const std::string config = make_config({"layer"});
    for (const std::string target : {"/etc/passwd", "../../../etc/passwd", "id0/layer.tar", "../id0/layer.tar"}) {
        SCOPED_TRACE(target);
        Files files = make_docker_archive("null", {"layer"}, config);
        files[0].second = cat("-> ", target);
        EXPECT_THAT(error_of([&] { list(save("links.tar", make_tar(files))); }), testing::Not(""));
    }
    EXPECT_THAT(error_of([&] { list(save("dots.tar", make_tar({{"../x", "y"}}))); }), testing::Not(""));
    write_files(directory.path() + "/layout", layout);
    remove_file_at(AT_FDCWD, directory.path() + "/layout/index.json");
    ASSERT_EQ(::symlink("/etc/passwd", (directory.path() + "/layout/index.json").c_str()), 0);
    EXPECT_THAT(error_of([&] { list(directory.path() + "/layout"); }), HasSubstr("payload does not match"));
}

TEST(Transport, IsTakenApart)
{
    EXPECT_EQ(find_transport("docker://debian:12")->rest, "debian:12");
    EXPECT_EQ(find_transport("oci:/tmp/x:tag")->transport, "oci");
    EXPECT_FALSE(find_transport("debian:12"));
    EXPECT_FALSE(find_transport("localhost:5000/x"));
    EXPECT_FALSE(find_transport("docker:24-dind"));
    EXPECT_THROW(find_transport("docker-daemon:x"), Error);
}

} // namespace
} // namespace skiff::registry
