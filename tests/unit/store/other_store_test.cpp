// Additional image stores: somebody else's, read and never written.

#include "image_box.hpp"
#include "store/check.hpp"
#include "store/garbage.hpp"

#include <dirent.h>

namespace skiff::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class OtherStoreTest : public ImageBox
{
  protected:
    OtherStoreTest()
    {
        make_directories(box_.path() + "/site");
        site_ = Store::open({site_path(), box_.path() + "/site-run", {}, true});
    }
    [[nodiscard]] std::string site_path() const { return box_.path() + "/site"; }
    Store& reader()
    {
        if (!reader_) {
            StorePaths with_site = paths();
            with_site.others = [this] { return std::vector<OtherStorePath>{{site_path(), true}}; };
            reader_ = Store::open(with_site);
        }
        return *reader_;
    }
    [[nodiscard]] int own() { return reader().root().data(); }
    Image put_at_site(const std::vector<std::string>& contents, const std::vector<std::string>& names)
    {
        return put(*site_, contents, names);
    }

    std::optional<Store> site_, reader_;
};

TEST_F(OtherStoreTest, IsListedFoundAndRead)
{
    const Image image = put_at_site({"base"}, {"example.org/site:1"});
    put(reader(), {"mine"}, {"localhost/mine:1"});

    EXPECT_THAT(reader().images().list(), SizeIs(1));
    const std::vector<Image> all = reader().images().list_all();
    ASSERT_THAT(all, SizeIs(2));
    for (const char* name : {"example.org/site:1", "site:1"})
        EXPECT_EQ(reader().images().resolve(name).image.id, image.id) << name;
    const Image found = reader().images().resolve(image.id.substr(0, 10)).image;
    EXPECT_TRUE(found.is_read_only());
    EXPECT_EQ(found.other_store, site_path());
    EXPECT_THAT(reader().images().names_of(found), ElementsAre("example.org/site:1"));
    EXPECT_EQ(reader().images().load_config(found).diff_ids.size(), 1U);
    EXPECT_EQ(reader().layers().diff_path(image.layers[0]), cat(site_path(), "/", "layers/", image.layers[0].substr(7), "/diff"));
}

TEST_F(OtherStoreTest, GivesItsLayersToNewImages)
{
    put_at_site({"base"}, {"example.org/site:1"});

    const auto claims = claim_layers(reader(), {"base"});
    EXPECT_TRUE(claims[0].is_present());
    const Image mine = put(reader(), {"base", "mine"}, {"localhost/mine:1"});

    EXPECT_THAT(list_directory(own(), "layers"), SizeIs(1)) << "the base stays where it is";
    EXPECT_THAT(check(reader(), {.quick = true}).damages, IsEmpty());
    EXPECT_EQ(image_sizes(reader()).at(mine.id).unique_bytes, mine.size - 4) << "what lies elsewhere takes nothing here";
    reader().images().remove(mine.id, reader().alone());
    collect_garbage(reader(), reader().alone());
    EXPECT_TRUE(reader().layers().find(chain_of({"base"})[0]));
}

TEST_F(OtherStoreTest, IsNeverWritten)
{
    const Image image = put_at_site({"base"}, {"example.org/site:1"});
    const auto names_before = list_directory(AT_FDCWD, site_path() + "/names/images").size();

    reader().images().tag(image.id, oci::Reference::parse("localhost/mine:1"));
    EXPECT_THAT(reader().images().list(), SizeIs(1)) << "tagged, it is one of ours, too";
    EXPECT_FALSE(reader().images().resolve("localhost/mine:1").image.is_read_only());
    reader().images().remove(image.id, reader().alone());
    collect_garbage(reader(), reader().alone());

    EXPECT_EQ(list_directory(AT_FDCWD, site_path() + "/names/images").size(), names_before);
    EXPECT_TRUE(site_->images().find_id(image.id));
    EXPECT_TRUE(reader().images().find("example.org/site:1"));
}

TEST_F(OtherStoreTest, IsReadableForOthersAndStaysSo)
{
    const mode_t before = ::umask(077);
    const Image image = put_at_site({"base"}, {"example.org/site:1"});
    ::umask(before);
    site_.reset();
    site_ = Store::open({site_path(), box_.path() + "/site-run"});

    EXPECT_TRUE(site_->root().is_shared());
    const auto mode_of = [&](const std::string& path) {
        struct stat status
        {
        };
        return ::fstatat(site_->root().data(), path.c_str(), &status, 0) == 0 ? status.st_mode & 0777U : 0U;
    };
    for (const std::string& directory : {std::string{"."}, std::string{"layers"}, cat("layers/", image.layers[0].substr(7))})
        EXPECT_EQ(mode_of(directory), 0755U) << directory;
    for (const std::string& file : {std::string{"format"}, cat("images/", image.id, ".json"), cat("blobs/sha256/", image.id),
                                    cat("layers/", image.layers[0].substr(7), "/tar-split.zst")})
        EXPECT_EQ(mode_of(file), 0644U) << file;
    EXPECT_EQ(mode_of("containers"), 0700U);
}

TEST_F(OtherStoreTest, MustBeOneOfOurs)
{
    const auto complaint = [&](const std::string& path, bool required) {
        StorePaths with = paths();
        with.others = [=] { return std::vector<OtherStorePath>{{path, required}}; };
        return error_of([&] { (void)Store::open(with).images().list_all(); });
    };
    make_directories(box_.path() + "/podman/overlay-images");
    make_directories(box_.path() + "/empty");

    EXPECT_THAT(complaint(box_.path() + "/podman", true), HasSubstr("it is a store of Podman's"));
    EXPECT_THAT(complaint(box_.path() + "/empty", true), HasSubstr("it holds no store"));
    EXPECT_THAT(complaint(box_.path() + "/nowhere", true), HasSubstr("there is no such directory"));
    for (const char* place : {"/podman", "/empty", "/nowhere"})
        EXPECT_EQ(complaint(box_.path() + place, false), "no error") << "the machine's file may speak to other engines";
}

TEST_F(OtherStoreTest, CannotBeMadeOfOneWithImages)
{
    put({"a"}, {"localhost/a:1"});

    EXPECT_THAT(error_of([&] { (void)Store::open({paths().data_dir, paths().run_dir, {}, true}); }),
                HasSubstr("cannot be shared any more: it has images"));
}

} // namespace
} // namespace skiff::store
