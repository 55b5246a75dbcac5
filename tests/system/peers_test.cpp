// Round trips with other tools: what we send they understand, and images keep configuration, layers and digests. Each
// test needs the peer that it is about, and is skipped where the machine lacks it.

#include "tests/support/box.hpp"
#include "tests/support/registry_server.hpp"

#include <csignal>
#include <cstdlib>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

class Peers : public Box
{
  protected:
    Result shell(const std::string& line) { return run({"/bin/sh", "-c", line}, {.directory = path()}); }
    bool has(const std::string& program) { return shell("command -v " + program).code == 0; }
    std::string id_of(const std::string& image)
    {
        return skiff("image", "inspect", "--format", "{{.Id}}", image).line();
    }
    std::string at(const std::string& name) { return path() + "/" + name; }
    /// podman with a store of its own below this box.
    std::string podman() { return "podman --root " + at("podman") + " --runroot " + at("podman-run") + " --storage-driver vfs "; }
    std::string buildah() { return "buildah --root " + at("podman") + " --runroot " + at("podman-run") + " --storage-driver vfs "; }
    void TearDown() override
    {
        if (list_directory(at("podman")).size() > 0) // files of subordinate ids
            shell(podman() + "unshare rm -rf " + at("podman") + " " + at("podman-run"));
        for (const pid_t pid : find_orphans()) // podman keeps a process that holds its namespace
            if (read_file("/proc/" + std::to_string(pid) + "/comm") == "catatonit\n")
                ::kill(pid, SIGKILL);
        Box::TearDown();
    }
};

class RegistryPeer : public Peers
{
  protected:
    void SetUp() override
    {
        Peers::SetUp();
        if (IsSkipped())
            return;
        if (const std::string missing = RegistryServer::missing_program(); !missing.empty())
            GTEST_SKIP() << "this machine has no " << missing;
        registry.emplace(make_directory("registry"), RegistryServer::Options{true, true});
        host = registry->host();
    }
    void TearDown() override
    {
        registry.reset();
        Peers::TearDown();
    }
    Result ask(std::vector<std::string> words)
    {
        words.insert(words.begin(), program());
        words.insert(words.end(), {"--cert-dir", registry->certs(), "--creds", RegistryServer::user() + ":" + RegistryServer::password()});
        return run(words);
    }
    std::optional<RegistryServer> registry;
    std::string host;
};

TEST_F(RegistryPeer, AnImageThatWasPulledKeepsItsDigestWhenItIsPushed)
{
    registry->add_image(std::getenv("SKIFF_PROBE_IMAGE"), "team/app:1");
    EXPECT_THAT(ask({"pull", "-q", host + "/team/app:1"}), Succeeds());
    const std::string digest = skiff("image", "inspect", "--format", "{{.Digest}}", host + "/team/app:1").line();

    const Result pushed = ask({"push", "--digestfile", at("digest"), host + "/team/app:1", host + "/elsewhere/app:2"});

    EXPECT_THAT(pushed, Succeeds());
    EXPECT_EQ(read_file(at("digest")), digest);
    EXPECT_THAT(pushed.err, AllOf(HasSubstr("Getting image source signatures\n"), HasSubstr("skipped: already exists\n"),
                                  HasSubstr("Writing manifest to image destination\n")));
}

TEST_F(RegistryPeer, PushedImagesComeBackAndAreNotSentTwice)
{
    const std::string image = probe_image();
    const std::string id = id_of(image);

    EXPECT_THAT(ask({"push", "-q", image, host + "/team/app:1", "--digestfile", at("one")}), Succeeds());
    EXPECT_THAT(ask({"push", image, host + "/team/app:2", "--digestfile", at("two")}).err, HasSubstr("already exists"));
    EXPECT_THAT(ask({"push", "-q", "--compression-format", "zstd", "--format", "oci", image, host + "/team/app:3"}), Succeeds());
    skiff("rmi", "-af");

    EXPECT_EQ(read_file(at("one")), read_file(at("two")));
    for (const char* tag : {":1", ":2", ":3"})
        EXPECT_THAT(ask({"pull", "-q", host + "/team/app" + tag}), Prints(id));
    EXPECT_THAT(skiff("push", image, host + "/team/app:4"), ExitsWith(125));
    EXPECT_THAT(run({program(), "push", "--cert-dir", registry->certs(), host + "/team/app:1", host + "/team/app:4"}),
                FailsWith(125, ": authentication required"));
}

TEST_F(RegistryPeer, ListsGoThereWithTheirImagesAndChooseThePlatform)
{
    const std::string image = probe_image();
    const std::string id = id_of(image);
    skiff("manifest", "create", "list", image);
    skiff("manifest", "annotate", "--arch", "s390x", "list", image);
    EXPECT_THAT(skiff("manifest", "add", "list", image), Succeeds());

    EXPECT_THAT(ask({"manifest", "push", "-q", "list", host + "/team/list:1", "--digestfile", at("digest")}), Succeeds());
    EXPECT_THAT(ask({"manifest", "inspect", host + "/team/list:1"}).out, HasSubstr("\"manifests\": ["));
    skiff("rmi", "-af");
    EXPECT_THAT(ask({"pull", "-q", host + "/team/list:1"}), Prints(id));
    EXPECT_THAT(ask({"manifest", "create", "again", host + "/team/list:1"}), ExitsWith(0));
    EXPECT_THAT(ask({"image", "copy", "-q", "--all", "--preserve-digests", "docker://" + host + "/team/list:1", "dir:" + at("all"),
                     "--digestfile", at("copied")}),
                Succeeds());
    EXPECT_EQ(read_file(at("copied")), read_file(at("digest")));
}

TEST_F(RegistryPeer, CopiesFromRepositoryToRepositoryAreMounted)
{
    registry->add_image(std::getenv("SKIFF_PROBE_IMAGE"), "team/app:1");

    const Result copied = ask({"image", "copy", "--preserve-digests", "docker://" + host + "/team/app:1", "docker://" + host + "/other/app:1"});

    EXPECT_THAT(copied, Succeeds());
    EXPECT_THAT(copied.err, HasSubstr("skipped: already exists"));
}

TEST_F(Peers, SkopeoReadsWhatWeWriteAndWeReadWhatItWrites)
{
    if (!has("skopeo"))
        GTEST_SKIP() << "this machine has no skopeo";
    const std::string image = probe_image();
    const std::string id = id_of(image);
    skiff("save", "-q", "-o", at("d.tar"), image);
    skiff("save", "-q", "--format", "oci-archive", "-o", at("o.tar"), image);
    skiff("push", "-q", image, "oci:" + at("layout") + ":x", "--digestfile", at("ours"));
    skiff("push", "-q", image, "dir:" + at("dir"));

    for (const std::string from : {"docker-archive:d.tar", "oci-archive:o.tar", "oci:layout:x", "dir:dir"}) {
        SCOPED_TRACE(from);
        EXPECT_THAT(shell("skopeo copy -q --insecure-policy " + from + " oci-archive:back.tar:again"), Succeeds());
        EXPECT_THAT(skiff("load", "-q", "-i", at("back.tar")), Succeeds());
        EXPECT_EQ(id_of("localhost/again").substr(0, 64).size(), 64U);
        EXPECT_THAT(shell("skopeo inspect --format '{{.Digest}}' oci:layout:x").line(), read_file(at("ours")));
        shell("rm back.tar");
    }
    EXPECT_THAT(shell("skopeo copy -q --insecure-policy oci:layout:x dir:theirs"), Succeeds());
    EXPECT_THAT(skiff("pull", "-q", "dir:" + at("theirs")), Prints(id));
}

TEST_F(Peers, PodmanLoadsWhatWeSaveAndWeLoadWhatItSaves)
{
    if (!has("podman"))
        GTEST_SKIP() << "this machine has no podman";
    const std::string image = probe_image();
    const std::string id = id_of(image);
    skiff("save", "-q", "-o", at("d.tar"), image);
    skiff("save", "-q", "--format", "oci-archive", "-o", at("o.tar"), image);
    if (const Result can = shell(podman() + "info"); can.code != 0)
        GTEST_SKIP() << "podman does not work here: " << can.err;

    for (const std::string archive : {"d.tar", "o.tar"}) {
        SCOPED_TRACE(archive);
        EXPECT_THAT(shell(podman() + "load -q -i " + archive), PrintsSubstring("localhost/probe:latest"));
        EXPECT_EQ(shell(podman() + "image inspect --format '{{.Id}}' probe").line(), id);
    }
    EXPECT_THAT(shell(podman() + "save -q -o theirs.tar probe"), Succeeds());
    EXPECT_THAT(shell(podman() + "save -q --format oci-archive -o theirs-oci.tar probe"), Succeeds());
    skiff("rmi", "-af");
    EXPECT_THAT(skiff("load", "-q", "-i", at("theirs.tar")), Succeeds());
    EXPECT_EQ(id_of(image), id);
    EXPECT_THAT(skiff("load", "-q", "-i", at("theirs-oci.tar")), Succeeds());
}

TEST_F(Peers, UmociUnpacksOurLayout)
{
    if (!has("umoci"))
        GTEST_SKIP() << "this machine has no umoci";
    skiff("push", "-q", probe_image(), "oci:" + at("layout") + ":x");

    EXPECT_THAT(shell("umoci unpack --rootless --image layout:x bundle"), Succeeds());
    EXPECT_THAT(shell("test -x bundle/rootfs/bin/probe && chmod -R u+w bundle"), Succeeds());
}

TEST_F(Peers, BuildahTakesOurLayoutAsABase)
{
    if (!has("buildah"))
        GTEST_SKIP() << "this machine has no buildah";
    const std::string image = probe_image();
    const std::string id = id_of(image);
    skiff("push", "-q", image, "oci:" + at("layout") + ":x");
    if (const Result can = shell(buildah() + "info"); can.code != 0)
        GTEST_SKIP() << "buildah does not work here: " << can.err;

    EXPECT_THAT(shell(buildah() + "pull -q oci:layout:x"), Prints(id));
}

} // namespace
