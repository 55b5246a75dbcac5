#include "image_box.hpp"
#include "text/time_format.hpp"

namespace skiff::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ImagesTest : public ImageBox
{
  protected:
    const Images& images() { return store().images(); }
    std::string found(const std::string& text)
    {
        const auto result = images().find(text);
        return result ? result->name.empty() ? result->image.id : result->name : "";
    }
};

TEST_F(ImagesTest, KeepsWhatAnImageIs)
{
    const Image image = put({"base", "top"}, {"docker.io/library/debian:12"});

    EXPECT_EQ(image.layers, chain_of({"base", "top"}));
    EXPECT_EQ(image.architecture, "amd64");
    EXPECT_EQ(image.labels.at("kind"), "test");
    EXPECT_EQ(text::format_rfc3339(image.created), "2024-01-02T03:04:05Z");
    EXPECT_THAT(image.names, ElementsAre("docker.io/library/debian:12"));
    EXPECT_THAT(image.repo_digests(), ElementsAre("docker.io/library/debian@" + image.digest));
    EXPECT_GT(image.size, 7U);
    EXPECT_EQ(images().load_config(image).platform.os, "linux");
    EXPECT_EQ(oci::Digest::of(images().load_manifest_text(image)).text(), image.digest);
    EXPECT_EQ(images().find_id(image.id)->layers, image.layers);
    EXPECT_EQ(images().find_digest(image.digest)->id, image.id);
}

TEST_F(ImagesTest, RefusesAnImageWhoseLayersAreMissing)
{
    EXPECT_THAT(error_of([&] { images().put(make_image({"nope"}, {"localhost/x:latest"}), store().use()); }),
                HasSubstr("layer not known"));
    EXPECT_THAT(images().list(), IsEmpty());
}

TEST_F(ImagesTest, FindsFullAndShortNamesAndIds)
{
    const Image debian = put({"base"}, {"docker.io/library/debian:latest", "docker.io/library/debian:12"});
    const Image web = put({"base"}, {"quay.io/group/web:latest"}, "web");
    const Image local = put({"base"}, {"localhost/tool:latest", "localhost/nginx:latest"}, "local");
    put({"base"}, {"docker.io/library/nginx:latest"}, "other nginx");

    EXPECT_EQ(found("docker.io/library/debian"), "docker.io/library/debian:latest");
    EXPECT_EQ(found("docker.io/debian:12"), "docker.io/library/debian:12");
    EXPECT_EQ(found("debian"), "docker.io/library/debian:latest");
    EXPECT_EQ(found("debian:12"), "docker.io/library/debian:12");
    EXPECT_EQ(found("debian:11"), "");
    EXPECT_EQ(found("debian@" + debian.digest), "docker.io/library/debian@" + debian.digest);
    EXPECT_EQ(found("docker.io/library/debian@" + web.digest), "");
    EXPECT_EQ(found("web"), "quay.io/group/web:latest");
    EXPECT_EQ(found("group/web"), "quay.io/group/web:latest");
    EXPECT_EQ(found("eb"), "") << "only whole parts of a name";
    EXPECT_EQ(found("tool"), "localhost/tool:latest");
    EXPECT_EQ(found("nginx"), "localhost/nginx:latest") << "local images first";
    EXPECT_EQ(found(local.id), local.id);
    EXPECT_EQ(found("sha256:" + local.id), local.id);
    EXPECT_EQ(found(local.id.substr(0, 12)), local.id);
    EXPECT_EQ(found("sha256:" + local.id.substr(0, 12)), local.id);
    EXPECT_EQ(found("Not A Name"), "");
    EXPECT_EQ(found(""), "");
    EXPECT_EQ(found("../x"), "");
    EXPECT_EQ(error_of([&] { (void)images().resolve("nope"); }), "nope: image not known");
}

TEST_F(ImagesTest, PrefersANameToTheBeginningOfAnId)
{
    const Image one = put({"base"}, {}, "one");
    const std::string prefix = one.id.substr(0, 4);
    put({"base"}, {"localhost/" + prefix + ":latest"}, "two");

    EXPECT_EQ(found(prefix), "localhost/" + prefix + ":latest");
}

TEST_F(ImagesTest, MovesANameFromOneImageToAnother)
{
    const Image old = put({"base"}, {"docker.io/library/debian:latest"}, "old");
    const Image young = put({"base"}, {"docker.io/library/debian:latest"}, "young");

    EXPECT_EQ(images().resolve("debian").image.id, young.id);
    EXPECT_THAT(images().names_of(old), IsEmpty());
    EXPECT_THAT(images().list(), SizeIs(2));
}

TEST_F(ImagesTest, TagsAndUntags)
{
    const Image image = put({"base"}, {});

    images().tag(image.id, oci::Reference::parse("localhost:5000/a/b:1"));
    images().tag(image.id, oci::Reference::parse("localhost:5000/a/b:2"));

    EXPECT_THAT(images().names_of(image), ElementsAre("localhost:5000/a/b:1", "localhost:5000/a/b:2"));
    images().untag(image.id, "localhost:5000/a/b:1");
    EXPECT_THAT(images().names_of(image), ElementsAre("localhost:5000/a/b:2"));
    EXPECT_EQ(error_of([&] { images().untag(image.id, "localhost:5000/a/b:1"); }),
              "localhost:5000/a/b:1: tag not known");
    EXPECT_EQ(error_of([&] { images().tag(id_of(1), oci::Reference::parse("localhost/x:1")); }),
              id_of(1) + ": image not known");
}

TEST_F(ImagesTest, KnowsAllDigestsOfAnImageThatCameTwice)
{
    const Image first = put({"base"}, {"docker.io/library/a:1"});
    NewImage again = make_image({"base"}, {"quay.io/a:1"});
    again.manifest.pop_back();
    again.manifest += ",\"annotations\":{\"a\":\"b\"}}";

    const Image second = images().put(again, store().use());

    EXPECT_EQ(second.id, first.id);
    EXPECT_NE(second.digest, first.digest);
    EXPECT_THAT(second.digests, ElementsAre(first.digest, second.digest));
    EXPECT_THAT(second.names, ElementsAre("docker.io/library/a:1", "quay.io/a:1"));
    EXPECT_EQ(second.added, first.added);
}

TEST_F(ImagesTest, RemovesTheRecordAndItsNames)
{
    const Image image = put({"base"}, {"docker.io/library/a:1", "docker.io/library/a:2"});

    EXPECT_TRUE(images().remove(image.id, store().alone()));

    EXPECT_FALSE(images().remove(image.id, store().alone()));
    EXPECT_THAT(images().list(), IsEmpty());
    EXPECT_EQ(found("a:1"), "");
    EXPECT_THAT(list_directory(data(), "names/images"), IsEmpty());
}

TEST_F(ImagesTest, LeavesADamagedRecordOutOfLists)
{
    const Image image = put({"base"}, {"docker.io/library/a:1"});
    put({"base"}, {"docker.io/library/b:1"}, "b");
    save_atomically(data(), cat("images/", image.id, ".json"), "", Durability::None);

    testing::internal::CaptureStderr();
    EXPECT_THAT(images().list(), SizeIs(1));
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("damaged image record: it is empty"));
    EXPECT_THAT(error_of([&] { (void)images().resolve("a:1"); }), HasSubstr("damaged image record"));
    put({"base"}, {"docker.io/library/a:1"});
    EXPECT_EQ(found("a:1"), "docker.io/library/a:1") << "pulling it again repairs it";
}

TEST_F(ImagesTest, MayBePutByManyProcessesAtOnce)
{
    store();
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i)
        children.push_back(fork_child([&, i] {
            const Store mine = Store::open(paths());
            const Image image =
                put(mine, {"a", "b", cat("c", i % 2)}, {"docker.io/library/x:latest", cat("localhost/t:", i)});
            return image.layers.size() == 3 ? 0 : 1;
        }));

    for (const pid_t child : children)
        EXPECT_EQ(wait_for(child), 0);

    EXPECT_THAT(images().list(), SizeIs(2));
    EXPECT_THAT(store().layers().list(), SizeIs(4));
    EXPECT_TRUE(images().find("x"));
}

} // namespace
} // namespace skiff::store
