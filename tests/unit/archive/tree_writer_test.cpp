#include "archive/tree_writer.hpp"

#include "archive/pack.hpp"
#include "archive/tar_writer.hpp"
#include "base/error.hpp"
#include "layer_fixture.hpp"

#include <atomic>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace skiff::archive {
namespace {

using testing::HasSubstr;

TarEntry entry_of(EntryType type, const std::string& path, std::uint32_t mode = 0644, const std::string& target = "")
{
    TarEntry entry;
    entry.type = type;
    entry.path = path;
    entry.mode = mode;
    entry.link_target = target;
    entry.modified = {1000, 5};
    return entry;
}

/// A tree with a canary beside it.
class WriteTree : public testing::Test
{
  protected:
    WriteTree()
    {
        base_ = open_at(AT_FDCWD, dir_.path(), O_RDONLY | O_DIRECTORY);
        root_ = make_directory_at(base_.get(), "root", 0755);
        save_atomically(make_directory_at(base_.get(), "outside", 0755).get(), "canary", "safe", Durability::None);
        options_.set_owners = false;
    }

    std::string write(const std::vector<std::pair<TarEntry, std::string>>& entries, const std::string& directory = "")
    {
        try {
            TreeWriter writer{root_.get(), directory, options_};
            for (auto [entry, content] : entries) {
                entry.size = content.size();
                writer.add(entry);
                if (!content.empty())
                    writer.content(content);
            }
            writer.finish();
        } catch (const Error& error) {
            return error.message();
        }
        return {};
    }
    std::string write_file(const std::string& path, const std::string& content, const std::string& directory = "")
    {
        return write({{entry_of(EntryType::Regular, path), content}}, directory);
    }
    [[nodiscard]] std::string content(const std::string& path) const { return read_file(root_.get(), path); }
    [[nodiscard]] struct stat look(const std::string& path) const
    {
        struct stat status
        {
        };
        EXPECT_EQ(::fstatat(root_.get(), path.c_str(), &status, AT_SYMLINK_NOFOLLOW), 0) << path;
        return status;
    }

    TempDir dir_{"/tmp", "skiff-tree-"};
    UniqueFd base_;
    UniqueFd root_;
    TreeWriterOptions options_;
};

TEST_F(WriteTree, TakesWhatThePackerReads)
{
    ASSERT_EQ(write({{entry_of(EntryType::Directory, "a/d", 0500), ""},
                     {entry_of(EntryType::Regular, "a/d/f", 0640), "text"},
                     {entry_of(EntryType::HardLink, "a/d/h", 0640, "a/d/f"), ""},
                     {entry_of(EntryType::Symlink, "a/l", 0777, "/nowhere"), ""},
                     {entry_of(EntryType::Fifo, "a/p", 0600), ""},
                     {entry_of(EntryType::CharDevice, "a/null", 0600), ""},
                     {entry_of(EntryType::HardLink, "a/null2", 0600, "a/null"), ""}}),
              "");
    const UniqueFd source = open_at(root_.get(), "a", O_PATH);

    TreeWriter writer{root_.get(), "", options_};
    Packer{writer, {}}.add_open(source.get(), "b");
    writer.finish();

    EXPECT_EQ(list_tree(open_at(root_.get(), "b", O_RDONLY | O_DIRECTORY).get()),
              list_tree(open_at(root_.get(), "a", O_RDONLY | O_DIRECTORY).get()));
    EXPECT_EQ(content("b/d/f"), "text");
    EXPECT_EQ(look("b/d/f").st_ino, look("b/d/h").st_ino);
    EXPECT_EQ(look("b/d").st_mode & 07777U, 0500U);
    EXPECT_EQ(look("b/d").st_mtim.tv_sec, 1000);
    EXPECT_EQ(look("b/d/f").st_mtim.tv_nsec, 5);
    ::fchmodat(root_.get(), "a/d", 0700, 0);
    ::fchmodat(root_.get(), "b/d", 0700, 0);
}

TEST_F(WriteTree, ReplacesALinkInsteadOfFollowingIt)
{
    ASSERT_EQ(::symlinkat("../outside/canary", root_.get(), "f"), 0);

    EXPECT_EQ(write_file("f", "new"), "");

    EXPECT_EQ(content("f"), "new");
    EXPECT_EQ(read_file(base_.get(), "outside/canary"), "safe");
}

TEST_F(WriteTree, RefusesLinksOnTheWayOfTheHost)
{
    ASSERT_EQ(::symlinkat("../outside", root_.get(), "d"), 0);

    EXPECT_THAT(write_file("d/f", "new"), HasSubstr("is a link"));

    EXPECT_FALSE(exists_at(base_.get(), "outside/f"));
}

TEST_F(WriteTree, FollowsLinksOnTheWayInsideAContainerOnly)
{
    options_.links = DirectoryChain::Links::Follow;
    ASSERT_EQ(::symlinkat("/real", root_.get(), "absolute"), 0);
    ASSERT_EQ(::symlinkat("../../../outside", root_.get(), "relative"), 0);

    EXPECT_EQ(write_file("f", "1", "absolute"), "");
    EXPECT_EQ(write_file("relative/f", "2"), "");

    EXPECT_EQ(content("real/f"), "1");
    EXPECT_EQ(content("outside/f"), "2");
    EXPECT_FALSE(exists_at(base_.get(), "outside/f"));
}

TEST_F(WriteTree, KeepsDirectoriesAndFilesApartUnlessAsked)
{
    ASSERT_EQ(write_file("d/inner", "1"), "");
    ASSERT_EQ(write_file("f", "1"), "");
    const TarEntry directory = entry_of(EntryType::Directory, "f", 0755);

    EXPECT_THAT(write_file("d", "2"), testing::AllOf(HasSubstr("error creating \"/d\": "), HasSubstr("file exists")));
    EXPECT_THAT(write({{directory, ""}}), testing::AllOf(HasSubstr("error creating \"/f\": "), HasSubstr("file exists")));
    EXPECT_EQ(content("d/inner"), "1");
    options_.replace_kinds = true;
    EXPECT_EQ(write_file("d", "2"), "");
    EXPECT_EQ(write({{directory, ""}}), "");

    EXPECT_EQ(content("d"), "2");
    EXPECT_TRUE(S_ISDIR(look("f").st_mode));
}

TEST_F(WriteTree, LeavesTheDirectoryItWritesIntoAsItIs)
{
    EXPECT_EQ(write({{entry_of(EntryType::Directory, "./", 0700), ""}, {entry_of(EntryType::Regular, "./f"), ""}}), "");

    EXPECT_EQ(look(".").st_mode & 07777U, 0755U);
    EXPECT_TRUE(exists_at(root_.get(), "f"));
}

TEST_F(WriteTree, DropsPrivilegesWhereFilesChangeHands)
{
    options_.keep_privileges = false;

    EXPECT_EQ(write({{entry_of(EntryType::Regular, "su", 06755), "x"}}), "");

    EXPECT_EQ(look("su").st_mode & 07777U, 0755U);
}

TEST_F(WriteTree, NotesOwnersThatItCannotGive)
{
    options_.note_owners = true;
    TarEntry file = entry_of(EntryType::Regular, "d/su", 04511);
    file.uid = 7;
    file.gid = 9;
    TarEntry directory = entry_of(EntryType::Directory, "d", 0500);
    ASSERT_EQ(write({{directory, ""}, {file, "x"}, {entry_of(EntryType::Regular, "plain"), "x"}}), "");

    struct stat status{};
    ASSERT_EQ(::fstatat(root_.get(), "d/su", &status, 0), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0711U);
    StringSink out;
    TarWriter writer{out};
    Packer packer{writer, {}};
    packer.add_below(root_.get());
    writer.finish();
    MemorySource source{out.text()};
    BufferedChunks chunks{source};
    TarReader reader{chunks};
    std::vector<std::string> seen;
    while (const TarEntry* entry = reader.next())
        seen.push_back(cat(entry->path, " ", entry->uid, ":", entry->gid, " ", entry->mode));
    const std::string uid = std::to_string(::geteuid()), gid = std::to_string(::getegid());
    EXPECT_EQ(seen, (std::vector<std::string>{"d/ 0:0 320", "d/su 7:9 2377", cat("plain ", uid, ":", gid, " 420")}));
}

TEST_F(WriteTree, KeepsHoles)
{
    constexpr std::size_t size = 8U << 20U;
    EXPECT_EQ(write_file("sparse", std::string(size, '\0')), "");

    EXPECT_EQ(look("sparse").st_size, static_cast<off_t>(size));
    EXPECT_LT(look("sparse").st_blocks * 512, static_cast<blkcnt_t>(size / 2));
}

TEST_F(WriteTree, RefusesNamesThatLeave)
{
    EXPECT_NE(write_file("../outside/canary", "x"), "");
    EXPECT_NE(write_file("a/../../outside/canary", "x"), "");

    EXPECT_EQ(read_file(base_.get(), "outside/canary"), "safe");
}

// security.md T-44, in short: somebody in the tree swaps a directory and a link that leads out, all the time.
TEST_F(WriteTree, StaysInsideWhileOthersSwapLinks)
{
    options_.links = DirectoryChain::Links::Follow;
    ASSERT_EQ(::mkdirat(root_.get(), "d", 0755), 0);
    ASSERT_EQ(::symlinkat("../../../../outside", root_.get(), "l"), 0);
    std::atomic<bool> stop{false};
    std::thread swapper{[&] {
        while (!stop)
            (void)::renameat2(root_.get(), "d", root_.get(), "l", RENAME_EXCHANGE);
    }};

    for (int i = 0; i < 500; ++i)
        (void)write({{entry_of(EntryType::Directory, "d"), ""},
                     {entry_of(EntryType::Regular, "d/new"), "evil"},
                     {entry_of(EntryType::Regular, "d/canary"), "evil"}});

    stop = true;
    swapper.join();
    EXPECT_EQ(read_file(base_.get(), "outside/canary"), "safe");
    EXPECT_FALSE(exists_at(base_.get(), "outside/new"));
}

} // namespace
} // namespace skiff::archive
