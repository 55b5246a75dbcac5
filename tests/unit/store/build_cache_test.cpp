#include "store/build_cache.hpp"

#include "image_box.hpp"
#include "store/garbage.hpp"
#include "store/staging.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace skiff::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class BuildCacheTest : public ImageBox
{
  protected:
    BuildCache cache() { return BuildCache{store().root()}; }
    static CachedStep step(unsigned n)
    {
        CachedStep made;
        made.key = id_of(n);
        made.slot = "dir|Containerfile|0|2";
        made.inputs = {{"instruction", "RUN make"}, {"ARG V", "1"}};
        made.created = "2020-01-02T03:04:05Z";
        return made;
    }
    void age(unsigned n, std::chrono::hours hours)
    {
        struct timespec times[2]{};
        times[0].tv_sec = times[1].tv_sec = ::time(nullptr) - std::chrono::seconds{hours}.count();
        ASSERT_EQ(::utimensat(data(), cat("build-cache/steps/", id_of(n), ".json").c_str(), times, 0), 0);
    }
};

TEST_F(BuildCacheTest, FindsWhatWasSaved)
{
    EXPECT_FALSE(cache().find(id_of(1)));
    CachedStep made = step(1);
    made.layer = "sha256:" + id_of(7);
    made.diff_id = "sha256:" + id_of(8);
    made.tar_size = 12;

    cache().save(made);

    const auto found = cache().find(id_of(1));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->inputs, made.inputs);
    EXPECT_EQ(found->layer, made.layer);
    EXPECT_EQ(found->diff_id, made.diff_id);
    EXPECT_EQ(found->tar_size, 12U);
    EXPECT_EQ(found->created, made.created);
    EXPECT_THAT(cache().layers(), ElementsAre(made.layer));
    EXPECT_FALSE(cache().find("../images/x"));
}

TEST_F(BuildCacheTest, ADamagedRecordIsNone)
{
    cache().save(step(1));
    save_atomically(data(), cat("build-cache/steps/", id_of(1), ".json"), "{\"key\":", Durability::None);
    save_atomically(data(), cat("build-cache/steps/", id_of(2), ".json"), "{\"key\":\"" + id_of(3) + "\"}", Durability::None);

    EXPECT_FALSE(cache().find(id_of(1)));
    EXPECT_FALSE(cache().find(id_of(2))) << "it says that it is another one";
    EXPECT_THAT(cache().list(), IsEmpty());
}

TEST_F(BuildCacheTest, ForgetsWhatNobodyAskedForAndRemembersWhatWasUsed)
{
    cache().save(step(1));
    cache().save(step(2));
    age(1, std::chrono::hours{24 * 30});
    age(2, std::chrono::hours{24 * 30});
    ASSERT_TRUE(cache().find(id_of(2))) << "this is a use";

    EXPECT_EQ(cache().prune(wall_now() - BuildCache::kept_for), 1U);

    EXPECT_FALSE(cache().find(id_of(1)));
    EXPECT_TRUE(cache().find(id_of(2)));
    EXPECT_EQ(cache().clear(), 1U);
    EXPECT_THAT(cache().list(), IsEmpty());
}

TEST_F(BuildCacheTest, KeepsLayersFromTheGarbageWithAllThatLiesBelow)
{
    const Image image = put({"base", "a", "b"}, {"localhost/a:1"});
    CachedStep made = step(1);
    made.layer = image.layers[1];
    cache().save(made);
    store().images().remove(image.id, store().alone());

    EXPECT_THAT(collect_garbage(store(), store().alone()).layers, ElementsAre(image.layers[2]));
    cache().clear();
    EXPECT_EQ(collect_garbage(store(), store().alone()).layers.size(), 2U);
    empty_trash(store().root());
}

} // namespace
} // namespace skiff::store
