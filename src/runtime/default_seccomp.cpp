#include "runtime/default_seccomp.hpp"

// The well-known list in the format of containers/common, so that it can be compared with Podman's and Docker's.
// Numbers: 38 is ENOSYS, for whatever is younger than the list; 1 is EPERM, for what is denied on purpose; 21522 and
// 21532 are TIOCSTI and TIOCLINUX (input forged into a terminal), 38 and 40 AF_ALG and AF_VSOCK, 16 and 9 the audit
// netlink. Denied values are compared by SCMP_CMP_MASKED_EQ and the low 32 bits: the kernel ignores the high ones of an
// int (CVE-2019-10063). 32-bit x86 can still reach socket() by socketcall(), whose arguments no filter sees; denying
// that would take the network from programs of older C libraries.

namespace skiff::runtime {

std::string_view default_seccomp_profile()
{
    static constexpr std::string_view text = R"json({
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 38,
  "archMap": [
    {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]},
    {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
    {"architecture": "SCMP_ARCH_S390X", "subArchitectures": ["SCMP_ARCH_S390"]}
  ],
  "syscalls": [
    {"action": "SCMP_ACT_ALLOW", "names": [
      "_llseek", "_newselect", "accept", "accept4", "access", "adjtimex", "alarm", "bind", "brk", "capget", "capset",
      "chdir", "chmod", "chown", "chown32", "clock_adjtime", "clock_adjtime64", "clock_getres", "clock_getres_time64",
      "clock_gettime", "clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64", "clone", "clone3", "close",
      "close_range", "connect", "copy_file_range", "creat", "dup", "dup2", "dup3", "epoll_create", "epoll_create1",
      "epoll_ctl", "epoll_ctl_old", "epoll_pwait", "epoll_pwait2", "epoll_wait", "epoll_wait_old", "eventfd",
      "eventfd2", "execve", "execveat", "exit", "exit_group", "faccessat", "faccessat2", "fadvise64", "fadvise64_64",
      "fallocate", "fanotify_mark", "fchdir", "fchmod", "fchmodat", "fchmodat2", "fchown", "fchown32", "fchownat",
      "fcntl", "fcntl64", "fdatasync", "fgetxattr", "file_getattr", "file_setattr", "flistxattr", "flock", "fork",
      "fremovexattr", "fsconfig", "fsetxattr", "fsmount", "fsopen", "fspick", "fstat", "fstat64", "fstatat64",
      "fstatfs", "fstatfs64", "fsync", "ftruncate", "ftruncate64", "futex", "futex_requeue", "futex_time64",
      "futex_wait", "futex_waitv", "futex_wake", "futimesat", "get_mempolicy", "get_robust_list", "get_thread_area",
      "getcpu", "getcwd", "getdents", "getdents64", "getegid", "getegid32", "geteuid", "geteuid32", "getgid",
      "getgid32", "getgroups", "getgroups32", "getitimer", "getpeername", "getpgid", "getpgrp", "getpid", "getppid",
      "getpriority", "getrandom", "getresgid", "getresgid32", "getresuid", "getresuid32", "getrlimit", "getrusage",
      "getsid", "getsockname", "getsockopt", "gettid", "gettimeofday", "getuid", "getuid32", "getxattr", "getxattrat",
      "inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch", "io_cancel", "io_destroy",
      "io_getevents", "io_setup", "io_submit", "ioctl", "ioprio_get", "ioprio_set", "ipc", "keyctl", "kill",
      "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "lchown", "lchown32", "lgetxattr",
      "link", "linkat", "listen", "listmount", "listxattr", "listxattrat", "llistxattr", "lremovexattr", "lseek",
      "lsetxattr", "lsm_get_self_attr", "lsm_list_modules", "lsm_set_self_attr", "lstat", "lstat64", "madvise",
      "mbind", "membarrier", "memfd_create", "memfd_secret", "mincore", "mkdir", "mkdirat", "mknod", "mknodat",
      "mlock", "mlock2", "mlockall", "mmap", "mmap2", "mount", "mount_setattr", "move_mount", "mprotect",
      "mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedreceive_time64", "mq_timedsend",
      "mq_timedsend_time64", "mq_unlink", "mremap", "mseal", "msgctl", "msgget", "msgrcv", "msgsnd", "msync",
      "munlock", "munlockall", "munmap", "name_to_handle_at", "nanosleep", "newfstatat", "open", "open_tree",
      "open_tree_attr", "openat", "openat2", "pause", "pidfd_getfd", "pidfd_open", "pidfd_send_signal", "pipe",
      "pipe2", "pivot_root", "pkey_alloc", "pkey_free", "pkey_mprotect", "poll", "ppoll", "ppoll_time64", "prctl",
      "pread64", "preadv", "preadv2", "prlimit64", "process_mrelease", "process_vm_readv", "process_vm_writev",
      "pselect6", "pselect6_time64", "ptrace", "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readdir",
      "readlink", "readlinkat", "readv", "reboot", "recv", "recvfrom", "recvmmsg", "recvmmsg_time64", "recvmsg",
      "remap_file_pages", "removexattr", "removexattrat", "rename", "renameat", "renameat2", "restart_syscall",
      "riscv_hwprobe", "rmdir", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo",
      "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64", "rt_tgsigqueueinfo",
      "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity", "sched_getattr", "sched_getparam",
      "sched_getscheduler", "sched_rr_get_interval", "sched_rr_get_interval_time64", "sched_setaffinity",
      "sched_setattr", "sched_setparam", "sched_setscheduler", "sched_yield", "seccomp", "select", "semctl", "semget",
      "semop", "semtimedop", "semtimedop_time64", "send", "sendfile", "sendfile64", "sendmmsg", "sendmsg", "sendto",
      "set_mempolicy", "set_mempolicy_home_node", "set_robust_list", "set_thread_area", "set_tid_address", "setfsgid",
      "setfsgid32", "setfsuid", "setfsuid32", "setgid", "setgid32", "setgroups", "setgroups32", "setitimer", "setns",
      "setpgid", "setpriority", "setregid", "setregid32", "setresgid", "setresgid32", "setresuid", "setresuid32",
      "setreuid", "setreuid32", "setrlimit", "setsid", "setsockopt", "setuid", "setuid32", "setxattr", "setxattrat",
      "shmat", "shmctl", "shmdt", "shmget", "shutdown", "sigaction", "sigaltstack", "signal", "signalfd", "signalfd4",
      "sigpending", "sigprocmask", "sigreturn", "sigsuspend", "socket", "socketcall", "socketpair", "splice", "stat",
      "stat64", "statfs", "statfs64", "statmount", "statx", "symlink", "symlinkat", "sync", "sync_file_range",
      "syncfs", "syscall", "sysinfo", "syslog", "tee", "tgkill", "time", "timer_create", "timer_delete",
      "timer_getoverrun", "timer_gettime", "timer_gettime64", "timer_settime", "timer_settime64", "timerfd",
      "timerfd_create", "timerfd_gettime", "timerfd_gettime64", "timerfd_settime", "timerfd_settime64", "times",
      "tkill", "truncate", "truncate64", "ugetrlimit", "umask", "umount", "umount2", "uname", "unlink", "unlinkat",
      "unshare", "uretprobe", "utime", "utimensat", "utimensat_time64", "utimes", "vfork", "wait4", "waitid",
      "waitpid", "write", "writev"]},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": [
      "bdflush", "cachestat", "io_pgetevents", "io_uring_enter", "io_uring_register", "io_uring_setup",
      "kexec_file_load", "kexec_load", "map_shadow_stack", "migrate_pages", "move_pages", "nfsservctl", "nice",
      "oldfstat", "oldlstat", "oldolduname", "oldstat", "olduname", "pciconfig_iobase", "pciconfig_read",
      "pciconfig_write", "sgetmask", "ssetmask", "swapcontext", "swapoff", "swapon", "sysfs", "uselib", "userfaultfd",
      "ustat", "vm86", "vm86old", "vmsplice"]},
    {"action": "SCMP_ACT_ALLOW", "names": ["personality"],
      "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]},
    {"action": "SCMP_ACT_ALLOW", "names": ["personality"],
      "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]},
    {"action": "SCMP_ACT_ALLOW", "names": ["personality"],
      "args": [{"index": 0, "value": 131072, "op": "SCMP_CMP_EQ"}]},
    {"action": "SCMP_ACT_ALLOW", "names": ["personality"],
      "args": [{"index": 0, "value": 131080, "op": "SCMP_CMP_EQ"}]},
    {"action": "SCMP_ACT_ALLOW", "names": ["personality"],
      "args": [{"index": 0, "value": 4294967295, "op": "SCMP_CMP_EQ"}]},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": ["ioctl"], "args": [
      {"index": 1, "value": 4294967295, "valueTwo": 21522, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": ["ioctl"], "args": [
      {"index": 1, "value": 4294967295, "valueTwo": 21532, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": ["socket"], "args": [
      {"index": 0, "value": 4294967295, "valueTwo": 38, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": ["socket"], "args": [
      {"index": 0, "value": 4294967295, "valueTwo": 40, "op": "SCMP_CMP_MASKED_EQ"}]},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 22, "names": ["socket"], "args": [
      {"index": 0, "value": 4294967295, "valueTwo": 16, "op": "SCMP_CMP_MASKED_EQ"},
      {"index": 2, "value": 4294967295, "valueTwo": 9, "op": "SCMP_CMP_MASKED_EQ"}],
      "excludes": {"caps": ["CAP_AUDIT_WRITE"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["sync_file_range2", "swapcontext"], "includes": {"arches": ["ppc64le"]}},
    {"action": "SCMP_ACT_ALLOW", "names": [
      "arm_fadvise64_64", "arm_sync_file_range", "breakpoint", "cacheflush", "set_tls", "sync_file_range2"],
      "includes": {"arches": ["arm", "arm64"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["arch_prctl"], "includes": {"arches": ["amd64", "x32"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["modify_ldt"], "includes": {"arches": ["amd64", "x32", "x86"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["s390_pci_mmio_read", "s390_pci_mmio_write", "s390_runtime_instr"],
      "includes": {"arches": ["s390", "s390x"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["riscv_flush_icache"], "includes": {"arches": ["riscv64"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["open_by_handle_at"],
      "includes": {"caps": ["CAP_DAC_READ_SEARCH"]}},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": ["open_by_handle_at"],
      "excludes": {"caps": ["CAP_DAC_READ_SEARCH"]}},
    {"action": "SCMP_ACT_ALLOW", "names": [
      "bpf", "fanotify_init", "lookup_dcookie", "perf_event_open", "quotactl", "quotactl_fd", "setdomainname",
      "sethostname"],
      "includes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": [
      "fanotify_init", "lookup_dcookie", "quotactl", "quotactl_fd", "setdomainname", "sethostname"],
      "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": ["bpf"], "excludes": {"caps": ["CAP_SYS_ADMIN", "CAP_BPF"]}},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": ["perf_event_open"],
      "excludes": {"caps": ["CAP_SYS_ADMIN", "CAP_PERFMON"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["bpf"],
      "includes": {"caps": ["CAP_BPF"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["perf_event_open"],
      "includes": {"caps": ["CAP_PERFMON"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["chroot"],
      "includes": {"caps": ["CAP_SYS_CHROOT"]}},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": ["chroot"],
      "excludes": {"caps": ["CAP_SYS_CHROOT"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["delete_module", "finit_module", "init_module", "query_module"],
      "includes": {"caps": ["CAP_SYS_MODULE"]}},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1,
      "names": ["delete_module", "finit_module", "init_module", "query_module"],
      "excludes": {"caps": ["CAP_SYS_MODULE"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["acct"],
      "includes": {"caps": ["CAP_SYS_PACCT"]}},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": ["acct"],
      "excludes": {"caps": ["CAP_SYS_PACCT"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["kcmp", "process_madvise"],
      "includes": {"caps": ["CAP_SYS_PTRACE"]}},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": ["kcmp", "process_madvise"],
      "excludes": {"caps": ["CAP_SYS_PTRACE"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["ioperm", "iopl"],
      "includes": {"caps": ["CAP_SYS_RAWIO"]}},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": ["ioperm", "iopl"],
      "excludes": {"caps": ["CAP_SYS_RAWIO"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["clock_settime", "clock_settime64", "settimeofday", "stime"],
      "includes": {"caps": ["CAP_SYS_TIME"]}},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": ["clock_settime", "clock_settime64", "settimeofday", "stime"],
      "excludes": {"caps": ["CAP_SYS_TIME"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["vhangup"],
      "includes": {"caps": ["CAP_SYS_TTY_CONFIG"]}},
    {"action": "SCMP_ACT_ERRNO", "errnoRet": 1, "names": ["vhangup"],
      "excludes": {"caps": ["CAP_SYS_TTY_CONFIG"]}},
    {"action": "SCMP_ACT_ALLOW", "names": ["migrate_pages", "move_pages"],
      "includes": {"caps": ["CAP_SYS_NICE"]}}
  ]
}
)json";
    return text;
}

} // namespace skiff::runtime
