#include "archive/tar_split.hpp"

#include "layer_fixture.hpp"
#include "raw_tar.hpp"

namespace skiff::archive {
namespace {

using test::RawTar;

// That the stream comes back byte for byte is checked by the fixture after every archive that is accepted.
class TarSplit : public LayerTest
{
};

TEST_F(TarSplit, MakesOddArchivesAgain)
{
    RawTar tar;
    tar.directory("d").file("d/a", std::string(5000, 'a')).file("d/b", "b").hard_link("d/c", "d/a");
    tar.add({.name = "device", .type = '3', .size = "00000000000"}).file("d/empty");
    tar.pax({{"path", "d/pax"}, {"GNU.sparse.size", "100000"}, {"GNU.sparse.map", "0,3,99990,2"}}).file("x", "abcde");
    EXPECT_EQ(unpack_all(tar.finish() + "and a tail").error, "");
}

TEST_F(TarSplit, KeepsWhatLaterEntriesReplace)
{
    const Outcome outcome = unpack_all(RawTar{}
                                           .file("twice", "first")
                                           .file("twice", "second one")
                                           .file("twice", "third")
                                           .file("dir/a", "A")
                                           .file("dir/sub/b", "B")
                                           .file("dir", "now a file")
                                           .symlink("twice", "elsewhere")
                                           .finish());
    EXPECT_EQ(outcome.error, "");
}

TEST_F(TarSplit, KnowsFilesByTheirRealNames)
{
    const Outcome outcome = unpack_all(RawTar{}
                                           .directory("real")
                                           .symlink("link", "real")
                                           .file("link/x", "through the link")
                                           .directory("link")
                                           .file("link/x", "in a directory")
                                           .finish());
    EXPECT_EQ(outcome.error, "");
    EXPECT_THAT(outcome.tree, testing::Contains("f 0644 real/x=through the link"));
}

TEST_F(TarSplit, SaysWhenTheLayerIsDamaged)
{
    ASSERT_EQ(unpack_all(RawTar{}.file("a", "content").finish()).error, "");
    const UniqueFd split = open_at(base_.get(), "split", O_RDONLY);
    StringSink sink;

    write_all(open_at(root_.get(), "a", O_WRONLY | O_TRUNC).get(), "con", "a");
    EXPECT_THROW(rebuild_tar(split.get(), root_.get(), sink), Error);
    remove_file_at(root_.get(), "a");
    EXPECT_THROW(rebuild_tar(split.get(), root_.get(), sink), Error);
    ASSERT_EQ(::symlinkat("/etc/passwd", root_.get(), "a"), 0);
    EXPECT_THROW(rebuild_tar(split.get(), root_.get(), sink), Error);
}

TEST_F(TarSplit, RefusesForeignFiles)
{
    const UniqueFd split = open_at(base_.get(), "split", O_RDWR | O_CREAT, 0600);
    StringSink sink;
    EXPECT_THROW(rebuild_tar(split.get(), root_.get(), sink), Error);
    write_all(split.get(), "something else entirely", "split");
    EXPECT_THROW(rebuild_tar(split.get(), root_.get(), sink), Error);
}

} // namespace
} // namespace skiff::archive
