#include "test_container.hpp"

#include <csignal>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace skiff::runtime::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

SKIFF_CONTAINER_TEST(Container, RunsACommandAndTellsItsExitCode)
{
    const Outcome outcome = box.run("echo $0 $HOSTNAME $HOME; exit 7");

    EXPECT_EQ(outcome.code, 7);
    EXPECT_EQ(outcome.output, "/bin/sh cccccccccccc /root\n");
}

SKIFF_CONTAINER_TEST(Container, IsPidOneOfItsOwnNamespaces)
{
    const Outcome outcome = box.run("echo $$; hostname; ls /proc | grep -c '^[0-9]'; cat /proc/net/dev | grep -c :");

    EXPECT_THAT(outcome.output, HasSubstr("1\ncccccccccccc\n"));
}

SKIFF_CONTAINER_TEST(Container, BringsLoopbackUpWithoutATap)
{
    EXPECT_THAT(box.run("cat /sys/class/net/lo/flags").output, "0x9\n");
}

SKIFF_CONTAINER_TEST(Container, KilledBeforeItsCommandRanIsAFailure)
{
    box.use_shell("true");
    ContainerProcess container = ContainerProcess::create(box.make(), {}, box.options);
    container.wait_created();

    container.pidfd().send_signal(SIGKILL);

    try {
        container.start();
        ADD_FAILURE() << "it ran";
    } catch (const Error& error) {
        EXPECT_EQ(error.message(), "the container's process was killed by signal 9 during the set-up");
    }
}

SKIFF_CONTAINER_TEST(Container, ThatEndsAtOnceHasRunAllTheSame)
{
    box.use_shell("kill -9 $$");
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(box.run("exit 3").code, 3);
}

SKIFF_CONTAINER_TEST(Exec, GoesAwayWithItsOwner)
{
    box.config.command = {"/bin/sleep", "100"};
    const oci::RuntimeSpec spec = box.make();
    ContainerProcess container = ContainerProcess::create(spec, {}, box.options);
    container.start();
    ExecRequest request;
    request.command = {"/bin/sleep", "100"};
    ExecSpec exec;
    exec.process = make_exec_process(spec, box.config, request);
    pid_t pid = 0;
    {
        const StartedProcess started = container.spawn_exec(exec, {});
        pid = started.pid();
    }
    EXPECT_EQ(::kill(pid, 0), -1) << "an exec that runs";

    {
        const StartingProcess starting = container.begin_exec(exec, {});
    }

    container.pidfd().send_signal(SIGKILL);
    EXPECT_EQ(container.process().wait().signal, SIGKILL) << "a zombie in the pid namespace would keep it from ending";
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "an exec that was about to run";
}

SKIFF_CONTAINER_TEST(Container, WithoutTheCommandIs127)
{
    box.config.command = {"/no/such"};
    EXPECT_THAT(box.failure(),
                HasSubstr("127: executable file `/no/such` not found in $PATH: No such file or directory"));
    box.config.command = {"nosuch"};
    EXPECT_THAT(box.failure(), HasSubstr("127: executable file `nosuch` not found in $PATH"));
}

SKIFF_CONTAINER_TEST(Container, WithACommandThatCannotBeExecutedIs126)
{
    box.config.command = {"/etc"};
    EXPECT_THAT(box.failure(),
                HasSubstr("126: exec: \"/etc\": open executable: Permission denied: OCI permission denied"));
    box.write_file("bin/text", "hello", 0755);
    box.config.command = {"/bin/text"};
    EXPECT_THAT(box.failure(), HasSubstr("126: exec: \"/bin/text\": exec format error"));
}

// T-14
SKIFF_CONTAINER_TEST(Container, HasExactlyItsThreeDescriptors)
{
    std::vector<int> leaks;
    for (int i = 0; i < 50; ++i)
        leaks.push_back(::open("/etc", O_RDONLY)); // without O_CLOEXEC: the caller's own carelessness

    const Outcome first = box.run("ls /proc/self/fd | grep -v '^3$'"); // 3 is ls's own
    const Outcome second = box.exec("ls /proc/self/fd | grep -v '^3$'");

    EXPECT_EQ(first.output, "0\n1\n2\n");
    EXPECT_EQ(second.output, "0\n1\n2\n");
}

SKIFF_CONTAINER_TEST(Container, KeepsPreservedDescriptorsAtTheirNumbers)
{
    auto [reader, writer] = TestContainer::make_pipe();
    box.preserved = {{writer.get(), 3}, {writer.get(), 5}};

    const Outcome outcome = box.run("echo three >&3; echo five >&5; test -e /proc/self/fd/4; echo $?");
    writer.reset();

    EXPECT_EQ(read_all(reader.get(), 100, "pipe"), "three\nfive\n");
    EXPECT_EQ(outcome.output, "1\n");
}

// T-18
SKIFF_CONTAINER_TEST(Container, HasTheCapabilitiesOfTheTable)
{
    const std::string sets = "grep -o 'Cap.*' /proc/self/status | tr -d '\\t'";
    const std::string defaults = "CapInh:0000000000000000CapPrm:00000000800405fbCapEff:00000000800405fbCapBnd:"
                                 "00000000800405fbCapAmb:0000000000000000";
    const std::string none = "CapInh:0000000000000000CapPrm:0000000000000000CapEff:0000000000000000CapBnd:"
                             "00000000800405fbCapAmb:0000000000000000";
    const auto squeezed = [](std::string text) {
        std::erase_if(text, [](char c) { return c == '\n' || c == '\t'; });
        return text;
    };
    const std::string show = "grep ^Cap /proc/self/status";

    EXPECT_EQ(squeezed(box.run(show).output), defaults) << "root";
    EXPECT_EQ(squeezed(box.exec(show).output), defaults) << "exec";
    ExecRequest as_alice;
    as_alice.user = UserIdentity{1000, 1000, {}, "alice", "/", ""};
    if (!box.options.single_id) {
        EXPECT_EQ(squeezed(box.exec(show, as_alice).output), none) << "exec --user";
        box.config.user = "alice";
        EXPECT_EQ(squeezed(box.run(show).output), none) << "--user";
        box.config.security.cap_add = {"CAP_NET_RAW"};
        box.config.security.capabilities.clear();
        EXPECT_EQ(squeezed(box.run(show).output),
                  "CapInh:0000000000002000CapPrm:0000000000002000CapEff:0000000000002000"
                  "CapBnd:00000000800425fbCapAmb:0000000000002000")
            << "--user --cap-add";
    }
    box.config.user.clear();
    box.config.security = {};
    box.config.security.cap_drop = {"ALL"};
    EXPECT_THAT(squeezed(box.run(show).output), HasSubstr("CapBnd:0000000000000000")) << "--cap-drop all";
}

// T-17
SKIFF_CONTAINER_TEST(Container, HasTheGroupsOfItsUserAndNoneOfTheCallers)
{
    EXPECT_EQ(box.run("id -G").output, "0 10\n");
    box.config.user = "alice";
    EXPECT_EQ(box.run("id -u; id -G").output, "1000\n1000 10 29\n");
    box.config.user = "1000:29";
    EXPECT_EQ(box.run("id -u; id -G").output, "1000\n29\n");
    box.config.groups = {"77", "audio"};
    EXPECT_EQ(box.run("id -G").output, "29 77\n");
}

// T-07
SKIFF_CONTAINER_TEST(Container, WorksInItsDirectoryAndNeverOutside)
{
    box.config.working_dir = "/made/by/us";
    EXPECT_EQ(box.run("pwd").output, "/made/by/us\n");

    box.config.working_dir_asked = true;
    box.config.working_dir = "/not/there";
    EXPECT_EQ(box.failure("pwd"), cat("126: workdir \"/not/there\" does not exist on container ", box.config.id));

    box.link("/tmp", "link");
    box.config.working_dir = "/link";
    EXPECT_EQ(box.run("pwd").output, "/tmp\n");

    for (int fd = 0; fd < 40; ++fd) {
        box.config.working_dir = cat("/proc/self/fd/", fd);
        EXPECT_THAT(box.failure("pwd"), AllOf(HasSubstr("126: "), HasSubstr("workdir"))) << fd;
    }
}

// T-01
SKIFF_CONTAINER_TEST(Container, StaysInsideWhenTheImageHasLinksForItsMountPoints)
{
    const TempDir outside{"/tmp", "skiff-outside-"};
    for (const char* name : {"dev", "proc", "sys", "run"}) {
        SCOPED_TRACE(name);
        for (const std::string& target : {std::string{"/tmp"}, std::string{"../../../../../.."}, outside.path()}) {
            SCOPED_TRACE(target);
            TestContainer other;
            other.link(target, name);
            (void)other.failure("true"); // it may run, or be refused
            EXPECT_TRUE(list_directory(AT_FDCWD, outside.path()).empty());
            EXPECT_FALSE(exists_at(AT_FDCWD, cat(outside.path(), "/null")));
        }
    }
}

// T-09
SKIFF_CONTAINER_TEST(Container, MakesTheTargetOfADanglingLinkInside)
{
    const TempDir host{"/tmp", "skiff-hosts-"};
    const std::string file = cat(host.path(), "/resolv.conf");
    save_atomically(AT_FDCWD, file, "nameserver 10.0.2.3\n", Durability::None, 0644);
    box.context.resolv_conf_path = file;
    box.link("../run/systemd/resolve/stub-resolv.conf", "etc/resolv.conf");

    EXPECT_EQ(box.run("cat /etc/resolv.conf").output, "nameserver 10.0.2.3\n");
    EXPECT_FALSE(exists_at(AT_FDCWD, "/run/systemd/resolve/stub-resolv.conf-skiff"));
    EXPECT_TRUE(exists_at(AT_FDCWD, cat(box.root(), "/run/systemd/resolve/stub-resolv.conf")));
}

// T-02
SKIFF_CONTAINER_TEST(Container, MakesItsOwnDevicesWhateverTheImageHas)
{
    make_directories(cat(box.root(), "/dev/pts"), 0755);
    box.write_file("dev/null", "not a device");
    box.link("/etc/passwd", "dev/console");
    box.link("/etc", "dev/ptmx");
    box.link("/etc/passwd", "dev/pts/0");

    const Outcome outcome =
        box.run("echo gone > /dev/null; stat -c '%F %t:%T' /dev/null /dev/zero /dev/full /dev/random /dev/urandom "
                "/dev/tty; readlink /dev/ptmx; cat /etc/passwd | head -1");

    EXPECT_EQ(outcome.output,
              "character special file 1:3\ncharacter special file 1:5\ncharacter special file 1:7\n"
              "character special file 1:8\ncharacter special file 1:9\ncharacter special file 5:0\npts/ptmx\n"
              "root:x:0:0:root:/root:/bin/sh\n");
}

SKIFF_CONTAINER_TEST(Container, MakesNothingInTheUsersOwnDev)
{
    const TempDir own{"/tmp", "skiff-dev-"};
    ResolvedMount dev;
    dev.mount.target = "/dev";
    dev.source = own.path();
    box.context.mounts = {dev};

    EXPECT_EQ(box.run("ls -A /dev").output, "");
    EXPECT_TRUE(list_directory(AT_FDCWD, own.path()).empty());
}

// T-03
SKIFF_CONTAINER_TEST(Container, HidesAndProtectsPathsOfTheKernel)
{
    const Outcome outcome =
        box.run("for p in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts; do test -e $p && stat -c %t:%T $p; "
                "cat $p; done; ls -A /proc/acpi /sys/firmware 2>/dev/null | grep -v :; "
                "echo 1 > /proc/sys/kernel/panic; echo x > /proc/sysrq-trigger; exit 0");

    EXPECT_THAT(outcome.output, Not(HasSubstr("keyring")));
    EXPECT_THAT(outcome.output, HasSubstr("1:3\n"));
    EXPECT_THAT(outcome.output, HasSubstr("can't create /proc/sys/kernel/panic: Read-only file system"));
    EXPECT_THAT(outcome.output, Not(HasSubstr("acpi/")));
}

SKIFF_CONTAINER_TEST(Container, HidesWhatTheUserAsksFor)
{
    box.config.security.mask = {"/etc/passwd", "/tmp"};
    box.write_file("tmp/secret", "x");

    EXPECT_EQ(box.run("cat /etc/passwd; ls -A /tmp").output, "");
}

SKIFF_CONTAINER_TEST(Container, PrivilegedSeesEverything)
{
    box.config.security.privileged = true;

    EXPECT_EQ(box.run("grep -c . /proc/interrupts >/dev/null && echo seen; mount | grep -c ' /proc'").output,
              "seen\n1\n");
}

// T-08
SKIFF_CONTAINER_TEST(Container, MountsWhatTheUserWants)
{
    const TempDir volume{"/tmp", "skiff-volume-"};
    save_atomically(AT_FDCWD, cat(volume.path(), "/file"), "content\n", Durability::None, 0644);
    make_directories(cat(volume.path(), "/below"));
    ASSERT_EQ(::mount("below", cat(volume.path(), "/below").c_str(), "tmpfs", 0, nullptr), 0);
    ResolvedMount writable, protected_;
    writable.mount.target = "/a/b";
    protected_.mount.target = "/a/c";
    protected_.mount.read_only = true;
    writable.source = protected_.source = volume.path();
    box.context.mounts = {protected_, writable};

    const Outcome outcome =
        box.run("cat /a/b/file; touch /a/b/new /a/c/new /a/c/below/new; mount | grep /a/ | grep -c nosuid,nodev");

    EXPECT_EQ(outcome.output,
              "content\ntouch: /a/c/new: Read-only file system\ntouch: /a/c/below/new: Read-only file system\n4\n");
    EXPECT_TRUE(exists_at(AT_FDCWD, cat(volume.path(), "/new")));
    ASSERT_EQ(::umount(cat(volume.path(), "/below").c_str()), 0);
}

// T-05
SKIFF_CONTAINER_TEST(Container, RefusesMountsOnProc)
{
    for (const char* target : {"/proc", "/proc/self", "/proc/self/fd/7", "/proc/sys"}) {
        SCOPED_TRACE(target);
        ResolvedMount mount;
        mount.mount.target = target;
        mount.source = "/tmp";
        box.context.mounts = {mount};
        EXPECT_THAT(box.failure("true"), AllOf(HasSubstr("126: "), HasSubstr("is not allowed")));
    }
}

SKIFF_CONTAINER_TEST(Container, RefusesMountsOnProcThroughLinksOfTheImage)
{
    for (const char* target : {"/link", "/link/self/attr", "/link/sys"}) {
        SCOPED_TRACE(target);
        TestContainer other;
        other.link("/proc", "link");
        ResolvedMount mount;
        mount.mount.target = target;
        mount.source = "/tmp";
        other.context.mounts = {mount};
        EXPECT_THAT(other.failure("true"), AllOf(HasSubstr("126: "), HasSubstr("the mount point")));
    }
}

SKIFF_CONTAINER_TEST(Container, FollowsLoopsOfLinksNowhere)
{
    box.link("loop2", "loop1");
    box.link("loop1", "loop2");
    ResolvedMount mount;
    mount.mount.target = "/loop1/x";
    mount.source = "/tmp";
    box.context.mounts = {mount};

    EXPECT_THAT(box.failure("true"), HasSubstr("too many levels of symbolic links"));
}

SKIFF_CONTAINER_TEST(Container, ReadOnlyHasWritableTmpfsWithWhatTheImageHasThere)
{
    box.config.read_only = true;
    box.write_file("tmp/from-image", "kept\n");

    const Outcome outcome = box.run("cat /tmp/from-image; touch /tmp/new /run/new /dev/shm/new; touch /new");

    EXPECT_EQ(outcome.output, "kept\ntouch: /new: Read-only file system\n");
    EXPECT_FALSE(exists_at(AT_FDCWD, cat(box.root(), "/tmp/new")));
}

SKIFF_CONTAINER_TEST(Container, SetsSysctlsOfItsNamespacesOnly)
{
    box.config.sysctls = {{"net.ipv4.ip_unprivileged_port_start", "80"}, {"kernel.shmmax", "12345"}};
    EXPECT_EQ(box.run("cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shmmax").output,
              "80\n12345\n");

    for (const char* name : {"kernel.panic", "net..ipv4", "net.ipv4/../../kernel/panic", "net.+x", "vm.swappiness"}) {
        box.config.sysctls = {{name, "1"}};
        EXPECT_THAT(box.failure("true"), HasSubstr("125: ")) << name;
    }
}

SKIFF_CONTAINER_TEST(Container, HasATerminalOfItsOwn)
{
    box.config.tty = true;
    box.use_shell("tty; stat -c '%t:%T' /dev/console; stty size 2>/dev/null; echo done");
    ProcessStdio stdio;
    stdio.tty = true;
    ContainerProcess container = ContainerProcess::create(box.make(), stdio, box.options);
    const UniqueFd master = container.take_console();
    container.start();
    std::string output;
    std::array<char, 512> buffer{};
    for (ssize_t got = 0; (got = ::read(master.get(), buffer.data(), buffer.size())) > 0;)
        output.append(buffer.data(), static_cast<std::size_t>(got));

    EXPECT_EQ(container.process().wait().code, 0);
    EXPECT_THAT(output, AllOf(HasSubstr("/dev/pts/0\r\n"), HasSubstr("88:0\r\n"), HasSubstr("done\r\n")));
}

SKIFF_CONTAINER_TEST(Container, HasATerminalWithTheUsersOwnDev)
{
    const TempDir own{"/tmp", "skiff-dev-"};
    ResolvedMount dev;
    dev.mount.target = "/dev";
    dev.source = own.path();
    box.context.mounts = {dev};
    box.config.tty = true;
    box.use_shell("test -t 0 && test -t 1 && exit 5");
    ProcessStdio stdio;
    stdio.tty = true;
    ContainerProcess container = ContainerProcess::create(box.make(), stdio, box.options);
    const UniqueFd master = container.take_console();
    container.start();

    EXPECT_EQ(container.process().wait().code, 5);
}

/// As the net room's function does: without allocation, in the new network namespace.
int make_test_tap(const void* plan) noexcept { return ::open(static_cast<const char*>(plan), O_RDONLY | O_CLOEXEC); }

SKIFF_CONTAINER_TEST(Container, HandsOutItsTapBeforeItIsSetUp)
{
    box.options.tap = {&make_test_tap, "/proc/self/net/dev"};
    box.use_shell("true");
    ContainerProcess container = ContainerProcess::create(box.make(), {}, box.options);

    const UniqueFd tap = container.take_tap();

    EXPECT_THAT(read_all(tap.get(), 1U << 16U, "tap"), HasSubstr("lo:"));
    container.start();
    EXPECT_EQ(container.process().wait().code, 0);

    box.options.tap = {&make_test_tap, "/no/such/file"};
    ContainerProcess second = ContainerProcess::create(box.make(), {}, box.options);
    EXPECT_THROW(second.take_tap(), Error);
}

SKIFF_CONTAINER_TEST(Container, HasAnOomScoreAndLimits)
{
    ::prctl(PR_SET_DUMPABLE, 1); // as after exec; stepping into a user namespace took it away
    box.config.oom_score_adj = 123;
    box.config.rlimits = {{"nofile", 50, 60}};
    box.config.umask = 0077;

    EXPECT_EQ(box.run("cat /proc/self/oom_score_adj; ulimit -n; ulimit -Hn; umask").output, "123\n50\n60\n0077\n");
    box.config.rlimits = {{"nofile", 50, 1U << 30U}};
    EXPECT_THAT(box.failure("true"), HasSubstr("setting RLIMIT_NOFILE: operation not permitted"));
}

/// Where /proc has covered parts, as in another container, the kernel refuses a new one.
SKIFF_CONTAINER_TEST(Container, SharesThePidNamespaceWhereANewProcIsRefused)
{
    ASSERT_EQ(::mount("tmpfs", "/proc/bus", "tmpfs", 0, nullptr), 0);
    kernel::enter_new_user_namespace(kernel::plan_single_identity("asked by a test"));
    kernel::enter_own_mount_namespace();
    box.options.single_id = box.context.single_id = true;
    TestContainer inner; // of an owner that exists here
    inner.options.single_id = inner.context.single_id = true;

    const Outcome outcome = inner.run("test $$ != 1 && test -d /proc/$$ && echo shared");

    EXPECT_EQ(outcome.output, "shared\n");
}

SKIFF_CONTAINER_TEST(Container, WithAReaperShowsNothingOfTheEngine)
{
    box.options.reaper = true;

    const Outcome outcome =
        box.run("head -c 10 /proc/1/cmdline; cat /proc/1/comm; ls /proc/1/fd 2>&1 | grep -v denied");

    EXPECT_EQ(outcome.output, "skiff-initskiff-init\n");
}

SKIFF_CONTAINER_TEST(Container, WithAReaperPassesSignalsAndReaps)
{
    box.options.reaper = true;
    box.use_shell("trap 'exit 9' TERM; (sleep 0.01 &); kill -TERM 1; sleep 5 & wait");

    const Outcome outcome = box.run();

    EXPECT_EQ(outcome.code, 9);
}

SKIFF_CONTAINER_TEST(Container, HasAUserNamespaceOfItsOwn)
{
    box.config.id_map.uids = {{0, 1, 1000}, {1000, 0, 1}, {1001, 1001, 1000}};
    box.config.id_map.gids = box.config.id_map.uids;
    box.config.user = "1000:1000";

    EXPECT_EQ(box.run("id -u; id -g; head -2 /proc/self/uid_map | wc -l; stat -c %u /bin").output,
              "1000\n1000\n2\n1000\n");
    EXPECT_EQ(box.exec("id -u").output, "1000\n");
}

SKIFF_CONTAINER_TEST(Container, RefusesIdsThatAreNotMapped)
{
    box.config.id_map.uids = {{0, 0, 1}, {1, 1, 10}};
    box.config.id_map.gids = box.config.id_map.uids;
    box.config.user = "500";

    EXPECT_THAT(box.failure("true"), HasSubstr("126: user id 500 is not mapped"));
}

SKIFF_CONTAINER_TEST(Container, JoinsNamespacesOfOthers)
{
    TestContainer other;
    other.config.command = {"/bin/sleep", "100"};
    other.config.hostname = "the-other";
    ContainerProcess first = ContainerProcess::create(other.make(), {}, other.options);
    first.start();
    const auto open_namespace = [&](const char* name) {
        return open_at(AT_FDCWD, cat("/proc/", first.pid(), "/ns/", name), O_RDONLY);
    };
    const UniqueFd uts = open_namespace("uts");
    const UniqueFd pids = open_namespace("pid");
    const UniqueFd net = open_namespace("net");
    box.config.uts.mode = box.config.pid.mode = box.config.network.mode.mode = NamespaceMode::Container;
    box.options.joins = {{"uts", uts.get()}, {"pid", pids.get()}, {"network", net.get()}};
    box.context.owns_network = false;

    const Outcome outcome = box.run("hostname; ps | grep -c '[s]leep 100'");

    EXPECT_EQ(outcome.output, "the-other\n1\n");
    first.pidfd().send_signal(SIGKILL);
    (void)first.process().wait();
}

// T-10
SKIFF_CONTAINER_TEST(Fallback, WithoutTheNewSystemCallsDoesTheSame)
{
    ::setenv("SKIFF_NO_OPENAT2", "1", 1);
    ::setenv("SKIFF_NO_MOUNT_API", "1", 1);
    const TempDir volume{"/tmp", "skiff-volume-"};
    ResolvedMount mount;
    mount.mount.target = "/a/b";
    mount.mount.read_only = true;
    mount.source = volume.path();
    box.context.mounts = {mount};
    box.link("/tmp", "var");

    const Outcome outcome =
        box.run("stat -c %t:%T /dev/null; cat /proc/keys; touch /a/b/x; ls -A /sys/firmware; mount | grep -c /a/b");

    EXPECT_EQ(outcome.output, "1:3\ntouch: /a/b/x: Read-only file system\n1\n");
}

SKIFF_CONTAINER_TEST(OneId, RunsWithoutOtherIds)
{
    box.options.single_id = box.context.single_id = true;

    EXPECT_EQ(box.run("id -u; stat -c %U /bin").output, "0\nroot\n");
    box.config.user = "1000";
    EXPECT_THAT(box.failure("true"), HasSubstr("does not exist with a single id"));
}

SKIFF_CONTAINER_TEST(Exec, ReportsWhatStartReports)
{
    box.config.command = {"/bin/sleep", "100"};
    const oci::RuntimeSpec spec = box.make();
    ContainerProcess container = ContainerProcess::create(spec, {}, box.options);
    container.start();
    const auto failure = [&](const ExecRequest& request) {
        try {
            ExecSpec exec;
            exec.process = make_exec_process(spec, box.config, request);
            (void)container.spawn_exec(exec, {}).wait(); // a zombie in it would keep the container from ending
            return std::string{"it ran"};
        } catch (const Error& error) {
            return cat(exit_code(error.kind()), ": ", error.message());
        }
    };
    ExecRequest request;
    request.command = {"nosuch"};
    EXPECT_THAT(failure(request), HasSubstr("127: executable file `nosuch` not found in $PATH"));
    request.command = {"/etc"};
    EXPECT_THAT(failure(request), HasSubstr("126: "));
    request.command = {"true"};
    request.working_dir = "/missing";
    EXPECT_THAT(failure(request), HasSubstr("126: workdir \"/missing\" does not exist on container"));
    request.working_dir.clear();
    EXPECT_EQ(failure(request), "it ran");

    container.pidfd().send_signal(SIGKILL);
    (void)container.process().wait();
    EXPECT_THAT(failure(request), HasSubstr("126: "));
}

SKIFF_CONTAINER_TEST(Exec, HasATerminalOfTheContainers)
{
    box.config.command = {"/bin/sleep", "100"};
    const oci::RuntimeSpec spec = box.make();
    ContainerProcess container = ContainerProcess::create(spec, {}, box.options);
    container.start();
    ExecRequest request;
    request.command = {"/bin/sh", "-c", "tty; echo $TERM"};
    request.tty = true;
    ExecSpec exec;
    exec.process = make_exec_process(spec, box.config, request);
    ProcessStdio stdio;
    stdio.tty = true;

    StartedProcess started = container.spawn_exec(exec, stdio);
    const UniqueFd console = started.take_console();
    std::string output;
    std::array<char, 512> buffer{};
    for (ssize_t got = 0; (got = ::read(console.get(), buffer.data(), buffer.size())) > 0;)
        output.append(buffer.data(), static_cast<std::size_t>(got));

    EXPECT_EQ(started.wait().code, 0);
    EXPECT_EQ(output, "/dev/pts/0\r\nxterm\r\n");
    container.pidfd().send_signal(SIGKILL);
    (void)container.process().wait();
}

SKIFF_CONTAINER_TEST(Hooks, RunAtTheirPlaces)
{
    const TempDir log{"/tmp", "skiff-hooks-"};
    const auto hook = [&](const char* stage) {
        return oci::SpecHook{
            "/bin/sh", {"sh", "-c", cat("(echo ", stage, "; cat) >> ", log.path(), "/log")}, {}, std::nullopt};
    };
    box.context.hooks.create_runtime = {hook("createRuntime")};
    box.context.hooks.create_container = {hook("createContainer")};
    box.context.hooks.start_container = {oci::SpecHook{"/bin/sh", {"sh", "-c", "cat > /hook-state"}, {}, std::nullopt}};
    box.context.hooks.poststart = {hook("poststart")};

    const Outcome outcome = box.run("head -c 20 /hook-state");

    EXPECT_EQ(outcome.output, "{\"ociVersion\":\"1.1.0");
    const std::string text = read_file(AT_FDCWD, cat(log.path(), "/log"));
    EXPECT_LT(text.find("createRuntime"), text.find("createContainer"));
    EXPECT_LT(text.find("createContainer"), text.find("poststart"));
    EXPECT_THAT(text, HasSubstr("\"status\":\"creating\""));
}

SKIFF_CONTAINER_TEST(Hooks, StopTheStartWhenTheyFail)
{
    box.context.hooks.create_runtime = {
        oci::SpecHook{"/bin/sh", {"sh", "-c", "echo broken >&2; exit 3"}, {}, std::nullopt}};

    EXPECT_THAT(box.failure("true"), AllOf(HasSubstr("createRuntime hook"), HasSubstr("exit status 3: broken")));
}

SKIFF_CONTAINER_TEST(Container, DropsASetUpThatNobodyStarts)
{
    box.use_shell("true");
    pid_t pid = 0;
    {
        ContainerProcess container = ContainerProcess::create(box.make(), {}, box.options);
        container.wait_created();
        pid = container.pid();
    }
    EXPECT_EQ(::kill(pid, 0), -1);
}

} // namespace
} // namespace skiff::runtime::test
