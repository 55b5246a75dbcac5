// `build`: the language row by row, the cache, and what is left behind. Once per storage driver.

#include "tests/support/box.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace {

class Build : public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        if (::access("/bin/busybox", X_OK) != 0)
            GTEST_SKIP() << "this machine lacks /bin/busybox (busybox-static)";
        base_ = load_base("base");
        make_directory("context");
    }

    /// An image with a shell and the usual tools.
    std::string load_base(const std::string& name)
    {
        std::vector<std::string> entries{"/bin/busybox:bin/busybox"};
        for (const char* tool : {"sh", "cat", "echo", "id", "ls", "env", "touch", "mkdir", "rm", "sleep", "stat", "pwd", "true", "false",
                                 "chown", "chmod", "date", "grep", "test", "ln", "find", "sort", "mount", "readlink", "kill", "tail"})
            entries.push_back("bin/" + std::string{tool} + "->busybox");
        return make_image(name, R"({"Env":["PATH=/bin"],"Cmd":["sh"]})", entries);
    }

    /// From here on, with the image `single`.
    void use_one_id()
    {
        ASSERT_THAT(skiff("rmi", "-f", "base"), Succeeds()); // what was unpacked with many ids belongs to nobody there
        environment().push_back("SKIFF_SINGLE_ID=1");
        load_base("single");
    }

    /// Builds `text` from the box's directory `context`, with `words` in front.
    template <typename... Words>
    Result build(const std::string& text, const Words&... words)
    {
        write_file("context/Containerfile", text);
        return skiff("build", words..., context());
    }
    [[nodiscard]] std::string context() const { return path() + "/context"; }
    void file(const std::string& name, const std::string& content, int mode = 0644)
    {
        std::filesystem::create_directories(std::filesystem::path{context() + "/" + name}.parent_path());
        write_file("context/" + name, content, mode);
    }
    /// What a shell command prints in the image `made`.
    std::string in(const std::string& command, const std::string& image = "made")
    {
        const Result result = skiff("run", "--rm", "--entrypoint", "/bin/sh", "-u", "0", image, "-c", command);
        return result.code == 0 ? result.out : result.out + result.err;
    }
    /// What tar says of all files in the layers of an image that is saved.
    std::string list_layers(const std::string& image)
    {
        EXPECT_THAT(skiff("save", "--format", "oci-dir", "-o", path() + "/saved", image), Succeeds());
        // Not every blob is an archive.
        return run({"/bin/bash", "-c", "for l in " + path() + "/saved/blobs/sha256/*; do tar -tvf $l --numeric-owner 2>/dev/null; done; true"}).out;
    }
    std::string config(const std::string& field, const std::string& image = "made") { return inspect(image, "{{json .Config." + field + "}}"); }
    static std::size_t count(const std::string& text, const std::string& word)
    {
        std::size_t found = 0;
        for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
            ++found;
        return found;
    }
    static std::string last_line(const std::string& text)
    {
        const std::string cut = text.substr(0, text.find_last_not_of('\n') + 1);
        return cut.substr(cut.rfind('\n') == std::string::npos ? 0 : cut.rfind('\n') + 1);
    }

    std::string base_;
};

// ---- the command -----------------------------------------------------------------------------------------------------------

TEST_F(Build, TellsItsStepsAndEndsWithTheId)
{
    const Result made = build("FROM base\nRUN echo said\nCMD [\"true\"]\n", "-t", "made", "-t", "other:2");

    ASSERT_THAT(made, Succeeds());
    EXPECT_THAT(made.out, AllOf(StartsWith("STEP 1/3: FROM base\nSTEP 2/3: RUN echo said\nsaid\n--> "), HasSubstr("STEP 3/3: CMD [\"true\"]\n"),
                                HasSubstr("COMMIT made\n"), HasSubstr("Successfully tagged localhost/made:latest\nSuccessfully tagged localhost/other:2\n")));
    EXPECT_EQ(last_line(made.out), inspect("made", "{{.Id}}"));
    EXPECT_EQ(inspect("other:2", "{{.Id}}"), inspect("made", "{{.Id}}"));
}

TEST_F(Build, QuietPrintsTheIdAlone)
{
    const Result made = build("FROM base\nRUN echo said\n", "-q", "--iidfile", path() + "/iid");

    ASSERT_THAT(made, Succeeds());
    EXPECT_EQ(made.out.size(), 65U) << made.out;
    EXPECT_EQ(read_file(path() + "/iid") + "\n", "sha256:" + made.out);
}

TEST_F(Build, ShowsItsStagesOnATerminal)
{
    write_file("context/Containerfile", "FROM base AS one\nRUN echo seen in passing; sleep 0.5\nFROM base\nCOPY --from=one /etc/passwd /p\n");
    environment().push_back("TERM=xterm");

    const Result made = start_on_terminal("build", "-t", "made", context()).finish();

    EXPECT_EQ(made.code, 0);
    EXPECT_THAT(made.out, AllOf(HasSubstr(" > [one 2/2] RUN echo seen in passing; sleep 0.5"), HasSubstr("   | seen in passing"),
                                HasSubstr(" + [one 2/2] RUN"), HasSubstr(" + [1 2/2] COPY"), HasSubstr("Successfully tagged localhost/made:latest")));
    EXPECT_THAT(start_on_terminal("build", context()).finish().out, HasSubstr(" = [one 2/2] RUN echo seen in passing; sleep 0.5  cached"));
}

TEST_F(Build, EndsWithTheCodeOfTheCommandThatFailed)
{
    EXPECT_THAT(build("FROM base\n\nRUN echo last words; exit 7\n"),
                FailsWith(7, "building at STEP \"RUN echo last words; exit 7\": while running runtime: exit status 7"));
    EXPECT_THAT(build("FROM base\nRUN echo last words; exit 7\n", "-q"), FailsWith(7, "last words"));
    EXPECT_THAT(build("FROM base\nRUN [\"/not/there\"]\n"), FailsWith(127, "/not/there"));
    EXPECT_THAT(build("FROM base\nCOPY nothing /\n"), FailsWith(125, "nothing"));
    EXPECT_EQ(skiff("ps", "-aq").out, "");
}

TEST_F(Build, AForeignContextLeadsNowhere)
{
    write_file("private", "TOPSECRET\n", 0600);
    std::filesystem::create_symlink(path() + "/private", context() + "/Containerfile");
    ASSERT_EQ(::system(("tar -C " + context() + " -cf " + path() + "/c.tar .").c_str()), 0);
    RunOptions input;
    input.input = read_file(path() + "/c.tar");

    const Result stranger = run({program(), "build", "-"}, input);
    EXPECT_EQ(stranger.code, 125);
    EXPECT_THAT(stranger.out + stranger.err, Not(HasSubstr("TOPSECRET")));
    EXPECT_THAT(skiff("build", context()), FailsWith(125, "TOPSECRET")) << "links of the user's own are the user's business";
}

TEST_F(Build, FindsItsFiles)
{
    EXPECT_THAT(skiff("build", context()), FailsWith(125, "no Containerfile or Dockerfile specified or found in context directory"));
    file("Dockerfile", "FROM base\nLABEL from=Dockerfile\n");
    ASSERT_THAT(skiff("build", "-t", "made", context()), Succeeds());
    EXPECT_EQ(config("Labels"), R"({"from":"Dockerfile"})");
    file("inside", "FROM base\nLABEL from=inside\n");
    ASSERT_THAT(skiff("build", "-t", "made", "-f", "inside", context()), Succeeds());
    EXPECT_EQ(config("Labels"), R"({"from":"inside"})");
    EXPECT_THAT(skiff("build", context() + "/Dockerfile"), FailsWith(125, "context must be a directory"));
    EXPECT_THAT(skiff("build", "-f", "none", context()), FailsWith(125, "does not exist"));
    write_file("one", "FROM base\n");
    write_file("two", "LABEL several=files\n");
    ASSERT_THAT(skiff("build", "-t", "made", "-f", path() + "/one", "-f", path() + "/two", context()), Succeeds());
    EXPECT_EQ(config("Labels"), R"({"several":"files"})");
    RunOptions input;
    input.input = "FROM base\nLABEL from=stdin\n";
    ASSERT_THAT(run({program(), "build", "-t", "made", "-f", "-", context()}, input), Succeeds());
    EXPECT_EQ(config("Labels"), R"({"from":"stdin"})");
    EXPECT_THAT(skiff("buildx", "build", "-t", "made", context()), Succeeds());
}

TEST_F(Build, ChangesTheImageAsOptionsSay)
{
    ASSERT_THAT(build("FROM base\nENV A=1 B=2\nLABEL l=1\n", "-t", "made", "--label", "x=y", "--env", "C=3", "--unsetenv", "A", "--unsetlabel", "l",
                      "--annotation", "who=me", "--format", "oci"),
                Succeeds());

    EXPECT_EQ(config("Env"), R"(["PATH=/bin","C=3","B=2"])");
    EXPECT_EQ(config("Labels"), R"({"x":"y"})");
    EXPECT_THAT(inspect("made", "{{json .Annotations}}"),
                AllOf(HasSubstr(R"("who":"me")"), HasSubstr(R"("org.opencontainers.image.base.name":"localhost/base:latest")"),
                      HasSubstr(inspect("base", "{{.Digest}}"))));
    ASSERT_THAT(build("FROM base\n", "-t", "made", "--format", "docker"), Succeeds());
    EXPECT_EQ(inspect("made", "{{.ManifestType}}"), "application/vnd.docker.distribution.manifest.v2+json");
}

TEST_F(Build, SquashesLayers)
{
    const std::string text = "FROM base\nRUN echo 1 > /a\nRUN echo 2 > /b && rm /a\nRUN rm /bin/kill\n";
    for (const auto& [option, layers] : {std::pair{"--layers", "4"}, {"--squash", "2"}, {"--squash-all", "1"}, {"--layers=false", "2"}}) {
        SCOPED_TRACE(option);
        ASSERT_THAT(build(text, option, "-t", "made"), Succeeds());
        EXPECT_EQ(inspect("made", "{{len .RootFS.Layers}}"), layers);
        EXPECT_EQ(in("cat /b; test -e /a || test -e /bin/kill || echo gone; cat /etc/passwd | grep -c worker"), "2\ngone\n1\n");
    }
}

TEST_F(Build, MakesTheSameImageFromTheSameInput)
{
    file("f", "f");
    const std::string text = "FROM base\nRUN mkdir /d && echo x > /d/x\nCOPY f /f\nWORKDIR /w\nLABEL a=b\n";
    for (const char* option : {"--timestamp=100000", "--source-date-epoch=1700000000"}) {
        const std::string first = build(text, option, "-q", "--no-cache").out;
        EXPECT_EQ(build(text, option, "-q", "--no-cache").out, first);
        EXPECT_EQ(first.size(), 65U);
    }
    ASSERT_THAT(build(text, "--timestamp=100000", "-t", "made"), Succeeds());
    EXPECT_EQ(in("stat -c %Y /f /d/x /w"), "100000\n100000\n100000\n");
    EXPECT_THAT(inspect("made", "{{.Created}}"), StartsWith("1970-01-02 03:46:40"));
}

// ---- stages ----------------------------------------------------------------------------------------------------------------

TEST_F(Build, BuildsTheStagesThatAreNeededSideBySide)
{
    const auto began = std::chrono::steady_clock::now();
    const Result made = build("FROM base AS One\nRUN sleep 4; echo 1 > /one\nFROM base AS two\nRUN sleep 4; echo 2 > /two\nFROM base AS no\nRUN false\n"
                              "FROM scratch\nCOPY --from=one /one /\nCOPY --from=1 /two /\n",
                              "-t", "made", "--jobs", "2");
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;

    ASSERT_THAT(made, Succeeds());
    EXPECT_THAT(made.out, AllOf(HasSubstr("[1/3] STEP 1/2: FROM base AS One"), Not(HasSubstr("RUN false"))));
    EXPECT_LT(took.count(), 7.8);
    EXPECT_EQ(inspect("made", "{{len .RootFS.Layers}}"), "2");
    EXPECT_THAT(build("FROM base AS no\nRUN false\nFROM base\n", "--skip-unused-stages=false"), FailsWith(1, "RUN false"));
}

TEST_F(Build, TakesATargetByNameOrNumber)
{
    const std::string text = "FROM base AS First\nLABEL s=1\nFROM first\nLABEL t=2\nFROM base\nLABEL s=3\n";

    ASSERT_THAT(build(text, "--target", "FIRST", "-t", "made"), Succeeds());
    EXPECT_EQ(config("Labels"), R"({"s":"1"})");
    ASSERT_THAT(build(text, "--target", "1", "-t", "made"), Succeeds());
    EXPECT_EQ(config("Labels"), R"({"s":"1","t":"2"})");
    EXPECT_THAT(build(text, "--target", "frist"), FailsWith(125, "did you mean 'first'?"));
}

TEST_F(Build, TakesFilesFromImages)
{
    ASSERT_THAT(build("FROM base\nCOPY --from=base --chown=worker /etc/passwd /copied\n", "-t", "made"), Succeeds());
    EXPECT_EQ(in("stat -c %U /copied; cat /copied | grep -c root"), "worker\n1\n");
    ASSERT_THAT(build("FROM wrong\nLABEL a=b\n", "--from", "base", "-t", "made"), Succeeds());
}

// ---- variables -------------------------------------------------------------------------------------------------------------

TEST_F(Build, KnowsArgumentsAndTheirScopes)
{
    const std::string text = "ARG BASE=base\nARG G=global\nFROM $BASE AS a\nARG G\nARG D=default\nARG TARGETARCH\nRUN echo \"G=$G D=$D T=$TARGETARCH N=$N\" > /args\n"
                             "FROM a\nRUN echo \"$G$D\" > /inherited\nARG E=arg\nENV E=env\nRUN echo $E > /env\n";

    ASSERT_THAT(build(text, "-t", "made", "--build-arg", "D=given"), Succeeds());
    EXPECT_THAT(in("cat /args /inherited /env"), AllOf(HasSubstr("G=global D=given T="), Not(HasSubstr("T= ")), HasSubstr("globalgiven\nenv\n")));
    EXPECT_EQ(config("Env"), R"(["PATH=/bin","E=env"])");
    EXPECT_THAT(build(text, "--build-arg", "NOBODY=1").err, HasSubstr("[Warning] one or more build args were not consumed: [NOBODY]"));
    write_file("arguments", "G=file\n");
    ASSERT_THAT(build(text, "-t", "made", "--build-arg-file", path() + "/arguments"), Succeeds());
    EXPECT_THAT(in("cat /args"), HasSubstr("G=file"));
}

TEST_F(Build, SubstitutesVariables)
{
    ASSERT_THAT(build("FROM base\nENV A=abc E= \nENV B=$A C=${A:-x} D=${E:-dflt} F=${A:+set} G=${A#a} H=${A%c} I=${A/b/X} J=\\$A K='$A' A=new\n"
                      "WORKDIR /w/$B\nLABEL l=$K v=\"${B}s\"\nCOPY <<END /t\n$A ${B}\nEND\n",
                      "-t", "made"),
                Succeeds());

    EXPECT_EQ(config("Env"), R"(["PATH=/bin","A=new","E=","B=abc","C=abc","D=dflt","F=set","G=bc","H=ab","I=aXc","J=$A","K=$A"])");
    EXPECT_EQ(config("WorkingDir"), R"("/w/abc")");
    EXPECT_EQ(config("Labels"), R"({"l":"$A","v":"abcs"})");
    EXPECT_EQ(in("cat /t"), "new abc\n");
    EXPECT_THAT(build("FROM base\nLABEL x=${NONE:?give-it}\n"), FailsWith(125, "NONE: give-it"));
}

// ---- instructions that make layers -----------------------------------------------------------------------------------------

TEST_F(Build, RunsCommandsInTheImageAsItIsConfigured)
{
    const Result made = build("FROM base\nENV A=\"1 2\"\nUSER worker\nWORKDIR /work\nRUN id -un; pwd; echo \"$A\" \\\n  # a comment\n  end\nRUN [\"echo\", \"$A\", \"exec  form\"]\n"
                              "SHELL [\"/bin/sh\", \"-c\", \"echo shell; $0\"]\nRUN echo inner\n",
                              "-t", "made");

    ASSERT_THAT(made, Succeeds());
    EXPECT_THAT(made.out, AllOf(HasSubstr("worker\n/work\n1 2 end\n"), HasSubstr("$A exec  form\n"), HasSubstr("shell\ninner\n")));
    EXPECT_EQ(in("stat -c %U /work"), "worker\n");
    EXPECT_EQ(config("Shell"), R"(["/bin/sh","-c","echo shell; $0"])");
    EXPECT_THAT(build("FROM base\nUSER nobodyknows\nRUN true\n"), Not(Succeeds()));
    EXPECT_THAT(build("FROM scratch\nRUN true\n"), FailsWith(125, "empty image"));
}

TEST_F(Build, ALayerHoldsWhatTheCommandChangedAndNothingElse)
{
    const std::string root = path();
    ASSERT_THAT(build("FROM base\nRUN mkdir -p /d/e && echo x > /d/x && chown worker:extra /d/x && chmod 4750 /d/x && ln /d/x /d/hard && ln -s x /d/soft && rm /bin/tail\n"
                      "RUN rm -r /d/e && mkdir /d/e && chmod 711 /d\n",
                      "-t", "made"),
                Succeeds());

    EXPECT_EQ(in("stat -c '%a %U %G %n' /d/x /d; stat -c %h /d/x; readlink /d/soft; ls /bin/tail 2>/dev/null || echo gone"),
              "4750 worker extra /d/x\n711 root root /d\n2\nx\ngone\n");
    EXPECT_EQ(skiff("image", "diff", "made", "base").out, "C /bin\nD /bin/tail\nA /d\nA /d/e\nA /d/hard\nA /d/soft\nA /d/x\n");
}

TEST_F(Build, KeepsAccountsThatRunMakes)
{
    ASSERT_THAT(build("FROM base\nRUN mkdir -p /etc && echo root:x:0:0:r:/root:/bin/sh > /etc/passwd && echo root:x:0: > /etc/group\n"
                      "USER 77\nRUN true\nUSER root\nRUN echo one:x:1:1::/: > /etc/new && mv /etc/new /etc/passwd.new\n",
                      "-t", "made"),
                Succeeds());

    EXPECT_EQ(skiff("run", "--rm", "made", "cat", "/etc/passwd", "/etc/group").out, "root:x:0:0:r:/root:/bin/sh\nroot:x:0:\n");
}

TEST_F(Build, CopiesFilesAndDirectories)
{
    file("a.txt", "a");
    file("b.txt", "b", 0640);
    file("dir/in/f", "f");
    file("dir/g", "g");
    file("sp ace", "s");
    ASSERT_THAT(build("FROM base\nCOPY a.txt /one\nCOPY *.txt /several/\nCOPY dir /d\nCOPY dir /d\nCOPY [\"sp ace\", \"/with space\"]\nWORKDIR /w\nCOPY /../a.txt .\n"
                      "COPY --chown=worker:extra --chmod=751 b.txt /owned\nCOPY --chown=12:34 --chmod=u=rwX,go=rX dir /numbers/\nCOPY --chown=55 a.txt /fifty\n",
                      "-t", "made"),
                Succeeds());

    EXPECT_EQ(in("cat /one /several/a.txt /several/b.txt /d/in/f /d/g '/with space' /w/a.txt"), "aabfgsa");
    EXPECT_EQ(in("stat -c '%a %U %G' /owned /one /several/b.txt; stat -c '%a %u %g' /numbers /numbers/in /numbers/g /fifty"),
              "751 worker extra\n644 root root\n640 root root\n755 12 34\n755 12 34\n644 12 34\n644 55 55\n");
    EXPECT_THAT(build("FROM base\nCOPY a.txt b.txt /x\n"), FailsWith(125, "must be a directory and end with a /"));
    EXPECT_THAT(build("FROM base\nCOPY a.txt\n"), FailsWith(125, "at least two arguments"));
    EXPECT_THAT(build("FROM base\nCOPY --chown=nobodyknows a.txt /x\n"), FailsWith(125, "nobodyknows"));
    EXPECT_THAT(build("FROM base\nCOPY https://example.org/x /x\n"), FailsWith(125, "source can't be a URL for COPY"));
    EXPECT_THAT(build("FROM base\nCOPY dir /etc/passwd\n"), FailsWith(125, "/etc/passwd"));
}

TEST_F(Build, FollowsLinksThatAreNamedAndKeepsTheOthers)
{
    file("real", "r");
    file("tree/f", "f");
    std::filesystem::create_symlink("real", context() + "/named");
    std::filesystem::create_symlink("f", context() + "/tree/inner");
    std::filesystem::create_symlink("/etc/passwd", context() + "/tree/absolute");
    std::filesystem::create_symlink("/etc", context() + "/outside");
    std::filesystem::create_hard_link(context() + "/tree/f", context() + "/tree/hard");
    ASSERT_THAT(build("FROM base\nRUN mkdir /there && ln -s there /here && ln -s ../../../there /up\nCOPY named /copied\nCOPY tree /t\nCOPY real /here/\nCOPY real /up/r2\n", "-t", "made"), Succeeds());

    EXPECT_EQ(in("test -L /copied || echo file; readlink /t/inner; readlink /t/absolute; cat /there/real /there/r2; stat -c %h /t/f"), "file\nf\n/etc/passwd\nrr2\n");
    EXPECT_THAT(build("FROM base\nCOPY outside/passwd /stolen\n"), FailsWith(125, "outside/passwd")) << "links do not lead out of the context";
    EXPECT_THAT(build("FROM base\nCOPY real /etc\nCOPY real /etc/passwd/x\n"), FailsWith(125, "passwd"));
}

TEST_F(Build, WildcardsMayFindNothingButNotAltogether)
{
    file("a1", "1");
    file("a2", "2");
    file("d/a3", "3");
    const Result made = build("FROM base\nCOPY a[0-9] none* /x/\nCOPY */a? /y/\n", "-t", "made");

    ASSERT_THAT(made, Succeeds());
    EXPECT_EQ(in("ls /x /y"), "/x:\na1\na2\n\n/y:\na3\n");
    EXPECT_THAT(build("FROM base\nCOPY none* /x/\n"), FailsWith(125, "none*"));
}

TEST_F(Build, CopiesWithParentsExcludesAndLink)
{
    file("x/y/z", "z");
    file("x/y/no", "n");
    file("x/keep", "k");
    ASSERT_THAT(build("FROM base\nRUN ln -s /elsewhere /link\nCOPY --parents x/y/z /p/\nCOPY --parents x/./y/z /q/\nCOPY --exclude=y/no --exclude=keep x /e\nCOPY --link x/keep /link/keep\n", "-t", "made"),
                Succeeds());

    EXPECT_EQ(in("find /p /q /e -type f | sort; cat /link/keep; test -e /elsewhere || echo not followed"), "/e/y/z\n/p/x/y/z\n/q/y/z\nknot followed\n");
}

TEST_F(Build, HonoursIgnoreFiles)
{
    file("a", "a");
    file("b", "b");
    file("d/x", "x");
    file("d/y", "y");
    file(".containerignore", "# comment\nb\nd\n!d/y\n");
    ASSERT_THAT(build("FROM base\nCOPY . /all\n", "-t", "made"), Succeeds());
    EXPECT_EQ(in("find /all -type f | sort"), "/all/.containerignore\n/all/Containerfile\n/all/a\n/all/d/y\n");
    EXPECT_THAT(build("FROM base\nCOPY b /\n"), FailsWith(125, "b"));
    write_file("rules", "*\n!a\n");
    ASSERT_THAT(build("FROM base\nCOPY . /all\n", "-t", "made", "--ignorefile", path() + "/rules"), Succeeds());
    EXPECT_EQ(in("find /all -type f"), "/all/a\n");
}

TEST_F(Build, AddsArchivesUnpacked)
{
    make_directory("tree");
    write_file("tree/f", "packed", 0600);
    ASSERT_EQ(::system(("tar -C " + path() + "/tree --owner=7 --group=8 -czf " + context() + "/t.tar.gz f").c_str()), 0);
    file("no.tar.gz", "no archive");
    ASSERT_THAT(build("FROM base\nADD t.tar.gz /u/\nADD --chown=worker t.tar.gz /o/\nADD --unpack=false t.tar.gz /k/\nADD no.tar.gz /n/\nCOPY t.tar.gz /c/\n", "-t", "made"), Succeeds());

    EXPECT_EQ(in("cat /u/f; stat -c ' %u %g %a' /u/f; stat -c %U /o/f; ls /k /n /c"), "packed 7 8 600\nworker\n/c:\nt.tar.gz\n\n/k:\nt.tar.gz\n\n/n:\nno.tar.gz\n");
}

TEST_F(Build, KnowsHeredocs)
{
    const Result made = build("FROM base\nARG V=value\nRUN <<EOF\necho one\necho two\nEOF\nRUN <<-SCRIPT\n\t#!/bin/sh\n\techo script ran\n\tSCRIPT\nRUN cat <<A > /a && cat <<B > /b\nin a\nA\nin b\nB\n"
                              "COPY <<X <<'Y' /files/\n$V\nX\n$V\nY\n",
                              "-t", "made");

    ASSERT_THAT(made, Succeeds());
    EXPECT_THAT(made.out, AllOf(HasSubstr("one\ntwo\n"), HasSubstr("script ran\n")));
    EXPECT_EQ(in("cat /a /b /files/X /files/Y"), "in a\nin b\nvalue\n$V\n");
    EXPECT_THAT(build("FROM base\nRUN <<EOF\necho\n"), FailsWith(125, "heredoc"));
}

// ---- RUN's options ---------------------------------------------------------------------------------------------------------

TEST_F(Build, BindsFilesForOneCommand)
{
    file("f", "of the context");
    const Result made = build("FROM base AS other\nRUN echo other > /o\nFROM base\nRUN --mount=type=bind,target=/c cat /c/f; touch /c/new || echo read-only\n"
                              "RUN --mount=target=/c,rw touch /c/new && ls /c/new\nRUN --mount=type=bind,from=other,source=/o,target=/deep/er/o cat /deep/er/o\n"
                              "RUN --mount=type=bind,from=base,source=etc,target=/e cat /e/passwd | grep -c worker\n",
                              "-t", "made");

    ASSERT_THAT(made, Succeeds());
    EXPECT_THAT(made.out, AllOf(HasSubstr("of the context"), HasSubstr("read-only\n"), HasSubstr("/c/new\n"), HasSubstr("other\n")));
    EXPECT_EQ(list_directory(context()), (std::vector<std::string>{"Containerfile", "f"}));
    EXPECT_EQ(skiff("image", "diff", "made", "base").out, "") << "mount points do not stay";
}

TEST_F(Build, KeepsCachesBetweenBuilds)
{
    const std::string text = "FROM base\nRUN --mount=type=cache,target=/root/.cache/t,uid=1000,mode=0770 echo $$ >> /root/.cache/t/log; cat /root/.cache/t/log | grep -c .; stat -c '%a %u' /root/.cache/t\n";

    EXPECT_THAT(build(text, "--no-cache").out, HasSubstr("\n1\n770 1000\n"));
    EXPECT_THAT(build(text, "--no-cache", "-t", "made").out, HasSubstr("\n2\n"));
    EXPECT_EQ(skiff("image", "diff", "made", "base").out, "");
    EXPECT_THAT(build("FROM base\nRUN --mount=type=cache,id=/root/.cache/t,sharing=locked,target=/l cat /l/log | grep -c .\n").out, HasSubstr("\n2\n"));
    EXPECT_THAT(build("FROM base\nRUN --mount=type=cache,sharing=private,target=/l ls /l | grep -c . || true\n").out, HasSubstr("\n0\n"));
}

TEST_F(Build, ACacheBeginsWithWhatAStageHas)
{
    const std::string text = "FROM base AS seed\nRUN mkdir /s && echo first > /s/f\nFROM base\nRUN --mount=type=cache,target=/c,from=seed,source=/s,mode=0711 cat /c/f; stat -c %a /c; echo more >> /c/f\n";

    EXPECT_THAT(build(text, "--no-cache").out, HasSubstr("first\n"));
    EXPECT_THAT(build(text, "--no-cache").out, AllOf(HasSubstr("first\n"), HasSubstr("more\n"), HasSubstr("711\n"))) << "only the first time";
    // Two steps that want the same cache, one of which uses the other's stage.
    EXPECT_THAT(build("FROM base AS b\nRUN sleep 1\nRUN --mount=type=cache,id=x,target=/c,sharing=locked echo b\nFROM base\n"
                      "RUN --mount=type=cache,id=x,target=/c,sharing=locked --mount=type=cache,id=y,target=/d,from=b echo second\n",
                      "--jobs", "2", "--no-cache"),
                Succeeds());
}

TEST_F(Build, ShowsSecretsAndKeepsThemOut)
{
    write_file("token", "hidden words");
    environment().push_back("SECRET_VARIABLE=in a variable");
    const Result made = build("FROM base\nRUN --mount=type=secret,id=token cat /run/secrets/token; stat -c ' %a %u' /run/secrets/token\n"
                              "RUN --mount=type=secret,id=v,env=V,target=/s/v,mode=0440,uid=1000 echo $V; cat /s/v; stat -c ' %a %u' /s/v\nRUN --mount=type=secret,id=absent ls /run/secrets | grep -c . || true\n",
                              "-t", "made", "--secret", "id=token,src=" + path() + "/token", "--secret", "id=v,env=SECRET_VARIABLE");

    ASSERT_THAT(made, Succeeds());
    EXPECT_THAT(made.out, AllOf(HasSubstr("hidden words 400 0\n"), HasSubstr("in a variable\nin a variable 440 1000\n")));
    EXPECT_EQ(skiff("image", "diff", "made", "base").out, "");
    EXPECT_THAT(skiff("history", "--no-trunc", "made").out + skiff("inspect", "made").out, AllOf(Not(HasSubstr("hidden words")), Not(HasSubstr("in a variable"))));
    EXPECT_THAT(build("FROM base\nRUN --mount=type=secret,id=absent,required true\n"), FailsWith(125, "no secret with id absent found"));
}

TEST_F(Build, WritesNoSecretIntoARecord)
{
    environment().push_back("SECRET_VARIABLE=in a variable");
    write_file("context/Containerfile", "FROM base\nRUN --mount=type=secret,id=v,env=V sleep 60\n");
    Running running = start_skiff("build", "--secret", "id=v,env=SECRET_VARIABLE", context());
    ASSERT_TRUE(eventually([&] { return skiff("ps", "--external", "-q").out.size() > 1; }));

    const std::string id = skiff("ps", "--external", "-q", "--no-trunc").line();
    EXPECT_THAT(read_file(path() + "/data/skiff/containers/" + id + "/config.json"), Not(HasSubstr("in a variable")));

    running.signal(SIGINT);
    (void)running.finish();
    EXPECT_TRUE(eventually([&] { return skiff("ps", "--external", "-q").out.empty(); }));
}

TEST_F(Build, MountsTmpfsAndChoosesTheNetwork)
{
    const Result made = build("FROM base\nRUN --mount=type=tmpfs,target=/t,size=65536 touch /t/x && mount | grep ' /t '\nRUN --network=none cat /proc/net/dev | grep -c :\n", "-t", "made");

    ASSERT_THAT(made, Succeeds());
    EXPECT_THAT(made.out, AllOf(HasSubstr("size=64k"), HasSubstr("\n1\n")));
    EXPECT_EQ(skiff("image", "diff", "made", "base").out, "");
    EXPECT_THAT(build("FROM base\nRUN --mount=type=cash,target=/x true\n"), FailsWith(125, "cash"));
}

TEST_F(Build, ShowsAnAgentAndGivesRightsOrTakesThem)
{
    const std::string socket = path() + "/agent";
    const int agent = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(agent, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const Result made = build("FROM base\nWORKDIR /w\nRUN --mount=type=ssh test -S $SSH_AUTH_SOCK && echo \"agent $SSH_AUTH_SOCK\"\nRUN --mount=type=ssh,id=other echo \"[$SSH_AUTH_SOCK]\"\n"
                              "RUN --mount=type=tmpfs,target=rel pwd; ls -d /w/rel\nRUN --security=insecure grep CapEff /proc/self/status\nRUN grep CapEff /proc/self/status\n",
                              "-t", "made", "--ssh", "default=" + socket);
    ::close(agent);

    ASSERT_THAT(made, Succeeds());
    EXPECT_THAT(made.out, AllOf(HasSubstr("agent /run/buildkit/ssh_agent.0\n"), HasSubstr("\n[]\n"), HasSubstr("/w\n/w/rel\n"), HasSubstr("00000000800405fb")));
    EXPECT_EQ(count(made.out, "CapEff:"), 2U);
    EXPECT_EQ(count(made.out, "00000000800405fb"), 1U) << "the insecure one has more";
    EXPECT_EQ(skiff("image", "diff", "made", "base").out, "A /w\n");
    EXPECT_THAT(build("FROM base\nRUN --mount=type=ssh,required true\n"), FailsWith(125, "no ssh agent"));
    EXPECT_THAT(build("FROM base\n", "--ssh", "default=" + path()), FailsWith(125, "not the socket of an agent"));
}

TEST_F(Build, GivesRunWhatTheCommandLineSays)
{
    const std::string bound = make_directory("bound");
    write_file("bound/f", "from the host");
    const Result made = build("FROM base\nRUN cat /b/f; grep name.test /etc/hosts; ulimit -n; grep CapBnd /proc/self/status\n", "-v", bound + ":/b:ro", "--add-host", "name.test:10.9.8.7",
                              "--ulimit", "nofile=77:77", "--cap-drop", "all", "-t", "made");

    ASSERT_THAT(made, Succeeds());
    EXPECT_THAT(made.out, AllOf(HasSubstr("from the host"), HasSubstr("10.9.8.7"), HasSubstr("\n77\n"), HasSubstr("0000000000000000")));
    EXPECT_EQ(skiff("image", "diff", "made", "base").out, "");
    RunOptions input;
    input.input = "typed";
    write_file("context/Containerfile", "FROM base\nRUN cat > /typed\n");
    ASSERT_THAT(run({program(), "build", "--stdin", "-t", "made", context()}, input), Succeeds());
    EXPECT_EQ(in("cat /typed"), "typed");
}

// ---- instructions about the image ------------------------------------------------------------------------------------------

TEST_F(Build, WritesTheConfiguration)
{
    ASSERT_THAT(build("FROM base\nENV old form here\nLABEL a=1 \"b c\"=\"d e\"\nMAINTAINER somebody\nEXPOSE 80 90-91/UDP\nVOLUME [\"/v 1\"]\nVOLUME /v2 /v3\nUSER worker:extra\n"
                      "WORKDIR rel\nWORKDIR sub/..\nSTOPSIGNAL SIGUSR1\nHEALTHCHECK --interval=7s --retries=2 CMD test -e /x\nENTRYPOINT [\"echo\", \"entry\"]\nCMD [\"one\"]\n",
                      "-t", "made"),
                Succeeds());

    EXPECT_EQ(config("Env"), R"(["PATH=/bin","old=form here"])");
    EXPECT_EQ(config("Labels"), R"({"a":"1","b c":"d e"})");
    EXPECT_EQ(config("ExposedPorts"), R"({"80/tcp":{},"90/udp":{},"91/udp":{}})");
    EXPECT_EQ(config("Volumes"), R"({"/v 1":{},"/v2":{},"/v3":{}})");
    EXPECT_EQ(config("User"), R"("worker:extra")");
    EXPECT_EQ(config("WorkingDir"), R"("/rel")");
    EXPECT_EQ(config("StopSignal"), R"("SIGUSR1")");
    EXPECT_EQ(config("Entrypoint"), R"(["echo","entry"])");
    EXPECT_EQ(inspect("made", "{{.Author}}"), "somebody");
    EXPECT_THAT(inspect("made", "{{json .HealthCheck}}"), AllOf(HasSubstr(R"(["CMD-SHELL","test -e /x"])"), HasSubstr("7000000000")));
    EXPECT_EQ(skiff("run", "--rm", "made").out, "entry one\n");
    EXPECT_THAT(skiff("history", "made").out, AllOf(HasSubstr("STOPSIGNAL"), HasSubstr("#(nop) CMD")));
}

TEST_F(Build, EntrypointTakesTheBaseCommandAwayButNotItsOwn)
{
    ASSERT_THAT(build("FROM base\nENTRYPOINT [\"e\"]\n", "-t", "made"), Succeeds());
    EXPECT_THAT(inspect("made", "{{json .Config}}"), Not(HasSubstr("Cmd")));
    ASSERT_THAT(build("FROM base\nCMD [\"c\"]\nENTRYPOINT e\n", "-t", "made"), Succeeds());
    EXPECT_EQ(config("Cmd"), R"(["c"])");
    EXPECT_EQ(config("Entrypoint"), R"(["/bin/sh","-c","e"])");
}

TEST_F(Build, FiresTriggersInTheChild)
{
    file("f", "f");
    ASSERT_THAT(build("FROM base\nONBUILD COPY f /fired\nONBUILD RUN echo trigger\nONBUILD COPY --from=tools /tool /tool\n", "-t", "parent"), Succeeds());
    const Result child = build("FROM base AS tools\nRUN echo made > /tool\nFROM parent\nRUN cat /fired /tool\n", "-t", "made");

    ASSERT_THAT(child, Succeeds());
    EXPECT_THAT(child.out, AllOf(HasSubstr("trigger\n"), HasSubstr("STEP 5/5: RUN cat /fired /tool"), HasSubstr("made\n")));
    EXPECT_THAT(inspect("made", "{{json .Config}}"), Not(HasSubstr("OnBuild")));
    EXPECT_THAT(build("FROM base\nONBUILD FROM x\n"), FailsWith(125, "ONBUILD"));
}

TEST_F(Build, KeepsWhatIsWrittenBelowAVolume)
{
    ASSERT_THAT(build("FROM base\nRUN mkdir /v\nVOLUME /v\nRUN echo kept > /v/f\n", "-t", "made"), Succeeds());
    EXPECT_EQ(in("cat /v/f"), "kept\n");
}

TEST_F(Build, ADirectoryOfAVolumeIsThereForRun)
{
    ASSERT_THAT(build("FROM base\nVOLUME /v /deep/w\n", "-t", "declared"), Succeeds());
    EXPECT_EQ(inspect("declared", "{{len .RootFS.Layers}}"), inspect("base", "{{len .RootFS.Layers}}")) << "it is the image's configuration alone";

    ASSERT_THAT(build("FROM declared\nRUN echo kept > /v/f; echo below > /deep/w/f\n", "-t", "made"), Succeeds());
    EXPECT_EQ(in("cat /v/f /deep/w/f; stat -c %a /deep/w"), "kept\nbelow\n755\n");
    ASSERT_THAT(build("FROM base\nVOLUME /v\nRUN ln -s /tmp /v/link; ls /v\n", "-t", "made", "--compat-volumes"), Succeeds());
    EXPECT_EQ(in("ls /v"), "");
}

// ---- text ------------------------------------------------------------------------------------------------------------------

TEST_F(Build, ReadsEveryKindOfText)
{
    ASSERT_THAT(build("\xEF\xBB\xBF# escape=`\r\nfrom base\r\n# comment\r\nrun echo a `\r\n   # inside\r\n   b > /f\r\nlabel x=y\r\n", "-t", "made"), Succeeds());
    EXPECT_EQ(in("cat /f"), "a b\n");
    EXPECT_THAT(build("FROM base\nCOYP a b\n"), FailsWith(125, "unknown instruction: COYP"));
    EXPECT_THAT(build("FROM base # mine\n"), FailsWith(125, "FROM requires either one or three arguments"));
    EXPECT_THAT(build("RUN true\n"), FailsWith(125, "no build stage in current context"));
    EXPECT_THAT(build("# nothing\n"), FailsWith(125, "file with no instructions"));
}

TEST_F(Build, ChecksWithoutBuilding)
{
    const Result checked = build("FROM base as x\nMAINTAINER me\nRUN cd /tmp\n", "--check");

    EXPECT_EQ(checked.code, 1);
    EXPECT_THAT(checked.out, AllOf(HasSubstr("Containerfile:2: "), HasSubstr("MaintainerDeprecated")));
    EXPECT_THAT(build("# check=error=true\nFROM base\nMAINTAINER me\n"), FailsWith(125, "are errors"));
}

TEST_F(Build, TellsWhatItCouldBuild)
{
    const std::string text = "ARG V=1\nFROM base AS first\nARG V\nARG NAME=x\nRUN --mount=type=secret,id=token,required=true true\n"
                             "FROM first\nRUN --mount=type=ssh true\nFROM base AS other\nARG OTHER\n";

    const Result targets = build(text, "--call=targets");
    EXPECT_THAT(targets.out, ::testing::MatchesRegex("TARGET +FROM *\nfirst +base\n1 +first\nother \\(default\\) +base\n"));
    const Result outline = build(text, "--call=outline", "--target", "1", "--build-arg", "V=2");
    EXPECT_THAT(outline.out, ::testing::MatchesRegex("TARGET: 1\n\nBUILD ARG +VALUE *\nV +2\nNAME +x\n\nSECRET +REQUIRED *\ntoken +yes\n\nSSH +REQUIRED *\ndefault *\n"));
    EXPECT_EQ(build("FROM base as x\nMAINTAINER me\n", "--call=check").code, 1);
    EXPECT_EQ(skiff("images", "-q").out, skiff("images", "-q", "base").out) << "nothing is built";
}

// ---- the cache -------------------------------------------------------------------------------------------------------------

TEST_F(Build, UsesWhatWasMadeBefore)
{
    file("f", "1");
    file("g", "1");
    const std::string text = "FROM base\nARG V=1\nCOPY f /f\nRUN echo ran\nCOPY g /g\nRUN echo \"$V\" > /v\nLABEL a=b\n";
    const std::string first = last_line(build(text, "-t", "made").out);

    const Result again = build(text, "-t", "made");
    EXPECT_EQ(last_line(again.out), first);
    EXPECT_EQ(count(again.out, "--> Using cache"), 6U);
    EXPECT_THAT(again.out, Not(HasSubstr("\nran")));

    file("g", "1"); // its time does not count
    EXPECT_EQ(last_line(build(text).out), first);

    file("g", "2");
    const Result changed = build(text, "--why");
    EXPECT_EQ(count(changed.out, "--> Using cache"), 3U);
    EXPECT_THAT(changed.out, HasSubstr("STEP 5/7: COPY g /g\nnot cached: files changed: g\n"));
    file("g", "1");
    EXPECT_EQ(last_line(build(text).out), first) << "the older state is known as well";

    const Result argument = build(text, "--build-arg", "V=2", "--why");
    EXPECT_THAT(argument.out, HasSubstr("ARG V changed from '1' to '2'"));
    EXPECT_THAT(build(text, "--no-cache").out, AllOf(Not(HasSubstr("Using cache")), HasSubstr("\nran")));
    EXPECT_THAT(build(text, "--cache-ttl=1ns").out, Not(HasSubstr("Using cache")));
}

TEST_F(Build, MakesChosenStagesAnew)
{
    const std::string text = "FROM base AS one\nRUN echo 1 > /f\nFROM base\nCOPY --from=one /f /f\nRUN echo last\n";
    ASSERT_THAT(build(text), Succeeds());

    const Result again = build(text, "--no-cache-filter", "ONE", "--why");
    EXPECT_THAT(again.out, HasSubstr("not cached: --no-cache-filter"));
    EXPECT_EQ(count(again.out, "--> Using cache"), 2U) << "the other stage finds the same file";
    EXPECT_THAT(build(text, "--no-cache-filter", "on"), FailsWith(125, "--no-cache-filter on: "));
}

TEST_F(Build, ModesCountAndAStageThatMakesTheSameChangesNothing)
{
    file("f", "1", 0644);
    ASSERT_THAT(build("FROM base\nCOPY f /f\n"), Succeeds());
    file("f", "1", 0755);
    EXPECT_THAT(build("FROM base\nCOPY f /f\n").out, Not(HasSubstr("Using cache")));

    const std::string last = "FROM base\nCOPY --from=s /out /out\nRUN echo after\n";
    ASSERT_THAT(build("FROM base AS s\nRUN echo 1 > /out\n" + last), Succeeds());
    const Result again = build("FROM base AS s\nRUN echo other >/other; echo 1 > /out\n" + last);
    EXPECT_EQ(count(again.out, "--> Using cache"), 2U) << again.out;
}

TEST_F(Build, ANewTagReusesEverythingAndPruningForgets)
{
    const std::string text = "FROM base AS s\nRUN echo 1 > /out\nFROM base\nCOPY --from=s /out /out\n";
    const std::string first = last_line(build(text, "-t", "made").out);
    ASSERT_THAT(skiff("rmi", "made"), Succeeds());
    const Result again = build(text, "-t", "made");
    EXPECT_EQ(count(again.out, "--> Using cache"), 2U) << "removing an image keeps the cache";
    EXPECT_EQ(last_line(again.out), first);
    ASSERT_THAT(skiff("builder", "prune", "-f", "--filter", "until=1h"), Succeeds());
    EXPECT_EQ(count(build(text).out, "--> Using cache"), 2U) << "it is younger";
    EXPECT_THAT(skiff("builder", "prune", "-f", "--filter", "label=x"), FailsWith(125, "invalid filter"));
    ASSERT_THAT(skiff("builder", "prune", "-f", "--filter", "until=1ms"), Succeeds());
    EXPECT_THAT(build(text, "-t", "made").out, Not(HasSubstr("Using cache")));
    ASSERT_THAT(skiff("builder", "prune", "-f"), Succeeds());
    EXPECT_THAT(build(text, "-t", "made").out, Not(HasSubstr("Using cache")));
}

TEST_F(Build, BuildsAtTheSameTimeShareTheCache)
{
    write_file("context/Containerfile", "FROM base\nRUN sleep 0.3; echo x > /x\nRUN echo y > /y\n");
    std::vector<std::unique_ptr<Running>> builds;
    for (int i = 0; i < 4; ++i)
        builds.push_back(std::make_unique<Running>(start_skiff("build", "-q", context())));
    for (auto& each : builds)
        EXPECT_EQ(each->finish().code, 0);
    EXPECT_EQ(count(skiff("build", context()).out, "Using cache"), 2U);
}

TEST_F(Build, WithOneIdOwnersAreInTheImageAllTheSame)
{
    use_one_id();
    file("f", "f");
    ASSERT_THAT(build("FROM single\nCOPY --chown=worker:extra f /app/f\nUSER worker\nWORKDIR /w\nRUN touch /tmp/x\n", "-t", "made"), Succeeds());

    EXPECT_THAT(list_layers("made"), AllOf(::testing::ContainsRegex("1000/2000 .* app/f"), ::testing::ContainsRegex("1000/1000 .* w/")));
}

TEST_F(Build, WithOneIdOwnersThatRunGivesAreInTheImage)
{
    use_one_id();
    make_directory("outside");
    write_file("outside/f", "mine");

    ASSERT_THAT(build("FROM single\n"
                      "RUN mkdir -p /w/d && touch /w/f /w/g /w/h && ln -s f /w/link && chown 7:8 /w/f && chmod 600 /w/f && chown 5 /w/g && "
                      "chown -R 9:9 /w/d && cd /w && chown 3:4 h && chown -h 1:1 link && chown 2:2 /no/such || true\n"
                      "RUN chown 7:9 /w/h /w/d /out/f\nRUN --mount=type=cache,target=/c touch /c/x && chown 4:4 /c/x\n",
                      "-t", "made", "-v", path() + "/outside:/out"),
                Succeeds());

    const std::string listed = list_layers("made");
    if (storage_driver() == "fuse-overlayfs") {
        EXPECT_THAT(listed, ::testing::ContainsRegex("0/0 .* w/f"));
        return;
    }
    for (const char* line : {"-rw------- 7/8 .* w/f\n", "-rw-r--r-- 5/0 .* w/g\n", "drwxr-xr-x 9/9 .* w/d/\n", "-rw-r--r-- 3/4 .* w/h\n", "-rw-r--r-- 7/9 .* w/h\n", "drwxr-xr-x 7/9 .* w/d/\n"})
        EXPECT_THAT(listed, ::testing::ContainsRegex(line));
    EXPECT_EQ(::getxattr((path() + "/outside/f").c_str(), "user.containers.override_stat", nullptr, 0), -1) << "a mount is somebody else's";
    EXPECT_EQ(in("stat -c %u /w/f"), "0\n") << "with one id there is one owner";
}

TEST_F(Build, WithOneIdOwnersAreNotedWhereverAPathLeads)
{
    if (storage_driver() == "fuse-overlayfs")
        GTEST_SKIP() << "owners are not noted there";
    use_one_id();
    make_directory("outside");
    write_file("outside/f", "mine");

    ASSERT_THAT(build("FROM single\n"
                      "RUN mkdir -p /w/d /w/real && touch /w/up /w/real/relative /w/real/absolute /w/real/last && "
                      "ln -s real /w/link && ln -s /w/real /w/far && ln -s ../real/last /w/d/end && "
                      "cd /w/d && chown 3:1 ../up && chown 3:2 ../link/relative && chown 3:3 ../far/absolute && chown 3:4 end\n"
                      "RUN cat /bin/busybox > /out/busybox && chmod 755 /out/busybox && /bin/busybox chroot /out /busybox chown 7:9 /f\n",
                      "-t", "made", "-v", path() + "/outside:/out"),
                Succeeds());

    const std::string listed = list_layers("made");
    for (const char* line : {"3/1 .* w/up\n", "3/2 .* w/real/relative\n", "3/3 .* w/real/absolute\n", "3/4 .* w/real/last\n"})
        EXPECT_THAT(listed, ::testing::ContainsRegex(line));
    EXPECT_EQ(::getxattr((path() + "/outside/f").c_str(), "user.containers.override_stat", nullptr, 0), -1) << "whoever calls it their root";
}

// ---- the end ---------------------------------------------------------------------------------------------------------------

TEST_F(Build, AKilledBuildLeavesNothingBehind)
{
    write_file("context/Containerfile", "FROM base\nRUN echo begun; sleep 60\n");
    for (const int signal : {SIGTERM, SIGKILL}) {
        SCOPED_TRACE(signal);
        Running running = start_skiff("build", context());
        ASSERT_TRUE(eventually([&] { return skiff("ps", "--external", "-q").out.size() > 1; }));
        EXPECT_EQ(skiff("ps", "-aq").out, "") << "a step is nobody's container";
        running.signal(signal);
        (void)running.finish();
        EXPECT_TRUE(eventually([&] { return skiff("ps", "-aq", "--external").out.empty(); }));
    }
    EXPECT_THAT(build("FROM base\n"), Succeeds());
}

} // namespace
