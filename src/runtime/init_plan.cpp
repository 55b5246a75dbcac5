// From the specification to the steps that init_child.cpp executes.
//
// Sources are opened and cloned here, in the caller's mount namespace and before anything untrusted exists: the child
// gets detached trees with their flags set and only attaches them. File systems that belong to the container's own
// namespaces (proc, sysfs, mqueue, devpts, cgroup) cannot be made from outside; the child makes those.

#include "runtime/init_plan.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/mount.hpp"
#include "runtime/mount_options.hpp"
#include "runtime/seccomp_document.hpp"
#include "runtime/tmpfs_copy.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

namespace skiff::runtime {
namespace {

struct NamespaceKind
{
    std::string_view name;
    std::uint64_t flag;
};

constexpr NamespaceKind namespace_kinds[] = {
    {"mount", CLONE_NEWNS}, {"pid", CLONE_NEWPID},       {"network", CLONE_NEWNET}, {"ipc", CLONE_NEWIPC},
    {"uts", CLONE_NEWUTS},  {"cgroup", CLONE_NEWCGROUP}, {"user", CLONE_NEWUSER},
};

std::uint64_t namespace_flag(const std::string& type)
{
    for (const NamespaceKind& kind : namespace_kinds)
        if (kind.name == type)
            return kind.flag;
    throw Error{ErrorKind::Failure, cat("unknown namespace ", quoted(type))};
}

/// The six that every container has. Source: runtime-spec, config-linux.md, Default Devices.
struct DefaultDevice
{
    const char* name;
    const char* host_path;
    unsigned major, minor;
};

constexpr std::array<DefaultDevice, 6> default_devices{{
    {"null", "/dev/null", 1, 3},
    {"zero", "/dev/zero", 1, 5},
    {"full", "/dev/full", 1, 7},
    {"random", "/dev/random", 1, 8},
    {"urandom", "/dev/urandom", 1, 9},
    {"tty", "/dev/tty", 5, 0},
}};

constexpr std::array<LinkStep, 6> default_links{{
    {"fd", "/proc/self/fd"},
    {"stdin", "/proc/self/fd/0"},
    {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},
    {"ptmx", "pts/ptmx"},
    {"core", "/proc/kcore"},
}};

/// What may be mounted below /proc: files that describe the machine and steer nothing (R14). Source: runc.
constexpr std::string_view allowed_below_proc[] = {
    "proc/cpuinfo",
    "proc/diskstats",
    "proc/meminfo",
    "proc/stat",
    "proc/swaps",
    "proc/uptime",
    "proc/loadavg",
    "proc/slabinfo",
    "proc/sys/kernel/ns_last_pid",
    "proc/sys/crypto/fips_enabled",
};

/// "/a//b/./c/" becomes "a/b/c". ".." is refused: a destination says where it is.
std::string clean_destination(const std::string& path)
{
    std::string clean;
    std::size_t from = 0;
    while (from <= path.size()) {
        const std::size_t end = std::min(path.find('/', from), path.size());
        const std::string component = path.substr(from, end - from);
        if (component == "..")
            throw Error{ErrorKind::Failure, cat("invalid container path ", quoted(path), ": \"..\" is not allowed")};
        if (!component.empty() && component != ".")
            clean += (clean.empty() ? "" : "/") + component;
        from = end + 1;
    }
    return clean;
}

class InitPlanner
{
  public:
    InitPlanner(PreparedInit& prepared, const CreateOptions& options)
        : out_{prepared}, plan_{prepared.plan}, options_{options}, memory_{prepared.process.memory}
    {
    }

    void run(const ProcessStdio& stdio)
    {
        out_.proc = open_host_proc();
        plan_namespaces();
        plan_ids();
        plan_process(stdio);
        plan_root();
        for (const oci::SpecMount& mount : out_.spec.mounts)
            while_doing(cat("mounting ", quoted(mount.source.empty() ? mount.type : mount.source), " on ",
                            quoted(mount.destination)),
                        [&] { plan_mount(mount); });
        plan_devices();
        plan_paths();
        plan_names();
        plan_sysctls();
        plan_hooks();
        plan_.mounts = out_.mounts;
        plan_.joins = out_.joins;
        plan_.clone_flags = out_.clone_flags;
        // A helper makes the first process then, and must have said so before that one speaks.
        plan_.waits_for_parent = has_own(CLONE_NEWUSER) || !out_.joins.empty();
        plan_.reaper = options_.reaper;
        plan_.process.own_name = ::program_invocation_name;
        plan_.owns_network = has_own(CLONE_NEWNET);
        plan_.tap = options_.tap;
    }

  private:
    [[nodiscard]] bool has_own(std::uint64_t flag) const { return (out_.clone_flags & flag) != 0; }

    void plan_namespaces()
    {
        std::uint64_t joined = 0;
        const auto join = [&](int fd, std::uint64_t flag) {
            out_.joins.push_back({fd, static_cast<int>(flag)});
            joined |= flag;
        };
        for (const NamespaceJoin& wanted : options_.joins)
            join(wanted.fd, namespace_flag(wanted.type));
        for (const oci::SpecNamespace& wanted : out_.spec.namespaces) {
            const std::uint64_t flag = namespace_flag(wanted.type);
            if ((joined & flag) != 0)
                continue;
            if (wanted.path.empty())
                out_.clone_flags |= flag;
            else
                join(out_.join_fds.emplace_back(open_at(AT_FDCWD, wanted.path, O_RDONLY)).get(), flag);
        }
        if ((joined & CLONE_NEWNS) != 0)
            throw Error{ErrorKind::Failure, "the mount namespace of another process cannot be joined"};
        out_.clone_flags |= CLONE_NEWNS; // without it our own mounts would change
        // The user namespace last: the rights over the others' owners come from the one we are in.
        std::stable_partition(out_.joins.begin(), out_.joins.end(),
                              [](const JoinStep& step) { return step.type != CLONE_NEWUSER; });
        out_.exec_namespaces = static_cast<int>(out_.clone_flags | joined);
    }

    void plan_ids()
    {
        const auto ranges = [](const std::vector<oci::SpecIdMapping>& mappings) {
            std::vector<IdRange> result;
            for (const oci::SpecIdMapping& mapping : mappings)
                result.push_back({mapping.container_id, mapping.host_id, mapping.size});
            return result;
        };
        plan_.takes_setup_identity = (out_.exec_namespaces & CLONE_NEWUSER) != 0;
        if (!has_own(CLONE_NEWUSER))
            return;
        out_.id_map = {ranges(out_.spec.uid_mappings), ranges(out_.spec.gid_mappings)};
        if (out_.id_map.uids.empty() || out_.id_map.gids.empty())
            throw Error{ErrorKind::Failure, "a new user namespace needs uidMappings and gidMappings"};
        const auto first_id = [](const std::vector<IdRange>& map) {
            return find_outside(map, 0) ? 0 : map.front().inside;
        };
        plan_.takes_setup_identity = true;
        plan_.setup_uid = first_id(out_.id_map.uids);
        plan_.setup_gid = first_id(out_.id_map.gids);
    }

    void plan_process(const ProcessStdio& stdio)
    {
        out_.facts.container_id = options_.id;
        out_.facts.id_map = has_own(CLONE_NEWUSER) ? &out_.id_map : nullptr;
        out_.facts.single_id = options_.single_id;
        out_.facts.keep_groups = options_.keep_groups;
        out_.facts.seccomp_program = &out_.seccomp_program;
        out_.facts.proc_fd = out_.proc.get();
        prepare_process(out_.process, out_.spec.process, stdio, out_.facts);
        plan_.process = out_.process.plan;
        plan_.process.make_cwd = options_.make_working_directory;
        plan_.process.death_signal = options_.die_with_caller ? SIGKILL : 0;
        plan_.null_fd = out_.process.null.get();
        plan_.console = stdio.tty;
        plan_.rows = stdio.rows;
        plan_.columns = stdio.columns;
        plan_.console_uid = out_.spec.process.user.uid;
        plan_.new_mount_api = kernel::has_mount_api();
    }

    void plan_root()
    {
        const std::string& path = out_.spec.root_path;
        UniqueFd opened;
        int root = options_.root_fd;
        if (root < 0) {
            opened = open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY);
            root = opened.get();
        }
        plan_.root = clone_tree(root, "", true);
        if (plan_.root.fd < 0)
            plan_.root.path = memory_.keep(options_.root_fd < 0 ? path : path_of_fd(root));
        plan_.root_readonly = out_.spec.root_readonly;
        plan_.root_propagation = parse_mount_options({out_.spec.rootfs_propagation}).propagation;
    }

    /// A detached copy of the host's tree at `path`, a link as such, or of `dir` itself; by path where the mount API is
    /// missing.
    TreeSource clone_tree(int dir, const std::string& path, bool recursive)
    {
        TreeSource tree;
        if (!kernel::has_mount_api()) {
            tree.path = memory_.keep(path);
            return tree;
        }
        const auto clone = [&](kernel::Recursive deep) { return kernel::clone_mount(dir, path, deep); };
        try {
            tree.fd = memory_.keep(clone(recursive ? kernel::Recursive::Yes : kernel::Recursive::No));
        } catch (const Error& error) {
            if (error.errno_value() != EINVAL || recursive)
                throw;
            // Mounts below are locked: whoever shows the one must show the others.
            tree.fd = memory_.keep(clone(kernel::Recursive::Yes));
        }
        return tree;
    }

    void plan_mount(const oci::SpecMount& mount)
    {
        const std::string target = clean_destination(mount.destination);
        if (target.empty())
            throw Error{ErrorKind::Failure, "nothing can be mounted on the container's root"};
        const MountOptions options = parse_mount_options(mount.options);
        MountStep step;
        step.target = memory_.keep(target);
        step.attributes = options.attributes;
        step.propagation = options.propagation;
        if (options.bind || mount.type == "bind" || mount.type == "rbind")
            plan_bind(step, mount, options);
        else
            plan_filesystem(step, mount, options);
        out_.mounts.push_back(step);
    }

    void plan_bind(MountStep& step, const oci::SpecMount& mount, const MountOptions& options)
    {
        step.is_tree = true;
        // The user's path: links in it are the user's own and lead where they lead.
        const UniqueFd source = open_at(AT_FDCWD, mount.source, O_PATH);
        step.tree = clone_tree(source.get(), "", options.recursive || mount.type == "rbind");
        if (step.tree.fd < 0)
            step.tree.path = memory_.keep(mount.source);
        struct stat status
        {
        };
        struct statfs filesystem
        {
        };
        const int looked = step.tree.fd >= 0 ? ::fstat(step.tree.fd, &status) : ::stat(mount.source.c_str(), &status);
        const int asked =
            step.tree.fd >= 0 ? ::fstatfs(step.tree.fd, &filesystem) : ::statfs(mount.source.c_str(), &filesystem);
        if (looked != 0 || asked != 0)
            throw Error{errno, cat("statfs ", quoted(mount.source))};
        step.target_is_directory = S_ISDIR(status.st_mode);
        step.tree.device = status.st_dev;
        step.tree.inode = status.st_ino;
        check_proc_destination(step.target, filesystem.f_type == PROC_SUPER_MAGIC);
        if (step.tree.fd >= 0)
            set_tree_attributes(step.tree.fd, step.attributes,
                                step.propagation != 0 ? step.propagation : MS_PRIVATE | MS_REC);
    }

    static void check_proc_destination(std::string_view target, bool is_proc)
    {
        const bool allowed = std::find(std::begin(allowed_below_proc), std::end(allowed_below_proc), target) !=
                             std::end(allowed_below_proc);
        if ((target == "proc" && !is_proc) || (target.starts_with("proc/") && !allowed))
            throw Error{ErrorKind::NotExecutable, cat("mounting on ", quoted(cat("/", target)), " is not allowed")}
                .with_hint("the engine and programs in the container rely on what is below /proc");
    }

    static void set_tree_attributes(int tree, std::uint64_t attributes, std::uint64_t propagation)
    {
        // Recursive: "ro" that leaves a submount writable would not be what was asked for (R9).
        const bool sets_atime = (attributes & (MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME)) != 0;
        kernel::set_mount_attributes(
            tree, {attributes, sets_atime ? MOUNT_ATTR__ATIME : 0U, propagation & ~std::uint64_t{MS_REC}},
            kernel::Recursive::Yes);
    }

    void plan_filesystem(MountStep& step, const oci::SpecMount& mount, const MountOptions& options)
    {
        const bool is_cgroup = mount.type == "cgroup" || mount.type == "cgroup2";
        step.type = memory_.keep(is_cgroup ? "cgroup2" : mount.type);
        check_proc_destination(step.target, mount.type == "proc");
        const std::string_view target = step.target;
        if (mount.type == "proc" && target == "proc") {
            step.purpose = MountPurpose::Proc;
            // Of a pid namespace that is not ours nobody here can make one.
            if (!has_own(CLONE_NEWPID))
                step.refused_source = "/proc";
        } else if (mount.type == "tmpfs" && target == "dev") {
            step.purpose = MountPurpose::Dev;
        } else if (mount.type == "devpts") {
            step.purpose = MountPurpose::Devpts;
        } else if (mount.type == "sysfs") {
            step.refused_source = "/sys";
        } else if (mount.type == "mqueue") {
            step.refused_source = "/dev/mqueue";
            step.optional = true;
        } else if (is_cgroup) {
            step.optional = true; // no unified hierarchy on this machine: then there is nothing to show
        }
        auto& data = out_.mount_data.emplace_back();
        data.push_back(
            {"source", memory_.keep(mount.source.empty() ? mount.type : mount.source)}); // as mount(8) shows it
        std::string joined;
        for (const auto& [key, value] : options.data) {
            if (is_cgroup || (key == "gid" && !group_exists(value)))
                continue;
            data.push_back({memory_.keep(key), value.empty() ? nullptr : memory_.keep(value)});
            joined += cat(joined.empty() ? "" : ",", key, value.empty() ? "" : "=", value);
        }
        step.options = data;
        step.data = memory_.keep(joined);
        if (mount.type == "tmpfs" && options.copy_up && plan_.new_mount_api)
            plan_copied_tmpfs(step, options);
    }

    /// devpts' gid=5: in a small user namespace that group may not exist.
    [[nodiscard]] bool group_exists(const std::string& gid) const
    {
        if (out_.facts.id_map == nullptr)
            return !out_.facts.single_id || gid == "0";
        return find_outside(out_.id_map.gids, static_cast<std::uint32_t>(std::strtoul(gid.c_str(), nullptr, 10)))
            .has_value();
    }

    void plan_copied_tmpfs(MountStep& step, const MountOptions& options)
    {
        UniqueFd opened;
        if (options_.root_fd < 0)
            opened = open_at(AT_FDCWD, out_.spec.root_path, O_PATH | O_DIRECTORY);
        auto source = find_beneath(options_.root_fd < 0 ? opened.get() : options_.root_fd, step.target,
                                   O_RDONLY | O_DIRECTORY | O_NONBLOCK);
        if (!source)
            return; // the image has nothing there: the child makes a plain one
        UniqueFd tree = make_tmpfs_copy(source->get(), options.data, out_.id_map);
        set_tree_attributes(tree.get(), step.attributes,
                            step.propagation != 0 ? step.propagation : MS_PRIVATE | MS_REC);
        step.is_tree = true;
        step.tree.fd = memory_.keep(std::move(tree));
    }

    void plan_devices()
    {
        const bool own_dev = std::any_of(out_.mounts.begin(), out_.mounts.end(),
                                         [](const MountStep& step) { return step.purpose == MountPurpose::Dev; });
        if (!own_dev)
            return; // the user's own /dev: nothing is made there (R10)
        for (const DefaultDevice& device : default_devices) {
            const TreeSource tree = clone_tree(AT_FDCWD, device.host_path, false);
            struct stat status
            {
            };
            const int looked = tree.fd >= 0 ? ::fstat(tree.fd, &status) : ::lstat(device.host_path, &status);
            if (looked != 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(device.major, device.minor))
                throw Error{ErrorKind::NotExecutable,
                            cat(device.host_path, " of this machine is not the device that it should be")};
            out_.devices.push_back({device.name, tree});
        }
        plan_.devices = out_.devices;
        out_.links.assign(default_links.begin(), default_links.end());
        plan_.dev_links = out_.links;
        for (const oci::SpecDevice& device : out_.spec.devices) {
            const std::string target = clean_destination(device.path);
            const auto is_default = [&](const DefaultDevice& known) { return target == cat("dev/", known.name); };
            if (std::any_of(default_devices.begin(), default_devices.end(), is_default))
                continue;
            MountStep step;
            step.is_tree = true;
            step.target = memory_.keep(target);
            step.target_is_directory = false;
            step.tree = clone_tree(AT_FDCWD, device.path, false);
            out_.mounts.push_back(step);
        }
    }

    void plan_paths()
    {
        for (const std::string& path : out_.spec.masked_paths)
            out_.masked_paths.push_back(memory_.keep(path));
        for (const std::string& path : out_.spec.readonly_paths)
            out_.readonly_paths.push_back(memory_.keep(path));
        plan_.masked_paths = out_.masked_paths;
        plan_.readonly_paths = out_.readonly_paths;
        if (!out_.masked_paths.empty()) {
            plan_.null_tree = clone_tree(AT_FDCWD, "/dev/null", false);
            struct stat status
            {
            };
            const int looked =
                plan_.null_tree.fd >= 0 ? ::fstat(plan_.null_tree.fd, &status) : ::lstat("/dev/null", &status);
            if (looked != 0 || status.st_rdev != makedev(1, 3))
                throw Error{ErrorKind::NotExecutable, "/dev/null of this machine is not the null device"};
        }
    }

    void plan_names()
    {
        if (!has_own(CLONE_NEWUTS))
            return;
        if (!out_.spec.hostname.empty())
            plan_.hostname = memory_.keep(out_.spec.hostname);
        if (!out_.spec.domainname.empty())
            plan_.domainname = memory_.keep(out_.spec.domainname);
    }

    /// Only settings that belong to a namespace of the container's own, written as names and nothing else (T-11).
    void plan_sysctls()
    {
        for (const auto& [name, value] : out_.spec.sysctl) {
            std::string path = name;
            if (name.find('/') == std::string::npos)
                std::replace(path.begin(), path.end(), '.', '/');
            const auto is_plain = [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                       c == '-' || c == '.' || c == '/';
            };
            if (path.empty() || path.front() == '/' || path.find("..") != std::string::npos ||
                path.find("//") != std::string::npos || !std::all_of(path.begin(), path.end(), is_plain) ||
                value.find_first_of(std::string_view{"\n\0", 2}) != std::string::npos)
                throw Error{ErrorKind::Failure, cat("invalid sysctl ", quoted(cat(name, "=", value)))};
            const auto needs = [&](std::uint64_t flag, const char* kind) {
                if (!has_own(flag))
                    throw Error{ErrorKind::Failure,
                                cat("sysctl ", name, " needs a ", kind, " namespace of the container's own")};
            };
            if (path.starts_with("net/"))
                needs(CLONE_NEWNET, "network");
            else if (path.starts_with("kernel/shm") || path.starts_with("kernel/msg") || path == "kernel/sem" ||
                     path.starts_with("fs/mqueue/"))
                needs(CLONE_NEWIPC, "ipc");
            else if (path == "kernel/hostname" || path == "kernel/domainname")
                needs(CLONE_NEWUTS, "uts");
            else
                throw Error{ErrorKind::Failure, cat("sysctl ", name, " does not belong to a namespace")};
            out_.sysctls.push_back({memory_.keep(cat("sys/", path)), memory_.keep(value), value.size()});
        }
        plan_.sysctls = out_.sysctls;
    }

    void plan_hooks()
    {
        const auto steps = [&](const std::vector<oci::SpecHook>& hooks, std::vector<HookStep>& into) {
            for (const oci::SpecHook& hook : hooks)
                into.push_back({memory_.keep(hook.path),
                                memory_.keep_list(hook.args.empty() ? std::vector<std::string>{hook.path} : hook.args),
                                memory_.keep_list(hook.env), hook.timeout_s.value_or(0)});
        };
        const oci::SpecHooks& hooks = out_.spec.hooks;
        steps(hooks.create_container, out_.create_container_hooks);
        steps(hooks.start_container, out_.start_container_hooks);
        plan_.create_container_hooks = out_.create_container_hooks;
        plan_.start_container_hooks = out_.start_container_hooks;
        plan_.wait_for_hooks = !hooks.prestart.empty() || !hooks.create_runtime.empty() ||
                               !hooks.create_container.empty() || !hooks.start_container.empty();
        if (!hooks.create_container.empty() || !hooks.start_container.empty()) {
            out_.hook_state.reset(::memfd_create("skiff-state", MFD_CLOEXEC));
            if (!out_.hook_state)
                throw Error{errno, "making the hooks' state document"};
            plan_.hook_state_fd = out_.hook_state.get();
        }
    }

    PreparedInit& out_;
    InitPlan& plan_;
    const CreateOptions& options_;
    PlanMemory& memory_;
};

} // namespace

std::unique_ptr<PreparedInit> prepare_init(const oci::RuntimeSpec& spec, const ProcessStdio& stdio,
                                           const CreateOptions& options)
{
    auto prepared = std::make_unique<PreparedInit>();
    prepared->spec = spec;
    prepared->seccomp_program = options.seccomp_program;
    if (prepared->seccomp_program.empty() && spec.seccomp)
        prepared->seccomp_program = compile_document(*spec.seccomp);
    InitPlanner{*prepared, options}.run(stdio);
    return prepared;
}

bool retreat_from_refused_proc(PreparedInit& prepared, const HandshakeMessage& failure)
{
    if (failure.step != Step::Mount || failure.item >= prepared.mounts.size())
        return false;
    MountStep& step = prepared.mounts[failure.item];
    const bool refused = failure.error == EPERM || failure.error == EACCES || failure.error == EBUSY;
    if (step.purpose != MountPurpose::Proc || step.refused_source != nullptr || !refused ||
        (prepared.clone_flags & CLONE_NEWPID) == 0)
        return false;
    step.refused_source = "/proc";
    prepared.clone_flags &= ~std::uint64_t{CLONE_NEWPID};
    prepared.plan.clone_flags = prepared.clone_flags;
    prepared.exec_namespaces &= ~CLONE_NEWPID;
    log::info(
        "the kernel refuses a new /proc here (parts of this machine's are hidden): the container sees all processes");
    return true;
}

Error explain(const PreparedInit& prepared, const HandshakeMessage& failure)
{
    if (auto known = find_explanation(failure, prepared.spec.process, prepared.facts))
        return std::move(*known);
    const auto setup = [&](const std::string& doing) { return setup_failure(failure.error, doing); };
    const auto mount_text = [&] {
        const MountStep& step = prepared.mounts.at(failure.item);
        const auto named =
            std::find_if(prepared.spec.mounts.begin(), prepared.spec.mounts.end(), [&](const oci::SpecMount& mount) {
                return clean_destination(mount.destination) == step.target;
            });
        const std::string what = named == prepared.spec.mounts.end() ? std::string{step.target}
                                 : named->source.empty()             ? named->type
                                                                     : named->source;
        return cat("mounting ", quoted(what), " on ", quoted(cat("/", step.target)));
    };
    switch (failure.step) {
    case Step::Tap:
        return setup("making the container's network device");
    case Step::Propagation:
        return setup("making the mounts private");
    case Step::AttachRoot:
        return setup("attaching the container's root file system");
    case Step::MountTarget:
        return setup(cat(mount_text(), ": the mount point"))
            .with_hint(failure.error == EROFS ? "the image has no such path, and where it should be is read-only" : "");
    case Step::Mount:
    case Step::MountAttributes:
        return setup(mount_text());
    case Step::Device:
        return setup(cat("making /dev/", prepared.devices.at(failure.item).name));
    case Step::DeviceLink:
        return setup(cat("making /dev/", prepared.links.at(failure.item).name));
    case Step::Console:
        return setup("making the container's terminal");
    case Step::MaskedPath:
        return setup(cat("hiding ", quoted(prepared.masked_paths.at(failure.item))));
    case Step::ReadonlyPath:
        return setup(cat("making ", quoted(prepared.readonly_paths.at(failure.item)), " read-only"));
    case Step::VerifyMaskedPath:
        return Error{ErrorKind::NotExecutable,
                     cat(quoted(prepared.masked_paths.at(failure.item)), " is not hidden as it should be")};
    case Step::VerifyReadonlyPath:
        return Error{ErrorKind::NotExecutable,
                     cat(quoted(prepared.readonly_paths.at(failure.item)), " is not read-only as it should be")};
    case Step::ReadonlyRoot:
        return setup("setting the mount options of the root file system");
    case Step::Hostname:
        return setup(cat("setting the host name ", quoted(prepared.spec.hostname)));
    case Step::Domainname:
        return setup(cat("setting the domain name ", quoted(prepared.spec.domainname)));
    case Step::Sysctl: {
        const SysctlStep& setting = prepared.sysctls.at(failure.item);
        return setup(cat("setting sysctl ", quoted(setting.path), " to ", quoted(setting.value)));
    }
    case Step::Hook:
        return setup(cat("hook ", failure.item, " of the container"));
    case Step::PivotRoot:
        return setup("changing the root directory");
    case Step::Reaper:
        return setup("starting the command below the init process");
    default:
        return setup("setting up the container");
    }
}

} // namespace skiff::runtime
