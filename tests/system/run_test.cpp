// `run` and `create` as scripts use them: exit codes, streams, names, and what stays behind.

#include "tests/support/box.hpp"

using namespace skiff::testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

namespace {

using Runs = Box;

TEST_F(Runs, StartsTheBuiltInImageWithoutAnyRegistry)
{
    const Result hello = skiff("run", "--rm", "hello");

    EXPECT_THAT(hello, PrintsSubstring("Hello from a container."));
    EXPECT_THAT(hello.err, IsEmpty());
}

TEST_F(Runs, ReturnsTheCommandsExitCode)
{
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "exit", "0"), ExitsWith(0));
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "exit", "3"), ExitsWith(3));
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "exit", "125"), ExitsWith(125));
    EXPECT_THAT(skiff("run", "--rm", "--init", probe_image(), "exit", "4"), ExitsWith(4));
}

TEST_F(Runs, ReturnsASignalAs128AndItsNumber)
{
    EXPECT_THAT(skiff("run", "--rm", "--init", probe_image(), "suicide", "9"), ExitsWith(137));
    EXPECT_THAT(skiff("run", "--rm", "--init", probe_image(), "suicide", "15"), ExitsWith(143));
}

TEST_F(Runs, FailsWith125BeforeTheCommandStarts)
{
    EXPECT_THAT(skiff("run", "--no-such-option", probe_image()), FailsWith(125, "unknown flag: --no-such-option"));
    EXPECT_THAT(skiff("run", "--pull", "never", "localhost/nowhere"), FailsWith(125, "image not known"));
    EXPECT_THAT(skiff("run", "--rm", "-v", "/no/such/place:/x", probe_image(), "pwd"),
                FailsWith(125, "statfs /no/such/place: no such file or directory"));
    EXPECT_THAT(skiff("run", "UPPER/case"), FailsWith(125, "repository name must be lowercase"));
}

TEST_F(Runs, FailsWith126ForWhatCannotBeExecuted)
{
    EXPECT_THAT(skiff("run", "--rm", "--entrypoint", "/etc/passwd", probe_image()), ExitsWith(126));
    EXPECT_THAT(skiff("run", "--rm", "--entrypoint", "/etc", probe_image()), ExitsWith(126));
    EXPECT_THAT(skiff("run", "--rm", "-w", "/no/such/place/x", "--entrypoint", "/etc", probe_image()), ExitsWith(126));
}

TEST_F(Runs, FailsWith127ForWhatIsNotThere)
{
    EXPECT_THAT(skiff("run", "--rm", "--entrypoint", "/no/such", probe_image()), ExitsWith(127));
    EXPECT_THAT(skiff("run", "--rm", "--entrypoint", "nosuch", probe_image()), FailsWith(127, "not found in $PATH"));
}

TEST_F(Runs, KeepsOutputAndErrorsApart)
{
    const Result result = skiff("run", "--rm", probe_image(), "echo", "out", "then", "complain", "err");

    EXPECT_EQ(result.out, "out\n");
    EXPECT_EQ(result.err, "err\n");
}

TEST_F(Runs, GivesNoInputUnlessAsked)
{
    const std::string image = probe_image();

    EXPECT_THAT(run({program(), "run", "--rm", image, "cat"}, {.input = "typed"}).out, IsEmpty());
    EXPECT_THAT(run({program(), "run", "--rm", "-i", image, "cat"}, {.input = "typed"}).out, "typed");
}

TEST_F(Runs, PassesMegabytesThroughInAndOut)
{
    const std::string image = probe_image();
    std::string input;
    for (int line = 0; input.size() < 3'000'000; ++line)
        input += std::to_string(line) + "\n";

    const Result echoed = run({program(), "run", "--rm", "-i", image, "cat"}, {.input = input});

    EXPECT_EQ(echoed.code, 0);
    EXPECT_TRUE(echoed.out == input) << echoed.out.size() << " bytes of " << input.size();
    EXPECT_EQ(skiff("run", "--rm", image, "flood", "20000000").out.size(), 20'000'000U);
}

TEST_F(Runs, EndsQuietlyWhenItsReaderGoesAway)
{
    const Result result = run({"/bin/sh", "-c", program() + " run --rm " + probe_image() + " repeat 100000 line | head -n 1"});

    EXPECT_THAT(result, Prints("line 1"));
}

TEST_F(Runs, LeavesNothingWithRm)
{
    ASSERT_THAT(skiff("run", "--rm", "--name", "gone", probe_image(), "write", "/file", "text"), Succeeds());

    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
    EXPECT_THAT(list_directory(path() + "/data/skiff/containers"), IsEmpty());
    EXPECT_THAT(list_directory(path() + "/run/skiff/containers"), IsEmpty());
    EXPECT_TRUE(eventually([] { return find_orphans().empty(); }, std::chrono::seconds{2}));
}

TEST_F(Runs, LeavesNothingWithRmWhenTheStartFails)
{
    const std::string image = probe_image();

    EXPECT_THAT(skiff("run", "--rm", "--entrypoint", "/no/such", image), ExitsWith(127));
    EXPECT_THAT(skiff("run", "--rm", "-d", "--entrypoint", "/no/such", image), ExitsWith(127));

    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
}

TEST_F(Runs, DetachedPrintsTheIdAndGoesOn)
{
    const Result started = skiff("run", "-d", "--name", "back", probe_image(), "forever");

    ASSERT_THAT(started, Succeeds());
    EXPECT_THAT(started.line(), MatchesRegex("[0-9a-f]{64}"));
    EXPECT_EQ(skiff("ps", "-q", "--no-trunc").line(), started.line());
    EXPECT_THAT(skiff("rm", "-f", "-t", "0", "back"), Prints("back"));
}

TEST_F(Runs, DetachedWithRmDisappearsAtTheEnd)
{
    ASSERT_THAT(skiff("run", "-d", "--rm", probe_image(), "sleep", "0.2"), Succeeds());

    EXPECT_TRUE(eventually([&] { return list_directory(path() + "/data/skiff/containers").empty(); }));
}

TEST_F(Runs, RefusesANameThatIsTaken)
{
    ASSERT_THAT(skiff("create", "--name", "one", probe_image(), "pwd"), Succeeds());

    EXPECT_THAT(skiff("run", "--name", "one", probe_image(), "pwd"), FailsWith(125, "the container name \"one\" is already in use by"));
    EXPECT_THAT(skiff("run", "--name", "a/b", probe_image(), "pwd"), FailsWith(125, "names must match"));
    EXPECT_THAT(skiff("run", "--rm", "--replace", "--name", "one", probe_image(), "echo", "new"), Prints("new"));
}

TEST_F(Runs, GivesNamesOfItsOwn)
{
    const std::string id = skiff("create", probe_image(), "pwd").line();

    EXPECT_THAT(inspect(id, "{{.Name}}"), MatchesRegex("[a-z]+_[a-z]+"));
}

TEST_F(Runs, WritesTheIdIntoACidfileOnce)
{
    const std::string file = path() + "/cid";

    const std::string id = skiff("create", "--cidfile", file, probe_image(), "pwd").line();

    EXPECT_EQ(read_file(file), id);
    EXPECT_THAT(skiff("create", "--cidfile", file, probe_image(), "pwd"), FailsWith(125, "container id file exists"));
}

TEST_F(Runs, FindsItsImageByShortNameIdAndDigestPrefix)
{
    probe_image();
    const std::string id = skiff("images", "-q", "--no-trunc", "probe").line();

    EXPECT_THAT(skiff("run", "--rm", "probe", "echo", "a"), Prints("a"));
    EXPECT_THAT(skiff("run", "--rm", "probe:latest", "echo", "b"), Prints("b"));
    EXPECT_THAT(skiff("run", "--rm", id, "echo", "c"), Prints("c"));
    EXPECT_THAT(skiff("run", "--rm", id.substr(7, 12), "echo", "d"), Prints("d"));
}

TEST_F(Runs, RunsAnImageStraightFromAnArchive)
{
    const Result result = skiff("run", "--rm", std::string{"docker-archive:"} + std::getenv("SKIFF_PROBE_IMAGE"), "echo", "hi");

    EXPECT_THAT(result, Prints("hi"));
}

TEST_F(Runs, RunsADirectoryAsARootFileSystem)
{
    const std::string root = make_directory("root");
    make_directory("root/bin");
    ASSERT_THAT(run({"/bin/cp", std::getenv("SKIFF_PROBE"), root + "/bin/probe"}), Succeeds());

    EXPECT_THAT(skiff("run", "--rm", "--rootfs", root, "/bin/probe", "echo", "here"), Prints("here"));
    EXPECT_THAT(skiff("run", "--rm", "--rootfs", root, "/bin/probe", "write", "/made", "x"), Succeeds());
    EXPECT_EQ(read_file(root + "/made"), "x");
}

TEST_F(Runs, KeepsLabelsAndAnnotations)
{
    const std::string labels = write_file("labels", "from=file\n");

    const std::string id =
        skiff("create", "-l", "a=b", "--label", "plain", "--label-file", labels, "--annotation", "note=x y", probe_image()).line();

    EXPECT_EQ(inspect(id, "{{.Config.Labels.a}}|{{.Config.Labels.plain}}|{{.Config.Labels.from}}"), "b||file");
    EXPECT_EQ(inspect(id, "{{index .Config.Annotations \"note\"}}"), "x y");
}

TEST_F(Runs, TakesEntrypointAndCommandOfTheImage)
{
    const std::string image = make_image("words", R"({"Entrypoint":["/bin/probe","echo"],"Cmd":["from","image"]})");

    EXPECT_THAT(skiff("run", "--rm", image), Prints("from image"));
    EXPECT_THAT(skiff("run", "--rm", image, "mine"), Prints("mine"));
    EXPECT_THAT(skiff("run", "--rm", "--entrypoint", "/bin/probe", image, "echo", "other"), Prints("other"));
    EXPECT_THAT(skiff("run", "--rm", "--entrypoint", R"(["/bin/probe","echo","list"])", image), Prints("list"));
}

TEST_F(Runs, NeedsSomethingToRun)
{
    const std::string image = make_image("empty", "{}");

    EXPECT_THAT(skiff("run", "--rm", image), FailsWith(125, "no command or entrypoint provided, and no CMD or ENTRYPOINT from image"));
}

TEST_F(Runs, ProxiesSignalsToTheCommand)
{
    Running watcher = start_skiff("run", "--rm", probe_image(), "signals");
    watcher.read_until("ready");

    watcher.signal(SIGUSR1);
    watcher.read_until("signal 10");
    watcher.signal(SIGTERM);

    const Result result = watcher.finish();
    EXPECT_EQ(result.code, 7);
    EXPECT_THAT(result.out, HasSubstr("signal 15"));
}

TEST_F(Runs, KillsTheCommandAfterItsTimeout)
{
    EXPECT_THAT(skiff("run", "--timeout", "1", probe_image(), "forever"), ExitsWith(255));
}

TEST_F(Runs, BuriesOrphansWithInit)
{
    EXPECT_THAT(skiff("run", "--rm", "--init", probe_image(), "orphan"), Prints("reaped"));
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "pid"), Prints("1"));
    EXPECT_THAT(skiff("run", "--rm", "--init", probe_image(), "pid"), Prints("2"));
}

TEST_F(Runs, PassesAsManyDescriptorsAsAsked)
{
    probe_image();
    const std::string file = write_file("three", "handed over");
    const Result result = run({"/bin/sh", "-c", program() + " run --rm --preserve-fds 1 probe fds then cat /proc/self/fd/3 3<" + file});

    EXPECT_THAT(result, PrintsSubstring("0 1 2 3 \nhanded over"));
}

/// The store's directories, above all.
TEST_F(Runs, PassesNoDescriptorOfItsOwn)
{
    probe_image();
    const auto shell = [&](const std::string& command) { return run({"/bin/sh", "-c", program() + " " + command + " 3<&- 4<&-"}); };

    EXPECT_THAT(shell("run --rm --preserve-fds 1 probe fds"), FailsWith(125, "file descriptor 3 is not available"));
    EXPECT_THAT(shell("run --rm --preserve-fds 4294967295 probe fds"), FailsWith(125, "file descriptor 3 is not available"));
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "probe", "forever"), Succeeds());
    EXPECT_THAT(shell("exec --preserve-fds 2 c /bin/probe fds"), FailsWith(125, "file descriptor 3 is not available"));
}

TEST_F(Runs, MakesTheContainerButDoesNotStartItWithCreate)
{
    const std::string id = skiff("create", "--name", "later", probe_image(), "echo", "now").line();

    EXPECT_EQ(inspect("later", "{{.State.Status}}"), "created");
    EXPECT_THAT(skiff("start", "-a", "later"), Prints("now"));
    EXPECT_EQ(inspect("later", "{{.State.Status}} {{.State.ExitCode}}"), "exited 0");
    EXPECT_THAT(skiff("start", "-a", id.substr(0, 12)), Prints("now"));
}

} // namespace
