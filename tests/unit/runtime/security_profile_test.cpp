#include "runtime/security_profile.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

namespace skiff::runtime {
namespace {

std::string refusal(const std::vector<std::string>& add, const std::vector<std::string>& drop)
{
    try {
        (void)make_capabilities(add, drop, false);
        return "fine";
    } catch (const Error& error) {
        return error.message();
    }
}

TEST(Capabilities, AreTheDefaultsPlusAndMinus)
{
    const auto defaults = make_capabilities({}, {}, false);
    EXPECT_EQ(defaults.size(), 11U);
    const auto changed = make_capabilities({"net_raw", "CAP_SYS_PTRACE"}, {"chown"}, false);
    EXPECT_EQ(changed.size(), 12U);
    EXPECT_EQ(std::count(changed.begin(), changed.end(), "CAP_CHOWN"), 0);
    EXPECT_EQ(std::count(changed.begin(), changed.end(), "CAP_NET_RAW"), 1);
    EXPECT_EQ(make_capabilities({"net_raw"}, {"all"}, false), (std::vector<std::string>{"CAP_NET_RAW"}));
    EXPECT_GT(make_capabilities({"all"}, {"mknod"}, false).size(), 35U);
    EXPECT_GT(make_capabilities({}, {}, true).size(), 36U);
}

TEST(Capabilities, NameWhatIsWrong)
{
    EXPECT_EQ(refusal({"nope"}, {}), "\"CAP_NOPE\": unknown capability: invalid argument");
    EXPECT_EQ(refusal({"kill"}, {"CAP_KILL"}), "capability \"CAP_KILL\" cannot be dropped and added: invalid argument");
    EXPECT_EQ(refusal({"all"}, {"all"}), "adding all caps and dropping all caps not allowed: invalid argument");
}

TEST(HiddenPaths, CanBeAddedAndUncovered)
{
    const auto masked = make_masked_paths({"/etc/secret"}, {"/proc/acpi", "/sys"});
    EXPECT_EQ(std::count(masked.begin(), masked.end(), "/proc/acpi"), 0);
    EXPECT_EQ(std::count(masked.begin(), masked.end(), "/sys/firmware"), 0);
    EXPECT_EQ(std::count(masked.begin(), masked.end(), "/proc/kcore"), 1);
    EXPECT_EQ(std::count(masked.begin(), masked.end(), "/etc/secret"), 1);
    EXPECT_TRUE(make_masked_paths({}, {"ALL"}).empty());
    EXPECT_TRUE(make_readonly_paths({"/proc/*"}).empty());
}

TEST(SeccompProfile, IsCompiledOnceAndKept)
{
    const TempDir cache{"/tmp", "skiff-seccomp-"};
    const UniqueFd dir = open_at(AT_FDCWD, cache.path(), O_RDONLY | O_DIRECTORY);
    const auto capabilities = make_capabilities({}, {}, false);

    const std::string first = load_seccomp_program("default", capabilities, dir.get());
    const std::string second = load_seccomp_program("default", capabilities, dir.get());
    const std::string other = load_seccomp_program("default", make_capabilities({"sys_admin"}, {}, false), dir.get());

    EXPECT_EQ(first, second);
    EXPECT_NE(first, other);
    EXPECT_EQ(list_directory(dir.get()).size(), 2U);
    EXPECT_EQ(load_seccomp_program("default", capabilities, -1), first);
    EXPECT_EQ(load_seccomp_program("unconfined", capabilities, dir.get()), "");
}

TEST(SeccompProfile, DoesNotTrustADamagedCache)
{
    const TempDir cache{"/tmp", "skiff-seccomp-"};
    const UniqueFd dir = open_at(AT_FDCWD, cache.path(), O_RDONLY | O_DIRECTORY);
    const std::string program = load_seccomp_program("default", {}, dir.get());
    const std::string name = list_directory(dir.get()).at(0).name;

    save_atomically(dir.get(), name, "nonsense", Durability::None);

    EXPECT_EQ(load_seccomp_program("default", {}, dir.get()), program);
}

TEST(SeccompProfile, ReadsProfilesOfUsers)
{
    const TempDir directory{"/tmp", "skiff-seccomp-"};
    const std::string path = cat(directory.path(), "/profile.json");
    save_atomically(
        AT_FDCWD, path,
        R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["chmod", "fchmodat"], "action": "SCMP_ACT_ERRNO"},
                       {"name": "chown", "action": "SCMP_ACT_ERRNO", "args": [], "includes": {"caps": ["CAP_SYS_ADMIN"]}}]})",
        Durability::None);

    const auto profile = load_seccomp(path, {});
    EXPECT_EQ(profile->syscalls.size(), 1U);
    EXPECT_FALSE(load_seccomp_program(path, {}, -1).empty());
    EXPECT_THROW(load_seccomp_program("/no/such/profile.json", {}, -1), Error);
    save_atomically(AT_FDCWD, path, R"({"defaultAction": "SCMP_ACT_WISH", "syscalls": []})", Durability::None);
    EXPECT_THROW(load_seccomp_program(path, {}, -1), Error);
}

// T-19, the calls that matter most: under the filter itself, in a child.
struct Probe
{
    const char* name;
    long (*call)();
    int in_default; ///< 0: the filter lets it through, whatever the kernel answers
    int in_docker;
};

const Probe probes[] = {
    {"getpid", [] { return ::syscall(SYS_getpid); }, 0, 0},
    {"bpf", [] { return ::syscall(SYS_bpf, 0, nullptr, 0); }, EPERM, EPERM},
    {"perf_event_open", [] { return ::syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0); }, EPERM, EPERM},
    {"userfaultfd", [] { return ::syscall(SYS_userfaultfd, 0xffffff); }, EPERM, EPERM},
    {"io_uring_setup", [] { return ::syscall(SYS_io_uring_setup, 0, nullptr); }, EPERM, EPERM},
    {"open_by_handle_at", [] { return ::syscall(SYS_open_by_handle_at, -1, nullptr, 0); }, EPERM, EPERM},
    {"kexec_load", [] { return ::syscall(SYS_kexec_load, 0, 0, nullptr, 0); }, EPERM, EPERM},
    {"init_module", [] { return ::syscall(SYS_init_module, nullptr, 0, nullptr); }, EPERM, EPERM},
    {"socket AF_ALG", [] { return ::syscall(SYS_socket, 38, SOCK_SEQPACKET, 0); }, EPERM, EPERM},
    {"socket AF_VSOCK", [] { return ::syscall(SYS_socket, 40, SOCK_STREAM, 0); }, EPERM, EPERM},
    {"socket AF_VSOCK with high bits", [] { return ::syscall(SYS_socket, 40L | 1L << 40U, SOCK_STREAM, 0); }, EPERM,
     EPERM},
    {"socket AF_INET", [] { return ::syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }, 0, 0},
    {"audit netlink", [] { return ::syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 9); }, EINVAL, EINVAL},
    {"TIOCSTI", [] { return ::syscall(SYS_ioctl, -1, 0x5412, nullptr); }, EPERM, EPERM},
    {"TIOCSTI with high bits", [] { return ::syscall(SYS_ioctl, -1, 0x5412L | 1L << 33U, nullptr); }, EPERM, EPERM},
    {"TIOCLINUX", [] { return ::syscall(SYS_ioctl, -1, 0x541c, nullptr); }, EPERM, EPERM},
    {"TIOCGWINSZ", [] { return ::syscall(SYS_ioctl, -1, TIOCGWINSZ, nullptr); }, 0, 0},
    {"mount", [] { return ::syscall(SYS_mount, nullptr, nullptr, nullptr, 0, nullptr); }, 0, EPERM},
    {"unshare", [] { return ::syscall(SYS_unshare, 0); }, 0, EPERM},
    {"clone with namespaces", [] { return ::syscall(SYS_clone, CLONE_NEWUSER | CLONE_FS, 0, 0, 0, 0); }, 0, EPERM},
    {"clone3", [] { return ::syscall(SYS_clone3, nullptr, 0); }, 0, ENOSYS},
    {"keyctl", [] { return ::syscall(SYS_keyctl, -1); }, 0, EPERM},
    {"personality", [] { return ::syscall(SYS_personality, 0x0040000); }, ENOSYS, ENOSYS},
    {"a call of the future", [] { return ::syscall(1000); }, ENOSYS, ENOSYS},
};

/// What the kernel answers without the filter: where both agree, the filter was not seen.
int answer(const Probe& probe, const std::string& program)
{
    int code = 0;
    const pid_t child = ::fork();
    if (child == 0) {
        if (!program.empty()) {
            sock_fprog loaded{static_cast<unsigned short>(program.size() / sizeof(sock_filter)),
                              reinterpret_cast<sock_filter*>(const_cast<char*>(program.data()))}; // NOLINT
            ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded) != 0)
                ::_exit(255);
        }
        errno = 0;
        ::_exit(probe.call() < 0 ? errno : 0);
    }
    ::waitpid(child, &code, 0);
    return WIFEXITED(code) ? WEXITSTATUS(code) : -1;
}

void check(const char* profile, int Probe::*expected)
{
    const std::string program = load_seccomp_program(profile, make_capabilities({}, {}, false), -1);
    for (const Probe& probe : probes) {
        const int want = probe.*expected;
        EXPECT_EQ(answer(probe, program), want != 0 ? want : answer(probe, "")) << probe.name << " in " << profile;
    }
}

/// What an ordinary user is refused succeeds, and nothing happens; whiteouts and plain files are made as ever.
const Probe id_changes[] = {
    {"chown", [] { return ::syscall(SYS_fchownat, AT_FDCWD, "/", 1, 1, 0); }, 0, 0},
    {"setuid", [] { return ::syscall(SYS_setresuid, 1, 1, 1); }, 0, 0},
    {"setgroups", [] { return ::syscall(SYS_setgroups, 0, nullptr); }, 0, 0},
    {"capset, which is done", [] { return ::syscall(SYS_capset, nullptr, nullptr); }, EFAULT, EFAULT},
    {"a device", [] { return ::syscall(SYS_mknodat, AT_FDCWD, "/no/such", S_IFCHR | 0600, makedev(1, 3)); }, 0, 0},
    {"a disk", [] { return ::syscall(SYS_mknodat, AT_FDCWD, "/no/such", S_IFBLK | 0600, 0); }, 0, 0},
    {"a whiteout", [] { return ::syscall(SYS_mknodat, AT_FDCWD, "/no/such", S_IFCHR, 0); }, ENOENT, ENOENT},
    {"a fifo", [] { return ::syscall(SYS_mknodat, AT_FDCWD, "/no/such", S_IFIFO | 0600, makedev(1, 3)); }, ENOENT, ENOENT},
    {"bpf", [] { return ::syscall(SYS_bpf, 0, nullptr, 0); }, EPERM, EPERM},
};

TEST(SeccompProfile, PretendsChangesOfIdentity)
{
    for (const char* profile : {"default", "docker"}) {
        const std::string program = load_seccomp_program(profile, make_capabilities({}, {}, false), -1, IdChanges::Pretended);
        for (const Probe& probe : id_changes)
            EXPECT_EQ(answer(probe, program), probe.in_default) << probe.name << " in " << profile;
    }
    // Unconfined is only that.
    const std::string program = load_seccomp_program("unconfined", {}, -1, IdChanges::Pretended);
    EXPECT_EQ(answer(id_changes[0], program), 0);
    EXPECT_EQ(answer({"bpf", [] { return ::syscall(SYS_bpf, 0, nullptr, 0); }, 0, 0}, program),
              answer({"bpf", [] { return ::syscall(SYS_bpf, 0, nullptr, 0); }, 0, 0}, ""));
}

TEST(SeccompProfile, HoldsChangesOfOwnerForAListener)
{
    const auto count = [](const std::string& program) {
        const auto* code = reinterpret_cast<const sock_filter*>(program.data()); // NOLINT
        return std::count_if(code, code + program.size() / sizeof(sock_filter),
                             [](const sock_filter& step) { return step.code == (BPF_RET | BPF_K) && step.k == SECCOMP_RET_USER_NOTIF; });
    };
    const std::vector<std::string> capabilities = make_capabilities({}, {}, false);

    EXPECT_GT(count(load_seccomp_program("default", capabilities, -1, IdChanges::Recorded)), 0);
    EXPECT_EQ(count(load_seccomp_program("default", capabilities, -1, IdChanges::Pretended)), 0);
}

TEST(SeccompProfile, KeepsPretendingProgramsApart)
{
    const TempDir cache{"/tmp", "skiff-seccomp-"};
    const UniqueFd dir = open_at(AT_FDCWD, cache.path(), O_RDONLY | O_DIRECTORY);

    EXPECT_NE(load_seccomp_program("default", {}, dir.get()), load_seccomp_program("default", {}, dir.get(), IdChanges::Pretended));
    EXPECT_EQ(list_directory(dir.get()).size(), 2U);
}

TEST(SeccompProfile, DeniesInTheDefault) { check("default", &Probe::in_default); }
TEST(SeccompProfile, DeniesInDockersFlavour) { check("docker", &Probe::in_docker); }

} // namespace
} // namespace skiff::runtime
