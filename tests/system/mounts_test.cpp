// What is mounted in a container: its root, volumes, binds, tmpfs. Runs once per storage driver.

#include "tests/support/box.hpp"

#include <sys/stat.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

namespace {

class Mounts : public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        if (IsSkipped() || storage_driver().empty())
            return;
        const Result trial = skiff("run", "--rm", "--network", "none", probe_image(), "pwd");
        if (trial.code != 0)
            GTEST_SKIP() << "no " << storage_driver() << " here: " << trial.err;
    }
};

TEST_F(Mounts, AreMountedByTheDriverThatWasAskedFor)
{
    const Result mounts = skiff("run", "--rm", probe_image(), "cat", "/proc/self/mountinfo");
    const std::string root = mounts.out.substr(0, mounts.out.find('\n'));

    if (storage_driver() == "overlay") {
        EXPECT_THAT(root, HasSubstr(" - overlay "));
    } else if (storage_driver() == "fuse-overlayfs") {
        EXPECT_THAT(root, HasSubstr(" - fuse.fuse-overlayfs "));
    } else if (storage_driver() == "copy") {
        EXPECT_THAT(root, Not(HasSubstr("overlay")));
    }
}

TEST_F(Mounts, ArePrivateToEachContainer)
{
    ASSERT_THAT(skiff("run", "--name", "one", probe_image(), "write", "/etc/passwd", "changed", "then", "write", "/new", "x"), Succeeds());

    EXPECT_THAT(skiff("run", "--rm", probe_image(), "cat", "/etc/passwd"), PrintsSubstring("worker:"));
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "open", "/new"), Prints("ENOENT"));
}

TEST_F(Mounts, StayFromStartToStart)
{
    ASSERT_THAT(skiff("create", "--name", "kept", probe_image(), "write", "/tmp/file", "text"), Succeeds());
    ASSERT_THAT(skiff("start", "-a", "kept"), Succeeds());

    EXPECT_THAT(skiff("start", "-a", "kept"), Succeeds());
    EXPECT_THAT(skiff("diff", "kept").out, HasSubstr("A /tmp/file"));
}

TEST_F(Mounts, CanBeChangedRenamedAndRemovedInEveryWay)
{
    const Result result = skiff("run", "--rm", probe_image(), "rm", "/etc/group", "then", "open", "/etc/group", "then", "write", "/etc/group", "again",
                                "then", "cat", "/etc/group", "then", "mkdir", "/var/d", "then", "write", "/var/d/f", "x", "then", "rename", "/var/d",
                                "/var/e", "then", "ls", "/var", "then", "rename", "/bin/probe", "/bin/moved", "then", "ls", "/bin");

    EXPECT_EQ(result.out, "ENOENT\nagaine\nmoved\n") << result.err;
}

TEST_F(Mounts, HaveTheOwnersOfTheImage)
{
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "stat", "/etc/passwd", "/home/worker"),
                PrintsSubstring(has_subordinate_ids() ? "1000:1000" : "0:0"));
}

TEST_F(Mounts, AreNotWritableWithReadOnly)
{
    EXPECT_THAT(skiff("run", "--rm", "--read-only", probe_image(), "write", "/new", "x"), FailsWith(1, "Read-only file system"));
    EXPECT_THAT(skiff("run", "--rm", "--read-only", probe_image(), "write", "/tmp/new", "x", "then", "write", "/run/new", "x", "then", "write",
                      "/dev/shm/new", "x"),
                Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "--read-only", "--read-only-tmpfs=false", probe_image(), "write", "/tmp/new", "x"), ExitsWith(1));
}

TEST_F(Mounts, OfATmpfsVanish)
{
    const Result first = skiff("run", "--name", "t", "--tmpfs", "/scratch:size=1m,mode=0700", probe_image(), "write", "/scratch/x", "text", "then",
                               "stat", "/scratch", "then", "cat", "/proc/self/mountinfo");

    EXPECT_THAT(first.out, AllOf(HasSubstr("/scratch 40700 "), HasSubstr("size=1024k")));
    EXPECT_THAT(skiff("run", "--rm", "--tmpfs", "/etc", probe_image(), "ls", "/etc").out, HasSubstr("passwd")) << "copy-up of the image's files";
    EXPECT_THAT(skiff("run", "--rm", "--tmpfs", "/etc:notmpcopyup", probe_image(), "ls", "/etc").out, Not(HasSubstr("group")));
}

TEST_F(Mounts, OfTheHostAreSharedByBinds)
{
    const std::string shared = make_directory("shared");
    write_file("shared/mine", "from outside");

    EXPECT_THAT(skiff("run", "--rm", "-v", shared + ":/s", probe_image(), "cat", "/s/mine", "then", "write", "/s/theirs", "from inside"),
                PrintsSubstring("from outside"));

    EXPECT_EQ(read_file(shared + "/theirs"), "from inside");
    struct stat status{};
    ASSERT_EQ(::stat((shared + "/theirs").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, ::geteuid());
}

TEST_F(Mounts, OfASingleFileCanBeBound)
{
    const std::string file = write_file("file", "one");

    EXPECT_THAT(skiff("run", "--rm", "-v", file + ":/etc/one:ro", probe_image(), "cat", "/etc/one"), PrintsSubstring("one"));
    EXPECT_THAT(skiff("run", "--rm", "--mount", "type=bind,src=" + file + ",dst=/etc/passwd", probe_image(), "cat", "/etc/passwd"),
                PrintsSubstring("one"));
}

TEST_F(Mounts, OfAReadOnlyBindStayAsTheyAre)
{
    const std::string shared = make_directory("shared");

    EXPECT_THAT(skiff("run", "--rm", "-v", shared + ":/s:ro", probe_image(), "write", "/s/x", "y"), FailsWith(1, "Read-only"));
    EXPECT_THAT(skiff("run", "--rm", "--mount", "type=bind,src=" + shared + ",dst=/s,ro", probe_image(), "write", "/s/x", "y"), ExitsWith(1));

    EXPECT_THAT(list_directory(shared), IsEmpty());
}

TEST_F(Mounts, OfARelativeBindAreFoundFromHere)
{
    make_directory("here");
    write_file("here/file", "found");

    EXPECT_THAT(run({program(), "run", "--rm", "-v", "./here:/h", probe_image(), "cat", "/h/file"}, {.directory = path()}),
                PrintsSubstring("found"));
    EXPECT_THAT(skiff("run", "--rm", "-v", path() + "/here:relative", probe_image(), "pwd"),
                FailsWith(125, "invalid container path \"relative\", must be an absolute path"));
    EXPECT_THAT(skiff("run", "--rm", "-v", path() + "/here:/a", "-v", path() + "/home:/a", probe_image(), "pwd"),
                FailsWith(125, "/a: duplicate mount destination"));
}

TEST_F(Mounts, OfWhatIsMissingSayWhatToDo)
{
    const std::string there = make_directory("there");

    EXPECT_THAT(skiff("run", "--rm", "-v", there + "/new:/x", probe_image(), "pwd"), FailsWith(125, "mkdir -p " + there + "/new"));
    EXPECT_THAT(skiff("run", "--rm", "-v", there + "/docker.sock:/x", "localhost/probe", "pwd"), FailsWith(125, "hint: there is no daemon"));
    EXPECT_THAT(skiff("run", "--rm", "-v", there + "/a/b/c:/x", probe_image(), "pwd"), FailsWith(125, "there is no " + there + "/a\n"));
    EXPECT_THAT(skiff("run", "--rm", "-v", "there/x:/x", probe_image(), "pwd"),
                FailsWith(125, "a directory of the host begins with a slash or a dot: ./there/x"));
    EXPECT_THAT(skiff("run", "--rm", "--mount", "source=./d,target=/x", probe_image(), "pwd"), FailsWith(125, "mounted with type=bind"));
}

TEST_F(Mounts, ThatTheUserMayNotReadAreExplained)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "one id only: the container's user is this user";
    const std::string closed = make_directory("closed", 0700);
    const std::string open = make_directory("open", 0755);

    EXPECT_THAT(skiff("run", "--rm", "--user", "7", "-v", closed + ":/x", probe_image(), "pwd").err,
                HasSubstr("note: user 7 of the container may not read " + closed));
    for (const Result& fine : {skiff("run", "--rm", "--user", "7", "-v", open + ":/x", probe_image(), "pwd"),
                               skiff("run", "--rm", "-v", closed + ":/x", probe_image(), "pwd"),
                               skiff("run", "--rm", "--userns", "keep-id:uid=7,gid=7", "-v", closed + ":/x", probe_image(), "pwd")})
        EXPECT_THAT(fine.err, IsEmpty());
}

TEST_F(Mounts, OfATmpfsBelongToTheUserWithU)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "one id only";
    EXPECT_THAT(skiff("run", "--rm", "--user", "7:8", "--mount", "type=tmpfs,dst=/x,U", probe_image(), "stat", "/x"),
                PrintsSubstring(" 7:8 "));
    EXPECT_THAT(skiff("run", "--rm", "--user", "7:8", "--tmpfs", "/x:U", probe_image(), "stat", "/x"), PrintsSubstring(" 7:8 "));
}

TEST_F(Mounts, OfANamedVolumeOutliveTheContainer)
{
    ASSERT_THAT(skiff("run", "--rm", "-v", "data:/d", probe_image(), "write", "/d/x", "kept"), Succeeds());

    EXPECT_THAT(skiff("run", "--rm", "-v", "data:/d", probe_image(), "cat", "/d/x"), PrintsSubstring("kept"));
    EXPECT_THAT(skiff("volume", "ls", "-q"), Prints("data"));
    EXPECT_THAT(skiff("volume", "rm", "data"), Prints("data"));
}

TEST_F(Mounts, OfTheImageFillANewVolume)
{
    const std::string image = make_image("filled", R"({"Entrypoint":["/bin/probe"]})", {"dir:srv", "text:srv/page=from image", "in->srv"});

    EXPECT_THAT(skiff("run", "--rm", "-v", "v:/srv", image, "cat", "/srv/page", "then", "write", "/srv/page", "changed"), PrintsSubstring("from image"));
    EXPECT_THAT(skiff("run", "--rm", "-v", "v:/srv", image, "cat", "/srv/page"), PrintsSubstring("changed")) << "only a new volume is filled";
    EXPECT_THAT(skiff("run", "--rm", "-v", "w:/srv:nocopy", image, "ls", "/srv").out, IsEmpty());
}

TEST_F(Mounts, OfAnAnonymousVolumeGoWithRm)
{
    const std::string image = make_image("volumes", R"({"Entrypoint":["/bin/probe"],"Volumes":{"/store":{}}})");

    EXPECT_THAT(skiff("run", "--rm", image, "write", "/store/x", "y"), Succeeds());
    EXPECT_THAT(skiff("volume", "ls", "-q").out, IsEmpty());
    ASSERT_THAT(skiff("run", "--name", "keeper", "-v", "/other", image, "write", "/other/x", "y"), Succeeds());
    EXPECT_THAT(skiff("volume", "ls", "-q").out, MatchesRegex("[0-9a-f]{64}\n[0-9a-f]{64}\n"));
    EXPECT_THAT(skiff("rm", "-v", "keeper"), Succeeds());
    EXPECT_THAT(skiff("volume", "ls", "-q").out, IsEmpty());
}

TEST_F(Mounts, OfOneContainerCanBeMountedInAnother)
{
    ASSERT_THAT(skiff("run", "--name", "owner", "-v", "/data", probe_image(), "write", "/data/x", "inherited"), Succeeds());

    EXPECT_THAT(skiff("run", "--rm", "--volumes-from", "owner", probe_image(), "cat", "/data/x"), PrintsSubstring("inherited"));
    EXPECT_THAT(skiff("run", "--rm", "--volumes-from", "owner:ro", probe_image(), "write", "/data/x", "y"), ExitsWith(1));
}

TEST_F(Mounts, ChangeTheirOwnerWithU)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "needs subordinate ids";
    const std::string shared = make_directory("shared");
    write_file("shared/file", "text");

    EXPECT_THAT(skiff("run", "--rm", "-u", "worker", "-v", shared + ":/s:U", probe_image(), "stat", "/s/file", "then", "write", "/s/new", "x"),
                PrintsSubstring("1000:1000"));

    EXPECT_THAT(skiff("run", "--rm", "-v", shared + ":/s:U", probe_image(), "stat", "/s/file"), PrintsSubstring("0:0"));
}

// security.md T-08
TEST_F(Mounts, OfAReadOnlyBindIncludeWhatIsMountedBelow)
{
    const std::string outer = make_directory("outer");
    make_directory("outer/inner");
    const std::string link = path() + "/link";
    ASSERT_EQ(::symlink(outer.c_str(), link.c_str()), 0);
    // The caller's own mount below the directory: made in a namespace that skiff is started in.
    const std::string script = "mount -t tmpfs none " + outer + "/inner && " + program() + " run --rm -v " + link +
                               ":/s:ro probe write /s/inner/x y";
    probe_image();

    const Result result = run({"/usr/bin/unshare", "-Urm", "/bin/sh", "-c", script});

    EXPECT_THAT(result.err, HasSubstr("Read-only file system"));
    EXPECT_NE(result.code, 0);
}

TEST_F(Mounts, LargerThanMemoryBuffersArrive)
{
    const std::string shared = make_directory("shared");
    write_file("shared/big", std::string(5'000'000, 'b'));

    EXPECT_EQ(skiff("run", "--rm", "-v", shared + ":/s", probe_image(), "cat", "/s/big").out.size(), 5'000'000U);
}

} // namespace
