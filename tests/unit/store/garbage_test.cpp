#include "store/garbage.hpp"

#include "image_box.hpp"
#include "store/staging.hpp"

#include <fcntl.h>
#include <sys/file.h>

namespace skiff::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class GarbageTest : public ImageBox
{
  protected:
    Garbage collect()
    {
        Garbage garbage = collect_garbage(store(), store().alone());
        empty_trash(store().root());
        return garbage;
    }
    void create_from(unsigned n, const Image& image)
    {
        ContainerConfig config = config_of(n, cat("c", n));
        config.image_id = image.id;
        config.layers = image.layers;
        config.mounts = {{.type = MountType::Volume, .source = "data", .target = "/data"}};
        store().containers().create(config, store().use());
    }
};

TEST_F(GarbageTest, KeepsWhatImagesAndContainersNeed)
{
    const Image a = put({"base", "a"}, {"localhost/a:1"});
    const Image b = put({"base", "b"}, {"localhost/b:1"});
    create_from(1, b);
    EXPECT_THAT(collect().layers, IsEmpty());

    store().images().remove(a.id, store().alone());
    store().images().remove(b.id, store().alone());
    EXPECT_THAT(collect().layers, ElementsAre(a.layers[1])) << "the container needs the other two";
    EXPECT_THAT(list_directory(data(), "blobs/sha256"), IsEmpty());

    store().containers().remove(id_of(1));
    const Garbage garbage = collect();
    EXPECT_THAT(garbage.layers, UnorderedElementsAre(b.layers[0], b.layers[1]));
    EXPECT_EQ(garbage.bytes, 5U);
    EXPECT_THAT(list_directory(data(), "layers"), IsEmpty());
    EXPECT_THAT(list_directory(data(), "trash"), IsEmpty());
}

TEST_F(GarbageTest, DeletesNoTreeWhileTheStoreIsLocked)
{
    const Image image = put({"base"}, {"localhost/a:1"});
    store().images().remove(image.id, store().alone());
    {
        const StoreAlone alone = store().alone();
        collect_garbage(store(), alone);
        EXPECT_THAT(list_directory(data(), "layers"), IsEmpty());
        EXPECT_THAT(list_directory(data(), "trash"), SizeIs(1)) << "its deletion may take long";
    }

    empty_trash(store().root());

    EXPECT_THAT(list_directory(data(), "trash"), IsEmpty());
}

TEST_F(GarbageTest, LeavesATreeToWhoDeletesItAlready)
{
    make_directories(paths().data_dir + "/trash/theirs");
    make_directories(paths().data_dir + "/trash/mine");
    UniqueFd held{::openat(data(), "trash/theirs", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    ASSERT_EQ(::flock(held.get(), LOCK_EX), 0);

    empty_trash(store().root());
    EXPECT_THAT(list_directory(data(), "trash"), SizeIs(1));

    held.reset(); // killed, say
    empty_trash(store().root());
    EXPECT_THAT(list_directory(data(), "trash"), IsEmpty());
}

TEST_F(GarbageTest, LeavesLayersThatAPullClaims)
{
    const auto claims = claim_layers(store(), {"base"});

    EXPECT_THAT(collect().layers, IsEmpty());

    EXPECT_TRUE(store().layers().find(claims[0].layer().id));
}

TEST_F(GarbageTest, SweepsNamesAndDirectoriesWithoutOwner)
{
    const Image image = put({"base"}, {"localhost/a:1"});
    remove_file_at(data(), cat("images/", image.id, ".json"));
    make_directories(paths().run_dir + "/containers/" + id_of(7));
    make_directories(paths().data_dir + "/trash/left");
    make_directories(paths().data_dir + "/containers/" + id_of(8));

    collect();

    for (const char* place : {"names/images", "trash", "containers", "layers"})
        EXPECT_THAT(list_directory(data(), place), IsEmpty()) << place;
    EXPECT_THAT(list_directory(run(), "containers"), IsEmpty());
}

TEST_F(GarbageTest, KnowsWhoUsesWhat)
{
    const Image image = put({"base"}, {"localhost/a:1"});
    create_from(1, image);
    create_from(2, image);

    EXPECT_THAT(containers_by_image(store()).at(image.id), ElementsAre(id_of(1), id_of(2)));
    EXPECT_THAT(containers_by_volume(store()).at("data"), ElementsAre(id_of(1), id_of(2)));
    EXPECT_THAT(volumes_in_use(store()), ElementsAre("data"));
}

TEST_F(GarbageTest, TakesNoVolumeForUnusedWhileARecordIsUnreadable)
{
    create_from(1, put({"base"}, {"localhost/a:1"}));
    save_atomically(data(), "containers/" + id_of(1) + "/config.json", "{", Durability::None);

    EXPECT_THAT(error_of([&] { (void)volumes_in_use(store()); }), testing::HasSubstr("damaged container record"));
}

TEST_F(GarbageTest, TellsSharedFromUniqueBytes)
{
    const Image a = put({"base", "aa"}, {});
    const Image b = put({"base", "bbb"}, {});

    const auto sizes = image_sizes(store());

    EXPECT_EQ(sizes.at(a.id).shared_bytes, 4U);
    EXPECT_EQ(sizes.at(b.id).unique_bytes, b.size - 4);
    EXPECT_EQ(total_of_images(store()).bytes, a.size + b.size - 4);
    EXPECT_EQ(total_of_images(store()).reclaimable_bytes, a.size + b.size - 4);
}

TEST_F(GarbageTest, CannotGiveBackWhatImagesInUseShareWithOthers)
{
    const Image used = put({"base", "aa"}, {"localhost/a:1"});
    const Image idle = put({"base", "bbb"}, {"localhost/b:1"});
    create_from(1, used);

    const ImagesTotal total = total_of_images(store());

    EXPECT_EQ(total.bytes, used.size + idle.size - 4);
    EXPECT_EQ(total.reclaimable_bytes, idle.size - 4);
    reopen();
    {
        const StoreAlone alone = store().alone();
        store().images().remove(idle.id, alone);
        EXPECT_EQ(collect_garbage(store(), alone).bytes, total.reclaimable_bytes) << "as foretold";
    }
}

TEST_F(GarbageTest, RacesWithPullsWithoutBreakingAnImage)
{
    store();
    const pid_t pruner = fork_child([&]() -> int {
        const Store mine = Store::open(paths());
        for (;;)
            collect_garbage(mine, mine.alone());
    });
    std::vector<pid_t> pullers;
    for (int n = 0; n < 3; ++n)
        pullers.push_back(fork_child([&, n] {
            const Store mine = Store::open(paths());
            for (int i = 0; i < 10; ++i) {
                try {
                    put(mine, {"base", cat(n), cat(i)}, {cat("localhost/i", n, ":", i)}, cat(n, "-", i));
                } catch (const Error& error) {
                    if (error.message().find("was pruned while") == std::string::npos)
                        throw;
                    --i;
                }
            }
            return 0;
        }));
    for (const pid_t puller : pullers)
        EXPECT_EQ(wait_for(puller), 0);
    ::kill(pruner, SIGKILL);
    wait_for(pruner);

    EXPECT_THAT(store().images().list(), SizeIs(30));
    for (const Image& image : store().images().list()) {
        EXPECT_NO_THROW((void)store().images().load_config(image));
        for (const std::string& layer : image.layers)
            EXPECT_TRUE(store().layers().find(layer));
    }
}

TEST_F(GarbageTest, ResetsTheStore)
{
    create_from(1, put({"base"}, {"localhost/a:1"}));
    store().volumes().create({.name = "data", .anonymous = true}, store().use());
    store().events().try_add({.type = "system", .action = "x"});

    remove_everything(store(), store().alone());

    for (const char* place :
         {"images", "layers", "containers", "volumes", "names/images", "names/containers", "blobs/sha256", "trash"})
        EXPECT_THAT(list_directory(data(), place), IsEmpty()) << place;
    EXPECT_FALSE(exists_at(data(), "events.log"));
    EXPECT_NO_THROW(put({"base"}, {"localhost/a:1"}));
}

TEST_F(GarbageTest, MeasuresATreeWithoutFollowingLinks)
{
    store();
    make_directories(box_.path() + "/tree/a/b");
    const UniqueFd box = open_at(AT_FDCWD, box_.path(), O_RDONLY | O_DIRECTORY);
    save_atomically(box.get(), "tree/a/b/file", "12345", Durability::None);
    ASSERT_EQ(::linkat(box.get(), "tree/a/b/file", box.get(), "tree/again", 0), 0);
    ASSERT_EQ(::symlinkat("/usr", box.get(), "tree/link"), 0);
    save_atomically(box.get(), "tree/other", "123", Durability::None);

    EXPECT_EQ(tree_size(box.get(), "tree"), 8U);
    EXPECT_EQ(tree_size(box.get(), "nothing"), 0U);
}

} // namespace
} // namespace skiff::store
