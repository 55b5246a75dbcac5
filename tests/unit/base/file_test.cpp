#include "base/file.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace skiff {
namespace {

/// A hostile tree: links that try to leave it, loops, and a canary beside it.
class Beneath : public testing::Test
{
  protected:
    Beneath()
    {
        make_directories(box_.path() + "/root/etc/deep");
        save_atomically(AT_FDCWD, box_.path() + "/canary", "outside", Durability::None);
        save_atomically(root_dir(), "etc/passwd", "inside", Durability::None);
        link("../../canary", "up");
        link("/etc/passwd", "absolute");
        link("loop", "loop");
        link("/etc", "usr");
        link("/proc/self/root", "magic");
    }
    int root_dir()
    {
        if (!root_)
            root_ = open_at(AT_FDCWD, box_.path() + "/root", O_RDONLY | O_DIRECTORY);
        return root_.get();
    }
    void link(const char* target, const char* name) { ASSERT_EQ(::symlinkat(target, root_dir(), name), 0); }

    TempDir box_{testing::TempDir(), "skiff-file-"};
    UniqueFd root_;
};

TEST_F(Beneath, StaysInsideTheRootWhateverTheLinksSay)
{
    EXPECT_EQ(read_all(beneath(root_dir(), "absolute", O_RDONLY).get(), 100, "x"), "inside");
    EXPECT_EQ(read_all(beneath(root_dir(), "/usr/passwd", O_RDONLY).get(), 100, "x"), "inside");
    EXPECT_EQ(read_all(beneath(root_dir(), "../../etc/passwd", O_RDONLY).get(), 100, "x"), "inside");
    EXPECT_FALSE(find_beneath(root_dir(), "up", O_RDONLY));
    EXPECT_THROW(beneath(root_dir(), "loop", O_RDONLY), Error);
}

TEST_F(Beneath, WithoutLinksRefusesEveryLink)
{
    EXPECT_THROW(beneath(root_dir(), "absolute", O_RDONLY, 0, Follow::Beneath), Error);
    EXPECT_THROW(beneath(root_dir(), "usr/passwd", O_RDONLY, 0, Follow::Beneath), Error);
    EXPECT_THROW(beneath(root_dir(), "../canary", O_RDONLY, 0, Follow::Beneath), Error);
    EXPECT_EQ(read_all(beneath(root_dir(), "etc/passwd", O_RDONLY, 0, Follow::Beneath).get(), 100, "x"), "inside");
}

TEST_F(Beneath, MakesDirectoriesThroughLinksInside)
{
    make_directories_beneath(root_dir(), "/usr/a/b");

    EXPECT_TRUE(exists_at(root_dir(), "etc/a/b"));
    EXPECT_FALSE(exists_at(AT_FDCWD, "/etc/a/b"));
}

TEST(File, SaveAtomicallyReplacesAndLeavesNoTemporary)
{
    const TempDir box{testing::TempDir(), "skiff-file-"};
    const UniqueFd dir = open_at(AT_FDCWD, box.path(), O_RDONLY | O_DIRECTORY);

    save_atomically(dir.get(), "record", "one");
    save_atomically(dir.get(), "record", "two");

    EXPECT_EQ(read_file(dir.get(), "record"), "two");
    EXPECT_EQ(list_directory(dir.get()).size(), 1U);
}

TEST(File, ReadRefusesWhatIsTooLargeOrNotAFile)
{
    const TempDir box{testing::TempDir(), "skiff-file-"};
    const UniqueFd dir = open_at(AT_FDCWD, box.path(), O_RDONLY | O_DIRECTORY);
    save_atomically(dir.get(), "large", std::string(100, 'x'), Durability::None);
    ASSERT_EQ(::mkfifoat(dir.get(), "fifo", 0600), 0);

    EXPECT_THROW(read_file(dir.get(), "large", 99), Error);
    EXPECT_THROW(read_file(dir.get(), "fifo"), Error);
    EXPECT_EQ(find_file(dir.get(), "missing"), std::nullopt);
}

TEST(RemoveTree, RemovesDeepAndUnreadableTreesAndFollowsNoLink)
{
    const TempDir box{testing::TempDir(), "skiff-file-"};
    const UniqueFd dir = open_at(AT_FDCWD, box.path(), O_RDONLY | O_DIRECTORY);
    make_directories(box.path() + "/keep");
    save_atomically(dir.get(), "keep/file", "stays", Durability::None);
    make_directories(box.path() + "/tree/closed/inner");
    ASSERT_EQ(::symlinkat("../keep", dir.get(), "tree/link"), 0);
    ASSERT_EQ(::fchmodat(dir.get(), "tree/closed", 0, 0), 0);
    UniqueFd here = open_at(dir.get(), "tree", O_RDONLY | O_DIRECTORY);
    for (int depth = 0; depth < 1000; ++depth)
        here = make_directory_at(here.get(), "d");

    EXPECT_TRUE(remove_tree_at(dir.get(), "tree"));

    EXPECT_FALSE(exists_at(dir.get(), "tree"));
    EXPECT_EQ(read_file(dir.get(), "keep/file"), "stays");
    EXPECT_FALSE(remove_tree_at(dir.get(), "tree"));
}

TEST(RemoveTree, TwoMayRemoveTheSameTree)
{
    const TempDir box{testing::TempDir(), "skiff-file-"};
    const UniqueFd dir = open_at(AT_FDCWD, box.path(), O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 300; ++i) {
        make_directories(cat(box.path(), "/tree/", i % 20, "/", i));
        save_atomically(dir.get(), cat("tree/", i % 20, "/", i, "/file"), "", Durability::None);
    }

    std::thread other{[&] { EXPECT_NO_THROW(remove_tree_at(dir.get(), "tree")); }};
    EXPECT_NO_THROW(remove_tree_at(dir.get(), "tree"));
    other.join();

    EXPECT_FALSE(exists_at(dir.get(), "tree"));
}

} // namespace
} // namespace skiff
