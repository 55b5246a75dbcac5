// Images in the store: how they come in, what lists and names say, and how they go.

#include "tests/support/box.hpp"

#include <algorithm>
#include <cstdlib>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

namespace {

std::string setting(const char* name) { return std::getenv(name) == nullptr ? "" : std::getenv(name); }

class Images : public Box
{
  protected:
    std::string archive() { return setting("SKIFF_PROBE_IMAGE"); }
    /// Runs `words` as a line of the shell.
    Result shell(const std::string& line) { return run({"/bin/sh", "-c", line}); }
    std::string id_of(const std::string& image)
    {
        return skiff("image", "inspect", "--format", "{{.Id}}", image).line();
    }
    std::size_t layers_left() { return list_directory(path() + "/data/skiff/layers").size(); }
    /// A tar file with the probe in it, as `tar` makes it.
    std::string pack_probe()
    {
        const std::string line =
            "mkdir -p root/bin && cp " + setting("SKIFF_PROBE") + " root/bin/probe && tar -C root -cf root.tar bin";
        EXPECT_THAT(run({"/bin/sh", "-c", line}, {.directory = path()}), Succeeds());
        return path() + "/root.tar";
    }
};

TEST_F(Images, AreLoadedFromAFileFromStandardInputAndFromADirectory)
{
    EXPECT_THAT(skiff("load", "-q", "-i", archive()), Prints("Loaded image: localhost/probe:latest"));
    EXPECT_THAT(shell(program() + " load -q < " + archive()), Prints("Loaded image: localhost/probe:latest"));
    EXPECT_THAT(shell("gzip -c " + archive() + " | " + program() + " load -q"),
                Prints("Loaded image: localhost/probe:latest"));

    EXPECT_EQ(skiff("images", "-q").out.size(), 13U);
}

TEST_F(Images, AreLoadedAndImportedWhateverTheirArchiveIsCompressedWith)
{
    const std::string files = pack_probe();
    for (const char* module : {"lzma", "bz2"}) {
        SCOPED_TRACE(module);
        const auto compress = [&](const std::string& file) {
            return std::string{"python3 -c 'import sys, "} + module + "; sys.stdout.buffer.write(" + module +
                   ".compress(open(sys.argv[1], \"rb\").read()))' " + file + " > " + path() + "/compressed";
        };
        ASSERT_THAT(shell(compress(archive())), Succeeds());
        EXPECT_THAT(skiff("load", "-q", "-i", path() + "/compressed"), Prints("Loaded image: localhost/probe:latest"));
        EXPECT_THAT(shell(program() + " load -q < " + path() + "/compressed"), Prints("Loaded image: localhost/probe:latest"));
        ASSERT_THAT(shell(compress(files)), Succeeds());
        EXPECT_THAT(skiff("import", "-q", path() + "/compressed", "imported"), Succeeds());
        EXPECT_THAT(skiff("run", "--rm", "imported", "/bin/probe", "echo", "works"), Prints("works"));
    }
}

TEST_F(Images, ThatAreNoneAreRefused)
{
    const std::string junk = write_file("junk", "I am no archive");

    EXPECT_THAT(skiff("load", "-i", junk), FailsWith(125, "payload does not match any of the supported image formats"));
    EXPECT_THAT(skiff("load", "-i", path() + "/nowhere"), FailsWith(125, "no such file or directory"));
    EXPECT_THAT(skiff("images", "-q").out, IsEmpty());
}

TEST_F(Images, AreListedByNameAndAsTemplatesAndAsJson)
{
    probe_image();

    EXPECT_THAT(skiff("images").out,
                MatchesRegex("REPOSITORY +TAG +IMAGE ID +CREATED +SIZE\n"
                             "localhost/probe +latest +[0-9a-f]+ +[0-9]+ years ago +[0-9.]+ .B\n"));
    EXPECT_THAT(skiff("images", "--format", "{{.Repository}}:{{.Tag}}"), Prints("localhost/probe:latest"));
    EXPECT_THAT(skiff("images", "--no-trunc", "-q").line(), MatchesRegex("sha256:[0-9a-f]+"));
    EXPECT_THAT(skiff("images", "--format", "json").out,
                AllOf(HasSubstr("\"Repository\": \"localhost/probe\""), HasSubstr("\"Names\": [")));
    EXPECT_THAT(skiff("images", "--noheading", "nothing").out, IsEmpty());
    EXPECT_THAT(skiff("images", "--filter", "json"),
                FailsWith(125, "invalid image filter \"json\": must be in the format"));
}

TEST_F(Images, GetAndLoseNames)
{
    probe_image();

    EXPECT_THAT(skiff("tag", "probe", "other", "registry.example.org/a/b:1"), Succeeds());
    EXPECT_THAT(skiff("image", "exists", "localhost/other:latest"), ExitsWith(0));
    EXPECT_THAT(skiff("images", "--format", "{{.Repository}}:{{.Tag}}", "--sort", "repository"),
                Prints("localhost/other:latest\nlocalhost/probe:latest\nregistry.example.org/a/b:1"));
    EXPECT_THAT(skiff("untag", "probe", "registry.example.org/x"),
                FailsWith(125, "registry.example.org/x: tag not known"));
    EXPECT_THAT(skiff("untag", "probe", "other"), Succeeds());
    EXPECT_THAT(skiff("image", "exists", "other"), ExitsWith(1));
    EXPECT_THAT(skiff("image", "exists", "registry.example.org/a/b:1"), ExitsWith(0));
}

TEST_F(Images, WithSeveralNamesLoseOneAtATime)
{
    probe_image();
    skiff("tag", "probe", "other");
    const std::string id = id_of("probe");

    EXPECT_THAT(skiff("rmi", id), FailsWith(2, "with more than one tag"));
    EXPECT_THAT(skiff("rmi", "other"), Prints("Untagged: localhost/other:latest"));
    EXPECT_THAT(skiff("rmi", "probe"), Prints("Untagged: localhost/probe:latest\nDeleted: " + id));
    EXPECT_EQ(layers_left(), 0U);
}

TEST_F(Images, InUseStayUntilForced)
{
    const std::string image = probe_image();
    const std::string container = skiff("run", "-d", image, "forever").line();

    EXPECT_THAT(skiff("rmi", image), FailsWith(2, "image used by " + container + ": image is in use by a container"));
    EXPECT_THAT(skiff("rmi", "-f", image), PrintsSubstring("Untagged: localhost/probe:latest\nDeleted: "));
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
}

TEST_F(Images, ThatAreMissingAreToldByTheExitCode)
{
    EXPECT_THAT(skiff("rmi", "nothing"), FailsWith(1, "nothing: image not known"));
    EXPECT_THAT(skiff("rmi", "--ignore", "nothing"), ExitsWith(0));
    EXPECT_THAT(skiff("rmi", "--force", "nothing"), ExitsWith(0));
    EXPECT_THAT(skiff("history", "nothing"), FailsWith(125, "nothing: image not known"));
    EXPECT_THAT(skiff("pull", "--policy", "never", "nothing"), FailsWith(125, "nothing: image not known"));
}

TEST_F(Images, WithoutANameArePruned)
{
    const std::string image = probe_image();
    const std::string id = id_of(image);
    skiff("untag", image);

    EXPECT_THAT(skiff("images", "--filter", "dangling=true", "--format", "{{.Repository}}"), Prints("<none>"));
    EXPECT_THAT(run({program(), "image", "prune"}, {.input = "n\n"}).out,
                HasSubstr("Are you sure you want to continue? [y/N]"));
    EXPECT_THAT(skiff("image", "exists", id), ExitsWith(0));
    EXPECT_THAT(skiff("image", "prune", "-f"), Prints(id));
    EXPECT_EQ(layers_left(), 0U);
}

// The image says arm64; what is in it runs here.
TEST_F(Images, ForAnotherMachineAreNotTakenSilently)
{
    const std::string host = skiff("info", "--format", "{{.Host.OS}}/{{.Host.Arch}}").line();
    const std::string other = host == "linux/arm64" ? "linux/amd64" : "linux/arm64";
    environment().push_back("IMAGE_ARCHITECTURE=" + other.substr(6));
    const std::string foreign = make_image("foreign", R"({"Entrypoint":["/bin/probe"]})");
    probe_image();

    const Result run = skiff("run", "--rm", foreign, "pwd");
    EXPECT_THAT(run, Prints("/")) << "images that name the wrong machine are common";
    EXPECT_THAT(run.err, HasSubstr("WARNING: image platform (" + other + ") does not match the expected platform (" + host + ")\n"));
    EXPECT_THAT(skiff("run", "--rm", "--platform", other, foreign, "pwd").err, IsEmpty());
    EXPECT_THAT(skiff("run", "--rm", "probe", "pwd").err, IsEmpty());

    const Result wanted = skiff("run", "--rm", "--pull", "never", "--platform", other, "probe", "pwd");
    EXPECT_THAT(wanted, FailsWith(125, "Error: probe: image not known\n"));
    EXPECT_THAT(wanted.err, HasSubstr("the local image is for " + host + ", not for " + other));
    EXPECT_THAT(skiff("create", "--arch", other.substr(6), "probe", "pwd"), FailsWith(125, "Trying to pull docker.io/library/probe:latest"))
        << "policy missing: it is missing";
    EXPECT_THAT(skiff("create", "--arch", other.substr(6), id_of("probe"), "pwd"),
                FailsWith(125, "image platform (" + host + ") does not match the expected platform (" + other + ")"));
    EXPECT_THAT(skiff("create", "--platform", host, "probe", "pwd"), Succeeds());
}

TEST_F(Images, HaveAllFieldsOfTheirConfigurationInTemplates)
{
    const std::string image = make_image("bare", R"({"Cmd":["/bin/probe"]})");

    EXPECT_THAT(skiff("image", "inspect", "--format", "{{.Config.User}}|{{.Config.Entrypoint}}|{{len .Config.Labels}}|{{.Config.Cmd}}", image), Prints("|[]|0|[/bin/probe]"));
    EXPECT_THAT(skiff("image", "inspect", "--format", "{{json .Config}}", image), Prints(R"({"Cmd":["/bin/probe"]})"));
    EXPECT_THAT(skiff("image", "inspect", "--format", "{{.Config.Nonsense}}", image), ExitsWith(125));
}

TEST_F(Images, TellTheirHistory)
{
    const std::string image = probe_image();

    EXPECT_THAT(skiff("history", image).out,
                MatchesRegex("ID +CREATED +CREATED BY +SIZE +COMMENT\n[0-9a-f]+ +[0-9]+ years ago +.*\n"));
    EXPECT_THAT(skiff("history", "--human=false", "--format", "{{.Created}}", image), PrintsSubstring("T00:00:00Z"));
    EXPECT_THAT(skiff("history", "-q", "--no-trunc", image), Prints(id_of(image)));
}

TEST_F(Images, AreMadeFromArchivesOfFiles)
{
    const std::string files = pack_probe();

    const std::string id =
        skiff("import", "-q", "--change", R"(CMD ["/bin/probe", "env"])", "-c", "ENV MARK=here", files, "made:1")
            .line();
    const Result piped = shell("gzip -c " + files + " | " + program() + " import -q -m why -");

    EXPECT_THAT(id, MatchesRegex("sha256:[0-9a-f]+"));
    EXPECT_THAT(skiff("run", "--rm", "made:1"), PrintsSubstring("MARK=here\n"));
    EXPECT_THAT(skiff("run", "--rm", piped.line(), "/bin/probe", "echo", "piped"), Prints("piped"));
    EXPECT_THAT(skiff("history", "--format", "{{.Comment}}", piped.line()), Prints("why"));
    EXPECT_THAT(skiff("import", "-c", "RUN make", files),
                FailsWith(125, "invalid change \"RUN make\" - invalid instruction RUN"));
}

TEST_F(Images, AreLoadedAndRemovedByManyAtOnce)
{
    probe_image();
    std::vector<Running> running;
    for (int i = 0; i < 4; ++i) {
        running.push_back(start_skiff("load", "-q", "-i", archive()));
        running.push_back(start_skiff("rmi", "-f", "probe"));
        running.push_back(start_skiff("images", "-a"));
    }

    for (Running& each : running)
        EXPECT_THAT(each.finish(), Succeeds());

    EXPECT_THAT(skiff("load", "-q", "-i", archive()), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "probe", "echo", "whole"), Prints("whole"));
}

TEST_F(Images, AndAllElseAreGoneAfterAReset)
{
    skiff("run", "-d", "--name", "web", "-v", "data:/data", probe_image(), "forever");

    EXPECT_THAT(skiff("system", "reset", "--force"), Succeeds());

    EXPECT_THAT(list_directory(path() + "/data/skiff"), IsEmpty());
    EXPECT_THAT(skiff("ps", "-aq").out + skiff("images", "-q").out + skiff("volume", "ls", "-q").out, IsEmpty());
}

TEST_F(Images, TakeSpaceThatDfShowsAndPruningGivesBack)
{
    const std::string image = probe_image();
    skiff("run", "--name", "done", image, "write", "/file", "12345");

    EXPECT_THAT(skiff("system", "df", "--format", "{{.Type}} {{.Total}} {{.Active}}"),
                Prints("Images 1 1\nContainers 1 0\nLocal Volumes 0 0"));
    EXPECT_THAT(skiff("system", "df", "-v").out,
                AllOf(HasSubstr("Images space usage:"), HasSubstr("localhost/probe"), HasSubstr("done")));
    EXPECT_THAT(skiff("system", "prune", "-f", "--all"),
                AllOf(PrintsSubstring("Deleted Containers\n"), PrintsSubstring("Deleted Images\n"),
                      PrintsSubstring("Total reclaimed space: ")));
    EXPECT_EQ(layers_left(), 0U);
}

TEST_F(Images, AndPlacesAreExplainedByInfo)
{
    EXPECT_THAT(skiff("info").out,
                AllOf(HasSubstr("graphRoot: " + path() + "/data/skiff\n"), HasSubstr("graphRootReason: "),
                      HasSubstr("graphDriverReason: "), HasSubstr("imageStore:\n    number: 0\n")));
    EXPECT_THAT(skiff("info", "--format", "{{.Host.OCIRuntime.Name}} {{.Store.ImageStore.Number}}"), Prints("skiff 0"));
    EXPECT_THAT(skiff("info", "--format", "{{.Nope}}"), FailsWith(125, "can't evaluate field Nope"));
}

TEST_F(Images, AreSeenByCommandsBelowUnshare)
{
    probe_image();

    EXPECT_THAT(skiff("unshare", "id", "-u"), Prints("0"));
    EXPECT_THAT(skiff("unshare", program(), "images", "--format", "{{.Repository}}"), Prints("localhost/probe"));
    EXPECT_THAT(skiff("unshare", "sh", "-c", "exit 5"), ExitsWith(5));
    EXPECT_THAT(skiff("unshare", "no-such-program"), FailsWith(127, "no such file or directory"));
}

} // namespace
