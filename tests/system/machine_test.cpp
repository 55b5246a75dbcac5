// Machines that lack something: no environment, no input, a full or read-only disk, no helpers, no devices.

#include "tests/support/box.hpp"

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace {

class Machine : public Box
{
  protected:
    template <typename... Words>
    Result skiff_with(const RunOptions& options, const Words&... words)
    {
        return run({program(), std::string{words}...}, options);
    }
    /// The same, with nothing in /dev but these.
    Result in_machine_with_devices(const std::string& devices, const std::string& script)
    {
        probe_image();
        const std::string dev = make_directory("dev");
        return in_private_machine("mount -t tmpfs none " + dev + "\nmkdir -p " + dev + "/net " + dev + "/pts " + dev + "/shm\nfor d in " + devices +
                                  "; do : > " + dev + "/$d; mount --bind /dev/$d " + dev + "/$d; done\nmount --rbind " + dev + " /dev\n" + script);
    }
    /// Runs a shell script in a user and mount namespace of the test's own, where it may mount what the machine "has".
    Result in_private_machine(const std::string& script)
    {
        return run({"/usr/bin/unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "/bin/sh", "-ec", script});
    }
};

TEST_F(Machine, WithoutXdgVariablesUsesTheHome)
{
    const RunOptions bare{.environment = {"XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"}};

    EXPECT_THAT(skiff_with(bare, "run", "--rm", "hello"), PrintsSubstring("Hello"));

    EXPECT_THAT(list_directory(path() + "/home/.local/share"), ::testing::ElementsAre("skiff"));
    EXPECT_THAT(skiff_with(bare, "system", "reset", "-f"), Succeeds());
}

/// A login by su or cron: nobody made /run/user/ID, whatever the session has in which the tests run.
TEST_F(Machine, WithoutASessionKeepsRuntimeFilesWithTheData)
{
    const std::string skiff = "env -u XDG_RUNTIME_DIR -u XDG_DATA_HOME " + program();

    const Result result = in_private_machine("if [ -d /run/user ]; then mount -t tmpfs none /run/user; fi\n" + skiff + " run --name c hello\n" + skiff +
                                             " start -a c\n" + skiff + " info --format '{{.Store.RunRoot}}'\n" + skiff + " rm c\n" + skiff +
                                             " system reset -f\n");

    EXPECT_THAT(result, PrintsSubstring(path() + "/home/.local/share/skiff/runtime\n")) << result.err;
}

TEST_F(Machine, WithoutHomeAsksTheAccountDatabase)
{
    const Result version = skiff_with({.environment = {"HOME"}}, "version");
    EXPECT_THAT(version, Succeeds());

    const Result result = skiff_with({.environment = {"HOME"}}, "run", "--rm", "hello");
    EXPECT_THAT(result, PrintsSubstring("Hello"));
}

TEST_F(Machine, WithoutAnyEnvironmentAnswersClearly)
{
    const Result result = run({"/usr/bin/env", "-i", program(), "--root", path() + "/data/bare", "--runroot", path() + "/run/bare", "run", "--rm", "hello"});

    EXPECT_THAT(result, PrintsSubstring("Hello"));
    EXPECT_THAT(run({"/usr/bin/env", "-i", program(), "--root", path() + "/data/bare", "--runroot", path() + "/run/bare", "system", "reset", "-f"}), Succeeds());
}

TEST_F(Machine, WithoutStandardStreamsWorks)
{
    const RunOptions closed{.in_child = [] { ::close(0); }};
    probe_image();

    EXPECT_THAT(skiff_with(closed, "run", "--rm", "probe", "fds"), Prints("0 1 2 "));
    EXPECT_THAT(skiff_with(closed, "run", "--rm", "-i", "probe", "count"), Prints("0 bytes"));
    const RunOptions all{.in_child = [] {
        ::close(0);
        ::close(1);
        ::close(2);
    }};
    EXPECT_EQ(skiff_with(all, "run", "--name", "silent", "probe", "echo", "x", "then", "exit", "3").code, 3);
    EXPECT_EQ(skiff("logs", "silent").out, "x\n");
}

TEST_F(Machine, WithAClosedOutputSaysSo)
{
    const Result result = run({"/bin/sh", "-c", program() + " version > /dev/full"});

    EXPECT_NE(result.code, 0);
    EXPECT_THAT(result.err, HasSubstr("standard output"));
}

TEST_F(Machine, WithAForeignRuntimeDirectoryUsesAnother)
{
    for (const char* directory : {"/root", "/nowhere", "relative", ""}) {
        SCOPED_TRACE(directory);
        const RunOptions options{.environment = {std::string{"XDG_RUNTIME_DIR="} + directory}};
        EXPECT_THAT(skiff_with(options, "run", "--rm", "hello"), PrintsSubstring("Hello"));
    }
    // T-27: one that others may write to is not ours alone.
    const std::string open = make_directory("open", 0777);
    EXPECT_THAT(skiff_with({.environment = {"XDG_RUNTIME_DIR=" + open}}, "run", "--rm", "hello"), PrintsSubstring("Hello"));
    EXPECT_THAT(list_directory(open), IsEmpty());
}

TEST_F(Machine, WithAReadOnlyHomeFindsAnotherPlaceOrNamesIt)
{
    for (const char* directory : {"/home", "/data"})
        ASSERT_EQ(::chmod((path() + directory).c_str(), 0500), 0);

    EXPECT_THAT(skiff("run", "--rm", "hello"), PrintsSubstring("Hello"));
    EXPECT_THAT(skiff("info", "--format", "{{.Store.GraphRoot}}").out, HasSubstr(path() + "/tmp/"));
    EXPECT_THAT(skiff("--root", path() + "/data/asked", "run", "--rm", "hello"), FailsWith(125, path() + "/data"));

    EXPECT_THAT(skiff("system", "reset", "-f"), Succeeds());
    for (const char* directory : {"/home", "/data"})
        ::chmod((path() + directory).c_str(), 0700);
    ASSERT_THAT(run({"/bin/rm", "-rf", path() + "/tmp/skiff-" + std::to_string(::geteuid())}), Succeeds());
}

/// Without the policy, what it forbids would be accepted.
TEST_F(Machine, WithAPolicyThatCannotBeReadTakesNoImage)
{
    probe_image();
    make_directory("config/containers");
    write_file("config/containers/policy.json", "{}", 0);

    EXPECT_THAT(skiff("pull", "127.0.0.1:1/nothing"), FailsWith(125, "policy.json': permission denied"));
    EXPECT_THAT(skiff("run", "--rm", "probe", "echo", "works"), Prints("works"));
}

TEST_F(Machine, WithoutSubordinateIdsSaysSoOnce)
{
    const std::string run = program() + " run --rm localhost/probe ids\n";

    const Result result = in_private_machine("mount --bind /dev/null /etc/subuid\n" + program() + " load -q -i " + std::getenv("SKIFF_PROBE_IMAGE") +
                                             "\n" + run + run + program() + " system reset -f\n");

    EXPECT_THAT(result.out, HasSubstr("uid=0 gid=0"));
    const std::size_t notice = result.err.find("containers have one user id only");
    ASSERT_NE(notice, std::string::npos) << result.err;
    EXPECT_EQ(result.err.find("containers have one user id only", notice + 1), std::string::npos) << result.err;
}

/// Under `sudo -u`, HOME may be another user's; a service may have none that exists.
TEST_F(Machine, WithAHomeThatCannotBeUsedWorks)
{
    probe_image();
    const std::string closed = make_directory("closed", 0);
    for (const std::string& home : {std::string{"/root"}, std::string{"/nowhere"}, std::string{"relative"}, closed, std::string{"/dev/null"}}) {
        SCOPED_TRACE(home);
        const RunOptions options{.environment = {"HOME=" + home, "XDG_CONFIG_HOME", "XDG_CACHE_HOME"}};
        EXPECT_THAT(skiff_with(options, "run", "--rm", "probe", "echo", "works"), Prints("works"));
        EXPECT_THAT(skiff_with(options, "info", "--format", "{{.Host.OS}}"), Prints("linux"));
        EXPECT_THAT(skiff_with(options, "pull", "127.0.0.1:1/nothing"), FailsWith(125, "connection refused"));
        EXPECT_THAT(skiff_with(options, "volume", "ls"), Succeeds());
    }
}

TEST_F(Machine, WithConfigurationsThatCannotBeReadWorks)
{
    probe_image();
    const std::string config = make_directory("config/containers");
    for (const char* directory : {"/containers.conf.d", "/registries.conf.d", "/containers.conf.modules", "/certs.d"})
        make_directory("config/containers" + std::string{directory}, 0);
    for (const char* file : {"/containers.conf", "/registries.conf", "/storage.conf", "/auth.json"})
        write_file("config/containers" + std::string{file}, "not = for us", 0);

    for (int round = 0; round < 2; ++round) {
        EXPECT_THAT(skiff("run", "--rm", "probe", "echo", "works"), Prints("works"));
        EXPECT_THAT(skiff("pull", "127.0.0.1:1/nothing"), FailsWith(125, "connection refused"));
        ::chmod(config.c_str(), 0);
    }
    ::chmod(config.c_str(), 0700);
    for (const char* directory : {"/containers.conf.d", "/registries.conf.d", "/containers.conf.modules", "/certs.d"})
        ::chmod((config + directory).c_str(), 0700);
}

TEST_F(Machine, WithAFullDiskFailsAsAWholeAndCanBeCleaned)
{
    const std::string disk = make_directory("disk");
    const std::string archive = std::getenv("SKIFF_PROBE_IMAGE");
    const std::string skiff = program() + " --root " + disk + "/data --runroot " + path() + "/run/full";

    const Result result = in_private_machine(
        "mount -t tmpfs -o size=3m,mode=0700 none " + disk + "\n" + skiff + " load -q -i " + archive + "\n" +
        "dd if=/dev/zero of=" + disk + "/filler bs=1k 2>/dev/null || true\n" +
        "set +e\n" + skiff + " run --name c localhost/probe write /big < /dev/zero\n echo run=$?\n" + // no space inside, either
        skiff + " load -q -i " + archive + "; echo load=$?\n" + skiff + " ps -a --format 'state={{.State}}'\n" +
        skiff + " rm -af; echo rm=$?\n" + "rm " + disk + "/filler\n" + skiff + " run --rm localhost/probe echo works again\n" +
        skiff + " rm -af\n" + skiff + " system reset -f; echo reset=$?\n");

    EXPECT_THAT(result.out, AllOf(HasSubstr("rm=0\n"), HasSubstr("works again\n"), HasSubstr("reset=0\n"))) << result.err;
    EXPECT_THAT(result.err, HasSubstr("o space left on device"));
}

TEST_F(Machine, WithADiskThatBecameReadOnlyTellsHowALostRunEnded)
{
    const std::string disk = make_directory("disk");
    const std::string skiff = program() + " --root " + disk + "/data --runroot " + path() + "/run/ro";

    const Result result = in_private_machine(
        "mount -t tmpfs none " + disk + "\n" + skiff + " load -q -i " + std::getenv("SKIFF_PROBE_IMAGE") + "\n" + skiff +
        " run -d --name c localhost/probe forever\nkill -9 $(" + skiff + " inspect -f '{{.State.ConmonPid}}' c)\nset +e\n" +
        "n=0\nuntil mount -o remount,ro none " + disk + " 2>/dev/null || [ $((n += 1)) -gt 200 ]; do sleep 0.05; done\n" + skiff + " inspect -f 'state={{.State.Status}} {{.State.ExitCode}}' c\n" +
        "mount -o remount,rw none " + disk + "\n" + skiff + " system reset -f; echo reset=$?\n");

    EXPECT_THAT(result.out, AllOf(HasSubstr("state=exited 137\n"), HasSubstr("reset=0\n"))) << result.err;
}

/// Runtime files on the disk that a container has filled: nothing that frees space may need some, and its end is recorded.
TEST_F(Machine, WithAFullDiskThatHoldsTheRuntimeFilesTooCanBeCleaned)
{
    const std::string disk = make_directory("disk");
    const std::string skiff = "env -u XDG_RUNTIME_DIR " + program() + " --root " + disk + "/data";

    const Result result = in_private_machine(
        "if [ -d /run/user ]; then mount -t tmpfs none /run/user; fi\nmount -t tmpfs -o size=8m,mode=0700 none " + disk + "\n" + skiff +
        " load -q -i " + std::getenv("SKIFF_PROBE_IMAGE") + "\n" + skiff + " create --name other localhost/probe\nset +e\n" + skiff +
        " run -d --name filled --network none localhost/probe forever\ndd if=/dev/zero of=" + disk + "/filler bs=1k 2>/dev/null\n" + skiff +
        " kill filled\n" + skiff + " wait filled\n" + skiff + " inspect --format 'recorded={{.State.ExitCode}} {{.State.Error}}.' filled\n" + skiff +
        " rm filled; echo rm=$?\n" + skiff + " container prune -f; echo prune=$?\n" + skiff + " rmi -af; echo rmi=$?\nrm " + disk + "/filler\n" +
        skiff + " system reset -f; echo reset=$?\n");

    EXPECT_THAT(result.out, AllOf(HasSubstr("recorded=137 ."), HasSubstr("rm=0\n"), HasSubstr("prune=0\n"), HasSubstr("rmi=0\n"), HasSubstr("reset=0\n")))
        << result.err;
}

TEST_F(Machine, WithoutTunSaysWhatIsMissing)
{
    const Result result = in_machine_with_devices("null zero full random urandom tty fuse",
        program() + " run --rm localhost/probe echo works || echo code=$?\n" + program() + " run --rm --network none localhost/probe echo without\n");

    EXPECT_THAT(result.out, HasSubstr("without\n")) << result.err;
    EXPECT_THAT(result.out + result.err, AnyOf(HasSubstr("works\n"), HasSubstr("/dev/net/tun")));
}

TEST_F(Machine, WithoutFuseSaysSoWhenItIsAskedFor)
{
    const Result result = in_machine_with_devices("null zero full random urandom tty net/tun",
        program() + " --storage-driver fuse-overlayfs run --rm localhost/probe echo works || echo code=$?\n" + program() +
        " run --rm localhost/probe echo without\n");

    EXPECT_THAT(result.out, AllOf(HasSubstr("code=12"), HasSubstr("without\n"))) << result.err;
    EXPECT_THAT(result.err, HasSubstr("/dev/fuse"));
}

TEST_F(Machine, WithoutNewuidmapHasOneId)
{
    probe_image();
    const Result result = in_private_machine("mount --bind /dev/null /usr/bin/newuidmap\nmount --bind /dev/null /usr/bin/newgidmap\n" + program() +
                                             " run --rm localhost/probe ids\n");

    EXPECT_THAT(result, PrintsSubstring("uid=0 gid=0"));
}

TEST_F(Machine, WithoutSubordinateRangeHasOneId)
{
    const std::string empty = write_file("empty", "");
    environment().push_back("SKIFF_SUBUID_FILE=" + empty);
    environment().push_back("SKIFF_SUBGID_FILE=" + empty);

    const Result result = skiff("run", "--rm", "hello");

    EXPECT_THAT(result, PrintsSubstring("Hello"));
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "cat", "/proc/self/uid_map").out, HasSubstr(" 1\n"));
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "ids"), PrintsSubstring("uid=0"));
}

/// Where only one id exists, package managers need this; builds have it without being asked.
TEST_F(Machine, WithOneIdCanPretendToChangeOwners)
{
    const RunOptions one{.environment = {"SKIFF_SINGLE_ID=1"}};
    probe_image();

    EXPECT_NE(skiff_with(one, "run", "--rm", "probe", "chown", "/tmp", "5", "5").code, 0);
    EXPECT_THAT(skiff_with(one, "run", "--rm", "--root-emulation", "errno", "probe", "chown", "/tmp", "5", "5", "then", "ids", "then", "stat", "/tmp"),
                AllOf(PrintsSubstring("uid=0 gid=0"), PrintsSubstring("0:0")));
    EXPECT_THAT(skiff_with(one, "run", "--rm", "--root-emulation", "full", "probe", "ids"), FailsWith(125, "not built yet"));
    // With a range of ids, owners really change.
    if (has_subordinate_ids()) {
        EXPECT_THAT(skiff("run", "--rm", "--root-emulation", "errno", "probe", "chown", "/tmp", "5", "5", "then", "stat", "/tmp"), PrintsSubstring("5:5"));
    }
}

// security.md T-30
TEST_F(Machine, WithAStrangeRangeFileRefusesWhatItCannotTrust)
{
    const std::string me = std::to_string(::geteuid());
    const std::vector<std::string> contents{me + ":0:65536\n", me + ":" + me + ":10\n", "nonsense\n", me + ":100000\n", me + ":100000:-5\n",
                                       me + ":99999999999:65536\n", std::string(1'000'000, 'x')};
    for (const std::string& content : contents) {
        SCOPED_TRACE(content.substr(0, 40));
        const std::string file = write_file("ranges", content);
        const RunOptions options{.environment = {"SKIFF_SUBUID_FILE=" + file, "SKIFF_SUBGID_FILE=" + file}};

        const Result result = skiff_with(options, "run", "--rm", "hello");

        EXPECT_THAT(result.code, AnyOf(0, 125));
        EXPECT_THAT(result.err, Not(HasSubstr("defect")));
    }
}

TEST_F(Machine, WithFewDescriptorsFailsClearly)
{
    probe_image();
    for (const rlim_t count : {8U, 12U, 16U, 24U, 64U}) {
        SCOPED_TRACE(std::to_string(count));
        const RunOptions options{.in_child = [count] {
            const rlimit limit{count, count};
            ::setrlimit(RLIMIT_NOFILE, &limit);
        }};
        const Result result = skiff_with(options, "run", "--rm", "probe", "echo", "x");
        EXPECT_THAT(result.code, AnyOf(0, 125, 126)) << ::testing::PrintToString(result);
    }
    EXPECT_THAT(skiff("ps", "-aq").out, IsEmpty());
}

TEST_F(Machine, WithAnOldKernelHasNamedWays)
{
    environment().push_back("SKIFF_NO_OPENAT2=1");
    environment().push_back("SKIFF_NO_MOUNT_API=1");
    const std::string shared = make_directory("shared");

    EXPECT_THAT(skiff("run", "--rm", "-v", shared + ":/s", "-v", "vol:/v", "--tmpfs", "/t", probe_image(), "write", "/s/x", "y", "then", "write",
                      "/v/x", "y", "then", "write", "/t/x", "y", "then", "fds"),
                Prints("0 1 2 "));
    EXPECT_EQ(read_file(shared + "/x"), "y");
}

TEST_F(Machine, WithADamagedStoreFormatRefusesIt)
{
    ASSERT_THAT(skiff("run", "--rm", "hello"), Succeeds());
    const std::string format = path() + "/data/skiff/format";
    const std::string before = read_file(format);
    std::ofstream{format, std::ios::trunc} << "99\n";

    EXPECT_THAT(skiff("ps"), ExitsWith(125));

    std::ofstream{format, std::ios::trunc} << before;
    EXPECT_THAT(skiff("ps"), Succeeds());
}

TEST_F(Machine, LimitsThatCannotBeHadAreLeftOutWithAWarning)
{
    const std::string reason = skiff("info", "--format", "{{.Host.CgroupReason}}").line();
    if (reason.empty())
        GTEST_SKIP() << "a cgroup is delegated to this user";
    const std::string why = " ignored: " + reason + "\n";

    const Result result = skiff("run", "--rm", "-m", "64m", "--cpus", "0.5", probe_image(), "echo", "runs");
    EXPECT_THAT(result, Prints("runs"));
    EXPECT_EQ(result.err, "Warning: the limits --memory, --cpus are" + why);

    ASSERT_THAT(skiff("create", "--name", "c", "-m", "64m", "localhost/probe", "forever"), Succeeds());
    EXPECT_EQ(skiff("start", "c").err, "Warning: the limit --memory is" + why);
    EXPECT_EQ(inspect("c", "{{.HostConfig.Memory}}"), "67108864");
    EXPECT_EQ(skiff("update", "--pids-limit", "9", "c").err, "Warning: the limits --memory, --pids-limit are" + why);
    EXPECT_EQ(skiff("run", "--rm", "localhost/probe", "echo").err, ""); // nobody asked for the default
    EXPECT_THAT(skiff("run", "--rm", "--cgroups", "disabled", "-m", "64m", "localhost/probe", "echo"), FailsWith(125, "--cgroups=disabled was asked for"));
}

TEST_F(Machine, WithAHomeThatCannotBeWrittenSaysOnceWhereTheStoreIs)
{
    const std::string home = make_directory("home-of-others", 0500);
    const RunOptions without{{}, {"HOME=" + home, "XDG_DATA_HOME", "TMPDIR=" + make_directory("scratch")}, {}, {}};

    const Result first = run({program(), "images", "-q"}, without);
    const Result second = run({program(), "images", "-q"}, without);

    EXPECT_THAT(first.err, AllOf(HasSubstr("Warning: images and containers are kept in " + path() + "/scratch/skiff-"), HasSubstr("not '" + home)));
    EXPECT_EQ(second.err, "");
    EXPECT_THAT(run({program(), "info", "--format", "{{.Store.GraphRootReason}} {{.Store.LocationNotes}}"}, without).out, HasSubstr(home));
    EXPECT_THAT(run({program(), "system", "reset", "-f"}, without), Succeeds());
    ::chmod(home.c_str(), 0700);
}

} // namespace
