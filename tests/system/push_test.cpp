// Images on their way out: save, push to archives and directories, copy, lists, scp. What registries and other tools make
// of it is peers_test.cpp's.

#include "tests/support/box.hpp"

#include <cstdlib>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace {

class Push : public Box
{
  protected:
    Result shell(const std::string& line) { return run({"/bin/sh", "-c", line}, {.directory = path()}); }
    std::string id_of(const std::string& image)
    {
        return skiff("image", "inspect", "--format", "{{.Id}}", image).line();
    }
    std::string layers_of(const std::string& image)
    {
        return skiff("image", "inspect", "--format", "{{.RootFS.Layers}}", image).line();
    }
    std::string digest_of(const std::string& image)
    {
        return skiff("image", "inspect", "--format", "{{.Digest}}", image).line();
    }
    std::string at(const std::string& name) { return path() + "/" + name; }
    /// What a manifest, an index or a configuration in a file says, on one line.
    std::string json(const std::string& file) { return read_file(file); }
};

TEST_F(Push, SavedImagesAreLoadedAgainInEveryFormat)
{
    const std::string image = probe_image();
    const std::string id = id_of(image);
    const std::string layers = layers_of(image);

    for (const std::string format : {"docker-archive", "oci-archive", "oci-dir"}) {
        SCOPED_TRACE(format);
        EXPECT_THAT(skiff("save", "-q", "--format", format, "-o", at(format), image), Succeeds());
        EXPECT_THAT(skiff("rmi", image), Succeeds());
        EXPECT_THAT(skiff("load", "-q", "-i", at(format)), Prints("Loaded image: localhost/probe:latest"));
        EXPECT_EQ(id_of(image), id);
        EXPECT_EQ(layers_of(image), layers);
    }
    EXPECT_THAT(skiff("run", "--rm", image, "env"), Succeeds());
}

TEST_F(Push, SavingTwiceGivesTheSameBytes)
{
    const std::string image = probe_image();

    shell(program() + " save -q probe > one; " + program() + " save -q probe > two");
    skiff("save", "-q", "--format", "oci-archive", "-o", at("three"), image);
    skiff("save", "-q", "--format", "oci-archive", "-o", at("four"), image);

    EXPECT_THAT(shell("cmp one two && cmp three four && test -s one"), Succeeds());
}

TEST_F(Push, SeveralImagesAndNamesGoIntoOneArchive)
{
    const std::string image = probe_image();
    const std::string other = make_image("other", "{}");
    skiff("tag", image, "second-name");

    EXPECT_THAT(skiff("save", "-q", "-o", at("both"), image, "second-name", other, "third-name:7"), Succeeds());
    EXPECT_THAT(skiff("save", "-q", "-m", "-o", at("none"), image, "third-name:7"),
                FailsWith(125, "third-name:7: image not known"));
    skiff("rmi", "-af");

    const Result loaded = skiff("load", "-q", "-i", at("both"));
    EXPECT_THAT(loaded.out, AllOf(HasSubstr("localhost/probe:latest"), HasSubstr("localhost/second-name:latest"),
                                  HasSubstr("localhost/other:latest"), HasSubstr("localhost/third-name:7")));
    EXPECT_EQ(id_of("third-name:7"), id_of(other));
    EXPECT_THAT(list_directory(path()), Not(::testing::Contains("none")));
}

TEST_F(Push, AnImageSavedByItsIdHasNoName)
{
    const std::string id = id_of(probe_image());

    EXPECT_THAT(skiff("save", "-q", "-o", at("archive"), id), Succeeds());
    skiff("rmi", "-f", id);

    EXPECT_THAT(skiff("load", "-q", "-i", at("archive")), Prints("Loaded image: sha256:" + id));
}

TEST_F(Push, SaveRefusesWhatCannotBe)
{
    const std::string image = probe_image();

    EXPECT_THAT(skiff("save", "--compress", image, "-o", at("x")),
                FailsWith(125, "--compress can only be set when --format is 'docker-dir'"));
    EXPECT_THAT(skiff("save", "--format", "oci-dir", image), FailsWith(125, "name it with --output"));
    EXPECT_THAT(skiff("save", "--format", "zip", image), FailsWith(125, "is not a valid value"));
    EXPECT_THAT(skiff("save", "-o", at("x"), "nothing"), FailsWith(125, "nothing: image not known"));
    auto terminal = start_on_terminal("save", image);
    EXPECT_THAT(terminal.finish().out, HasSubstr("refusing to save to terminal. Use -o flag or redirect"));
    make_directory("mine");
    write_file("mine/file", "precious");
    EXPECT_THAT(skiff("save", "--format", "docker-dir", "-o", at("mine"), image),
                FailsWith(125, "not a containers image directory"));
    EXPECT_THAT(list_directory(at("mine")), ElementsAre("file"));
}

TEST_F(Push, ADamagedLayerIsNoticedAndNothingIsLeft)
{
    const std::string image = probe_image();
    shell("chmod -R u+w data/skiff/layers; for f in data/skiff/layers/*/diff/bin/probe; do printf x | dd of=$f conv=notrunc "
          "bs=1 seek=100 2>/dev/null; done");

    EXPECT_THAT(skiff("save", "-q", "-o", at("archive"), image), FailsWith(125, "the layer is damaged"));
    EXPECT_THAT(skiff("push", "-q", image, "dir:" + at("directory")), FailsWith(125, "the layer is damaged"));
    EXPECT_THAT(shell("ls -A archive* directory* 2>/dev/null").out, IsEmpty());
}

TEST_F(Push, GoesToArchivesAndDirectories)
{
    const std::string image = probe_image();

    EXPECT_THAT(skiff("push", "-q", image, "docker-archive:" + at("d.tar") + ":some/name:1"), Succeeds());
    EXPECT_THAT(skiff("push", "-q", image, "docker-archive:" + at("d.tar")),
                FailsWith(125, "docker-archive doesn't support modifying existing images"));
    EXPECT_THAT(skiff("push", "-q", image, "oci:" + at("layout") + ":one"), Succeeds());
    EXPECT_THAT(skiff("push", "-q", image, "oci:" + at("layout") + ":two", "--digestfile", at("digest")), Succeeds());
    EXPECT_THAT(skiff("push", "-q", image, "dir:" + at("dir")), Succeeds());
    EXPECT_THAT(skiff("push", "-q", image, "containers-storage:x"), FailsWith(125, "not pushed to the store"));

    EXPECT_THAT(read_file(at("layout/index.json")),
                AllOf(HasSubstr("\"one\""), HasSubstr("\"two\""), HasSubstr(read_file(at("digest")))));
    EXPECT_THAT(skiff("pull", "-q", "docker-archive:" + at("d.tar")), Prints(id_of(image)));
    EXPECT_THAT(skiff("image", "exists", "docker.io/some/name:1"), ExitsWith(0));
    EXPECT_THAT(skiff("pull", "-q", "oci:" + at("layout") + ":one"), Prints(id_of(image)));
    EXPECT_THAT(skiff("pull", "-q", "dir:" + at("dir")), Prints(id_of(image)));
}

TEST_F(Push, ChoosesManifestsAndCompression)
{
    const std::string image = probe_image();

    skiff("push", "-q", "--compression-format", "zstd", image, "oci:" + at("z"));
    EXPECT_THAT(shell("cat z/blobs/sha256/*").out, HasSubstr("application/vnd.oci.image.layer.v1.tar+zstd"));
    skiff("push", "-q", "--format", "v2s2", "--compress", image, "dir:" + at("d"));
    EXPECT_THAT(read_file(at("d/manifest.json")), AllOf(HasSubstr("application/vnd.docker.distribution.manifest.v2+json"),
                                                        HasSubstr("tar.gzip")));
    EXPECT_THAT(skiff("push", "--format", "v2s2", "--compression-format", "zstd", image, "dir:" + at("e")),
                FailsWith(125, "zstd layers need the manifest format oci"));
    EXPECT_THAT(skiff("push", "--compression-format", "zstd:chunked", image, "dir:" + at("e")), FailsWith(125, "use zstd"));
    EXPECT_THAT(skiff("push", "--sign-by", "me", image, "dir:" + at("e")), FailsWith(125, "signing images is not built yet"));
}

TEST_F(Push, CopiesBetweenPlacesKeepTheManifest)
{
    const std::string image = probe_image();
    skiff("push", "-q", image, "oci:" + at("layout") + ":x", "--digestfile", at("before"));

    EXPECT_THAT(skiff("image", "copy", "-q", "oci:" + at("layout") + ":x", "dir:" + at("dir")), Succeeds());
    EXPECT_THAT(skiff("image", "copy", "-q", "--preserve-digests", "dir:" + at("dir"), "oci-archive:" + at("a.tar"),
                      "--digestfile", at("after")),
                Succeeds());
    EXPECT_THAT(skiff("image", "copy", "-q", "--preserve-digests", "oci-archive:" + at("a.tar"), "docker-archive:" + at("d.tar")),
                FailsWith(125, "its digest shall be preserved"));
    EXPECT_THAT(skiff("image", "copy", "-q", "oci-archive:" + at("a.tar"), "docker-archive:" + at("d.tar") + ":a/b:1"),
                Succeeds());
    EXPECT_THAT(skiff("image", "copy", "-q", "docker-archive:" + at("d.tar"), "containers-storage:copied"), Succeeds());

    EXPECT_EQ(read_file(at("before")), read_file(at("after")));
    EXPECT_EQ(id_of("copied"), id_of(image));
    EXPECT_THAT(skiff("image", "copy", "probe", "dir:x"), FailsWith(125, "expected colon-separated transport:reference"));
}

TEST_F(Push, ListsAreMadeChangedAndSent)
{
    const std::string image = probe_image();
    const std::string id = skiff("manifest", "create", "list").line();
    EXPECT_EQ(id.size(), 64U);
    EXPECT_THAT(skiff("manifest", "create", "list"), FailsWith(125, "that name is already in use"));
    EXPECT_THAT(skiff("manifest", "inspect", "list").out, HasSubstr("application/vnd.docker.distribution.manifest.list.v2+json"));

    EXPECT_THAT(skiff("manifest", "add", "list", image), Prints(id));
    const std::string digest = digest_of(image);
    EXPECT_THAT(skiff("run", "--rm", "list", "env"), Succeeds());
    EXPECT_THAT(skiff("manifest", "annotate", "--variant", "v3", "--annotation", "a=b", "list", digest), Prints(id));
    EXPECT_THAT(skiff("manifest", "inspect", "list").out, AllOf(HasSubstr("\"v3\""), HasSubstr("\"a\": \"b\""), HasSubstr(digest)));
    EXPECT_THAT(skiff("manifest", "exists", "list"), ExitsWith(0));
    EXPECT_THAT(skiff("manifest", "exists", image), ExitsWith(1));
    EXPECT_THAT(skiff("manifest", "push", "-q", "--all", "list", "oci:" + at("layout") + ":l"), Succeeds());
    EXPECT_THAT(skiff("image", "copy", "-q", "--all", "oci:" + at("layout") + ":l", "dir:" + at("dir")), Succeeds());
    EXPECT_THAT(skiff("manifest", "remove", "list", digest), Prints(id));
    EXPECT_THAT(skiff("manifest", "inspect", "list").out, Not(HasSubstr(digest)));

    EXPECT_THAT(read_file(at("layout/index.json")), HasSubstr("image.index.v1+json"));
    EXPECT_THAT(read_file(at("dir/manifest.json")), HasSubstr("image.index.v1+json"));
    EXPECT_THAT(skiff("images", "--format", "{{.Repository}}").out, HasSubstr("localhost/list"));
    EXPECT_THAT(skiff("manifest", "rm", "list"), PrintsSubstring("Deleted: " + id));
    EXPECT_THAT(skiff("manifest", "rm", "list"), FailsWith(1, "list: image not known"));
    EXPECT_THAT(skiff("manifest", "rm", "--ignore", "list"), ExitsWith(0));
    EXPECT_THAT(skiff("manifest", "rm", image), FailsWith(125, "is not a manifest list"));
    EXPECT_THAT(skiff("image", "exists", image), ExitsWith(0));
}

TEST_F(Push, ScpSavesHereAndLoadsThere)
{
    const std::string image = probe_image();
    make_directory("bin", 0755);
    // A machine whose store is another directory.
    write_file("bin/ssh",
               "#!/bin/sh\necho \"$@\" >> " + at("ssh.log") +
                   "\nwhile [ \"$1\" != -- ]; do shift; done\nshift 2\n"
                   "skiff() { exec " + program() + " --root " + at("far") + " --runroot " + at("far-run") + " \"$@\"; }\n"
                   "eval \"$(echo \"$1\" | sed 's/exec skiff/skiff/')\"\n",
               0755);
    std::erase_if(environment(), [](const std::string& entry) { return entry.starts_with("PATH="); });
    environment().push_back("PATH=" + at("bin") + ":/usr/bin:/bin");

    EXPECT_THAT(skiff("image", "scp", "-q", image, "me@far::copy:1"), PrintsSubstring("Loaded image: localhost/copy:1"));
    EXPECT_THAT(skiff("image", "scp", "-q", "ssh://far:2222::copy:1", "back"), Prints("Loaded image: localhost/copy:1"));

    EXPECT_EQ(id_of("back"), id_of(image));
    EXPECT_THAT(read_file(at("ssh.log")), AllOf(HasSubstr("-- me@far"), HasSubstr("-p 2222 -- far")));
    EXPECT_THAT(skiff("image", "scp", "nope", "far::"), FailsWith(125, "nope: image not known"));
    EXPECT_THAT(skiff("image", "scp", "far::nope"), FailsWith(125, "ssh far: exit status 125"));
    EXPECT_THAT(skiff("image", "scp", image, "root@localhost::"), FailsWith(125, "another user of this machine"));
    EXPECT_THAT(skiff("image", "scp", image, "-oProxyCommand=x::"), ExitsWith(125));
    EXPECT_THAT(run({program(), "--root", at("far"), "--runroot", at("far-run"), "system", "reset", "-f"}), Succeeds());
}

} // namespace
