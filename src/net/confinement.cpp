#include "net/confinement.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "net/resolv_conf.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <initializer_list>
#include <linux/capability.h>
#include <memory>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

namespace skiff::net {
namespace {

constexpr const char* resolv_conf = "/etc/resolv.conf";

void check(bool done, const char* doing)
{
    if (!done)
        throw Error{errno, cat("confining the network process: ", doing)};
}

/// In the monitor's user namespace a mount namespace is ours to have; a bare user gets a user namespace along with it.
void enter_own_mounts()
{
    if (::unshare(CLONE_NEWNS) == 0)
        return;
    const std::string uid_map = cat("0 ", ::geteuid(), " 1");
    const std::string gid_map = cat("0 ", ::getegid(), " 1");
    check(::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0, "making a mount namespace");
    write_virtual_file(AT_FDCWD, "/proc/self/uid_map", uid_map);
    write_virtual_file(AT_FDCWD, "/proc/self/setgroups", "deny");
    write_virtual_file(AT_FDCWD, "/proc/self/gid_map", gid_map);
}

/// An empty file system as the root. Any directory serves as the place to mount it; /proc exists everywhere.
void enter_empty_root(const std::vector<std::string>& name_servers)
{
    enter_own_mounts();
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "detaching the mounts");
    check(::mount("tmpfs", "/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k,nr_inodes=8,mode=0755") == 0,
          "mounting an empty root");
    check(::chdir("/proc") == 0, "entering the empty root");
    check(::mkdir("etc", 0755) == 0, "making etc");
    check(::syscall(SYS_pivot_root, ".", ".") == 0, "changing the root");
    check(::umount2(".", MNT_DETACH) == 0, "letting the old root go");
    check(::chdir("/") == 0, "entering the empty root");
    save_name_servers(name_servers);
}

void drop_capabilities()
{
    check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "setting no_new_privs");
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> none{};
    check(::syscall(SYS_capset, &header, none.data()) == 0, "dropping capabilities");
}

struct Limit
{
    __rlimit_resource resource;
    rlim_t value;
};

constexpr Limit memory_limit{RLIMIT_DATA, rlim_t{1} << 31U};       // open_flows.cpp says how much of it connections may have
constexpr Limit descriptor_limit{RLIMIT_NOFILE, rlim_t{1} << 16U}; // ... and of these

/// The limit as far as the one that there is already lets it.
rlim_t possible(const Limit& limit)
{
    rlimit now{};
    check(::getrlimit(limit.resource, &now) == 0, "reading a resource limit");
    return std::min(limit.value, now.rlim_max);
}

void limit_resources()
{
    constexpr Limit limits[] = {
        {RLIMIT_CORE, 0},
        {RLIMIT_FSIZE, 64U << 10U},  // etc/resolv.conf
        memory_limit,
        descriptor_limit,
        {RLIMIT_MEMLOCK, 0},
        {RLIMIT_NPROC, 0},
    };
    for (const Limit& limit : limits) {
        const rlim_t value = possible(limit);
        const rlimit wanted{value, value};
        check(::setrlimit(limit.resource, &wanted) == 0, "setting a resource limit");
    }
}

/// What libslirp, the C library and our loop call. Everything else fails with EPERM instead of killing: a C library that tries
/// something newer first then falls back.
void forbid_system_calls()
{
    const std::unique_ptr<void, decltype(&seccomp_release)> filter{seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release};
    if (!filter)
        throw Error{ErrorKind::Failure, "confining the network process: making a seccomp filter"};
    constexpr int allowed[] = {
        SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(bind), SCMP_SYS(brk), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep),
        SCMP_SYS(close), SCMP_SYS(connect), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(fcntl), SCMP_SYS(fstat),
        SCMP_SYS(futex), SCMP_SYS(geteuid), SCMP_SYS(getpeername), SCMP_SYS(getpid), SCMP_SYS(getrandom), SCMP_SYS(getsockname),
        SCMP_SYS(getsockopt), SCMP_SYS(gettid), SCMP_SYS(gettimeofday), SCMP_SYS(listen), SCMP_SYS(lseek), SCMP_SYS(madvise),
        SCMP_SYS(mremap), SCMP_SYS(munmap), SCMP_SYS(newfstatat), SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(poll),
        SCMP_SYS(ppoll), SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(recvfrom), SCMP_SYS(recvmmsg), SCMP_SYS(recvmsg),
        SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
        SCMP_SYS(sendmmsg), SCMP_SYS(sendmsg), SCMP_SYS(sendto), SCMP_SYS(setsockopt), SCMP_SYS(shutdown), SCMP_SYS(stat),
        SCMP_SYS(write), SCMP_SYS(writev),
    };
    const auto add = [&](int call, std::initializer_list<scmp_arg_cmp> conditions = {}) {
        const int refused = seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call,
                                                   static_cast<unsigned>(conditions.size()), conditions.begin());
        if (refused != 0 && refused != -EDOM) // EDOM: this architecture does not have it
            throw Error{-refused, "confining the network process: making a seccomp filter"};
    };
    for (const int call : allowed)
        add(call);
    const auto equals = [](unsigned argument, std::uint64_t value) {
        return scmp_arg_cmp{.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
    };
    constexpr scmp_arg_cmp not_executable{.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0};
    // No other kind of socket: no netlink, no raw packets, no talk to the user's local services.
    add(SCMP_SYS(socket), {equals(0, AF_INET)});
    add(SCMP_SYS(socket), {equals(0, AF_INET6)});
    add(SCMP_SYS(mmap), {not_executable});
    add(SCMP_SYS(mprotect), {not_executable});
    add(SCMP_SYS(ioctl), {equals(1, FIONREAD)});
    add(SCMP_SYS(ioctl), {equals(1, FIONBIO)});
    if (const int refused = seccomp_load(filter.get()); refused != 0)
        throw Error{-refused, "confining the network process: loading the seccomp filter"};
}

} // namespace

ProcessLimits find_process_limits() { return {possible(descriptor_limit), possible(memory_limit)}; }

void save_name_servers(const std::vector<std::string>& name_servers)
{
    ResolvConf conf;
    conf.name_servers = name_servers;
    const UniqueFd file = open_at(AT_FDCWD, resolv_conf, O_WRONLY | O_CREAT | O_TRUNC, 0444 | S_IWUSR);
    write_all(file.get(), to_text(conf), resolv_conf);
}

void enter_confinement(const std::vector<std::string>& name_servers)
{
    enter_empty_root(name_servers);
    limit_resources();
    drop_capabilities();
    forbid_system_calls();
}

} // namespace skiff::net
