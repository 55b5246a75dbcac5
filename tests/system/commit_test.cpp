// Images from containers: commit, and what it agrees on with diff. Once per storage driver.

#include "tests/support/box.hpp"

#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

class Commit : public Box
{
  protected:
    std::string cat_in(const std::string& image, const std::string& file)
    {
        return skiff("run", "--rm", image, "cat", file).out;
    }
    static std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }
};

TEST_F(Commit, KeepsWhatAContainerChangedOnTopOfItsImage)
{
    const std::string base = make_image("base", R"({"Entrypoint":["/bin/probe"],"Env":["A=1"]})",
                                        {"dir:d", "text:d/stays=s", "text:d/goes=g", "dir:old", "text:old/x=x", "text:f=f"});
    ASSERT_THAT(skiff("run", "--name", "c", base, "write", "/f", "changed", "then", "rm", "/d/goes", "then", "write", "/d/new",
                      "new", "then", "rm", "/old/x", "then", "rm", "/old", "then", "mkdir", "/old", "then", "chown", "/d/new",
                      "0", "0"),
                Succeeds());

    const Result made = skiff("commit", "c", "made");
    ASSERT_THAT(made, Succeeds());

    EXPECT_EQ(first_line(made.out), inspect("localhost/made:latest", "{{.Id}}"));
    EXPECT_EQ(cat_in("made", "/f"), "changed");
    EXPECT_EQ(cat_in("made", "/d/new"), "new");
    EXPECT_EQ(cat_in("made", "/d/stays"), "s");
    EXPECT_THAT(skiff("run", "--rm", "made", "cat", "/d/goes"), FailsWith(1, "No such file"));
    EXPECT_THAT(skiff("run", "--rm", "made", "cat", "/old/x"), FailsWith(1, "No such file"));
    EXPECT_EQ(inspect("made", "{{len .RootFS.Layers}}"), "2");
    EXPECT_EQ(inspect("made", "{{index .RootFS.Layers 0}}"), inspect(base, "{{index .RootFS.Layers 0}}"));
    EXPECT_EQ(skiff("diff", "c").out, skiff("image", "diff", "made").out) << "diff and commit agree";
    const Result difference = skiff("diff", "c", "made");
    EXPECT_THAT(difference, Succeeds());
    EXPECT_EQ(difference.out, "");
    skiff("rm", "c");
}

TEST_F(Commit, WorksOnARunningContainerAndLeavesItRunning)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", probe_image(), "write", "/note", "text", "then", "forever"), Succeeds());
    ASSERT_TRUE(eventually([&] { return skiff("logs", "c").out.find("ready") != std::string::npos; }));

    EXPECT_EQ(skiff("commit", "-q", "c").err, "");
    const Result made = skiff("commit", "c", "made");
    ASSERT_THAT(made, Succeeds());
    EXPECT_THAT(made.err, AllOf(HasSubstr("Getting image"), HasSubstr("Writing manifest")));

    EXPECT_TRUE(is_running("c"));
    EXPECT_EQ(cat_in("made", "/note"), "text");
    skiff("rm", "-f", "-t", "0", "c");
}

TEST_F(Commit, LeavesOutWhatTheEngineAndMountsPutThere)
{
    const std::string bound = make_directory("bound");
    write_file("bound/secret", "of the host");
    ASSERT_THAT(skiff("run", "--name", "c", "-v", bound + ":/not/there", "-v", "named:/vol", "--tmpfs", "/scratch",
                      probe_image(), "write", "/vol/x", "x", "then", "write", "/scratch/y", "y", "then", "write", "/run/kept", "k"),
                Succeeds());

    EXPECT_EQ(skiff("diff", "c").out, "A /run/kept\n");
    ASSERT_THAT(skiff("commit", "c", "made"), Succeeds());

    EXPECT_EQ(skiff("image", "diff", "made").out, "A /run/kept\n");
    EXPECT_EQ(cat_in("made", "/run/kept"), "k");
    EXPECT_THAT(skiff("run", "--rm", "made", "ls", "/not"), Not(Succeeds()));
    skiff("rm", "c");
    skiff("volume", "rm", "named");
}

TEST_F(Commit, KeepsThatAContainerRemovedWhatTheEngineWouldPutThere)
{
    const std::string base = make_image("base", R"({"Entrypoint":["/bin/probe"]})", {"etc/mtab->../proc/self/mounts"});
    ASSERT_THAT(skiff("run", "--name", "c", base, "rm", "/etc/mtab"), Succeeds());

    EXPECT_THAT(skiff("diff", "c").out, HasSubstr("D /etc/mtab\n"));
    ASSERT_THAT(skiff("commit", "-q", "c", "without"), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "without", "readlink", "/etc/mtab"), Prints("/proc/mounts"));
}

TEST_F(Commit, TakesOwnersFromInsideTheContainer)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "one id only";
    ASSERT_THAT(skiff("run", "--name", "plain", probe_image(), "write", "/f", "x", "then", "chown", "/f", "1000", "7"),
                Succeeds());
    ASSERT_THAT(skiff("run", "--name", "shifted", "--userns", "keep-id:uid=1000,gid=1000", "--user", "0", probe_image(), "write", "/f", "x",
                      "then", "chown", "/f", "1000", "7"),
                Succeeds());

    for (const char* container : {"plain", "shifted"}) {
        SCOPED_TRACE(container);
        ASSERT_THAT(skiff("commit", container, "made"), Succeeds());
        EXPECT_THAT(skiff("run", "--rm", "made", "stat", "/f"), Prints("/f 100644 1000:7 1"));
        skiff("rm", container);
    }
}

TEST_F(Commit, SquashesEverythingIntoOneLayer)
{
    ASSERT_THAT(skiff("run", "--name", "c", probe_image(), "write", "/f", "x"), Succeeds());

    ASSERT_THAT(skiff("commit", "--squash", "c", "flat"), Succeeds());

    EXPECT_EQ(inspect("flat", "{{len .RootFS.Layers}}"), "1");
    EXPECT_EQ(cat_in("flat", "/f"), "x");
    EXPECT_THAT(cat_in("flat", "/etc/passwd"), HasSubstr("worker"));
    skiff("rm", "c");
}

TEST_F(Commit, MakesTheConfigurationFromImageContainerAndChanges)
{
    ASSERT_THAT(skiff("create", "--name", "c", "-e", "MINE=yes", "-e", "http_proxy=secret", "--label", "from=container", "-w",
                      "/home", "-p", "18080:80", "--user", "worker", probe_image(), "echo", "hi"),
                Succeeds());
    write_file("config.json", R"({"Labels":{"from":"file"}})");

    ASSERT_THAT(skiff("commit", "--author", "me", "--message", "why", "--config", path() + "/config.json", "-c", "ENV B=2",
                      "-c", "EXPOSE 90/udp", "--iidfile", path() + "/id", "--format", "docker", "c", "reg.example.org/x:1"),
                Succeeds());

    const std::string image = "reg.example.org/x:1";
    EXPECT_EQ(read_file(path() + "/id"), inspect(image, "{{.Id}}"));
    EXPECT_EQ(inspect(image, "{{.Author}}|{{.Comment}}|{{.Config.User}}|{{.Config.WorkingDir}}|{{.Config.Cmd}}"),
              "me|why|worker|/home|[echo hi]");
    EXPECT_EQ(inspect(image, "{{.Labels.from}}"), "file");
    EXPECT_EQ(inspect(image, "{{json .Config.ExposedPorts}}"), R"({"80/tcp":{},"90/udp":{}})");
    EXPECT_THAT(inspect(image, "{{json .Config.Env}}"), AllOf(HasSubstr("MINE=yes"), HasSubstr("B=2"), Not(HasSubstr("secret"))));
    EXPECT_EQ(inspect(image, "{{.ManifestType}}"), "application/vnd.docker.distribution.manifest.v2+json");
    EXPECT_THAT(skiff("history", "--format", "{{.CreatedBy}}=={{.Comment}}", image).out, HasSubstr("probe echo hi==why"));
    skiff("rm", "c");
}

TEST_F(Commit, IsTheSameLayerForTheSameChanges)
{
    ASSERT_THAT(skiff("run", "--name", "c", probe_image(), "mkdir", "/d"), Succeeds());

    skiff("commit", "c", "one");
    skiff("commit", "c", "two");

    EXPECT_EQ(inspect("one", "{{.RootFS.Layers}}"), inspect("two", "{{.RootFS.Layers}}"));
    EXPECT_EQ(list_directory(path() + "/data/skiff/layers").size(), 2U);
    skiff("rm", "c");
}

TEST_F(Commit, SaysWhatIsWrong)
{
    EXPECT_THAT(skiff("commit", "nothing"), FailsWith(125, "no container with name or ID \"nothing\" found"));
    ASSERT_THAT(skiff("create", "--name", "c", probe_image()), Succeeds());
    EXPECT_THAT(skiff("commit", "c", "UPPER"), FailsWith(125, "must be lowercase"));
    EXPECT_THAT(skiff("commit", "-c", "NONSENSE x", "c"), FailsWith(125, "invalid change"));
    EXPECT_THAT(skiff("commit", "-f", "zip", "c"), FailsWith(125, "unrecognized image format \"zip\""));
    skiff("rm", "c");
}

TEST_F(Commit, ShowsInTheTreeOfLayers)
{
    ASSERT_THAT(skiff("run", "--name", "c", probe_image(), "mkdir", "/d"), Succeeds());
    ASSERT_THAT(skiff("commit", "c", "one"), Succeeds());
    ASSERT_THAT(skiff("run", "--name", "d", "one", "mkdir", "/e"), Succeeds());
    ASSERT_THAT(skiff("commit", "d", "two"), Succeeds());

    const std::string tree = skiff("image", "tree", "two").out;
    EXPECT_THAT(tree, HasSubstr("Image ID: " + inspect("two", "{{slice .Id 0 12}}") + "\nTags:     [localhost/two:latest]\nSize: "));
    EXPECT_THAT(tree, AllOf(HasSubstr("├── ID: "), HasSubstr("Top Layer of: [localhost/probe:latest]\n├── "),
                            HasSubstr("0B Top Layer of: [localhost/one:latest]\n└── ID: ")));
    EXPECT_THAT(skiff("image", "tree", "--whatrequires", "probe").out,
                AllOf(HasSubstr("[localhost/probe:latest]\n"), HasSubstr("[localhost/two:latest]\n")));
    skiff("rm", "c", "d");
}

TEST_F(Commit, CountsToTheByte)
{
    const std::string base = make_image("base", R"({"Entrypoint":["/bin/probe"]})", {"size:a=1000", "dir:d", "size:d/b=24"});
    ASSERT_THAT(skiff("run", "--name", "c", base, "write", "/f", "seven b"), Succeeds());
    ASSERT_THAT(skiff("commit", "c", "made"), Succeeds());

    const auto layer_bytes = [&](const std::string& image) {
        const Result du = run({program(), "unshare", "sh", "-c",
                               "find " + inspect(image, "{{.GraphDriver.Data.UpperDir}}") + " -type f -printf '%s\\n' | awk '{s+=$1} END {print s+0}'"});
        return std::stoull(du.line());
    };
    const auto number = [&](const std::string& image, const std::string& field) {
        return std::stoull(skiff("images", "--filter", "reference=" + image, "--format", "{{." + field + "}}").line());
    };
    EXPECT_EQ(layer_bytes("made"), 7U);
    EXPECT_EQ(number("made", "SharedSize"), layer_bytes(base));
    EXPECT_EQ(number("base", "SharedSize"), layer_bytes(base));
    const auto raw = [&] {
        return skiff("system", "df", "--format", "{{.Type}} {{.RawSize}} {{.RawReclaimable}}").out;
    };
    const std::string before = raw();
    skiff("rm", "c");
    skiff("rmi", "made");
    EXPECT_NE(before, raw());
    skiff("rmi", base);
    EXPECT_THAT(raw(), HasSubstr("Images 0 0\n"));
}

} // namespace
