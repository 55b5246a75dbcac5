// Where a build's files come from and where its results go: contexts that are no directories, ADD of addresses, named contexts,
// outputs, platforms, caches elsewhere.

#include "tests/support/box.hpp"
#include "tests/support/host_ports.hpp"
#include "tests/support/registry_server.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

constexpr const char* git_program = "/usr/bin/git";
constexpr const char* git_daemon = "/usr/lib/git-core/git-daemon";

class BuildSources : public Box
{
  protected:
    void SetUp() override
    {
        Box::SetUp();
        probe_image();
        context_ = make_directory("context");
        write_file("context/hello", "hello from the context\n");
        write_file("context/Containerfile", "FROM localhost/probe\nCOPY hello /hello\n");
    }

    Result shell(const std::string& line) { return run({"/bin/sh", "-ec", line}, {.directory = path()}); }
    Result cat_in(const std::string& image, const std::string& file) { return skiff("run", "--rm", "--network", "none", image, "cat", file); }

    /// Serves path()/web.
    std::string start_web()
    {
        make_directory("web");
        const std::string port = std::to_string(free_port());
        web_.emplace(Running::Start{{"/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", path() + "/web", port},
                                    {"PATH=/usr/bin:/bin", "HOME=" + path()}, path(), {}});
        write_file("web/ready", "yes");
        EXPECT_EQ(http_get(static_cast<std::uint16_t>(std::stoi(port)), "/ready"), "yes");
        return "http://127.0.0.1:" + port;
    }

    /// A repository with the branch main (two commits), the tag v1 (the first) and a directory "sub".
    std::string start_git()
    {
        const Result made = shell("mkdir -p repositories/app && cd repositories/app && git init -q -b main . && git config user.email t@t && git config user.name t && "
                                  "echo one > hello && mkdir sub && echo below > sub/hello && printf 'FROM localhost/probe\\nCOPY hello /hello\\n' | tee Containerfile > sub/Containerfile && "
                                  "git add . && git commit -qm one && git tag v1 && echo two > hello && git commit -qam two && touch .git/git-daemon-export-ok");
        EXPECT_THAT(made, Succeeds()) << made.err;
        const std::uint16_t port = free_port();
        git_.emplace(Running::Start{{git_daemon, "--listen=127.0.0.1", "--port=" + std::to_string(port), "--base-path=" + path() + "/repositories",
                                     path() + "/repositories"},
                                    {"PATH=/usr/bin:/bin", "HOME=" + path()}, path(), {}});
        const std::string address = "git://127.0.0.1:" + std::to_string(port) + "/app";
        EXPECT_TRUE(eventually([&] { return run({git_program, "ls-remote", "-q", address}).code == 0; }));
        return address;
    }
    static bool has_git() { return ::access(git_program, X_OK) == 0 && ::access(git_daemon, X_OK) == 0; }

    std::string context_;
    std::optional<Running> web_, git_;
};

TEST_F(BuildSources, AContextIsAnArchiveOnStandardInput)
{
    for (const char* pack : {"tar -cC context .", "tar -czC context .", "tar -cJC context .", "tar -cjC context ."}) {
        SCOPED_TRACE(pack);
        ASSERT_THAT(shell(std::string{pack} + " | " + program() + " build -q -t streamed -"), Succeeds());
        EXPECT_THAT(cat_in("streamed", "/hello"), Prints("hello from the context"));
    }
}

TEST_F(BuildSources, AFileOfAForeignContextIsMeantByItsNameThere)
{
    const Result tar = shell("mkdir -p there/sub here/sub && echo inside > there/inside && echo hidden > there/hidden && "
                             "printf 'FROM localhost/probe\nCOPY . /\n' > there/sub/file && echo hidden > there/sub/file.dockerignore && "
                             "echo FROM wrong > here/sub/file && echo inside > here/sub/file.dockerignore && "
                             "printf 'FROM localhost/probe\nCOPY inside /only\n' > here/mine && tar -C there -c .");
    ASSERT_EQ(tar.code, 0) << tar.err;
    RunOptions options;
    options.input = tar.out;
    options.directory = path() + "/here";

    const Result made = run({program(), "build", "-q", "-t", "made", "-f", "sub/file", "-"}, options);
    EXPECT_THAT(made, Succeeds());
    EXPECT_THAT(cat_in("made", "/inside"), Prints("inside"));
    EXPECT_NE(cat_in("made", "/hidden").code, 0);
    ASSERT_THAT(run({program(), "build", "-q", "-t", "mine", "-f", "mine", "-"}, options), Succeeds()) << "what is not there is a file of ours";
    EXPECT_THAT(cat_in("mine", "/only"), Prints("inside"));
    EXPECT_THAT(run({program(), "build", "-q", "-f", path() + "/here/sub/file", "-"}, options), FailsWith(125, "wrong"));
}

TEST_F(BuildSources, OrAContainerfileOnStandardInput)
{
    ASSERT_THAT(shell("printf 'FROM localhost/probe\\nCOPY <<x /x\\nalone\\nx\\n' | " + program() + " build -q -t alone -"), Succeeds());
    EXPECT_THAT(cat_in("alone", "/x"), Prints("alone"));

    ASSERT_THAT(shell("printf 'FROM localhost/probe\\nCOPY hello /x\\n' | " + program() + " build -q -t file -f - context"), Succeeds());
    EXPECT_THAT(cat_in("file", "/x"), Prints("hello from the context"));

    EXPECT_THAT(shell("printf 'FROM localhost/probe\\nCOPY hello /x\\n' | " + program() + " build -q -"), FailsWith(125, "\"/hello\": no such file"));
}

TEST_F(BuildSources, AContextComesFromTheWeb)
{
    const std::string web = start_web();
    shell("tar -czf web/context.tgz -C context . && printf 'FROM localhost/probe\\nLABEL from=web\\n' > web/plain");

    ASSERT_THAT(skiff("build", "-q", "-t", "archive", web + "/context.tgz"), Succeeds());
    EXPECT_THAT(cat_in("archive", "/hello"), Prints("hello from the context"));
    ASSERT_THAT(skiff("build", "-q", "-t", "plain", web + "/plain"), Succeeds());
    EXPECT_THAT(skiff("image", "inspect", "--format", "{{.Labels.from}}", "plain"), Prints("web"));
    EXPECT_THAT(skiff("build", "-q", web + "/nothing"), FailsWith(125, "404"));
}

TEST_F(BuildSources, ARepositoryDoesNotChooseAmongTheUsersFilters)
{
    if (!has_git())
        GTEST_SKIP() << git_program << " is missing";
    const std::string git = start_git();
    const Result made = shell("mkdir -p repositories/filtered && cd repositories/filtered && git init -q -b main . && git config user.email t@t && "
                              "git config user.name t && printf 'FROM scratch\nCOPY f /f\n' > Containerfile && echo text > f && "
                              "echo 'f filter=mine' > .gitattributes && git add . && git commit -qm one && touch .git/git-daemon-export-ok");
    ASSERT_THAT(made, Succeeds());
    write_file("home/.gitconfig", "[filter \"mine\"]\n\tsmudge = touch " + path() + "/was-run; cat\n");

    EXPECT_THAT(skiff("build", "-q", git.substr(0, git.rfind('/')) + "/filtered"), Succeeds());

    EXPECT_NE(::access((path() + "/was-run").c_str(), F_OK), 0);
}

TEST_F(BuildSources, PasswordsOfAddressesAreNotShown)
{
    for (const char* address : {"https://bob:sekret99@127.0.0.1:1/x.git", "http://bob:sekret99@127.0.0.1:1/x.tar"}) {
        SCOPED_TRACE(address);
        const Result result = skiff("build", "-q", address);
        EXPECT_EQ(result.code, 125);
        EXPECT_THAT(result.out + result.err, ::testing::AllOf(HasSubstr("127.0.0.1:1/x."), ::testing::Not(HasSubstr("sekret99"))));
    }
}

TEST_F(BuildSources, AContextComesFromARepository)
{
    if (!has_git())
        GTEST_SKIP() << git_program << " is missing";
    const std::string git = start_git();

    ASSERT_THAT(skiff("build", "-q", "-t", "head", git), Succeeds());
    EXPECT_THAT(cat_in("head", "/hello"), Prints("two"));
    ASSERT_THAT(skiff("build", "-q", "-t", "tag", git + "#v1"), Succeeds());
    EXPECT_THAT(cat_in("tag", "/hello"), Prints("one"));
    ASSERT_THAT(skiff("build", "-q", "-t", "below", git + "#main:sub"), Succeeds());
    EXPECT_THAT(cat_in("below", "/hello"), Prints("below"));
    EXPECT_THAT(skiff("build", "-q", git + "#nosuch"), FailsWith(125, "no branch, tag or commit 'nosuch'"));
    EXPECT_THAT(skiff("build", "-q", git + "#main:nosuch"), FailsWith(125, "no directory 'nosuch'"));
}

TEST_F(BuildSources, AFileOfARepositoryIsMeantByItsNameThere)
{
    if (!has_git())
        GTEST_SKIP() << "this machine lacks " << git_program << " or " << git_daemon;
    const std::string address = start_git();
    make_directory("here");
    write_file("here/Containerfile", "FROM wrong\n");
    RunOptions options;
    options.directory = path() + "/here";

    EXPECT_THAT(run({program(), "build", "-q", "-t", "made", "-f", "Containerfile", address}, options), Succeeds());
    EXPECT_THAT(cat_in("made", "/hello"), Prints("two"));
}

TEST_F(BuildSources, SubmodulesComeFromServersAndNotFromThisMachine)
{
    if (!has_git())
        GTEST_SKIP() << git_program << " is missing";
    const std::string git = start_git();
    const Result made = shell("cd repositories && for name in good bad; do git init -q -b main $name && cd $name && git config user.email t@t && git config user.name t && "
                              "git -c protocol.file.allow=always submodule add -q " + path() + "/repositories/app part && "
                              "printf 'FROM localhost/probe\nCOPY part/hello /hello\n' > Containerfile && touch .git/git-daemon-export-ok && cd ..; done && "
                              "cd good && sed -i 's,url = .*,url = ../app,' .gitmodules && git add . && git commit -qm one && cd ../bad && git add . && git commit -qm one");
    ASSERT_THAT(made, Succeeds());
    const std::string server = git.substr(0, git.rfind('/'));

    ASSERT_THAT(skiff("build", "-q", "-t", "good", server + "/good"), Succeeds());
    EXPECT_THAT(cat_in("good", "/hello"), Prints("two"));
    EXPECT_THAT(skiff("build", "-q", "-t", "bad", server + "/bad"), FailsWith(125, "transport 'file' not allowed"));
}

TEST_F(BuildSources, TheCacheCanLieInARegistry)
{
    if (const std::string missing = RegistryServer::missing_program(); !missing.empty())
        GTEST_SKIP() << missing << " is missing";
    const RegistryServer registry{make_directory("registry"), {}};
    write_file("context/Containerfile", "FROM localhost/probe\nRUN [\"/bin/probe\", \"write\", \"/ran\", \"x\"]\nCOPY hello /hello\n");
    ASSERT_THAT(skiff("build", "-q", "-t", "first", "--tls-verify=false", "--cache-to", registry.host() + "/cache", context_), Succeeds());
    const std::string layers = skiff("image", "inspect", "--format", "{{.RootFS.Layers}}", "first").line();
    ASSERT_THAT(skiff("system", "reset", "-f"), Succeeds());
    ASSERT_THAT(skiff("load", "-q", "-i", std::getenv("SKIFF_PROBE_IMAGE")), Succeeds()); // NOLINT(concurrency-mt-unsafe)

    const Result second = skiff("build", "-t", "second", "--tls-verify=false", "--cache-from", registry.host() + "/cache", context_);

    EXPECT_THAT(second, PrintsSubstring("Using cache"));
    EXPECT_THAT(skiff("image", "inspect", "--format", "{{.RootFS.Layers}}", "second"), Prints(layers));
}

TEST_F(BuildSources, PushesWhatItHasBuilt)
{
    if (const std::string missing = RegistryServer::missing_program(); !missing.empty())
        GTEST_SKIP() << missing << " is missing";
    const RegistryServer registry{make_directory("registry"), {}};
    const std::string name = registry.host() + "/pushed";

    EXPECT_THAT(skiff("build", "-q", "--push", "--tls-verify=false", "-t", name + ":1", "-t", name + ":2", context_), Succeeds());

    ASSERT_THAT(skiff("rmi", name + ":1", name + ":2"), Succeeds());
    EXPECT_THAT(skiff("pull", "-q", "--tls-verify=false", name + ":2"), Succeeds());
    EXPECT_THAT(cat_in(name + ":2", "/hello"), Prints("hello from the context"));
    write_file("context/Containerfile", "FROM scratch\nCOPY hello /hello\n");
    EXPECT_THAT(skiff("build", "-q", "--platform", "linux/amd64,linux/arm64", "--push", "--tls-verify=false", "-t", name + ":both", context_), Succeeds());
    EXPECT_THAT(skiff("build", "-q", "--push", context_), FailsWith(125, "--push needs a name"));
}

TEST_F(BuildSources, ACacheThatCannotBeReachedIsToldOfOnce)
{
    write_file("context/Containerfile", "FROM localhost/probe AS one\nCOPY hello /one\nCOPY hello /two\n"
                                        "FROM localhost/probe\nCOPY hello /three\nCOPY --from=one /one /two /\n");

    const Result built = skiff("build", "--retry", "0", "--cache-from", "127.0.0.1:1/nothing", "--cache-from", path() + "/new", context_);

    EXPECT_THAT(built, Succeeds());
    const std::string words = "--cache-from 127.0.0.1:1/nothing: ";
    const std::size_t first = (built.out + built.err).find(words);
    ASSERT_NE(first, std::string::npos) << built.out << built.err;
    EXPECT_EQ((built.out + built.err).find(words, first + 1), std::string::npos) << built.out << built.err;
    EXPECT_THAT(built.out + built.err, Not(HasSubstr(path() + "/new"))) << "a cache that is not there yet is no trouble";
}

TEST_F(BuildSources, AKilledBuildLeavesNoContextBehind)
{
    write_file("context/Containerfile", "FROM localhost/probe\nCOPY hello /hello\nRUN [\"/bin/probe\", \"forever\"]\n");
    Running build = start_skiff("build", "-");
    build.write(shell("tar -cC context .").out);
    build.close_input();
    build.read_until("STEP 3/3");
    build.signal(9);
    (void)build.finish();

    EXPECT_THAT(skiff("build", "-q", "--target", "0", context_ + "/nothing"), ExitsWith(125));
    ASSERT_THAT(shell("printf 'FROM scratch\n' | " + program() + " build -q -"), Succeeds());
    EXPECT_TRUE(eventually([&] { return list_directory(path() + "/data/skiff/staging").empty(); }));
}

TEST_F(BuildSources, AddFetchesFiles)
{
    const std::string web = start_web();
    write_file("web/data.txt", "some data\n");
    shell("touch -d '2001-02-03 04:05:06 UTC' web/data.txt && tar -czf web/pack.tgz -C context hello");
    const std::string digest = shell("sha256sum < web/data.txt").line().substr(0, 64);
    const auto build = [&](const std::string& add) {
        write_file("context/Containerfile", "FROM localhost/probe\n" + add + "\n");
        return skiff("build", "-q", "-t", "added", context_);
    };

    ASSERT_THAT(build("ADD --checksum=sha256:" + digest + " " + web + "/data.txt /srv/"), Succeeds());
    EXPECT_THAT(cat_in("added", "/srv/data.txt"), Prints("some data"));
    EXPECT_THAT(skiff("run", "--rm", "--network", "none", "added", "stat", "/srv/data.txt"), PrintsSubstring("100600 0:0"));
    ASSERT_THAT(build("ADD --chmod=644 " + web + "/data.txt /renamed"), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "--network", "none", "added", "stat", "/renamed"), PrintsSubstring("100644 0:0"));
    ASSERT_THAT(build("ADD " + web + "/pack.tgz /packed/"), Succeeds());
    EXPECT_THAT(skiff("run", "--rm", "--network", "none", "added", "stat", "/packed/pack.tgz"), Succeeds());
    ASSERT_THAT(build("ADD --unpack " + web + "/pack.tgz /packed/"), Succeeds());
    EXPECT_THAT(cat_in("added", "/packed/hello"), Prints("hello from the context"));

    EXPECT_THAT(build("ADD --checksum=sha256:" + std::string(64, '0') + " " + web + "/data.txt /x"), FailsWith(125, "unexpected digest"));
    EXPECT_THAT(build("ADD " + web + "/ /x/"), FailsWith(125, "cannot determine a file name"));
    EXPECT_THAT(build("COPY " + web + "/data.txt /x"), FailsWith(125, "source can't be a URL for COPY"));
    EXPECT_THAT(build("ADD " + web + "/nothing /x"), FailsWith(125, "404"));

    // What the address gives decides about the cache.
    ASSERT_THAT(build("ADD " + web + "/data.txt /x"), Succeeds());
    const std::string id = skiff("image", "inspect", "--format", "{{.Id}}", "added").line();
    ASSERT_THAT(build("ADD " + web + "/data.txt /x"), Prints(id));
    write_file("web/data.txt", "other data\n");
    ASSERT_THAT(build("ADD " + web + "/data.txt /x"), Succeeds());
    EXPECT_THAT(cat_in("added", "/x"), Prints("other data"));
}

TEST_F(BuildSources, AddFetchesRepositories)
{
    if (!has_git())
        GTEST_SKIP() << git_program << " is missing";
    const std::string git = start_git();
    write_file("context/Containerfile", "FROM localhost/probe\nADD " + git + "#v1 /one/\nADD --keep-git-dir " + git + " /two/\nADD " + git + "#main:sub /sub\n");

    ASSERT_THAT(skiff("build", "-q", "-t", "repositories", context_), Succeeds());

    EXPECT_THAT(cat_in("repositories", "/one/hello"), Prints("one"));
    EXPECT_THAT(cat_in("repositories", "/two/hello"), Prints("two"));
    EXPECT_THAT(cat_in("repositories", "/sub/hello"), Prints("below"));
    EXPECT_THAT(cat_in("repositories", "/two/.git/HEAD"), Succeeds());
    EXPECT_NE(cat_in("repositories", "/one/.git/HEAD").code, 0);
}

TEST_F(BuildSources, NamedContextsAreDirectoriesAndImages)
{
    make_directory("other");
    write_file("other/file", "from the other\n");
    write_file("context/Containerfile", "FROM base\nCOPY --from=other file /file\nCOPY --from=tools /bin/probe /tool\n");
    ASSERT_THAT(skiff("save", "-q", "--format", "oci-dir", "-o", path() + "/layout", "localhost/probe"), Succeeds());

    ASSERT_THAT(skiff("build", "-q", "-t", "named", "--build-context", "other=" + path() + "/other", "--build-context", "base=docker-image://localhost/probe",
                      "--build-context", "tools=oci-layout://" + path() + "/layout", context_),
                Succeeds());

    EXPECT_THAT(cat_in("named", "/file"), Prints("from the other"));
    EXPECT_THAT(skiff("run", "--rm", "--network", "none", "--entrypoint", "/tool", "named", "echo", "tool"), Prints("tool"));
    EXPECT_THAT(skiff("build", "-q", "--build-context", "nothing", context_), FailsWith(125, "build-context"));
}

TEST_F(BuildSources, OutputIsADirectoryOrATar)
{
    write_file("context/Containerfile", "FROM scratch\nCOPY hello /dir/hello\n");

    ASSERT_THAT(skiff("build", "-q", "-o", path() + "/out", context_), Succeeds());
    EXPECT_EQ(read_file(path() + "/out/dir/hello"), "hello from the context\n");
    ASSERT_THAT(skiff("build", "-q", "--output", "type=tar,dest=" + path() + "/out.tar", context_), Succeeds());
    EXPECT_THAT(shell("tar -xOf out.tar dir/hello"), Prints("hello from the context"));
    EXPECT_THAT(shell(program() + " build -q -o - context | tar -xO dir/hello"), Prints("hello from the context"));
    EXPECT_THAT(skiff("build", "-q", "-o", "type=oci,dest=x", context_), FailsWith(125, "save"));
    EXPECT_THAT(skiff("build", "-q", "-o", "type=tar", context_), FailsWith(125, "dest"));
}

TEST_F(BuildSources, SeveralPlatformsAreAList)
{
    write_file("context/Containerfile", "FROM scratch\nARG TARGETARCH\nCOPY hello /hello\nLABEL for=$TARGETARCH\n");

    ASSERT_THAT(skiff("build", "-q", "--platform", "linux/amd64,linux/arm64", "--manifest", "list", context_), Succeeds());

    const Result list = skiff("manifest", "inspect", "list");
    EXPECT_THAT(list.out, AllOf(HasSubstr("\"amd64\""), HasSubstr("\"arm64\"")));
    EXPECT_THAT(skiff("build", "-q", "--platform", "linux/amd64", "--platform", "linux/arm64", "-t", "both", context_), Succeeds());
    EXPECT_THAT(skiff("manifest", "inspect", "both").out, AllOf(HasSubstr("\"amd64\""), HasSubstr("\"arm64\"")));
}

TEST_F(BuildSources, TheCacheCanLieElsewhere)
{
    write_file("context/Containerfile", "FROM localhost/probe\nRUN [\"/bin/probe\", \"write\", \"/ran\", \"x\"]\nCOPY hello /hello\nRUN [\"/bin/probe\", \"write\", \"/again\", \"x\"]\n");
    const std::string place = "type=local,dest=" + path() + "/cache";
    ASSERT_THAT(skiff("build", "-q", "-t", "first", "--cache-to", place, context_), Succeeds());
    const std::string layers = skiff("image", "inspect", "--format", "{{.RootFS.Layers}}", "first").line();
    ASSERT_THAT(skiff("system", "reset", "-f"), Succeeds());
    ASSERT_THAT(skiff("load", "-q", "-i", std::getenv("SKIFF_PROBE_IMAGE")), Succeeds());

    const Result second = skiff("build", "-t", "second", "--cache-from", "type=local,src=" + path() + "/cache", context_);

    EXPECT_THAT(second, Succeeds());
    EXPECT_THAT(skiff("image", "inspect", "--format", "{{.RootFS.Layers}}", "second"), Prints(layers));
}

} // namespace
