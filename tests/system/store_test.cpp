// The store as a whole: many at once, full disks, damage and repair, everything away, and stores that others filled.

#include "base/hash.hpp"
#include "tests/support/box.hpp"
#include "tests/support/raw_tar.hpp"
#include "tests/support/scripted_registry.hpp"

#include <csignal>
#include <cstdlib>
#include <list>
#include <thread>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

namespace {

std::string setting(const char* name) { return std::getenv(name) == nullptr ? "" : std::getenv(name); }

class TheStore : public Box
{
  protected:
    static std::string archive() { return setting("SKIFF_PROBE_IMAGE"); }
    std::string store() { return path() + "/data/skiff"; }
    /// A script for the shell inside `unshare`, where the store's program is $SKIFF.
    Result inside(const std::string& script)
    {
        return run({program(), "unshare", "/bin/sh", "-c", script}, {.environment = {"SKIFF=" + program()}});
    }
    /// The directory of the probe image's only layer, in which files of the user's own can be changed.
    std::string layer_dir() { return store() + "/layers/" + list_directory(store() + "/layers").at(0); }
    [[nodiscard]] std::vector<std::string> contents() const
    {
        std::vector<std::string> all;
        for (const char* place : {"layers", "images", "blobs/sha256", "containers", "names/images", "names/containers",
                                  "staging", "trash"})
            for (const std::string& name : list_directory(path() + "/data/skiff/" + place))
                all.push_back(std::string{place} + "/" + name);
        return all;
    }
};

// Many at once. ------------------------------------------------------------------------------------------------------

/// An image of several layers in a registry that counts who asks for what.
struct Published
{
    skiff::test::ScriptedRegistry registry;
    std::vector<std::string> layers;

    explicit Published(int count)
    {
        std::string diff_ids;
        std::string descriptors;
        for (int i = 0; i < count; ++i) {
            skiff::test::RawTar tar;
            tar.file("file-" + std::to_string(i), std::string(300'000, static_cast<char>('a' + i)));
            const std::string layer = tar.finish();
            layers.push_back(registry.add_blob("many", layer));
            const std::string comma = i == 0 ? "" : ",";
            diff_ids += comma + "\"" + layers.back() + "\"";
            descriptors += comma + R"({"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":")" + layers.back() +
                           R"(","size":)" + std::to_string(layer.size()) + "}";
        }
        const std::string config = R"({"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[)" +
                                   diff_ids + "]}}";
        const std::string config_digest = registry.add_blob("many", config);
        const std::string type = "application/vnd.oci.image.manifest.v1+json";
        registry.add_manifest("many", "1",
                              R"({"schemaVersion":2,"mediaType":")" + type +
                                  R"(","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" +
                                  config_digest + R"(","size":)" + std::to_string(config.size()) + R"(},"layers":[)" +
                                  descriptors + "]}",
                              type);
    }
    [[nodiscard]] std::string name() const { return registry.host() + "/many:1"; }
};

TEST_F(TheStore, FetchesEachLayerOnceForManyPulls)
{
    Published image{5};
    std::list<Running> pulls;
    for (int i = 0; i < 16; ++i)
        pulls.push_back(start_skiff("pull", "-q", "--tls-verify=false", image.name()));
    for (Running& pull : pulls)
        EXPECT_THAT(pull.finish(), Succeeds());

    for (const std::string& layer : image.layers)
        EXPECT_EQ(image.registry.count_questions("/blobs/" + layer), 1U);
    EXPECT_THAT(skiff("images", "-q").out, SizeIs(13));
    EXPECT_THAT(skiff("system", "check"), Succeeds());
}

TEST_F(TheStore, NeverHasContainersWithoutLayers)
{
    probe_image();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{4};
    const auto repeat = [&](const std::string& line) {
        return "while [ ! -e " + path() + "/stop ]; do " + line + "; done";
    };
    std::list<Running> others;
    for (const std::string& line : std::vector<std::string>{program() + " load -q -i " + archive(), program() + " rmi -f probe", program() + " image prune -af"})
        others.push_back(Running{{{"/bin/sh", "-c", repeat(line + " >/dev/null 2>&1")}, environment(), "", {}, false}});

    int ran = 0;
    while (std::chrono::steady_clock::now() < until) {
        const Result result = skiff("run", "--rm", "--pull", "never", "--network", "none", "probe", "echo", "whole");
        // Gone before the start is fine; a container that starts has its image.
        if (result.code == 0)
            ++ran;
        else
            EXPECT_THAT(result.err, ::testing::AnyOf(HasSubstr("image not known"), HasSubstr("layer not known"),
                                                     HasSubstr("no such container"), HasSubstr("no container with name or ID"),
                                                     HasSubstr("the container was stopped before its command ran"), // rmi -f
                                                     IsEmpty()))
                << result.code;
    }
    write_file("stop", "");
    for (Running& other : others)
        (void)other.finish();

    EXPECT_GT(ran, 0);
    EXPECT_THAT(skiff("system", "check"), Succeeds());
    ::unlink((path() + "/stop").c_str());
}

// Full disks. --------------------------------------------------------------------------------------------------------

class AFullDisk : public TheStore
{
  protected:
    /// Runs `script` with a store on a disk of so many kilobytes; the answer's output ends with what the store holds.
    Result with_disk(int kilobytes, const std::string& script)
    {
        const std::string list = "for place in layers images blobs/sha256 staging containers trash; do "
                                 "for entry in $DISK/store/$place/* ; do [ -e \"$entry\" ] && echo left: $place; done; done; true";
        return inside("DISK=" + make_directory("disk") + "; mount -t tmpfs -o size=" + std::to_string(kilobytes) +
                      "k tmpfs $DISK || exit 77; S=\"$SKIFF --root $DISK/store --runroot " + path() + "/disk-run\"; " + script +
                      "; " + list);
    }
};

TEST_F(AFullDisk, TakesNoHalfImages)
{
    for (const std::string& command : std::vector<std::string>{"load -q -i " + archive(), "pull -q docker-archive:" + archive()}) {
        const Result result = with_disk(500, "$S " + command + "; echo code: $?");
        if (result.code == 77)
            GTEST_SKIP() << "no tmpfs can be mounted here";
        EXPECT_THAT(result.out, AllOf(HasSubstr("code: 125"), Not(HasSubstr("left: ")))) << command;
        EXPECT_THAT(result.err, HasSubstr("no space left on device")) << command;
        ::rmdir((path() + "/disk").c_str());
    }
}

TEST_F(AFullDisk, StartsNoHalfContainersAndLetsThemBeRemoved)
{
    const Result result = with_disk(1500, "$S load -q -i " + archive() +
                                              " && cat /dev/zero > $DISK/rest 2>/dev/null; $S run --network none probe echo a; echo run: $?; "
                                              "$S images -q >/dev/null; echo images: $?; $S rm -af; $S rmi -af >/dev/null; echo rmi: $?");
    if (result.code == 77)
        GTEST_SKIP() << "no tmpfs can be mounted here";

    EXPECT_THAT(result.out, AllOf(HasSubstr("run: 12"), HasSubstr("images: 0"), HasSubstr("rmi: 0"), Not(HasSubstr("left: "))));
    EXPECT_THAT(result.err, HasSubstr("no space left on device"));
}

// Damage. ------------------------------------------------------------------------------------------------------------

TEST_F(TheStore, ThatIsDamagedIsToldAndMended)
{
    probe_image();
    EXPECT_THAT(skiff("system", "check"), Succeeds());

    const std::string added = layer_dir() + "/diff/etc/added";
    EXPECT_THAT(run({"/usr/bin/touch", added}), Succeeds());
    EXPECT_THAT(skiff("system", "check", "--quick"), Succeeds()) << "which reads no layers";
    const Result found = skiff("system", "check");
    EXPECT_THAT(found, FailsWith(125, "damage detected in local storage"));
    EXPECT_THAT(found.out, HasSubstr("content modified: 'etc/added' was added"));
    EXPECT_THAT(skiff("system", "check", "--repair"), PrintsSubstring("Deleted damaged image: "));
    EXPECT_THAT(skiff("system", "check"), Succeeds());
    EXPECT_THAT(contents(), IsEmpty());
}

TEST_F(TheStore, FindsEveryChangeOfALayer)
{
    const std::vector<std::pair<std::string, std::string>> changes{
        {"echo more >> etc/passwd", "has "},           {"printf %0100d 1 > etc/passwd", "checksum failed"},
        {"rm etc/group", "etc/group"},                 {"chmod 600 etc/group", "has other permissions"},
        {"rm etc/group; ln -s passwd etc/group", ""},  {"mkdir home/worker/more", "'home/worker/more' was added"},
        {"chmod 700 etc", "has other permissions"},    {"truncate -s 1000 bin/probe", "is too short"},
    };
    for (const auto& [line, complaint] : changes) {
        SCOPED_TRACE(line);
        EXPECT_THAT(skiff("load", "-q", "-i", archive()), Succeeds());
        EXPECT_THAT(inside("cd " + layer_dir() + "/diff && " + line), Succeeds());

        const Result found = skiff("system", "check");

        EXPECT_THAT(found, ExitsWith(125));
        EXPECT_THAT(found.out, HasSubstr(complaint));
        EXPECT_THAT(skiff("system", "check", "-r"), Succeeds());
    }
}

TEST_F(TheStore, KeepsContainersOfDamagedImagesUnlessForced)
{
    const std::string container = skiff("create", probe_image()).line();
    ::unlink((layer_dir() + "/tar-split.zst").c_str());

    EXPECT_THAT(skiff("system", "check", "-q"), FailsWith(125, "damage detected"));
    EXPECT_THAT(skiff("system", "check", "-q", "-r"), FailsWith(125, "damage in local storage still present"));
    EXPECT_THAT(skiff("ps", "-aq", "--no-trunc"), Prints(container));
    EXPECT_THAT(skiff("system", "check", "-q", "-r", "-f"), PrintsSubstring("Deleted damaged container: " + container));
    EXPECT_THAT(contents(), IsEmpty());
}

TEST_F(TheStore, TellsLayersThatNothingNeedsOnceTheyAreOld)
{
    probe_image();
    const std::string record = store() + "/images/" + list_directory(store() + "/images").at(0);
    ::unlink(record.c_str());

    EXPECT_THAT(skiff("system", "check"), PrintsSubstring("Left over: layer not referenced"));
    EXPECT_THAT(skiff("system", "check", "-m", "0"), FailsWith(125, "damage detected"));
    EXPECT_THAT(skiff("system", "check", "-m", "0", "-r"), Succeeds());
    EXPECT_THAT(contents(), IsEmpty());
}

// Everything away. ---------------------------------------------------------------------------------------------------

TEST_F(TheStore, IsResetWhateverItHolds)
{
    probe_image();
    EXPECT_THAT(skiff("run", "-d", "-v", "data:/data", "probe", "forever"), Succeeds());
    EXPECT_THAT(skiff("create", "--name", "second", "probe"), Succeeds());
    EXPECT_THAT(inside("cd " + store() + " && mkdir -p volumes/data/_data/a/b && chmod 0 volumes/data/_data/a && rm -r images"),
                Succeeds());
    if (has_subordinate_ids()) {
        EXPECT_THAT(inside("cd " + store() + "/volumes/data/_data && touch theirs && chown 1000:1000 theirs ."), Succeeds());
    }

    EXPECT_THAT(skiff("system", "reset", "--force"), Succeeds());

    EXPECT_THAT(list_directory(store()), IsEmpty());
    EXPECT_THAT(list_directory(path() + "/run/skiff"), IsEmpty());
    EXPECT_THAT(skiff("images"), Succeeds()) << "a new one begins";
}

TEST_F(TheStore, IsResetWithItsTreesMounted)
{
    probe_image();
    EXPECT_THAT(inside("$SKIFF create --name held probe && $SKIFF mount held && $SKIFF image mount probe && $SKIFF system reset --force"),
                Succeeds());

    EXPECT_THAT(list_directory(store()), IsEmpty());
}

TEST_F(TheStore, IsResetAgainWhenThatWasInterrupted)
{
    for (int i = 0; i < 12; ++i) {
        SCOPED_TRACE(i);
        EXPECT_THAT(skiff("load", "-q", "-i", archive()), Succeeds());
        EXPECT_THAT(skiff("create", "-v", "data:/data", "probe"), Succeeds());
        Running reset = start_skiff("system", "reset", "--force");
        std::this_thread::sleep_for(std::chrono::milliseconds{2 * i});
        reset.signal(SIGKILL);
        (void)reset.finish();

        EXPECT_THAT(skiff("images"), Succeeds());
        EXPECT_THAT(skiff("system", "reset", "--force"), Succeeds());
        EXPECT_THAT(list_directory(store()), IsEmpty());
    }
}

// Stores of others. --------------------------------------------------------------------------------------------------

class AnAdditionalStore : public TheStore
{
  protected:
    std::string site() { return path() + "/site"; }

    /// Somebody else fills a store: in our user namespace, the user with the subordinate id 1.
    bool fill()
    {
        if (!has_subordinate_ids())
            return false;
        ::chmod(path().c_str(), 0711);
        make_directory("site");
        make_directory("site-home");
        const Result result =
            inside("cp $SKIFF " + path() + "/site-home/skiff && cp " + archive() + " " + path() +
                   "/site-home/probe.tar && chmod -R a+rX " + path() + "/site-home && chown -R 1:1 " + site() + " " + path() +
                   "/site-home && chmod 700 " + path() + "/site-home && cd / && setpriv --reuid 1 --regid 1 --clear-groups env -i PATH=/usr/bin:/bin HOME=" +
                   path() + "/site-home XDG_RUNTIME_DIR=" + path() + "/site-home " + path() + "/site-home/skiff --root " + site() +
                   " --runroot " + path() + "/site-home/run --storage-opt shared=true load -q -i " + path() +
                   "/site-home/probe.tar");
        EXPECT_THAT(result, PrintsSubstring("localhost/probe"));
        (void)run({"/bin/mkdir", "-p", path() + "/config/containers"});
        write_file("config/containers/storage.conf",
                   "[storage]\n[storage.options]\nadditionalimagestores = [\"" + site() + "\"]\n");
        return true;
    }
    std::string state_of_site()
    {
        return inside("cd " + site() + " && find . -printf '%p %s %m %T@ %C@ %U\\n' | sort").out;
    }
    void TearDown() override
    {
        if (::geteuid() != 0)
            (void)inside("rm -rf " + site() + " " + path() + "/site-home");
        TheStore::TearDown();
    }
};

TEST_F(AnAdditionalStore, IsUsedWhereItIsAndNeverWritten)
{
    if (!fill())
        GTEST_SKIP() << "needs subordinate ids: there must be somebody else";
    const std::string before = state_of_site();

    EXPECT_THAT(skiff("images", "--format", "{{.Repository}} {{.ReadOnly}}"), Prints("localhost/probe true"));
    for (const std::string& driver : std::vector<std::string>{"overlay", "fuse-overlayfs", "copy"}) {
        SCOPED_TRACE(driver);
        if (driver == "fuse-overlayfs" && ::access("/usr/bin/fuse-overlayfs", X_OK) != 0)
            continue;
        const Result result =
            run({program(), "--storage-driver", driver, "run", "--rm", "--network", "none", "probe", "stat", "/etc/passwd", "then",
                 "stat", "/home/worker", "then", "stat", "/", "then", "write", "/etc/passwd", "changed", "then", "write", "/new", "file", "then", "cat",
                 "/etc/passwd"});
        EXPECT_THAT(result, Succeeds());
        EXPECT_THAT(result.out, HasSubstr("changed"));
        EXPECT_THAT(result.out, HasSubstr("1000")) << "the owner that the image gives";
        EXPECT_THAT(result.out, Not(HasSubstr("65534"))) << "nothing is nobody's";
        EXPECT_THAT(run({program(), "--root", path() + "/one-id", "--runroot", path() + "/one-id-run", "--storage-driver", driver, "run",
                         "--rm", "--network", "none", "probe", "write", "/etc/passwd", "changed", "then", "cat", "/etc/passwd"},
                        {.environment = {"SKIFF_SINGLE_ID=1"}}),
                    PrintsSubstring("changed"));
    }
    EXPECT_THAT(run({program(), "--root", path() + "/one-id", "--runroot", path() + "/one-id-run", "system", "reset", "-f"}), Succeeds());
    EXPECT_THAT(skiff("--storage-driver", "copy", "run", "--name", "changed", "probe", "write", "/new", "file"), Succeeds());
    EXPECT_EQ(skiff("diff", "changed").out.find("/etc"), std::string::npos) << "only what it changed";
    EXPECT_THAT(skiff("rm", "changed"), Succeeds());
    EXPECT_THAT(skiff("rmi", "probe"), FailsWith(2, "which is only read: it cannot be removed"));
    EXPECT_THAT(skiff("image", "prune", "-af"), Succeeds());
    EXPECT_THAT(skiff("system", "check"), Succeeds());
    EXPECT_THAT(skiff("tag", "probe", "mine"), Succeeds());
    EXPECT_THAT(skiff("rmi", "mine"), Succeeds());
    EXPECT_THAT(list_directory(store() + "/layers"), IsEmpty());

    EXPECT_EQ(state_of_site(), before);
}

TEST_F(AnAdditionalStore, SparesThePullOfWhatItHas)
{
    if (!fill())
        GTEST_SKIP() << "needs subordinate ids: there must be somebody else";

    EXPECT_THAT(skiff("load", "-q", "-i", archive()), Succeeds());
    EXPECT_THAT(list_directory(store() + "/layers"), IsEmpty());
    EXPECT_THAT(skiff("images", "--noheading", "--format", "{{.ReadOnly}}"), Prints("false\ntrue")) << "ours and theirs";
    EXPECT_THAT(skiff("run", "--rm", "probe", "echo", "shared"), Prints("shared"));
}

TEST_F(AnAdditionalStore, OfAnotherKindIsRefusedWhenItWasAskedFor)
{
    make_directory("podman");
    make_directory("podman/overlay-images");

    const std::string option = "imagestore=" + path() + "/podman";
    EXPECT_THAT(skiff("--storage-opt", option, "images"), FailsWith(125, "it is a store of Podman's"));
    EXPECT_THAT(skiff("--storage-opt", "nonsense=1", "images"), FailsWith(125, "unknown storage option 'nonsense'"));
}

} // namespace
