#include "image_box.hpp"

namespace skiff::store {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class LayersTest : public ImageBox
{
  protected:
    const Layers& layers() { return store().layers(); }
    std::string id_ = chain_of({"base"})[0];
};

TEST_F(LayersTest, CommitsALayerWhole)
{
    {
        LayerClaim claim = layers().claim(id_);
        ASSERT_FALSE(claim.is_present());
        save_atomically(claim.diff(), "file", "content", Durability::None);
        EXPECT_FALSE(layers().find(id_)) << "not before it is committed";
        claim.commit({.diff_id = diff_id("base").text(), .size = 7, .compressed_digest = "sha256:x"});
        EXPECT_TRUE(claim.is_present());
    }

    const Layer layer = layers().load(id_);
    EXPECT_EQ(layer.id, id_);
    EXPECT_EQ(layer.size, 7U);
    EXPECT_EQ(read_file(AT_FDCWD, layers().diff_path(id_) + "/file"), "content");
    EXPECT_THAT(layers().list(), SizeIs(1));
    EXPECT_THAT(list_directory(data(), "staging"), IsEmpty());
    EXPECT_THAT(list_directory(run(), "locks"), IsEmpty());
    EXPECT_TRUE(layers().claim(id_).is_present());
}

TEST_F(LayersTest, ForgetsALayerThatWasNotCommitted)
{
    {
        const LayerClaim claim = layers().claim(id_);
        save_atomically(claim.diff(), "file", "content", Durability::None);
    }

    EXPECT_FALSE(layers().find(id_));
    EXPECT_THAT(list_directory(data(), "staging"), IsEmpty());
    EXPECT_FALSE(layers().claim(id_).is_present());
}

TEST_F(LayersTest, TakesADraftWhenItsIdIsKnown)
{
    const std::vector<std::string> chain = chain_of({"base", "top"});
    {
        LayerClaim base = layers().claim(chain[0]);
        ::fchmod(base.diff(), 0711);
        base.commit({.diff_id = diff_id("base").text()});
    }
    LayerDraft draft = layers().draft(chain[0]);
    save_atomically(draft.diff(), "file", "content", Durability::None);

    const LayerClaim made = layers().commit(std::move(draft), {.diff_id = diff_id("top").text(), .size = 7});

    ASSERT_TRUE(made.is_present());
    EXPECT_EQ(made.layer().id, chain[1]);
    EXPECT_EQ(layers().load(chain[1]).parent, chain[0]);
    EXPECT_EQ(read_file(AT_FDCWD, layers().diff_path(chain[1]) + "/file"), "content");
    struct stat root = {};
    ASSERT_EQ(::stat(layers().diff_path(chain[1]).c_str(), &root), 0);
    EXPECT_EQ(root.st_mode & 07777U, 0711U) << "the root directory is as the parent's";
    EXPECT_THAT(list_directory(data(), "staging"), IsEmpty());
}

TEST_F(LayersTest, DropsADraftOfALayerThatIsThere)
{
    (void)layers().commit(layers().draft(""), {.diff_id = diff_id("base").text(), .size = 1});
    LayerDraft again = layers().draft("");
    save_atomically(again.diff(), "file", "content", Durability::None);

    const LayerClaim same = layers().commit(std::move(again), {.diff_id = diff_id("base").text(), .size = 2});

    EXPECT_EQ(same.layer().size, 1U);
    EXPECT_FALSE(exists_at(AT_FDCWD, layers().diff_path(id_) + "/file"));
    EXPECT_THAT(list_directory(data(), "staging"), IsEmpty());
}

TEST_F(LayersTest, ForgetsADraftWithItsOwner)
{
    store();
    const pid_t child = fork_child([&] {
        const Store mine = Store::open(paths());
        const LayerDraft draft = mine.layers().draft("");
        ::_exit(3); // as if killed
        return 0;
    });
    EXPECT_EQ(wait_for(child), 3);
    EXPECT_THAT(list_directory(data(), "staging"), SizeIs(1));

    (void)store().use();

    EXPECT_THAT(list_directory(data(), "staging"), IsEmpty());
    EXPECT_THAT(list_directory(run(), "locks"), IsEmpty());
}

TEST_F(LayersTest, RefusesAnIdThatIsNoDigest)
{
    EXPECT_THROW((void)layers().find("sha256:../../x"), Error);
    EXPECT_THROW((void)layers().claim("x"), Error);
    EXPECT_THAT(error_of([&] { (void)layers().load(id_); }), HasSubstr("layer not known"));
}

TEST_F(LayersTest, IsFetchedOnceByManyProcesses)
{
    store();
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i)
        children.push_back(fork_child([&] {
            const Store mine = Store::open(paths());
            int made = 0;
            for (const std::string& id : chain_of({"a", "b", "c", "d"})) {
                LayerClaim claim = mine.layers().claim(id);
                if (claim.is_present())
                    continue;
                ::usleep(2000);
                claim.commit({});
                ++made;
            }
            return made;
        }));

    int made = 0;
    for (const pid_t child : children)
        made += wait_for(child);

    EXPECT_EQ(made, 4);
    EXPECT_THAT(layers().list(), SizeIs(4));
    EXPECT_THAT(list_directory(run(), "locks"), IsEmpty());
}

TEST_F(LayersTest, SaysThatAnotherProcessIsAtIt)
{
    std::optional<LayerClaim> mine = layers().claim(id_);

    EXPECT_FALSE(layers().try_claim(id_));
    mine->commit({});
    EXPECT_TRUE(layers().try_claim(id_)->is_present()) << "as soon as it is committed";
}

TEST_F(LayersTest, StartsAnewWhereAProcessWasKilled)
{
    for (int i = 0; i < 20; ++i) {
        const pid_t child = fork_child([&]() -> int {
            const Store mine = Store::open(paths());
            for (;;) {
                {
                    LayerClaim claim = mine.layers().claim(id_);
                    if (!claim.is_present()) {
                        save_atomically(claim.diff(), "file", "content", Durability::None);
                        claim.commit({.size = 7});
                    }
                }
                (void)mine.layers().remove(id_, mine.alone());
            }
        });
        ::usleep(1500 + static_cast<useconds_t>(i) * 211);
        ::kill(child, SIGKILL);
        wait_for(child);

        LayerClaim claim = layers().claim(id_);
        if (!claim.is_present()) {
            EXPECT_THAT(list_directory(claim.diff()), IsEmpty());
            save_atomically(claim.diff(), "file", "content", Durability::None);
            claim.commit({.size = 7});
        }
        EXPECT_EQ(claim.layer().size, 7U);
        EXPECT_EQ(read_file(AT_FDCWD, layers().diff_path(id_) + "/file"), "content");
        EXPECT_THAT(list_directory(data(), "staging"), IsEmpty());
    }
}

TEST_F(LayersTest, DoesNotTrustAnUnsyncedLayerAfterAReboot)
{
    claim_layers(store(), {"base"});
    EXPECT_TRUE(layers().find(id_));

    const OtherBoot boot;
    reopen();

    EXPECT_FALSE(layers().find(id_));
    LayerClaim claim = layers().claim(id_);
    EXPECT_FALSE(claim.is_present());
    claim.commit({});
    EXPECT_TRUE(layers().find(id_));
}

TEST_F(LayersTest, TrustsALayerOfAnImageAfterAReboot)
{
    put({"base"}, {"docker.io/library/base:latest"});
    // As if the removal of the mark had not reached the disk.
    ASSERT_EQ(::symlinkat("boot-before", data(), cat("layers/", id_.substr(7), "/unsynced").c_str()), 0);

    EXPECT_TRUE(layers().find(id_));
}

TEST_F(LayersTest, TreatsATornRecordAsAbsent)
{
    claim_layers(store(), {"base"});
    save_atomically(data(), cat("layers/", id_.substr(7), "/layer.json"), "{\"id\"", Durability::None);

    EXPECT_FALSE(layers().find(id_));
    EXPECT_FALSE(layers().claim(id_).is_present());
}

TEST_F(LayersTest, RemovesALayerUnlessItIsClaimed)
{
    {
        const auto claims = claim_layers(store(), {"base"});
        EXPECT_FALSE(layers().remove(id_, store().alone()));
    }
    EXPECT_TRUE(layers().remove(id_, store().alone()));
    EXPECT_FALSE(layers().find(id_));
    EXPECT_THAT(list_directory(run(), "locks"), IsEmpty());
}

} // namespace
} // namespace skiff::store
