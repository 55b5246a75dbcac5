// Files of containers from outside: cp, diff, export, mount. Once per storage driver.

#include "tests/support/box.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace {

class Files : public Box
{
  protected:
    void start_container(const std::string& name, const std::vector<std::string>& options = {}, const std::vector<std::string>& verbs = {})
    {
        std::vector<std::string> words{program(), "run", "-d", "--name", name};
        words.insert(words.end(), options.begin(), options.end());
        words.push_back(probe_image());
        words.insert(words.end(), verbs.begin(), verbs.end());
        if (!verbs.empty())
            words.emplace_back("then");
        words.emplace_back("forever");
        ASSERT_THAT(run(words), Succeeds());
        ASSERT_TRUE(eventually([&] { return skiff("logs", name).out.find("ready") != std::string::npos; }));
    }
    std::string cat_in(const std::string& container, const std::string& file) { return skiff("exec", container, "probe", "cat", file).out; }
    std::string tar_names(const std::string& tar) { return run({"/usr/bin/tar", "t"}, {.input = tar}).out; }
};

TEST_F(Files, GoIntoARunningContainerAndOut)
{
    start_container("web");
    make_directory("site");
    make_directory("site/deep");
    write_file("site/index", "hello");
    write_file("site/deep/page", "page");

    EXPECT_THAT(skiff("cp", path() + "/site", "web:/srv"), Succeeds());
    EXPECT_EQ(cat_in("web", "/srv/index"), "hello");
    EXPECT_THAT(skiff("cp", path() + "/site", "web:/srv"), Succeeds());
    EXPECT_EQ(cat_in("web", "/srv/site/deep/page"), "page");
    EXPECT_THAT(skiff("cp", path() + "/site/.", "web:/tmp"), Succeeds());
    EXPECT_EQ(cat_in("web", "/tmp/index"), "hello");
    EXPECT_THAT(skiff("cp", "web:/srv/deep", path() + "/back"), Succeeds());
    EXPECT_EQ(read_file(path() + "/back/page"), "page");
    EXPECT_THAT(skiff("cp", "web:/srv/deep/.", path()), Succeeds());
    EXPECT_EQ(read_file(path() + "/page"), "page");
    skiff("rm", "-f", "-t", "0", "web");
}

TEST_F(Files, GoIntoAContainerThatDoesNotRun)
{
    skiff("create", "--name", "later", "-w", "/home", probe_image(), "cat", "/home/note", "/home/two/note");
    write_file("note", "x");

    EXPECT_THAT(skiff("cp", path() + "/note", "later:"), FailsWith(125, "you must specify a container and a path"));
    EXPECT_THAT(skiff("cp", path() + "/note", "later:."), Succeeds());
    make_directory("two");
    write_file("two/note", "y");
    EXPECT_THAT(skiff("cp", path() + "/two", "later:."), Succeeds());

    EXPECT_EQ(skiff("start", "-a", "later").out, "xy");
    EXPECT_THAT(skiff("cp", "later:note", path() + "/again"), Succeeds());
    EXPECT_EQ(read_file(path() + "/again"), "x");
}

TEST_F(Files, GoFromOneContainerToAnother)
{
    start_container("from", {}, {"mkdir", "/data", "then", "write", "/data/f", "text"});
    skiff("create", "--name", "to", probe_image(), "cat", "/data/f");

    EXPECT_THAT(skiff("cp", "from:/data", "to:/"), Succeeds());
    EXPECT_THAT(skiff("cp", "from:/data", "from:/data/inner"), FailsWith(125, "into itself"));

    EXPECT_EQ(skiff("start", "-a", "to").out, "text");
    skiff("rm", "-f", "-t", "0", "from");
}

TEST_F(Files, ReachVolumesAndBindsOfContainersThatDoNotRun)
{
    const std::string bound = make_directory("bound");
    write_file("f", "content");
    ASSERT_THAT(skiff("create", "--name", "c", "-v", "outer:/data", "-v", "inner:/data/inner", "-v", bound + ":/data/bound",
                      probe_image(), "cat", "/data/inner/f"),
                Succeeds());

    EXPECT_THAT(skiff("cp", path() + "/f", "c:/data/inner"), Succeeds());
    EXPECT_THAT(skiff("cp", path() + "/f", "c:/data/bound/new"), Succeeds());

    EXPECT_EQ(read_file(bound + "/new"), "content");
    EXPECT_EQ(tar_names(skiff("cp", "c:/data/inner", "-").out), "inner/\ninner/f\n");
    EXPECT_EQ(tar_names(skiff("cp", "c:/data", "-").out), "data/\n") << "the outer volume got nothing";
    EXPECT_EQ(skiff("start", "-a", "c").out, "content");
}

TEST_F(Files, AreWrittenThroughMountsAndMountsStay)
{
    const std::string file = write_file("mounted", "old and long");
    write_file("new", "new");
    start_container("c", {"-v", file + ":/etc/mounted"});

    EXPECT_THAT(skiff("cp", path() + "/new", "c:/etc/mounted"), Succeeds());

    EXPECT_EQ(read_file(file), "new");
    EXPECT_EQ(cat_in("c", "/etc/mounted"), "new");
    skiff("rm", "-f", "-t", "0", "c");
}

TEST_F(Files, BelongToTheContainersUserUnlessTheyKeepTheirOwner)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "one id only";
    start_container("c", {"--user", "1000:1000"});
    write_file("f", "x");
    const std::string tar =
        run({"/usr/bin/tar", "c", "-C", path(), "--owner=1042", "--group=1043", "f"}).out;

    EXPECT_THAT(skiff("cp", path() + "/f", "c:/tmp/mine"), Succeeds());
    EXPECT_THAT(run({program(), "cp", "-a=false", "-", "c:/tmp"}, {.input = tar}), Succeeds());

    EXPECT_THAT(skiff("exec", "c", "probe", "stat", "/tmp/mine", "/tmp/f"),
                Prints("/tmp/mine 100644 1000:1000 1\n/tmp/f 100644 1042:1043 1"));
    skiff("rm", "-f", "-t", "0", "c");
}

TEST_F(Files, FollowLinksInsideTheContainerOnly)
{
    const std::string secret = write_file("secret", "of the host");
    start_container("c", {},
                    {"link", secret, "/tmp/out", "then", "link", "../../../../etc/passwd", "/tmp/inside", "then", "link",
                     "/tmp/target", "/tmp/dangling", "then", "link", "/home", "/tmp/dir"});
    write_file("f", "x");
    make_directory("copied");

    EXPECT_THAT(skiff("cp", "c:/tmp/out", path() + "/x"), FailsWith(125, "\"/tmp/out\" could not be found on container c"));
    EXPECT_THAT(skiff("cp", "c:/tmp/inside", path() + "/passwd"), Succeeds());
    EXPECT_THAT(read_file(path() + "/passwd"), HasSubstr("worker:x:1000"));
    EXPECT_THAT(skiff("cp", path() + "/f", "c:/tmp/dangling"), Succeeds());
    EXPECT_EQ(cat_in("c", "/tmp/target"), "x");
    EXPECT_THAT(skiff("cp", path() + "/f", "c:/tmp/dir"), Succeeds());
    EXPECT_EQ(cat_in("c", "/home/f"), "x");
    EXPECT_THAT(skiff("cp", "c:/tmp", path() + "/copied"), Succeeds());
    EXPECT_EQ(read_file(secret), "of the host");

    struct stat status{};
    ASSERT_EQ(::lstat((path() + "/copied/tmp/out").c_str(), &status), 0);
    EXPECT_TRUE(S_ISLNK(status.st_mode)) << "links are copied as links";
    skiff("rm", "-f", "-t", "0", "c");
}

TEST_F(Files, ReplaceLinksOfTheHostInsteadOfWritingThroughThem)
{
    const std::string precious = write_file("precious", "safe");
    make_directory("to");
    make_directory("to/tmp");
    ASSERT_EQ(::symlink(precious.c_str(), (path() + "/to/tmp/f").c_str()), 0);
    make_directory("elsewhere");
    make_directory("to2");
    ASSERT_EQ(::symlink((path() + "/elsewhere").c_str(), (path() + "/to2/tmp").c_str()), 0);
    start_container("c", {}, {"write", "/tmp/f", "evil"});

    EXPECT_THAT(skiff("cp", "c:/tmp", path() + "/to"), Succeeds());
    EXPECT_THAT(skiff("cp", "c:/tmp", path() + "/to2"), FailsWith(125, "file exists"));

    EXPECT_EQ(read_file(precious), "safe");
    EXPECT_EQ(read_file(path() + "/to/tmp/f"), "evil");
    EXPECT_THAT(list_directory(path() + "/elsewhere"), IsEmpty());
    skiff("rm", "-f", "-t", "0", "c");
}

TEST_F(Files, ReplaceDirectoriesByFilesOnlyWhenAsked)
{
    start_container("c", {}, {"mkdir", "/tmp/f"});
    write_file("f", "x");

    EXPECT_THAT(skiff("cp", path() + "/f", "c:/tmp"), FailsWith(125, "error creating \"/tmp/f\": "));
    EXPECT_THAT(skiff("cp", "--overwrite", path() + "/f", "c:/tmp"), Succeeds());

    EXPECT_EQ(cat_in("c", "/tmp/f"), "x");
    skiff("rm", "-f", "-t", "0", "c");
}

TEST_F(Files, ComeAsStreams)
{
    skiff("create", "--name", "c", probe_image(), "cat", "/tmp/site/index");
    make_directory("site");
    write_file("site/index", "hello");
    const std::string zipped = run({"/usr/bin/tar", "cz", "-C", path(), "site"}).out;

    EXPECT_THAT(run({program(), "cp", "-", "c:/tmp"}, {.input = zipped}), Succeeds());
    EXPECT_THAT(run({program(), "cp", "-", "c:/tmp"}, {.input = "no archive"}),
                FailsWith(125, "Error: source must be a (compressed) tar archive when copying from stdin"));
    EXPECT_THAT(run({program(), "cp", "-", "c:/etc/passwd"}, {.input = zipped}),
                FailsWith(125, "destination must be a directory when copying from stdin"));

    EXPECT_EQ(skiff("start", "-a", "c").out, "hello");
    EXPECT_EQ(tar_names(skiff("cp", "c:/tmp/site", "-").out), "site/\nsite/index\n");
    EXPECT_EQ(tar_names(skiff("cp", "c:/tmp/.", "-").out), "site/\nsite/index\n");
}

TEST_F(Files, ThatDoNotExistAreNamedAsPodmanDoes)
{
    skiff("create", "--name", "c", probe_image(), "pwd");
    const std::string file = write_file("f", "x");

    EXPECT_THAT(skiff("cp", file, "nobody:/tmp"), FailsWith(125, "Error: container \"nobody\" does not exist"));
    EXPECT_THAT(skiff("cp", "/no/such", "c:/tmp"),
                FailsWith(125, "Error: \"/no/such\" could not be found on the host: no such file or directory"));
    EXPECT_THAT(skiff("cp", "c:/no/such", path()),
                FailsWith(125, "Error: \"/no/such\" could not be found on container c: no such file or directory"));
    EXPECT_THAT(skiff("cp", file, "c:/nowhere/"), FailsWith(125, "\"/nowhere/\" could not be found on container c"));
    EXPECT_THAT(skiff("cp", "c:/e*", path()), FailsWith(125, "\"/e*\" could not be found on container c"));
    EXPECT_THAT(skiff("cp", "c:/etc", file), FailsWith(125, "destination must be a directory when copying a directory"));
}

TEST_F(Files, ThatChangedAreListed)
{
    skiff("run", "--name", "c", probe_image(), "write", "/tmp/new", "x", "then", "rm", "/etc/group", "then", "write", "/etc/passwd", "");

    EXPECT_THAT(skiff("diff", "c"), Prints("C /etc\nD /etc/group\nC /etc/passwd\nC /tmp\nA /tmp/new"));
    EXPECT_THAT(skiff("container", "diff", "--format", "json", "--latest"), PrintsSubstring("\"deleted\": [\n          \"/etc/group\"\n"));
    EXPECT_THAT(skiff("diff", "nobody"), FailsWith(125, "nobody not found: layer not known"));
    EXPECT_THAT(skiff("image", "diff", probe_image()), PrintsSubstring("A /etc/passwd\n"));
}

TEST_F(Files, AreExportedWithoutWhatIsMounted)
{
    const std::string bound = make_directory("bound");
    write_file("bound/secret", "x");
    start_container("c", {"-v", bound + ":/mnt/data"}, {"write", "/tmp/f", "y"});

    const std::string names = tar_names(skiff("export", "c").out);

    EXPECT_THAT(names, HasSubstr("tmp/f\n"));
    EXPECT_THAT(names, HasSubstr("etc/passwd\n"));
    EXPECT_THAT(names, Not(HasSubstr("secret")));
    EXPECT_THAT(names, Not(HasSubstr("proc/1")));
    EXPECT_THAT(skiff("stop", "-t", "0", "c"), Succeeds());
    EXPECT_THAT(skiff("export", "-o", path() + "/c.tar", "c"), Succeeds());
    EXPECT_EQ(tar_names(read_file(path() + "/c.tar")), names);
}

TEST_F(Files, AreMountedInsideUnshare)
{
    EXPECT_THAT(skiff("mount"), FailsWith(125, "cannot run command \"skiff mount\" in rootless mode, must execute `skiff unshare` first"));
    start_container("running", {}, {"write", "/tmp/f", "running"});
    skiff("run", "--name", "stopped", probe_image(), "write", "/tmp/f", "stopped");
    const std::string script = "for c in running stopped; do cat $(" + program() + " mount $c)/tmp/f; done; " + program() +
                               " mount | wc -l; " + program() + " unmount --all >/dev/null; " + program() + " mount | wc -l";

    EXPECT_THAT(skiff("unshare", "sh", "-c", script), Prints("runningstopped2\n0"));

    skiff("rm", "-f", "-t", "0", "running");
}

} // namespace
