#include "store/check.hpp"

#include "image_box.hpp"

namespace skiff::store {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class CheckTest : public ImageBox
{
  protected:
    Findings quick(std::chrono::seconds max_age = std::chrono::hours{24})
    {
        return check(store(), {.quick = true, .max_age = max_age});
    }
    std::vector<std::string> damages()
    {
        std::vector<std::string> texts;
        for (const Damage& damage : quick().damages)
            texts.push_back(damage.text);
        return texts;
    }
    std::vector<std::string> leftovers()
    {
        std::vector<std::string> texts;
        for (const Leftover& leftover : quick().leftovers)
            texts.push_back(leftover.text);
        return texts;
    }
    static std::string hex(const std::string& id) { return id.substr(7); }
    void create_from(unsigned n, const Image& image)
    {
        ContainerConfig config = config_of(n, cat("c", n));
        config.image_id = image.id;
        config.layers = image.layers;
        store().containers().create(config, store().use());
    }
};

TEST_F(CheckTest, FindsNothingInASoundStore)
{
    create_from(1, put({"base", "a"}, {"localhost/a:1"}));
    put({"base", "b"}, {"localhost/b:1", "localhost/b:2"});

    EXPECT_THAT(damages(), IsEmpty());
    EXPECT_THAT(leftovers(), IsEmpty());
}

TEST_F(CheckTest, FindsImagesThatLackAnything)
{
    const Image a = put({"a"}, {"localhost/a:1"});
    remove_tree_at(data(), cat("layers/", hex(a.layers[0])));
    EXPECT_THAT(damages(), ElementsAre(cat("image layer is missing: ", a.layers[0])));
    put({"a"}, {"localhost/a:1"});
    EXPECT_THAT(damages(), IsEmpty());

    remove_file_at(data(), cat("blobs/sha256/", hex(a.digest)));
    EXPECT_THAT(damages(), ElementsAre(cat("image data item is missing: manifest ", a.digest)));
    save_atomically(data(), cat("blobs/sha256/", hex(a.digest)), "something", Durability::None);
    EXPECT_THAT(damages(), ElementsAre(cat("image data item has incorrect content: manifest ", a.digest)));
    put({"a"}, {"localhost/a:1"});

    save_atomically(data(), cat("images/", a.id, ".json"), "{", Durability::None);
    EXPECT_THAT(damages(), ElementsAre(HasSubstr("image record")));
}

TEST_F(CheckTest, FindsLayersThatLackAnything)
{
    const Image a = put({"a", "b"}, {"localhost/a:1"});
    const std::string lower = cat("layers/", hex(a.layers[0]));

    remove_file_at(data(), cat(lower, "/tar-split.zst"));
    EXPECT_THAT(damages(), ElementsAre(HasSubstr("layer data item is missing: tar-split.zst")));
    save_atomically(data(), cat(lower, "/tar-split.zst"), "", Durability::None);
    remove_tree_at(data(), cat(lower, "/diff"));
    EXPECT_THAT(damages(), ElementsAre(HasSubstr("its directory of files")));

    save_atomically(data(), cat(lower, "/layer.json"), "{}", Durability::None);
    EXPECT_THAT(damages(), Contains(HasSubstr("layer record does not fit")));
    remove_file_at(data(), cat(lower, "/layer.json"));
    EXPECT_THAT(damages(), Contains(HasSubstr("not accounted for")));
    make_directories(paths().data_dir + "/layers/nonsense");
    EXPECT_THAT(damages(), Contains(HasSubstr("is no chain id")));
}

TEST_F(CheckTest, FindsContainersWithoutImageOrLayers)
{
    const Image a = put({"a"}, {"localhost/a:1"});
    create_from(1, a);

    store().images().remove(a.id, store().alone());
    EXPECT_THAT(damages(), ElementsAre(cat("image missing: ", a.id)));
    remove_tree_at(data(), cat("layers/", hex(a.layers[0])));
    EXPECT_THAT(damages(), ElementsAre(cat("image missing: ", a.id), cat("image layer is missing: ", a.layers[0])));
    save_atomically(data(), cat("containers/", id_of(1), "/config.json"), "[", Durability::None);
    EXPECT_THAT(damages(), ElementsAre(HasSubstr("container data item has incorrect content")));
}

TEST_F(CheckTest, TellsWhatIsOnlyLeftOver)
{
    const Image a = put({"a"}, {"localhost/a:1"});
    remove_file_at(data(), cat("images/", a.id, ".json"));
    make_directories(paths().data_dir + "/trash/old");

    EXPECT_THAT(damages(), IsEmpty());
    EXPECT_THAT(leftovers(), AllOf(Contains(cat("layer not referenced: ", a.layers[0])),
                                   Contains("name of an image that is not there: localhost/a:1"),
                                   Contains("removed, but still there: old"), Contains(HasSubstr("document that no image needs"))));
    for (const Leftover& leftover : quick(std::chrono::seconds{0}).leftovers)
        EXPECT_TRUE(leftover.is_old) << leftover.text;
}

TEST_F(CheckTest, FindsAndMendsTheLayout)
{
    create_from(1, put({"a"}, {"localhost/a:1"}));
    remove_tree_at(data(), "volumes");
    remove_tree_at(data(), "names/containers");
    EXPECT_THAT(damages(), SizeIs(3)) << "two directories, one container without its name";

    mend_layout(store());

    EXPECT_THAT(damages(), IsEmpty());
    EXPECT_EQ(store().containers().resolve("c1"), id_of(1));
}

} // namespace
} // namespace skiff::store
