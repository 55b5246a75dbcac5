#include "build/add_archive.hpp"
#include "build/content_digest.hpp"
#include "build/copy_files.hpp"

#include "archive/tar_writer.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace skiff;
using namespace skiff::build;
namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class CopyFiles : public testing::Test
{
  protected:
    CopyFiles() : dir_{"/tmp", "skiff-copy."}
    {
        fs::create_directories(context());
        fs::create_directories(image());
        context_fd_ = open_at(AT_FDCWD, context(), O_RDONLY | O_DIRECTORY);
        image_fd_ = open_at(AT_FDCWD, image(), O_RDONLY | O_DIRECTORY);
        tree_.root = context_fd_.get();
        tree_.name = "the context";
    }

    std::string context() const { return dir_.path() + "/context"; }
    std::string image() const { return dir_.path() + "/image"; }

    void write(const std::string& path, const std::string& text = "x") const
    {
        fs::create_directories(fs::path(context() + "/" + path).parent_path());
        std::ofstream{context() + "/" + path} << text;
    }

    void ignore(const std::string& text)
    {
        rules_ = IgnoreRules::parse(text, ".containerignore");
        tree_.ignore = &rules_;
    }

    CopyTarget target(const std::string& destination) const
    {
        CopyTarget target;
        target.root = image_fd_.get();
        target.destination = destination;
        target.owners = CopyTarget::Owners::Note;
        return target;
    }

    std::vector<std::string> copy(SourceSelection selection, const std::string& destination)
    {
        warnings_.clear();
        const auto sources = select_sources(tree_, selection, [&](const std::string& warning) { warnings_.push_back(warning); });
        copy_sources(tree_, selection, sources, target(destination));
        return files();
    }

    /// Everything in the image, directories with a slash behind.
    std::vector<std::string> files() const
    {
        std::vector<std::string> found;
        for (const auto& entry : fs::recursive_directory_iterator(image()))
            found.push_back(entry.path().lexically_relative(image()).string() + (entry.is_directory() && !entry.is_symlink() ? "/" : ""));
        std::sort(found.begin(), found.end());
        return found;
    }

    std::string digest(SourceSelection selection)
    {
        const auto sources = select_sources(tree_, selection, [](const std::string&) {});
        return content_digest(tree_, selection, sources, hashes_);
    }

    std::string failure(SourceSelection selection, const std::string& destination = "/d/")
    {
        try {
            copy(std::move(selection), destination);
            return "no error";
        } catch (const Error& error) {
            return error.message() + " | " + error.hint();
        }
    }

    static std::string read(const std::string& path)
    {
        std::ifstream file{path};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

    TempDir dir_;
    UniqueFd context_fd_, image_fd_;
    SourceTree tree_;
    IgnoreRules rules_;
    FileHashes hashes_;
    std::vector<std::string> warnings_;
};

TEST_F(CopyFiles, TakesTheDestinationsNameOrPutsItInADirectory)
{
    write("a", "content");

    EXPECT_THAT(copy({{"a"}, {}, false}, "/b"), ElementsAre("b"));
    EXPECT_THAT(copy({{"a"}, {}, false}, "/dir/deep/"), ElementsAre("b", "dir/", "dir/deep/", "dir/deep/a"));
    EXPECT_THAT(copy({{"/../a"}, {}, false}, "/dir"), ElementsAre("b", "dir/", "dir/a", "dir/deep/", "dir/deep/a"));
    EXPECT_EQ(read(image() + "/b"), "content");
}

TEST_F(CopyFiles, CopiesWhatIsInADirectory)
{
    write("src/a");
    write("src/sub/b");
    fs::create_symlink("a", context() + "/src/link");
    fs::create_hard_link(context() + "/src/a", context() + "/src/same");
    fs::permissions(context() + "/src/a", fs::perms{0640});

    EXPECT_THAT(copy({{"src"}, {}, false}, "/app"), ElementsAre("app/", "app/a", "app/link", "app/same", "app/sub/", "app/sub/b"));

    EXPECT_TRUE(fs::is_symlink(image() + "/app/link"));
    EXPECT_TRUE(fs::equivalent(image() + "/app/a", image() + "/app/same"));
    EXPECT_EQ(fs::status(image() + "/app/a").permissions(), fs::perms{0640});
    EXPECT_EQ(fs::last_write_time(image() + "/app/a"), fs::last_write_time(context() + "/src/a"));
}

TEST_F(CopyFiles, MakesTheDestinationOfAnEmptyDirectory)
{
    fs::create_directories(context() + "/empty");

    EXPECT_THAT(copy({{"empty"}, {}, false}, "/made/of"), ElementsAre("made/", "made/of/"));
}

TEST_F(CopyFiles, CopiesTheWholeContext)
{
    write("a");
    write("b/c");

    EXPECT_THAT(copy({{"."}, {}, false}, "/"), ElementsAre("a", "b/", "b/c"));
}

TEST_F(CopyFiles, KnowsWildcards)
{
    write("a.txt");
    write("b.txt");
    write("sub/c.txt");
    write("lib/one/x");

    EXPECT_THAT(copy({{"*.txt"}, {}, false}, "/d/"), ElementsAre("d/", "d/a.txt", "d/b.txt"));
    EXPECT_THAT(copy({{"s*/c.tx?", "*.none"}, {}, false}, "/e/"), testing::Contains("e/c.txt"));
    EXPECT_THAT(warnings_, ElementsAre(HasSubstr("'*.none'")));
    EXPECT_THAT(copy({{"li*"}, {}, false}, "/f/"), testing::Contains("f/one/x"));
    EXPECT_THAT(failure({{"*.none"}, {}, false}), HasSubstr("no items matching glob '*.none' copied"));
}

TEST_F(CopyFiles, KeepsThePathOnRequest)
{
    write("x/a/b/1.c");
    write("x/a/2.c");
    write("x/3.h");

    EXPECT_THAT(copy({{"x/a/b/1.c"}, {}, true}, "/p/"), ElementsAre("p/", "p/x/", "p/x/a/", "p/x/a/b/", "p/x/a/b/1.c"));
    fs::remove_all(image() + "/p");
    EXPECT_THAT(copy({{"x/./a/2.c"}, {}, true}, "/p/"), ElementsAre("p/", "p/a/", "p/a/2.c"));
    fs::remove_all(image() + "/p");
    EXPECT_THAT(copy({{"**/*.c"}, {}, true}, "/p/"), ElementsAre("p/", "p/x/", "p/x/a/", "p/x/a/2.c", "p/x/a/b/", "p/x/a/b/1.c"));
}

TEST_F(CopyFiles, LeavesOutWhatTheIgnoreFileHides)
{
    write("keep/deep/a");
    write("keep/deep/b");
    write("other/c");
    write("top");
    ignore("*\n!keep/deep/a\n");

    EXPECT_THAT(copy({{"."}, {}, false}, "/"), ElementsAre("keep/", "keep/deep/", "keep/deep/a"));
    EXPECT_THAT(failure({{"top"}, {}, false}), HasSubstr("'top' is hidden by '*' in .containerignore:1"));
    EXPECT_THAT(failure({{"nowhere"}, {}, false}), HasSubstr("\"/nowhere\": no such file or directory"));
}

TEST_F(CopyFiles, KeepsFilesHiddenThatAnExceptionCouldBeBelow)
{
    for (const char* path : {"test1", "foo", "subdir1/sub1", "subdir1/sub2", "empty/x"})
        write(path);
    ignore("test*\nsubdir1\nempty\n!*/sub1*\n/foo\n");

    EXPECT_THAT(copy({{"."}, {}, false}, "/d/"), ElementsAre("d/", "d/subdir1/", "d/subdir1/sub1"));
    EXPECT_THAT(copy({{"subdir1"}, {}, false}, "/e/"), testing::Contains("e/sub1"));
    EXPECT_THAT(failure({{"empty"}, {}, false}), HasSubstr("'empty' is hidden by"));
}

TEST_F(CopyFiles, LeavesOutWhatIsExcluded)
{
    write("src/a.c");
    write("src/a.o");
    write("src/sub/b.o");
    write("src/node_modules/x/y");

    EXPECT_THAT(copy({{"src"}, {"**/*.o", "node_modules"}, false}, "/d"), ElementsAre("d/", "d/a.c", "d/sub/"));
}

TEST_F(CopyFiles, StaysInsideBothTrees)
{
    write("a");
    fs::create_symlink("/etc/passwd", context() + "/outside");
    fs::create_symlink("../../..", context() + "/up");
    fs::create_symlink("/real", image() + "/link");
    fs::create_directories(image() + "/real");

    EXPECT_THAT(failure({{"outside"}, {}, false}), HasSubstr("no such file"));
    EXPECT_THAT(failure({{"up/etc/passwd"}, {}, false}), HasSubstr("no such file"));
    EXPECT_THAT(copy({{"a"}, {}, false}, "/link/"), ElementsAre("link", "real/", "real/a"));
}

TEST_F(CopyFiles, FollowsALinkThatIsNamedAndKeepsOneThatIsFound)
{
    write("real", "text");
    fs::create_symlink("real", context() + "/named");

    copy({{"named"}, {}, false}, "/x");

    EXPECT_FALSE(fs::is_symlink(image() + "/x"));
    EXPECT_EQ(read(image() + "/x"), "text");
}

TEST_F(CopyFiles, RefusesToReplaceADirectoryByAFile)
{
    write("a");
    fs::create_directories(image() + "/d/a");

    EXPECT_THAT(failure({{"a"}, {}, false}), HasSubstr("a directory is in its place: file exists | a file cannot replace a directory"));
}

TEST_F(CopyFiles, ChangesModes)
{
    write("src/a");
    fs::permissions(context() + "/src/a", fs::perms{0600});
    const SourceSelection selection{{"src"}, {}, false};
    CopyTarget to = target("/d/");
    to.mode = ModeChange::parse("u=rwX,go=rX");

    copy_sources(tree_, selection, select_sources(tree_, selection, [](const std::string&) {}), to);

    EXPECT_EQ(fs::status(image() + "/d/a").permissions(), fs::perms{0644});
}

TEST_F(CopyFiles, WritesTextOfTheFile)
{
    copy_new_file({"EOF", 0644, {}}, 5, [](const auto& put) { put("hello"); }, target("/etc/motd"));
    copy_new_file({"name", 0755, 7}, 0, [](const auto&) {}, target("/etc/"));

    EXPECT_EQ(read(image() + "/etc/motd"), "hello");
    EXPECT_THAT(files(), ElementsAre("etc/", "etc/motd", "etc/name"));
}

TEST_F(CopyFiles, UnpacksArchivesByTheirContent)
{
    write("plain.tar.gz", "no archive");
    const UniqueFd plain = open_at(AT_FDCWD, context() + "/plain.tar.gz", O_RDONLY);
    EXPECT_FALSE(add_archive(plain.get(), target("/d/"), std::nullopt));
    write("empty", "");
    const UniqueFd empty = open_at(AT_FDCWD, context() + "/empty", O_RDONLY);
    EXPECT_FALSE(add_archive(empty.get(), target("/d/"), std::nullopt));

    write("in/a/b", "text");
    ASSERT_EQ(std::system(("tar -C " + context() + "/in -czf " + context() + "/x.bin .").c_str()), 0);
    const UniqueFd tar = open_at(AT_FDCWD, context() + "/x.bin", O_RDONLY);
    EXPECT_TRUE(add_archive(tar.get(), target("/d"), std::nullopt));
    EXPECT_THAT(files(), ElementsAre("d/", "d/a/", "d/a/b"));
}

TEST_F(CopyFiles, DigestIsAboutContentAndNotTime)
{
    write("src/a", "1");
    write("src/b", "2");
    write("other", "3");
    const SourceSelection selection{{"src"}, {}, false};
    const std::string first = digest(selection);

    fs::last_write_time(context() + "/src/a", fs::file_time_type::clock::now() - std::chrono::hours{1});
    write("other", "4");
    EXPECT_EQ(digest(selection), first);

    fs::permissions(context() + "/src/a", fs::perms{0755});
    const std::string with_mode = digest(selection);
    EXPECT_NE(with_mode, first);

    fs::rename(context() + "/src/b", context() + "/src/c");
    const std::string renamed = digest(selection);
    EXPECT_NE(renamed, with_mode);

    write("src/a", "9");
    EXPECT_NE(digest(selection), renamed);
    EXPECT_NE(digest({{"src"}, {"c"}, false}), digest(selection));
    ignore("src/c");
    EXPECT_EQ(digest({{"src"}, {"c"}, false}), digest(selection));
}

TEST_F(CopyFiles, RemembersWhatItHasReadAndSettled)
{
    write("old", "1");
    write("new", "2");
    const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours{1};
    fs::last_write_time(context() + "/old", long_ago); // the change time is now: not settled
    const UniqueFd run = open_at(AT_FDCWD, dir_.path(), O_RDONLY | O_DIRECTORY);
    digest({{"old"}, {}, false});
    EXPECT_EQ(hashes_.files_read(), 1U);
    EXPECT_FALSE(hashes_.has_news());

    // A file that nobody has touched for longer than a clock's tick: one of the system's.
    SourceTree system;
    const UniqueFd etc = open_at(AT_FDCWD, "/etc", O_RDONLY | O_DIRECTORY);
    system.root = etc.get();
    const SourceSelection selection{{"passwd"}, {}, false};
    const auto sources = select_sources(system, selection, [](const std::string&) {});
    const std::string first = content_digest(system, selection, sources, hashes_);
    ASSERT_TRUE(hashes_.has_news());
    hashes_.save(run.get(), "hashes");

    FileHashes again = FileHashes::load(run.get(), "hashes");
    EXPECT_EQ(content_digest(system, selection, sources, again), first);
    EXPECT_EQ(again.files_read(), 0U);
    std::ofstream{dir_.path() + "/hashes"} << "damaged";
    EXPECT_FALSE(FileHashes::load(run.get(), "hashes").has_news());
}

} // namespace
