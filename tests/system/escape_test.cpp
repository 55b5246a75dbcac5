// What hostile images and processes try (security.md section 10): each test's number is there.

#include "tests/support/box.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace skiff::testing;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

namespace {

class Escape : public Box
{
  protected:
    /// Files of the host that hostile images point at, and their state before.
    void SetUp() override
    {
        Box::SetUp();
        canary_ = make_directory("canary", 0755);
        write_file("canary/secret", "secret of the host");
    }
    void TearDown() override
    {
        EXPECT_THAT(list_directory(canary_), ::testing::ElementsAre("secret"));
        EXPECT_EQ(read_file(canary_ + "/secret"), "secret of the host");
        Box::TearDown();
    }
    const std::string& canary() const { return canary_; }

  private:
    std::string canary_;
};

const char* const plain = R"({"Entrypoint":["/bin/probe"],"Env":["PATH=/bin"]})";

TEST_F(Escape, T01_LinksInPlaceOfTheUsualDirectoriesStayInside)
{
    const std::vector<std::string> targets = {canary(), "../../../../../../../.." + canary(), "/"};
    for (const char* place : {"dev", "proc", "sys", "etc", "run", "tmp"})
        for (const std::string& target : targets) {
            SCOPED_TRACE(std::string{place} + " -> " + target);
            std::vector<std::string> entries{std::string{place} + "->" + target};
            if (std::string{place} == "etc")
                entries.insert(entries.end(), {"etc/passwd->" + canary() + "/secret", "etc/group->/x"});
            const std::string image = make_image("linked", plain, entries);

            const Result result = skiff("run", "--rm", "--network", "none", image, "echo", "inside");

            EXPECT_THAT(result.code, AnyOf(0, 125, 126)) << ::testing::PrintToString(result);
            EXPECT_THAT(result.out, Not(HasSubstr("secret")));
        }
}

TEST_F(Escape, T02_DeviceNodesOfTheImageAreNotUsed)
{
    const std::string image = make_image("devices", plain,
        {"dir:dev", "dev/null->" + canary() + "/secret", "dev/console->" + canary() + "/secret", "text:dev/ptmx=x", "dir:dev/pts",
         "dev/pts/0->" + canary() + "/secret"});

    EXPECT_THAT(skiff("run", "--rm", image, "write", "/dev/null", "x", "then", "cat", "/dev/null"), ExitsWith(0));
    EXPECT_THAT(skiff("run", "--rm", "-t", image, "write", "/dev/console", "x"), ExitsWith(0));
    const std::string devices = make_directory("devices");
    ASSERT_EQ(::symlink((canary() + "/secret").c_str(), (devices + "/null").c_str()), 0);
    skiff("run", "--rm", "-v", devices + ":/dev", image, "echo", "x"); // with or without success
}

TEST_F(Escape, T03_MaskedAndReadOnlyPathsAreThat)
{
    for (const char* masked : {"/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/latency_stats", "/proc/sched_debug"})
        if (::access(masked, F_OK) == 0) {
            EXPECT_THAT(skiff("run", "--rm", "--network", "none", probe_image(), "cat", masked).out, IsEmpty()) << masked;
        }
    for (const char* directory : {"/proc/acpi", "/proc/scsi", "/sys/firmware"})
        if (::access(directory, F_OK) == 0) {
            EXPECT_THAT(skiff("run", "--rm", "--network", "none", probe_image(), "ls", directory).out, IsEmpty()) << directory;
        }
    for (const char* read_only : {"/proc/sysrq-trigger", "/proc/sys/kernel/hostname", "/proc/irq/default_smp_affinity"})
        if (::access(read_only, F_OK) == 0) {
            EXPECT_THAT(skiff("run", "--rm", "--network", "none", probe_image(), "open", read_only, "w").out, AnyOf("EROFS\n", "EACCES\n")) << read_only;
        }
}

/// Swaps a directory for a link to somewhere else, all the time, as a neighbour who shares it could.
class Swapper
{
  public:
    Swapper(const std::string& directory, const std::string& link)
        : thread_{[this, directory, link] {
              while (!stop_)
                  ::syscall(SYS_renameat2, AT_FDCWD, directory.c_str(), AT_FDCWD, link.c_str(), 2U /* RENAME_EXCHANGE */);
          }}
    {
    }
    ~Swapper()
    {
        stop_ = true;
        thread_.join();
    }
    Swapper(const Swapper&) = delete;
    Swapper& operator=(const Swapper&) = delete;

  private:
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

TEST_F(Escape, T04_T06_MountsDoNotFollowANeighbourWhoSwapsLinks)
{
    const std::string image = probe_image();
    const std::string share = make_directory("share");
    const std::string source = make_directory("source");
    make_directory("share/place");
    write_file("source/file", "mounted");
    ASSERT_EQ(::symlink(canary().c_str(), (share + "/link").c_str()), 0);
    int mounted = 0;
    {
        const Swapper neighbour{share + "/place", share + "/link"};
        for (int round = 0; round < 25; ++round) {
            const Result result = skiff("run", "--rm", "--network", "none", "-v", share + ":/data", "-v", source + ":/data/place", "-v",
                                        source + ":/data/place/deeper", "-w", "/data/place", image, "write", "made", "x");
            EXPECT_THAT(result.code, AnyOf(0, 1, 125, 126)) << ::testing::PrintToString(result);
            mounted += result.code == 0 ? 1 : 0;
            ASSERT_THAT(list_directory(canary()), ::testing::ElementsAre("secret")) << "round " << round;
        }
    }
    EXPECT_GT(mounted, 0) << "nothing was tried: every start failed";
}

TEST_F(Escape, T05_MountDestinationsAreResolvedInside)
{
    const std::string image = make_image("destinations", plain,
        {"out->" + canary(), "chain->/chain2", "chain2->../../../.." + canary(), "loop->/loop", "dir:real", "inside->/real"});
    const std::string source = make_directory("source");
    write_file("source/file", "mounted");

    EXPECT_THAT(skiff("run", "--rm", "-v", source + ":/inside", image, "cat", "/real/file"), PrintsSubstring("mounted"));
    skiff("run", "--rm", "-v", source + ":/out", image, "write", "/out/made", "x");
    skiff("run", "--rm", "-v", source + ":/chain/deeper", image, "write", "/chain/deeper/made", "x");
    for (const char* bad : {"/loop", "/", "/proc", "/proc/self", "/proc/self/fd/7"})
        EXPECT_THAT(skiff("run", "--rm", "-v", source + ":" + bad, image, "pwd").code, AnyOf(125, 126)) << bad;
}

TEST_F(Escape, T07_TheWorkingDirectoryIsInside)
{
    const std::string image = make_image("places", plain, {"out->" + canary(), "dir:real", "inside->/real"});

    EXPECT_THAT(skiff("run", "--rm", "-w", "/inside", image, "pwd"), Prints("/real"));
    EXPECT_THAT(skiff("run", "--rm", "-w", "/out", image, "ls").out, Not(HasSubstr("secret")));
    for (int fd = 0; fd < 20; ++fd) {
        const std::string magic = "/proc/self/fd/" + std::to_string(fd);
        const Result result = skiff("run", "--rm", "--network", "none", "-w", magic, image, "pwd");
        EXPECT_THAT(result.code, AnyOf(125, 126)) << magic << ": " << result.out;
    }
    const std::string wicked = make_image("wicked", R"({"Entrypoint":["/bin/probe"],"WorkingDir":"/proc/self/fd/8"})");
    EXPECT_THAT(skiff("run", "--rm", wicked, "pwd").code, AnyOf(125, 126));
}

TEST_F(Escape, T09_AccountAndNameFilesMayBeAnything)
{
    const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
        {"links", {"etc/passwd->" + canary() + "/secret", "etc/group->" + canary() + "/secret", "etc/hosts->" + canary() + "/secret",
                   "etc/resolv.conf->" + canary() + "/secret", "etc/mtab->" + canary() + "/secret"}},
        {"pipes", {"fifo:etc/passwd", "fifo:etc/group", "fifo:etc/hosts", "fifo:etc/resolv.conf", "fifo:etc/mtab"}},
        {"nolinebreak", {"text:etc/passwd=root:x:0:0::/root:", "text:etc/group=root:x:0:"}},
        {"huge", {"size:etc/passwd=50000000", "size:etc/group=50000000"}},
    };
    for (const auto& [name, entries] : cases) {
        SCOPED_TRACE(name);
        const std::string image = make_image(name, plain, entries);

        EXPECT_THAT(skiff("run", "--rm", image, "ids"), PrintsSubstring("uid=0 gid=0"));
        EXPECT_THAT(skiff("run", "--rm", "-u", "worker", image, "ids").code, AnyOf(125, 126));
    }
    const std::string strange = make_image("strange", plain,
        {"dir:etc/passwd", "dir:etc/group", "dir:etc/mtab", "dir:etc/hosts", "dir:etc/resolv.conf"});
    EXPECT_THAT(skiff("run", "--rm", strange, "ids"), FailsWith(126, "is a directory"));
}

TEST_F(Escape, T10_TheSameHoldsWithoutNewSystemCalls)
{
    environment().push_back("SKIFF_NO_OPENAT2=1");
    environment().push_back("SKIFF_NO_MOUNT_API=1");
    const std::string image = make_image("linked", plain, {"etc/passwd->" + canary() + "/secret", "out->" + canary(), "dir:real", "inside->/real"});
    const std::string source = make_directory("source");
    write_file("source/file", "mounted");

    EXPECT_THAT(skiff("run", "--rm", "-v", source + ":/inside:ro", image, "cat", "/real/file"), PrintsSubstring("mounted"));
    EXPECT_THAT(skiff("run", "--rm", "-v", source + ":/inside:ro", image, "write", "/real/file", "x"), ExitsWith(1));
    skiff("run", "--rm", "-v", source + ":/out", image, "write", "/out/made", "x");
    EXPECT_THAT(skiff("run", "--rm", "-w", "/proc/self/fd/7", image, "pwd").code, AnyOf(125, 126));
    EXPECT_THAT(skiff("run", "--rm", "-t", image, "write", "/dev/null", "x"), ExitsWith(0));
}

TEST_F(Escape, T12_ControlGroupsOfOthersCannotBeWritten)
{
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "write", "/sys/fs/cgroup/cgroup.procs", "1").code, Not(0));
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "write", "/sys/fs/cgroup/memory/release_agent", "/x").code, Not(0));
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "write", "/sys/kernel/uevent_helper", "/x").code, Not(0));
}

TEST_F(Escape, T13_TheProgramCannotBeWrittenFromInside)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--init", "--cap-add", "all", probe_image(), "forever"), Succeeds());
    const std::string before = run({"/usr/bin/sha256sum", program()}).out;

    for (int round = 0; round < 10; ++round) {
        EXPECT_THAT(skiff("exec", "--privileged", "c", "/bin/probe", "open", "/proc/1/exe", "w").out, AnyOf("EACCES\n", "ETXTBSY\n", "EROFS\n", "EPERM\n", "ELOOP\n"));
        // As its own init, which is a part of skiff.
        EXPECT_THAT(skiff("run", "--rm", "--entrypoint", "/proc/self/exe", probe_image(), "x").code, AnyOf(125, 126, 127));
    }

    EXPECT_EQ(run({"/usr/bin/sha256sum", program()}).out, before);
}

TEST_F(Escape, T14_DescriptorsOfTheCallerDoNotGetIn)
{
    probe_image();
    std::string pipes; // many at once, in the numbers that we use ourselves, too
    for (int fd = 3; fd < 60; ++fd)
        pipes += " " + std::to_string(fd) + "<" + canary() + "/secret";

    EXPECT_THAT(run({"/bin/bash", "-c", program() + " run --rm probe fds" + pipes}), Prints("0 1 2 "));
    EXPECT_THAT(run({"/bin/bash", "-c", program() + " run --rm -t probe fds" + pipes}).out, "0 1 2 \r\n");
    ASSERT_THAT(run({"/bin/bash", "-c", program() + " run -d --name c --health-cmd '[\"/bin/probe\",\"fds\"]' --health-interval 0 probe forever" + pipes}), Succeeds());
    EXPECT_THAT(run({"/bin/bash", "-c", program() + " exec c /bin/probe fds" + pipes}), Prints("0 1 2 "));
    ASSERT_THAT(skiff("healthcheck", "run", "c"), Succeeds());
    EXPECT_THAT(skiff("inspect", "--format", "{{json .State.Health}}", "c").out, HasSubstr("\"0 1 2 \\n\""));
}

TEST_F(Escape, T15_ProcessesOfTheEngineCannotBeTraced)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "--cap-add", "SYS_PTRACE", probe_image(), "forever"), Succeeds());

    const Result seen = skiff("exec", "c", "/bin/probe", "ls", "/proc");

    for (const pid_t monitor : find_orphans())
        EXPECT_THAT(seen.out, Not(HasSubstr("\n" + std::to_string(monitor) + "\n")));
    EXPECT_THAT(skiff("exec", "c", "/bin/probe", "readlink", "/proc/1/cwd").line(), "/");
    EXPECT_THAT(skiff("exec", "c", "/bin/probe", "readlink", "/proc/self/root").line(), "/");
}

TEST_F(Escape, T15_WhoMayTraceDoesNotReadTheCallersVariables)
{
    environment().push_back("TOKEN_OF_THE_CALLER=mark-of-the-caller");
    probe_image();
    Running spy = start_skiff("run", "--name", "c", "--cap-add", "SYS_PTRACE", "--env", "MINE=1", "probe", "spy", "mark-of-the-caller", "4");
    spy.read_until("ready");

    for (int round = 0; round < 20; ++round)
        skiff("exec", "c", "/bin/probe", "sleep", "0.05");

    EXPECT_THAT(spy.finish().out, ::testing::StrEq("ready\nlooked\n"));
}

TEST_F(Escape, T19_SystemCallsThatNobodyNeedsAreRefused)
{
    struct Case
    {
        const char* name;
        std::vector<std::string> words;
        const char* expected;
    };
    const Case cases[] = {
        {"bpf", {"321", "0", "0", "0"}, "EPERM"},
        {"perf_event_open", {"298", "0", "0", "0", "0", "0"}, "EPERM"},
        {"userfaultfd", {"323", "0"}, "EPERM"},
        {"io_uring_setup", {"425", "1", "0"}, "EPERM"},
        {"open_by_handle_at", {"304", "0", "0", "0"}, "EPERM"},
        {"kexec_load", {"246", "0", "0", "0", "0"}, "EPERM"},
        {"init_module", {"175", "0", "0", "0"}, "EPERM"},
        {"socket AF_ALG", {"41", "38", "5", "0"}, "EAFNOSUPPORT EPERM EINVAL"},
        {"socket AF_VSOCK", {"41", "40", "1", "0"}, "EAFNOSUPPORT EPERM EINVAL"},
        {"ioctl TIOCSTI", {"16", "0", "0x5412", "0"}, "EPERM"},
        {"ioctl TIOCSTI with high bits", {"16", "0", "0x100005412", "0"}, "EPERM"},
        {"ioctl TIOCLINUX", {"16", "0", "0x541c", "0"}, "EPERM"},
        {"reboot", {"169", "0", "0", "0", "0"}, "EPERM"},
        {"swapon", {"167", "0", "0"}, "EPERM"},
        {"a call that does not exist", {"9999"}, "ENOSYS"},
    };
#if !defined(__x86_64__)
    GTEST_SKIP() << "the numbers are those of x86_64";
#endif
    ASSERT_THAT(skiff("run", "-d", "--name", "c", probe_image(), "forever"), Succeeds());
    for (const Case& c : cases) {
        std::vector<std::string> argv{program(), "exec", "c", "/bin/probe", "syscall"};
        argv.insert(argv.end(), c.words.begin(), c.words.end());
        const std::string answer = run(argv).line();
        EXPECT_FALSE(answer.empty()) << c.name;
        EXPECT_THAT(std::string{c.expected}, HasSubstr(answer)) << c.name;
    }
    EXPECT_THAT(skiff("run", "--rm", probe_image(), "status", "Seccomp"), Prints("2"));
    EXPECT_THAT(skiff("run", "--rm", "--security-opt", "seccomp=unconfined", probe_image(), "status", "Seccomp"), Prints("0"));
    EXPECT_THAT(skiff("run", "--rm", "--privileged", probe_image(), "status", "Seccomp"), Prints("0"));
}

TEST_F(Escape, T21_TheCallersKeyringStaysOutside)
{
    constexpr int session_keyring = -3;
    const long key = ::syscall(SYS_add_key, "user", "skiff-escape-test", "secret", 6, session_keyring);
    if (key < 0)
        GTEST_SKIP() << "no keyrings here: " << std::strerror(errno);
    constexpr int read_key = 11; // KEYCTL_READ
    const std::string number = std::to_string(key);
    const Result result = skiff("run", "--rm", probe_image(), "syscall", std::to_string(SYS_keyctl), std::to_string(read_key), number, "0", "0");
    ::syscall(SYS_keyctl, 9 /* KEYCTL_UNLINK */, key, session_keyring);

    EXPECT_THAT(result.line(), AnyOf("EACCES", "ENOKEY", "EPERM", "ENOSYS"));
}

TEST_F(Escape, T23_TheImagesEnvironmentStaysInside)
{
    const std::string image = make_image("variables", R"({"Entrypoint":["/bin/probe"],"Env":["PATH=/evil:/bin","LD_PRELOAD=/evil.so",)"
                                                      R"("BASH_ENV=/evil.sh","IFS=x","LD_LIBRARY_PATH=/evil"]})");
    make_directory("hooks");
    const std::string seen = path() + "/seen";
    write_file("hook.sh", "#!/bin/sh\n/usr/bin/env > " + seen + "\n", 0755);
    write_file("hooks/hook.json", R"({"version":"1.0.0","hook":{"path":")" + path() + R"(/hook.sh"},"when":{"always":true},"stages":["createRuntime"]})");

    EXPECT_THAT(run({program(), "--hooks-dir", "hooks", "run", "--rm", image, "env"}, {.directory = path()}), PrintsSubstring("LD_PRELOAD=/evil.so"));

    EXPECT_THAT(read_file(seen), Not(HasSubstr("evil")));
    EXPECT_THAT(read_file(seen), Not(IsEmpty()));
    // Programs of the host that the engine needs are not looked for in anybody's $PATH (R25).
    const std::string fake = make_directory("fake");
    for (const char* helper : {"newuidmap", "newgidmap", "fusermount3"})
        write_file(std::string{"fake/"} + helper, "#!/bin/sh\necho called > " + path() + "/called\nexit 1\n", 0755);
    const Result result = run({program(), "unshare", "/bin/true"}, RunOptions{.environment = {"PATH=" + fake + ":/usr/bin:/bin"}});
    EXPECT_THAT(result, Succeeds());
    EXPECT_NE(::access((path() + "/called").c_str(), F_OK), 0) << "a program of $PATH was used";
}

TEST_F(Escape, T25_LabelsOfTheImageMeanNothing)
{
    const std::string image = make_image("labelled",
        R"({"Entrypoint":["/bin/probe"],"Labels":{"io.podman.annotations.privileged":"TRUE","io.podman.annotations.autoremove":"TRUE",)"
        R"("run.oci.keep_original_groups":"1","io.containers.autoupdate":"registry","org.systemd.property.ExecStart":"'/x'"}})");

    EXPECT_THAT(skiff("run", "--name", "c", image, "status", "CapEff"), Prints("00000000800405fb"));

    EXPECT_THAT(skiff("ps", "-aq").out, Not(IsEmpty())) << "not removed";
}

TEST_F(Escape, T28_OtherUsersSeeNothing)
{
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "-v", "data:/data", probe_image(), "write", "/data/x", "secret", "then", "forever"), Succeeds());

    for (const std::string& place : {path() + "/data/skiff", path() + "/run/skiff"}) {
        struct stat status{};
        ASSERT_EQ(::stat(place.c_str(), &status), 0) << place;
        EXPECT_EQ(status.st_mode & 077U, 0U) << place << " is open to others";
        EXPECT_EQ(status.st_uid, ::geteuid());
    }
    // No names in places that everybody shares, and no abstract sockets.
    for (const char* shared : {"/tmp", "/var/tmp", "/dev/shm"})
        for (const std::string& name : list_directory(shared)) {
            struct stat status{};
            const std::string file = std::string{shared} + "/" + name;
            // The places of users without a home and a session (hpc.md) are theirs alone; what tests keep there is for everybody.
            const bool is_of_tests = name == "skiff-tests" || name.starts_with("skiff-bases") || name.starts_with("skiff-workloads");
            if (::lstat(file.c_str(), &status) == 0 && status.st_uid == ::geteuid() && name.starts_with("skiff") && !is_of_tests) {
                EXPECT_EQ(status.st_mode & 077U, 0U) << file;
            }
        }
    EXPECT_THAT(read_file("/proc/net/unix"), Not(HasSubstr("@skiff")));
}

TEST_F(Escape, T44_CopiesDoNotFollowANeighbourWhoSwapsLinks)
{
    const std::string share = make_directory("share");
    make_directory("share/place");
    write_file("share/place/secret", "of the container");
    ASSERT_EQ(::symlink(canary().c_str(), (share + "/link").c_str()), 0);
    ASSERT_THAT(skiff("run", "-d", "--name", "c", "-v", share + ":/data", probe_image(), "forever"), Succeeds());
    const std::string file = write_file("file", "from the host");
    const std::string out = make_directory("out");
    {
        const Swapper neighbour{share + "/place", share + "/link"};
        for (int round = 0; round < 25; ++round) {
            skiff("cp", file, "c:/data/place/made");
            skiff("cp", "c:/data/place/secret", out + "/copy");
            EXPECT_THAT(read_file(out + "/copy"), Not(HasSubstr("secret of the host")));
            ASSERT_THAT(list_directory(canary()), ::testing::ElementsAre("secret")) << "round " << round;
        }
    }
}

TEST_F(Escape, T48_NamesDoNotSpeakToTheTerminal)
{
    const std::string image = make_image("speaking", "{\"Entrypoint\":[\"/bin/probe\"],\"Labels\":{\"x\":\"\\u001b]52;c;x\\u0007\"}}");

    const std::string evil = "\033]0;owned\007";
    EXPECT_THAT(skiff("run", "--rm", "--name", evil, image).err, Not(HasSubstr("\033")));
    EXPECT_THAT(skiff("inspect", evil).err, Not(HasSubstr("\033")));
    ASSERT_THAT(skiff("create", "--name", "c", image, "echo", evil), Succeeds());
    for (Running& list : std::array{start_on_terminal("ps", "-a", "--no-trunc"), start_on_terminal("ps", "-a", "--format", "{{.Labels}}"),
                                    start_on_terminal("inspect", "c"), start_on_terminal("images")})
        EXPECT_THAT(list.finish().out, Not(HasSubstr("\033")));
}

} // namespace
