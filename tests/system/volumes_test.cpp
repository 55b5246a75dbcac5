// Volumes: made, filled, listed, and removed; what is in use stays.

#include "tests/support/box.hpp"

#include <cstdlib>
#include <fstream>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

namespace {

class Volumes : public Box
{
  protected:
    std::string place_of(const std::string& volume)
    {
        return skiff("volume", "inspect", "--format", "{{.Mountpoint}}", volume).line();
    }
};

TEST_F(Volumes, AreMadeByNameOrGetOne)
{
    EXPECT_THAT(skiff("volume", "create", "--label", "kind=test", "data"), Prints("data"));
    EXPECT_THAT(skiff("volume", "create", "data"),
                FailsWith(125, "volume with name data already exists: volume already exists"));
    EXPECT_THAT(skiff("volume", "create", "--ignore", "data"), Prints("data"));
    EXPECT_THAT(skiff("volume", "create").line(), MatchesRegex("[0-9a-f]+"));
    EXPECT_THAT(skiff("volume", "create", "a/b"), ExitsWith(125));
    EXPECT_THAT(skiff("volume", "exists", "data"), ExitsWith(0));
    EXPECT_THAT(skiff("volume", "exists", "nothing"), ExitsWith(1));
}

TEST_F(Volumes, AreListedAndInspected)
{
    skiff("volume", "create", "--label", "kind=test", "data");
    skiff("volume", "create", "other");

    EXPECT_THAT(skiff("volume", "ls").out, MatchesRegex("DRIVER +VOLUME NAME\nlocal +data\nlocal +other\n"));
    EXPECT_THAT(skiff("volume", "ls", "-q", "--filter", "label=kind=test"), Prints("data"));
    EXPECT_THAT(skiff("volume", "ls", "-q", "--filter", "name=^oth.+"), Prints("other"));
    EXPECT_THAT(skiff("volume", "ls", "--filter", "colour=red"), FailsWith(125, "is an invalid volume filter"));
    EXPECT_THAT(skiff("volume", "inspect", "data").out,
                AllOf(HasSubstr("\"Name\": \"data\""), HasSubstr("\"kind\": \"test\"")));
    EXPECT_THAT(skiff("volume", "inspect", "nothing"), FailsWith(125, "no such volume nothing"));
}

TEST_F(Volumes, KeepWhatContainersWrite)
{
    const std::string image = probe_image();

    EXPECT_THAT(skiff("run", "--rm", "-v", "data:/data", image, "write", "/data/file", "kept"), Succeeds());

    EXPECT_THAT(skiff("run", "--rm", "-v", "data:/elsewhere", image, "cat", "/elsewhere/file"),
                PrintsSubstring("kept"));
    EXPECT_THAT(read_file(place_of("data") + "/file"), HasSubstr("kept"));
}

TEST_F(Volumes, AreFilledFromTheImageUnlessTheyHaveContent)
{
    const std::string image = probe_image();
    skiff("volume", "create", "own");
    skiff("volume", "create", "half");
    std::ofstream{place_of("own") + "/passwd"} << "mine\n";
    std::ofstream{place_of("half") + "/passwd"} << "wor"; // whoever filled it was killed
    std::ofstream{place_of("half") + "/../filling"};

    EXPECT_THAT(skiff("run", "--rm", "-v", "new:/etc", image, "pwd"), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "-v", "own:/etc", image, "pwd"), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "-v", "half:/etc", image, "pwd"), Succeeds());

    EXPECT_THAT(read_file(place_of("new") + "/passwd"), HasSubstr("worker:"));
    EXPECT_THAT(read_file(place_of("own") + "/passwd"), HasSubstr("mine"));
    EXPECT_THAT(read_file(place_of("half") + "/passwd"), HasSubstr("worker:"));
    EXPECT_EQ(::access((place_of("half") + "/../filling").c_str(), F_OK), -1);
}

TEST_F(Volumes, InUseStayUntilForced)
{
    const std::string id = skiff("run", "-d", "-v", "data:/data", probe_image(), "forever").line();

    EXPECT_THAT(
        skiff("volume", "rm", "data"),
        FailsWith(2, "volume data is being used by the following container(s): " + id + ": volume is being used"));
    EXPECT_THAT(skiff("volume", "rm", "-f", "-t", "0", "data"), Prints("data"));
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
    EXPECT_THAT(skiff("volume", "rm", "data"), FailsWith(1, "no volume with name \"data\" found: no such volume"));
    EXPECT_THAT(skiff("volume", "rm", "--force", "data"), ExitsWith(0));
}

TEST_F(Volumes, AreNotRemovedWhileARecordIsUnreadable)
{
    const std::string id = skiff("create", "-v", "data:/data", probe_image()).line();
    write_file("data/skiff/containers/" + id + "/config.json", "{");

    EXPECT_THAT(skiff("volume", "rm", "data"), FailsWith(125, "damaged container record"));
    EXPECT_THAT(skiff("volume", "prune", "--all", "--force"), FailsWith(125, "damaged container record"));

    EXPECT_THAT(skiff("volume", "ls", "-q").out, HasSubstr("data"));
    EXPECT_THAT(skiff("rm", "--force", id), Succeeds());
}

TEST_F(Volumes, WithoutANameGoWithTheirContainerOrWhenPruned)
{
    const std::string image = probe_image();
    skiff("volume", "create", "named");
    skiff("run", "--rm", "-v", "/data", image, "write", "/data/x", "y");
    EXPECT_THAT(skiff("volume", "ls", "-q"), Prints("named"));
    const std::string anonymous = skiff("volume", "create").line();

    EXPECT_THAT(run({program(), "volume", "prune"}, {.input = "N\n"}), PrintsSubstring(anonymous));
    EXPECT_THAT(skiff("volume", "prune", "-f"), Prints(anonymous));
    EXPECT_THAT(skiff("volume", "prune", "-f", "--all"), Prints("named"));
    EXPECT_THAT(run({program(), "volume", "prune"}, {.input = "N\n"}),
                PrintsSubstring("No dangling anonymous volumes found"));
}

TEST_F(Volumes, WithoutANameStayWhileOthersHaveThem)
{
    const std::string image = probe_image();
    skiff("create", "--name", "first", "-v", "/data", image, "write", "/data/file", "kept");
    skiff("create", "--name", "second", "--volumes-from", "first", image, "cat", "/data/file");
    ASSERT_THAT(skiff("start", "-a", "first"), Succeeds());

    EXPECT_THAT(skiff("rm", "-v", "first"), Succeeds());

    EXPECT_THAT(skiff("start", "-a", "second"), PrintsSubstring("kept"));
    EXPECT_THAT(skiff("rm", "second"), Succeeds());
    EXPECT_THAT(skiff("volume", "prune", "-f"), Succeeds());
}

TEST_F(Volumes, AreExportedAndImported)
{
    const std::string image = probe_image();
    const std::string archive = path() + "/data.tar";
    skiff("run", "--rm", "-v", "data:/data", image, "write", "/data/file", "carried", "then", "chown", "/data/file",
          "7", "7");
    skiff("volume", "create", "copy");

    EXPECT_THAT(skiff("volume", "export", "data", "-o", archive), Succeeds());
    EXPECT_THAT(run({"/bin/tar", "-tf", archive}), PrintsSubstring("file"));
    EXPECT_THAT(run({"/bin/sh", "-c", "gzip -c " + archive + " | " + program() + " volume import copy -"}), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "-v", "copy:/data", image, "cat", "/data/file", "then", "stat", "/data/file"),
                AllOf(PrintsSubstring("carried"), PrintsSubstring("7")));
    EXPECT_THAT(skiff("volume", "export", "nothing", "-o", archive + "2"),
                FailsWith(125, "no volume with name \"nothing\" found"));
    EXPECT_THAT(run({"/bin/ls", archive + "2"}), ExitsWith(2));
}

TEST_F(Volumes, AreMountedByTheirOptions)
{
    const std::string image = probe_image();
    const std::string directory = make_directory("shared");
    write_file("shared/file", "from the host\n");

    EXPECT_THAT(skiff("volume", "create", "-o", "type=bind", "-o", "device=" + directory, "bound"), Succeeds());
    EXPECT_THAT(skiff("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=size=2M,noexec", "memory"),
                Succeeds());

    EXPECT_THAT(skiff("run", "--rm", "-v", "bound:/data", image, "cat", "/data/file"), Prints("from the host"));
    EXPECT_THAT(skiff("run", "--rm", "-v", "memory:/data", image, "cat", "/proc/self/mountinfo").out,
                ::testing::ContainsRegex(" /data .*noexec.* tmpfs .*size=2048k"));
    EXPECT_THAT(
        skiff("volume", "create", "-o", "type=bind", "-o", "device=/no/such/place", "lost"),
        FailsWith(
            125,
            "invalid volume option device for driver 'local': faccessat /no/such/place: no such file or directory"));
}

TEST_F(Volumes, InMemoryAreSharedByAllThatRun)
{
    if (std::getenv("SKIFF_NO_MOUNT_API") != nullptr) // NOLINT(concurrency-mt-unsafe)
        GTEST_SKIP() << "mounts cannot be cloned";
    const std::string image = probe_image();
    skiff("volume", "create", "-o", "type=tmpfs", "-o", "o=size=2M", "memory");
    skiff("run", "-d", "--name", "one", "-v", "memory:/data:ro", image, "forever");

    EXPECT_THAT(skiff("run", "--rm", "-v", "memory:/elsewhere", image, "write", "/elsewhere/file", "shared"), Succeeds());
    EXPECT_THAT(skiff("exec", "one", "/bin/probe", "cat", "/data/file"), PrintsSubstring("shared"));
    EXPECT_THAT(skiff("exec", "one", "/bin/probe", "write", "/data/file", "x"), ExitsWith(1));

    skiff("rm", "-f", "-t", "0", "one");
    EXPECT_THAT(skiff("run", "--rm", "-v", "memory:/data", image, "ls", "/data").out, IsEmpty());
}

TEST_F(Volumes, InMemoryAreSharedByThoseThatStartAtOnce)
{
    if (std::getenv("SKIFF_NO_MOUNT_API") != nullptr) // NOLINT(concurrency-mt-unsafe)
        GTEST_SKIP() << "mounts cannot be cloned";
    const std::string image = probe_image();
    skiff("volume", "create", "-o", "type=tmpfs", "memory");
    {
        std::vector<Running> starts;
        for (const char* name : {"one", "two", "three"})
            starts.push_back(start_skiff("run", "-d", "--name", name, "-v", "memory:/data", image, "forever"));
        for (Running& start : starts)
            EXPECT_THAT(start.finish(), Succeeds());
    }

    EXPECT_THAT(skiff("exec", "two", "/bin/probe", "write", "/data/file", "shared"), Succeeds());

    for (const char* name : {"one", "three"})
        EXPECT_THAT(skiff("exec", name, "/bin/probe", "cat", "/data/file"), PrintsSubstring("shared"));
    skiff("rm", "-f", "-t", "0", "one", "two", "three");
}

TEST_F(Volumes, OfADirectoryKeepToTheirOptions)
{
    const std::string image = probe_image();
    const std::string directory = make_directory("shared");
    write_file("shared/file", "from the host\n");
    skiff("volume", "create", "-o", "type=none", "-o", "device=" + directory, "-o", "o=bind,ro", "bound");

    EXPECT_THAT(skiff("run", "--rm", "-v", "bound:/data", image, "cat", "/data/file"), Prints("from the host"));
    EXPECT_THAT(skiff("run", "--rm", "-v", "bound:/data", image, "write", "/data/file", "x"), ExitsWith(1));
}

TEST_F(Volumes, BelongToWhoTheirOptionsSay)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "one id only: a volume cannot belong to another user";
    const std::string image = probe_image();
    EXPECT_THAT(skiff("volume", "create", "-o", "o=uid=5,gid=6,mode=0750", "data"), Succeeds());

    EXPECT_THAT(skiff("volume", "inspect", "--format", "{{.UID}} {{.GID}} {{.Options.UID}}", "data"), Prints("5 6 5"));
    EXPECT_THAT(skiff("run", "--rm", "-v", "data:/data", image, "stat", "/data"), PrintsSubstring("/data 40750 5:6 "));
    EXPECT_THAT(skiff("run", "--rm", "--user", "7", "-v", "data:/data", image, "stat", "/data"),
                PrintsSubstring("/data 40750 5:6 "));
}

TEST_F(Volumes, BelongToTheContainerWhileTheyAreEmpty)
{
    if (!has_subordinate_ids())
        GTEST_SKIP() << "one id only: a volume cannot belong to another user";
    const std::string image = probe_image();

    EXPECT_THAT(skiff("run", "--rm", "--user", "7:8", "-v", "data:/data", image, "stat", "/data"), PrintsSubstring(" 7:8 "));
    EXPECT_THAT(skiff("run", "--rm", "--user", "9:9", "-v", "data:/data", image, "write", "/data/file", "x"), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "--user", "7:8", "-v", "data:/data", image, "stat", "/data"), PrintsSubstring(" 9:9 "));
}

TEST_F(Volumes, StayAsTheyAreBelowAnOverlay)
{
    const std::string image = probe_image();
    skiff("run", "--rm", "-v", "data:/data", image, "write", "/data/file", "one");

    ASSERT_THAT(skiff("create", "--name", "writer", "-v", "data:/data:O", image, "ls", "/data", "then", "write", "/data/other", "x",
                      "then", "cat", "/data/file"),
                Succeeds());
    for (int run = 0; run < 2; ++run) // what a run changes is gone in the next
        EXPECT_THAT(skiff("start", "--attach", "writer").out, ::testing::StartsWith("file\n"));

    EXPECT_THAT(skiff("run", "--rm", "-v", "data:/data", image, "ls", "/data"), Prints("file"));
    EXPECT_THAT(skiff("volume", "rm", "data"), FailsWith(2, "is being used"));
}

TEST_F(Volumes, RefuseOptionsThatCannotWork)
{
    const std::pair<std::vector<const char*>, const char*> cases[] = {
        {{"type=nfs", "device=x"}, "only bind and tmpfs can be mounted without privileges"},
        {{"type=bind"}, "absolute path"},
        {{"device=/tmp"}, "it needs a type"},
        {{"o=size=5m"}, "quotas"},
        {{"o=noexec"}, "options of mounts are given where it is mounted"},
        {{"colour=red"}, "invalid mount option colour for driver 'local': invalid argument"},
        {{"o=uid=x"}, "invalid volume option uid=x"},
    };
    for (const auto& [options, words] : cases) {
        std::vector<std::string> argv{program(), "volume", "create"};
        for (const char* option : options)
            for (const char* word : {"-o", option})
                argv.emplace_back(word);
        argv.emplace_back("data");
        const Result result = run(argv);
        EXPECT_EQ(result.code, 125);
        EXPECT_THAT(result.err, HasSubstr(words));
    }
    EXPECT_THAT(skiff("volume", "ls", "-q").out, IsEmpty());
}

TEST_F(Volumes, AreMadeWithLabelsAndOptionsByAMount)
{
    EXPECT_THAT(skiff("run", "--rm", "--mount",
                      "type=volume,src=data,dst=/data,volume-label=kind=test,volume-opt=type=tmpfs,volume-opt=o=size=2m",
                      probe_image(), "cat", "/proc/self/mountinfo")
                    .out,
                ::testing::ContainsRegex(" /data .* tmpfs .*size=2048k"));

    EXPECT_THAT(skiff("volume", "inspect", "--format", "{{.Labels.kind}} {{.Options.type}}", "data"), Prints("test tmpfs"));
}

} // namespace
