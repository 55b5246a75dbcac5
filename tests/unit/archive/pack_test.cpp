#include "archive/pack.hpp"

#include "archive/tar_writer.hpp"
#include "archive/whiteout.hpp"
#include "layer_fixture.hpp"
#include "raw_tar.hpp"

#include <sys/stat.h>
#include <sys/xattr.h>

namespace skiff::archive {
namespace {

using test::RawTar;
using testing::ElementsAre;

class Pack : public LayerTest
{
  protected:
    std::string pack(PackOptions options = {}, const std::string& prefix = "")
    {
        StringSink out;
        TarWriter writer{out};
        Packer packer{writer, std::move(options)};
        packer.add_below(root_.get(), prefix);
        writer.finish();
        return out.text();
    }
    static std::vector<TarEntry> entries(const std::string& tar)
    {
        MemorySource source{tar};
        BufferedChunks chunks{source};
        TarReader reader{chunks};
        std::vector<TarEntry> list;
        while (const TarEntry* entry = reader.next())
            list.push_back(*entry);
        return list;
    }
    static std::vector<std::string> names(const std::string& tar)
    {
        std::vector<std::string> list;
        for (const TarEntry& entry : entries(tar))
            list.push_back(entry.path);
        return list;
    }
    void start_again()
    {
        root_.reset();
        remove_tree_at(base_.get(), "root");
        root_ = make_directory_at(base_.get(), "root", 0755);
    }
};

TEST_F(Pack, BringsATreeBack)
{
    const std::string tar = RawTar{}
                                .directory("d", "0002750")
                                .file("d/f", "content", "0004711")
                                .hard_link("d/h", "d/f")
                                .symlink("s", "d/f")
                                .add({.name = "p", .type = '6'})
                                .finish();
    const Outcome first = unpack_all(tar);
    ASSERT_EQ(first.error, "");

    const std::string packed = pack();
    EXPECT_THAT(names(packed), ElementsAre("d/", "d/f", "d/h", "p", "s"));
    EXPECT_EQ(entries(packed)[2].type, EntryType::HardLink);
    EXPECT_EQ(entries(packed)[1].modified.seconds, 10);
    start_again();
    EXPECT_EQ(unpack_all(packed).tree, first.tree);
    EXPECT_EQ(pack(), packed) << "the same tree gives the same bytes";
}

TEST_F(Pack, WritesRemovalsOfLayers)
{
    const Outcome first = unpack_all(RawTar{}.file(".wh.gone").file("d/.wh..wh..opq").file("d/x").finish());
    ASSERT_EQ(first.error, "");

    const std::string packed = pack({.layer = true});

    EXPECT_THAT(names(packed), ElementsAre("d/", "d/.wh..wh..opq", "d/x", ".wh.gone"));
    start_again();
    EXPECT_EQ(unpack_all(packed).tree, first.tree);
}

TEST_F(Pack, TellsTheTruthThatAttributesKeep)
{
    UnpackOptions options;
    options.single_id = true;
    const Outcome first = unpack_all(
        RawTar{}.add({.name = "su", .mode = "0004111", .uid = "0000007", .gid = "0000011"}, "1").finish(), options);
    ASSERT_EQ(first.error, "");
    if (!first.summary.warnings.empty())
        GTEST_SKIP() << first.summary.warnings[0];

    const TarEntry entry = entries(pack()).at(0);

    EXPECT_EQ(entry.uid, 7U);
    EXPECT_EQ(entry.gid, 9U);
    EXPECT_EQ(entry.mode, 04111U);
    EXPECT_TRUE(entry.xattrs.empty());

    // A chmod since then (RUN chmod +x) counts more than what was noted.
    ASSERT_EQ(::fchmodat(root_.get(), "su", 0750, 0), 0);
    EXPECT_EQ(entries(pack()).at(0).mode, 0750U);
    EXPECT_EQ(entries(pack()).at(0).uid, 7U);
}

TEST_F(Pack, LeavesOutWhatIsNotWanted)
{
    ASSERT_EQ(unpack_all(RawTar{}.file("a/x").file("b/x").finish()).error, "");
    PackOptions options;
    options.wants = [](std::string_view path) { return path != "top/a"; };
    options.map_owner = [](const Ownership& owner) { return Ownership{owner.uid + 5, owner.gid, owner.mode}; };

    const std::string packed = pack(options, "top/");

    EXPECT_THAT(names(packed), ElementsAre("top/b/", "top/b/x"));
    EXPECT_EQ(entries(packed)[0].uid, 5U);
}

TEST_F(Pack, WritesOneFileUnderAnotherName)
{
    ASSERT_EQ(unpack_all(RawTar{}.file("d/a", "1").symlink("s", "/etc").finish()).error, "");
    StringSink out;
    TarWriter writer{out};
    Packer packer{writer, {}};
    packer.add(root_.get(), "d", "renamed");
    packer.add(root_.get(), "s", "link");
    writer.finish();

    EXPECT_THAT(names(out.text()), ElementsAre("renamed/", "renamed/a", "link"));
    EXPECT_EQ(entries(out.text())[2].link_target, "/etc");
    EXPECT_THROW(packer.add(root_.get(), "nothing", "x"), Error);
}

} // namespace
} // namespace skiff::archive
