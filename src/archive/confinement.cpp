// security.md R40. Several walls, because each of them is missing somewhere: no mount namespace where user namespaces cannot be
// made, no Landlock before Linux 5.19 (its first version forbids hard links between directories).

#include "archive/confinement.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace skiff::archive {
namespace {

/// The directory becomes "/" of a mount namespace that has nothing else, and `root` a descriptor of it there.
/// False when this is not allowed here.
bool try_enter_root(int root)
{
    // A descriptor stays in the mount namespace that it was opened in, and its mount cannot be cloned from another one.
    // The working directory is what moves along, so the way leads over it.
    // Without privileges there is a user namespace of our own for the purpose. It maps no id and needs none: what is written belongs
    // to our user all the same, and what we may do in there reaches no file.
    if (::fchdir(root) != 0 || (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0))
        return false;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return false;
    const UniqueFd tree{static_cast<int>(::syscall(SYS_open_tree, AT_FDCWD, ".", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC))};
    if (!tree)
        return false;
    constexpr unsigned from_descriptor = 0x4U; // MOVE_MOUNT_F_EMPTY_PATH
    if (::syscall(SYS_move_mount, tree.get(), "", AT_FDCWD, ".", from_descriptor) != 0)
        return false;
    // The old root ends up on top of the new one and goes away; "." keeps meaning the new one.
    if (::fchdir(tree.get()) != 0 || ::syscall(SYS_pivot_root, ".", ".") != 0 || ::umount2(".", MNT_DETACH) != 0 ||
        ::chdir("/") != 0)
        return false;
    const UniqueFd inside{::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    return inside && ::dup3(inside.get(), root, O_CLOEXEC) >= 0;
}

/// As long as it has capabilities at all: the process need not be root in its namespace.
void drop_capabilities()
{
    constexpr std::array kept{CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,
                              CAP_FSETID, CAP_MKNOD,        CAP_SETFCAP};
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> data{};
    if (::syscall(SYS_capget, &header, data.data()) != 0)
        throw Error{errno, "reading capabilities"};
    std::array<std::uint32_t, 2> mask{};
    for (const int capability : kept)
        mask[static_cast<std::size_t>(capability) / 32] |= 1U << (static_cast<unsigned>(capability) % 32);
    for (std::size_t i = 0; i < data.size(); ++i) {
        data[i].permitted &= mask[i];
        data[i].effective = data[i].permitted;
        data[i].inheritable = 0;
    }
    if (::syscall(SYS_capset, &header, data.data()) != 0)
        throw Error{errno, "dropping capabilities"};
}

void limit(__rlimit_resource resource, rlim_t value)
{
    rlimit now{};
    if (::getrlimit(resource, &now) != 0)
        return;
    now.rlim_max = std::min(now.rlim_max, value);
    now.rlim_cur = now.rlim_max;
    ::setrlimit(resource, &now);
}

// Sanitizers reserve terabytes of addresses.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool has_shadow_memory = true;
#elif defined(__has_feature)
constexpr bool has_shadow_memory = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool has_shadow_memory = false;
#endif

void set_limits(std::uint64_t file_size)
{
    ::signal(SIGXFSZ, SIG_IGN); // a write above the limit is an error then, not the end
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, file_size);
    limit(RLIMIT_NOFILE, 16384);
    limit(RLIMIT_CPU, 7200); // seconds
    if (!has_shadow_memory)
        limit(RLIMIT_AS, 2UL << 30U); // a zstd window of 128 MiB, buffers, and what glibc reserves for its threads
}

/// False where the kernel has none, or one too old.
bool try_restrict_paths(const Confinement& confinement)
{
    constexpr int first_version_with_links = 2;
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < first_version_with_links)
        return false;
    constexpr std::uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    constexpr std::uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1; // the last right of version 1
    constexpr std::uint64_t refer = 1ULL << 13U;                           // LANDLOCK_ACCESS_FS_REFER
    struct
    {
        std::uint64_t handled;
    } attributes{all | refer};
    const UniqueFd rules{static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0))};
    if (!rules)
        return false;
    const auto allow = [&](int dir, std::uint64_t rights) {
        landlock_path_beneath_attr rule{};
        rule.allowed_access = rights;
        rule.parent_fd = dir;
        return ::syscall(SYS_landlock_add_rule, rules.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    };
    bool done = allow(confinement.root, (all | refer) & ~std::uint64_t{LANDLOCK_ACCESS_FS_EXECUTE});
    for (const int dir : confinement.read)
        done = done && allow(dir, read);
    return done && ::syscall(SYS_landlock_restrict_self, rules.get(), 0) == 0;
}

void allow_with(scmp_filter_ctx filter, int call, scmp_arg_cmp argument)
{
    const int error = ::seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &argument);
    if (error != 0 && error != -EDOM) // EDOM: this machine has no such call
        throw Error{-error, "making a system call filter"};
}

/// Everything else is answered with ENOSYS, which libc takes for an old kernel's answer and tries the older call.
void allow_system_calls()
{
    const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter{::seccomp_init(SCMP_ACT_ERRNO(ENOSYS)),
                                                                  &::seccomp_release};
    if (!filter)
        throw Error{ENOMEM, "making a system call filter"};
    constexpr std::array allowed{
        // memory and threads
        SCMP_SYS(brk),
        SCMP_SYS(mmap),
        SCMP_SYS(munmap),
        SCMP_SYS(mremap),
        SCMP_SYS(mprotect),
        SCMP_SYS(madvise),
        SCMP_SYS(futex),
        SCMP_SYS(set_robust_list),
        SCMP_SYS(rseq),
        SCMP_SYS(sched_yield),
        SCMP_SYS(sched_getaffinity),
        SCMP_SYS(gettid),
        SCMP_SYS(getpid),
        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(rt_sigaction),
        SCMP_SYS(rt_sigreturn),
        SCMP_SYS(sigaltstack),
        SCMP_SYS(restart_syscall),
        SCMP_SYS(exit),
        SCMP_SYS(exit_group),
        SCMP_SYS(clock_gettime),
        SCMP_SYS(clock_nanosleep),
        SCMP_SYS(nanosleep),
        SCMP_SYS(gettimeofday),
        SCMP_SYS(getrandom),
        SCMP_SYS(uname),
        SCMP_SYS(membarrier),
        // descriptors
        SCMP_SYS(read),
        SCMP_SYS(readv),
        SCMP_SYS(pread64),
        SCMP_SYS(write),
        SCMP_SYS(writev),
        SCMP_SYS(pwrite64),
        SCMP_SYS(lseek),
        SCMP_SYS(_llseek),
        SCMP_SYS(close),
        SCMP_SYS(poll),
        SCMP_SYS(ppoll),
        SCMP_SYS(sendmsg),
        SCMP_SYS(sendto),
        SCMP_SYS(getdents64),
        SCMP_SYS(ftruncate),
        SCMP_SYS(ftruncate64),
        SCMP_SYS(fallocate),
        SCMP_SYS(fstatfs),
        SCMP_SYS(fstatfs64),
        // files
        SCMP_SYS(openat),
        SCMP_SYS(openat2),
        SCMP_SYS(fstat),
        SCMP_SYS(fstat64),
        SCMP_SYS(newfstatat),
        SCMP_SYS(fstatat64),
        SCMP_SYS(statx),
        SCMP_SYS(mkdirat),
        SCMP_SYS(mknodat),
        SCMP_SYS(symlinkat),
        SCMP_SYS(linkat),
        SCMP_SYS(unlinkat),
        SCMP_SYS(renameat),
        SCMP_SYS(renameat2),
        SCMP_SYS(readlinkat),
        SCMP_SYS(fchown),
        SCMP_SYS(fchown32),
        SCMP_SYS(fchownat),
        SCMP_SYS(fchmod),
        SCMP_SYS(fchmodat),
        SCMP_SYS(utimensat),
        SCMP_SYS(utimensat_time64),
        SCMP_SYS(fsetxattr),
        SCMP_SYS(fgetxattr),
        SCMP_SYS(fremovexattr),
        SCMP_SYS(umask),
    };
    for (const int call : allowed)
        if (const int error = ::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0); error != 0 && error != -EDOM)
            throw Error{-error, "making a system call filter"};
    // New threads, not processes. clone3 keeps its flags in memory, where a filter cannot look: ENOSYS leads back here.
    allow_with(filter.get(), SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD});
    // abort() signals itself; nobody else may be signalled, by this or by fcntl's F_SETOWN.
    allow_with(filter.get(), SCMP_SYS(tgkill), {0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()), 0});
    for (const int command : {F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC}) {
        const scmp_arg_cmp is_command{1, SCMP_CMP_EQ, static_cast<scmp_datum_t>(command), 0};
        allow_with(filter.get(), SCMP_SYS(fcntl), is_command);
        allow_with(filter.get(), SCMP_SYS(fcntl64), is_command);
    }
    const int error = ::seccomp_load(filter.get());
    if (error == -ENOSYS || error == -EINVAL) // a kernel without filters
        log::debug(cat("no system call filter: ", errno_text(-error), "; ignored"));
    else if (error != 0)
        throw Error{-error, "loading a system call filter"};
}

} // namespace

Walls enter_confinement(const Confinement& confinement)
{
    ::prctl(PR_SET_DUMPABLE, 0);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        throw Error{errno, "giving up new privileges"};
    // Landlock forbids mounting, so the root comes first; capabilities are needed for both.
    Walls walls;
    walls.root = try_enter_root(confinement.root);
    if (!walls.root)
        log::debug(cat("the unpack worker keeps its root directory: ", errno_text(errno), "; ignored"));
    set_limits(confinement.file_size);
    walls.paths = try_restrict_paths(confinement);
    if (!walls.paths)
        log::debug("the unpack worker runs without Landlock; ignored");
    drop_capabilities();
    allow_system_calls();
    return walls;
}

} // namespace skiff::archive
