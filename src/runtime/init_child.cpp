// The container's first process, from clone to exec.
//
// Everything was decided by the parent (init_plan.cpp); here the plan is executed step by step, and a refusal is
// reported as {step, item, errno}. There is no allocation, no exception and no text between here and exec. Two ideas
// carry the file:
//
// - What comes from outside is a detached tree that the parent made (open_tree), what is made inside is a detached file
//   system (fsmount): both are attached by descriptor, on a target that was looked up beneath the root's descriptor. No
//   path string crosses the image's tree, so links in it, or a second container that swaps them, lead nowhere else (R1,
//   R7).
// - The old root stays in place until the end: the fallbacks for what a kernel refuses come from it, and pivot_root is
//   one of the last steps. Nobody else is in this mount namespace before the command runs.

#include "runtime/init_child.hpp"

#include "runtime/child_mounts.hpp"
#include "runtime/child_paths.hpp"
#include "runtime/child_steps.hpp"
#include "runtime/reaper.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace skiff::runtime {
namespace {

/// What the steps hand on to later ones.
struct Progress
{
    int root = -1;
    int proc = -1; ///< not attached yet
    int dev = -1;  ///< the container's own /dev, when it has one
    int devpts = -1;
    int master = -1; ///< the console
    int slave = -1;
};

/// Ahead of everything that others see: a kernel that refuses a fresh procfs (ours is a container already, whose /proc
/// has masks) makes the parent start over without a pid namespace.
int open_proc_early(const InitPlan& plan) noexcept
{
    if (plan.new_mount_api)
        for (std::uint32_t i = 0; i < plan.mounts.size(); ++i)
            if (plan.mounts[i].purpose == MountPurpose::Proc && plan.mounts[i].refused_source == nullptr) {
                const int proc = make_detached(plan.mounts[i]);
                if (proc < 0)
                    die(plan.handshake, Step::Mount, i);
                return proc;
            }
    return -1;
}

/// What everybody expects of a network, even of none. A refusal is no reason not to start.
void bring_loopback_up() noexcept
{
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::memcpy(request.ifr_name, "lo", 3);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    ::ioctl(socket, SIOCSIFFLAGS, &request);
    ::close(socket);
}

/// Early: the network process can start while the rest is set up.
void make_tap(const InitPlan& plan) noexcept
{
    if (plan.tap.make == nullptr) {
        if (plan.owns_network)
            bring_loopback_up();
        return;
    }
    const int tap = plan.tap.make(plan.tap.plan);
    if (tap < 0)
        die(plan.handshake, Step::Tap);
    say(plan.handshake, Word::TapMade, tap > 0 ? tap : -1);
    if (tap > 0)
        ::close(tap);
}

/// Before any mount: none of ours may appear in another namespace, nor others' in ours (R8).
void make_mounts_private(const InitPlan& plan) noexcept
{
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        die(plan.handshake, Step::Propagation);
}

int attach_root(const InitPlan& plan) noexcept
{
    // The new root covers the old one's "/": no place elsewhere is needed, and paths keep leading into the old root.
    if (plan.root.fd >= 0) {
        if (::move_mount(plan.root.fd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0)
            die(plan.handshake, Step::AttachRoot);
        return plan.root.fd;
    }
    if (::mount(plan.root.path, plan.root.path, nullptr, MS_BIND | MS_REC, nullptr) != 0)
        die(plan.handshake, Step::AttachRoot);
    const int root = ::open(plan.root.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        die(plan.handshake, Step::AttachRoot);
    return root;
}

/// Into the fresh tmpfs, by its descriptor: the host's own nodes, checked by the parent, and the usual links (R10).
void fill_dev(const InitPlan& plan, int dev) noexcept
{
    for (std::uint32_t i = 0; i < plan.devices.size(); ++i) {
        const DeviceStep& device = plan.devices[i];
        if (::mknodat(dev, device.name, S_IFREG | 0666, 0) != 0 || attach_tree(device.tree, dev, device.name) != 0)
            die(plan.handshake, Step::Device, i);
        if (device.tree.fd >= 0)
            ::close(device.tree.fd);
    }
    for (std::uint32_t i = 0; i < plan.dev_links.size(); ++i)
        if (::symlinkat(plan.dev_links[i].target, dev, plan.dev_links[i].name) != 0)
            die(plan.handshake, Step::DeviceLink, i);
}

/// The parent has looked at the target's text; links in the image may lead it into /proc all the same (R14).
void refuse_to_cover_proc(const InitPlan& plan, std::uint32_t item, int target) noexcept
{
    struct statfs filesystem
    {
    };
    if (plan.mounts[item].may_cover_proc)
        return;
    if (::fstatfs(target, &filesystem) != 0)
        die(plan.handshake, Step::MountTarget, item);
    if (filesystem.f_type == PROC_SUPER_MAGIC) {
        errno = EPERM;
        die(plan.handshake, Step::MountTarget, item);
    }
}

void mount_everything(const InitPlan& plan, Progress& progress) noexcept
{
    for (std::uint32_t i = 0; i < plan.mounts.size(); ++i) {
        const MountStep& step = plan.mounts[i];
        const int target =
            open_or_make_in_root(progress.root, step.target, step.target_is_directory, plan.process.openat2);
        if (target < 0) {
            if (step.optional)
                continue;
            die(plan.handshake, Step::MountTarget, i);
        }
        refuse_to_cover_proc(plan, i, target);
        const int mounted = step.purpose == MountPurpose::Proc && progress.proc >= 0
                                ? attach_detached(progress.proc, target)
                                : mount_step(plan, step, target);
        if (mounted < 0 && !step.optional)
            die(plan.handshake, Step::Mount, i);
        ::close(target);
        if (mounted < 0)
            continue;
        if (step.purpose == MountPurpose::Dev) {
            fill_dev(plan, mounted);
            progress.dev = mounted;
        } else if (step.purpose == MountPurpose::Devpts) {
            progress.devpts = mounted;
        } else {
            ::close(mounted);
        }
    }
}

/// A pty of the container's own devpts; the slave is opened through the master, never by a path (R11).
void make_console(const InitPlan& plan, Progress& progress) noexcept
{
    if (!plan.console)
        return;
    if (progress.devpts < 0) { // the user's own /dev: the terminal then has no name inside
        static constexpr FilesystemOption options[] = {{"ptmxmode", "0666"}, {"mode", "0620"}};
        MountStep unseen;
        unseen.type = "devpts";
        unseen.options = options;
        progress.devpts = make_detached(unseen);
    }
    progress.master = ::openat(progress.devpts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
    int unlock = 0;
    if (progress.master < 0 || ::ioctl(progress.master, TIOCSPTLCK, &unlock) != 0)
        die(plan.handshake, Step::Console);
    progress.slave = ::ioctl(progress.master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct statfs filesystem
    {
    };
    if (progress.slave < 0 || ::fstatfs(progress.slave, &filesystem) != 0)
        die(plan.handshake, Step::Console);
    if (filesystem.f_type != DEVPTS_SUPER_MAGIC) {
        errno = ENOTTY;
        die(plan.handshake, Step::Console);
    }
    if (plan.rows != 0 || plan.columns != 0) {
        const winsize size{plan.rows, plan.columns, 0, 0};
        ::ioctl(progress.master, TIOCSWINSZ, &size);
    }
    (void)!::fchown(progress.slave, plan.console_uid, static_cast<gid_t>(-1));
    if (progress.dev < 0)
        return; // the user's own /dev: nothing is made there
    TreeSource tree;
    const FdPath path{progress.slave};
    tree.path = path.text;
    if (plan.new_mount_api) {
        tree.fd = ::open_tree(progress.slave, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | unsigned{AT_EMPTY_PATH});
        if (tree.fd < 0)
            die(plan.handshake, Step::Console);
    }
    if (::mknodat(progress.dev, "console", S_IFREG | 0620, 0) != 0 || attach_tree(tree, progress.dev, "console") != 0)
        die(plan.handshake, Step::Console);
    if (tree.fd >= 0)
        ::close(tree.fd);
}

/// After all mounts, the user's included: what they brought is covered, too (R12).
void cover_paths(const InitPlan& plan, const Progress& progress) noexcept
{
    Stamp null{plan.null_tree};
    Stamp empty;
    for (std::uint32_t i = 0; i < plan.masked_paths.size(); ++i) {
        const int target = open_in_root(progress.root, plan.masked_paths[i], plan.process.openat2);
        if (target < 0 && (errno == ENOENT || errno == ENOTDIR))
            continue; // missing is hidden
        struct stat status
        {
        };
        if (target < 0 || ::fstat(target, &status) != 0)
            die(plan.handshake, Step::MaskedPath, i);
        if ((S_ISDIR(status.st_mode) ? hide_directory(plan, empty, target) : null.apply(target)) != 0)
            die(plan.handshake, Step::MaskedPath, i);
        ::close(target);
    }
    for (std::uint32_t i = 0; i < plan.readonly_paths.size(); ++i) {
        const int target = open_in_root(progress.root, plan.readonly_paths[i], plan.process.openat2);
        if (target < 0 && (errno == ENOENT || errno == ENOTDIR))
            continue;
        if (target < 0 || make_read_only(plan, target) != 0)
            die(plan.handshake, Step::ReadonlyPath, i);
        ::close(target);
    }
}

/// From inside the finished root, as the command will see it: had something been swapped under our hands, it shows
/// (R12).
void verify_covered_paths(const InitPlan& plan) noexcept
{
    for (std::uint32_t i = 0; i < plan.masked_paths.size(); ++i) {
        struct stat status
        {
        };
        if (::stat(plan.masked_paths[i], &status) != 0) {
            if (errno == ENOENT || errno == ENOTDIR)
                continue;
            die(plan.handshake, Step::VerifyMaskedPath, i);
        }
        bool covered = S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
        if (S_ISDIR(status.st_mode)) {
            struct statfs filesystem
            {
            };
            covered = ::statfs(plan.masked_paths[i], &filesystem) == 0 && filesystem.f_type == TMPFS_MAGIC &&
                      (filesystem.f_flags & ST_RDONLY) != 0;
        }
        if (!covered) {
            errno = EPERM;
            die(plan.handshake, Step::VerifyMaskedPath, i);
        }
    }
    for (std::uint32_t i = 0; i < plan.readonly_paths.size(); ++i) {
        struct statfs filesystem
        {
        };
        if (::statfs(plan.readonly_paths[i], &filesystem) != 0) {
            if (errno == ENOENT || errno == ENOTDIR)
                continue;
            die(plan.handshake, Step::VerifyReadonlyPath, i);
        }
        if ((filesystem.f_flags & ST_RDONLY) == 0) {
            errno = EPERM;
            die(plan.handshake, Step::VerifyReadonlyPath, i);
        }
    }
}

/// Through the engine's own procfs, never the container's (R13).
void set_names_and_sysctls(const InitPlan& plan) noexcept
{
    if (plan.hostname != nullptr && ::sethostname(plan.hostname, std::strlen(plan.hostname)) != 0)
        die(plan.handshake, Step::Hostname);
    if (plan.domainname != nullptr && ::setdomainname(plan.domainname, std::strlen(plan.domainname)) != 0)
        die(plan.handshake, Step::Domainname);
    for (std::uint32_t i = 0; i < plan.sysctls.size(); ++i) {
        const SysctlStep& setting = plan.sysctls[i];
        const int file = ::openat(plan.process.proc_fd, setting.path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
        if (file < 0 || ::write(file, setting.value, setting.length) != static_cast<ssize_t>(setting.length))
            die(plan.handshake, Step::Sysctl, i);
        ::close(file);
    }
}

/// createContainer and startContainer hooks: in the container's namespaces, the state document on standard input.
void run_hooks_inside(const InitPlan& plan, std::span<const HookStep> hooks) noexcept
{
    for (std::uint32_t i = 0; i < hooks.size(); ++i) {
        ::lseek(plan.hook_state_fd, 0, SEEK_SET);
        const pid_t pid = fork_plainly();
        if (pid < 0)
            die(plan.handshake, Step::Hook, i);
        if (pid == 0) {
            ::dup2(plan.hook_state_fd, 0);
            ::dup2(plan.null_fd, 1);
            ::dup2(plan.null_fd, 2);
            ::alarm(static_cast<unsigned>(hooks[i].timeout_s)); // survives exec; SIGALRM ends the hook
            ::execve(hooks[i].path, const_cast<char* const*>(hooks[i].argv),
                     const_cast<char* const*>(hooks[i].envp)); // NOLINT
            ::_exit(127);
        }
        int status = 0;
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        if (status != 0) {
            errno = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? ETIMEDOUT : ECANCELED;
            die(plan.handshake, Step::Hook, i);
        }
    }
}

/// After everything that makes mount points, before the host's /proc goes, which the old way of remounting needs.
void finish_root(const InitPlan& plan, int root) noexcept
{
    if ((plan.root_readonly || plan.root_propagation != 0) && set_root_attributes(plan, root) != 0)
        die(plan.handshake, Step::ReadonlyRoot);
}

/// The container's tree becomes "/", and the old one goes away with everything that hung on it.
void enter_root(const InitPlan& plan, int root) noexcept
{
    if (::fchdir(root) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0)
        die(plan.handshake, Step::PivotRoot);
    // Both are stacked on one place now, the old one on top.
    if (::umount2(".", MNT_DETACH) != 0 || ::chdir("/") != 0)
        die(plan.handshake, Step::PivotRoot);
}

/// Before the root becomes read-only. Only what does not exist is made: an image's WORKDIR may be missing.
void make_working_directory(const InitPlan& plan, int root) noexcept
{
    if (!plan.process.make_cwd)
        return;
    const int directory = open_or_make_in_root(root, plan.process.cwd, true, plan.process.openat2);
    if (directory >= 0)
        ::close(directory); // refusals show in chdir, which knows better
}

} // namespace

void join_main(const InitPlan& plan) noexcept
{
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    forget_environment();
    for (std::uint32_t i = 0; i < plan.joins.size(); ++i)
        if (::setns(plan.joins[i].fd, plan.joins[i].type) != 0)
            die(plan.handshake, Step::JoinNamespace, i);
    // Born here, the first process is in the joined pid namespace, and its new namespaces belong to the joined user
    // namespace.
    const pid_t pid = fork_plainly(plan.clone_flags | CLONE_PARENT);
    if (pid < 0)
        die(plan.handshake, Step::JoinNamespace);
    if (pid == 0)
        init_main(plan);
    say(plan.handshake, Word::Joined, -1, -1, static_cast<std::uint32_t>(pid));
    ::_exit(0);
}

void init_main(const InitPlan& plan) noexcept
{
    ::close(plan.parent_end); // or we would not see the parent go
    set_oom_score(plan.process, plan.handshake);
    reset_signals();
    ::umask(022);
    if (plan.waits_for_parent)
        wait_for(plan.handshake, Word::Proceed);
    if (plan.takes_setup_identity)
        take_setup_identity(plan.handshake, plan.setup_uid, plan.setup_gid);
    // No /proc/PID/{fd,exe,mem} of ours is anybody's business while host descriptors are open; exec ends it (R16). Not
    // earlier: the parent writes the id maps as the owner of these files, and changing ids changes the setting.
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    Progress progress;
    progress.proc = open_proc_early(plan);
    make_tap(plan);
    make_mounts_private(plan);
    progress.root = attach_root(plan);
    if (plan.wait_for_hooks) { // prestart and createRuntime hooks find the namespaces made and nothing mounted
        say(plan.handshake, Word::NamespacesReady);
        wait_for(plan.handshake, Word::HooksDone);
    }
    mount_everything(plan, progress);
    make_console(plan, progress);
    cover_paths(plan, progress);
    set_names_and_sysctls(plan);
    run_hooks_inside(plan, plan.create_container_hooks);
    make_working_directory(plan, progress.root);
    finish_root(plan, progress.root);
    enter_root(plan, progress.root);
    verify_covered_paths(plan);

    ProcessPlan process = plan.process;
    const bool in_working_directory = enter_working_directory(process, plan.handshake);
    apply_limits(process, plan.handshake);
    if (plan.console)
        process.stdio[0] = process.stdio[1] = process.stdio[2] = progress.slave;
    say(plan.handshake, Word::Created, progress.devpts, progress.master);
    if (!plan.start_container_hooks.empty()) { // they need what the next steps take away
        wait_for(plan.handshake, Word::Start);
        run_hooks_inside(plan, plan.start_container_hooks);
    }
    const int handshake = arrange_descriptors(process, plan.handshake);
    drop_privileges(process, handshake, in_working_directory);
    if (plan.start_container_hooks.empty())
        wait_for(handshake, Word::Start);
    if (plan.reaper)
        become_reaper_of_child(process, handshake); // returns in the child
    execute(process, handshake);
}

} // namespace skiff::runtime
