#pragma once

#include "runtime/container_process.hpp"

#include <cstdint>
#include <linux/filter.h>
#include <span>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>

/// What the two child functions execute: prepared by the parent, pointers and integers only. The memory behind the
/// pointers is the parent's (init_plan.hpp), and the child has it as a copy.
namespace skiff::runtime {

using TextList = const char* const*; ///< ends with a null pointer

/// A tree to attach somewhere: a detached clone, or, where the new mount API is missing, a path to bind.
struct TreeSource
{
    int fd = -1;
    const char* path = nullptr;
    dev_t device = 0; ///< what `path` must still be when the child opens it again
    ino_t inode = 0;
};

/// One key of fsconfig; `value` null: a flag.
struct FilesystemOption
{
    const char* key = nullptr;
    const char* value = nullptr;
};

enum class MountPurpose : std::uint8_t
{
    Plain,
    Proc,   ///< its descriptor serves the checks of masks
    Dev,    ///< devices and links are made in it
    Devpts, ///< the console's pty comes from it
};

struct MountStep
{
    MountPurpose purpose = MountPurpose::Plain;
    bool is_tree = false; ///< attach `tree`; else mount `type`
    TreeSource tree;
    const char* type = nullptr;
    std::span<const FilesystemOption> options;
    const char* data = nullptr;    ///< the same options for mount(2)
    std::uint64_t attributes = 0;  ///< MOUNT_ATTR_*; of a tree with a descriptor they are set already
    std::uint64_t propagation = 0; ///< MS_SHARED, MS_SLAVE ... (| MS_REC); 0: stays private
    const char* target = nullptr;  ///< beneath the root, without a leading slash; "" is the root itself
    bool target_is_directory = true;
    bool optional = false; ///< a refusal is no failure: the path stays as it is
    bool may_cover_proc = false; ///< else a target that links of the image lead into /proc is refused (security.md R14)
    const char* refused_source =
        nullptr; ///< bind this host path where the kernel refuses `type` (EPERM, EBUSY, ENODEV ...)
};

struct DeviceStep
{
    const char* name; ///< below /dev
    TreeSource tree;
};

struct LinkStep
{
    const char* name; ///< below /dev
    const char* target;
};

struct SysctlStep
{
    const char* path; ///< below /proc: "sys/net/..."
    const char* value;
    std::size_t length;
};

struct HookStep
{
    const char* path;
    TextList argv;
    TextList envp;
    int timeout_s; ///< 0: none
};

struct RlimitStep
{
    int resource;
    rlimit64 value;
};

struct JoinStep
{
    int fd;
    int type; ///< CLONE_NEW*
};

/// What a process is once everything around it is in place: for a container's first one and for every exec.
struct ProcessPlan
{
    TextList argv = nullptr;
    TextList envp = nullptr;
    TextList candidates = nullptr; ///< paths to try in order
    const char* cwd = "/";
    bool make_cwd = false;
    bool openat2 = true; ///< false: walk by hand
    uid_t uid = 0;
    gid_t gid = 0;
    std::span<const gid_t> groups;
    bool set_groups = true; ///< false: one-id mode and keep-groups
    bool set_ids = true;    ///< false: they are what they shall be, and nothing else is mapped
    bool set_umask = false;
    mode_t umask = 022;
    std::span<const RlimitStep> rlimits;
    std::uint64_t bounding = 0, effective = 0, permitted = 0, ambient = 0;
    unsigned last_capability = 40;
    bool no_new_privileges = false;
    std::span<const sock_filter> filter;
    bool has_listener = false; ///< the filter holds calls: the parent is given its listener
    bool set_oom_score = false;
    char oom_score[12] = {};
    int proc_fd = -1;            ///< the engine's own procfs (R13)
    int stdio[3] = {-1, -1, -1}; ///< all above 2
    bool tty = false;            ///< stdio[0] is the pty's slave: it becomes the controlling terminal
    std::span<const std::pair<int, int>> preserved; ///< {ours, its number inside}
    std::span<int> preserved_scratch;               ///< as long as `preserved`
    int highest_preserved = 2;
    int death_signal = 0;
    const char* keyring = ""; ///< name of the session keyring
    char* own_name = nullptr; ///< our argv[0]: what the container's `ps` shows of the reaper
};

struct InitPlan
{
    ProcessPlan process;
    int handshake = -1;
    int parent_end = -1;               ///< of the handshake: to be closed first
    bool waits_for_parent = false;     ///< before anything is done: for Proceed
    bool takes_setup_identity = false; ///< in a user namespace other than the parent's
    std::span<const JoinStep> joins;   ///< for join_main
    std::uint64_t clone_flags = 0;     ///< for join_main
    uid_t setup_uid = 0;               ///< ids while setting up
    gid_t setup_gid = 0;
    bool owns_network = false; ///< a new network namespace
    TapStep tap;
    TreeSource root;
    bool new_mount_api = true;
    std::uint64_t root_propagation = 0; ///< MS_*; of the finished root
    bool root_readonly = false;
    int null_fd = -1; ///< the host's /dev/null
    std::span<const MountStep> mounts;
    std::span<const DeviceStep> devices; ///< made in the mount of MountPurpose::Dev
    std::span<const LinkStep> dev_links;
    bool console = false; ///< make a pty in the mount of MountPurpose::Devpts
    std::uint16_t rows = 0, columns = 0;
    uid_t console_uid = 0;
    std::span<const char*const> masked_paths, readonly_paths; ///< absolute
    TreeSource null_tree;                                     ///< for masked files
    const char* hostname = nullptr;                           ///< null: not ours to set
    const char* domainname = nullptr;
    std::span<const SysctlStep> sysctls;
    bool wait_for_hooks = false;
    std::span<const HookStep> create_container_hooks, start_container_hooks;
    int hook_state_fd = -1; ///< a memfd; the parent fills it before HooksDone
    bool reaper = false;
};

struct ExecPlan
{
    ProcessPlan process;
    int handshake = -1;
    int parent_end = -1;
    std::span<const int>
        kept; ///< descriptors to keep, ascending; all others are closed before the container is entered
    int target_pidfd = -1;
    int namespaces = 0; ///< CLONE_NEW* to join by the pidfd
    uid_t setup_uid = 0;
    gid_t setup_gid = 0;
    bool set_setup_ids = false;
};

} // namespace skiff::runtime
