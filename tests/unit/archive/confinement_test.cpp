#include "archive/confinement.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <csignal>
#include <functional>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>

namespace skiff::archive {
namespace {

/// Runs `attempts` in a confined child. Each says whether it was stopped; the answer is the place of the first that was
/// not, -1 when all were, -2 when the child could not be confined as wanted.
class Confined : public testing::Test
{
  protected:
    using Attempt = std::function<bool()>;

    int run(const std::vector<Attempt>& attempts, bool need_root = false)
    {
        const pid_t child = ::fork();
        if (child == 0) {
            int code = 200;
            try {
                if (!is_privileged_)
                    drop_privileges();
                const Walls walls =
                    enter_confinement({.root = root_.get(), .read = {other_.get()}, .file_size = 1U << 20U});
                code = need_root && !walls.root ? 201 : 255;
                for (std::size_t i = 0; i < attempts.size() && code == 255; ++i)
                    if (!attempts[i]())
                        code = static_cast<int>(i);
            } catch (const Error& error) {
                (void)!::write(STDERR_FILENO, error.message().data(), error.message().size());
                code = 202;
            }
            ::_exit(code);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        if (!WIFEXITED(status))
            return -3;
        const int code = WEXITSTATUS(status);
        return code == 255 ? -1 : code >= 200 ? -2 : code;
    }

    static void drop_privileges()
    {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        const __user_cap_data_struct none[2] = {};
        if (::syscall(SYS_capset, &header, none) != 0)
            throw Error{errno, "dropping capabilities"};
    }

    bool is_privileged_ = true;
    TempDir dir_{"/tmp", "skiff-confined-"};
    UniqueFd base_ = open_at(AT_FDCWD, dir_.path(), O_RDONLY | O_DIRECTORY);
    UniqueFd root_ = make_directory_at(base_.get(), "root", 0755);
    UniqueFd other_ = make_directory_at(base_.get(), "other", 0755);
    pid_t parent_ = ::getpid();
};

TEST_F(Confined, CanDoItsWork)
{
    const int outcome = run({
        [&] { return ::mkdirat(root_.get(), "d", 0755) == 0; },
        [&] { return ::symlinkat("x", root_.get(), "s") == 0; },
        [&] { return UniqueFd{::openat(root_.get(), "d/f", O_WRONLY | O_CREAT | O_EXCL, 0600)}.get() >= 0; },
        [&] { return ::linkat(root_.get(), "d/f", root_.get(), "h", 0) == 0; },
        [&] { return !list_directory(root_.get()).empty(); },
        [&] { return UniqueFd{::openat(other_.get(), ".", O_RDONLY | O_DIRECTORY)}.get() >= 0; },
        [&] {
            bool ran = false;
            std::thread{[&] { ran = true; }}.join();
            return ran;
        },
        [&] { return remove_tree_at(root_.get(), "d"); },
    });
    EXPECT_EQ(outcome, -1);
    EXPECT_TRUE(exists_at(root_.get(), "h"));
}

TEST_F(Confined, CanDoNothingElse)
{
    const int outcome = run({
        [] { return ::socket(AF_INET, SOCK_STREAM, 0) < 0; },
        [] { return ::socket(AF_UNIX, SOCK_STREAM, 0) < 0; },
        [] {
            char program[] = "/bin/true";
            char* argv[] = {program, nullptr};
            ::execve(program, argv, nullptr);
            return true; // still here
        },
        [] { return ::fork() < 0; },
        [&] { return ::ptrace(PTRACE_ATTACH, parent_, nullptr, nullptr) != 0; },
        [&] { return ::kill(parent_, SIGCONT) != 0; },
        [&] { return ::tgkill(parent_, parent_, SIGCONT) != 0; },
        [&] { return ::fcntl(root_.get(), F_SETOWN, parent_) != 0; },
        [] { return ::unshare(CLONE_NEWUSER) != 0; },
        [] { return ::mount("none", "/", "tmpfs", 0, nullptr) != 0; },
        [] { return ::chroot("/") != 0; },
        [&] { return ::mknodat(root_.get(), "disk", S_IFBLK | 0600, 0x800) != 0; },
        [] {
            rlimit limit{};
            return ::setrlimit(RLIMIT_CORE, &limit) != 0;
        },
    });
    EXPECT_EQ(outcome, -1);
}

TEST_F(Confined, SeesItsDirectoryOnly)
{
    const int outcome = run({
                                [] { return ::open("/etc/passwd", O_RDONLY) < 0; },
                                [] { return ::open("/proc/self/status", O_RDONLY) < 0; },
                                [&] { return ::openat(root_.get(), "../canary", O_RDONLY) < 0; },
                                [&] { return ::openat(root_.get(), "../other", O_RDONLY | O_DIRECTORY) < 0; },
                            },
                            /*need_root=*/true);
    if (outcome == -2)
        GTEST_SKIP() << "no mount namespace of one's own here";
    EXPECT_EQ(outcome, -1);
}

TEST_F(Confined, NeedsNoPrivileges)
{
    is_privileged_ = false;
    const int outcome = run({
                                [] { return ::open("/etc/passwd", O_RDONLY) < 0; },
                                [&] { return ::mkdirat(root_.get(), "d", 0700) == 0; },
                                [&] { return UniqueFd{::openat(root_.get(), "d/f", O_WRONLY | O_CREAT | O_EXCL, 0600)}.get() >= 0; },
                                [&] { return ::fchmodat(root_.get(), "d", 0755, 0) == 0; },
                            },
                            /*need_root=*/true);
    if (outcome == -2)
        GTEST_SKIP() << "no user namespace of one's own here";
    EXPECT_EQ(outcome, -1);
}

TEST_F(Confined, CannotWriteBesides)
{
    const int outcome = run({
        [&] { return ::openat(other_.get(), "f", O_WRONLY | O_CREAT, 0600) < 0; },
        [&] { return ::mkdirat(other_.get(), "d", 0700) != 0; },
        [&] { return ::linkat(root_.get(), ".", other_.get(), "h", 0) != 0; },
    });
    if (outcome == 0 && ::access("/sys/kernel/security/landlock", F_OK) != 0)
        GTEST_SKIP() << "no Landlock here";
    EXPECT_EQ(outcome, -1);
}

} // namespace
} // namespace skiff::archive
