// From the specification to the steps that init_child.cpp executes.
//
// Sources are opened and cloned by the parent (mount_plan.cpp), in the caller's mount namespace and before anything
// untrusted exists: the child gets detached trees with their flags set and only attaches them. File systems that belong
// to the container's own namespaces (proc, sysfs, mqueue, devpts, cgroup) cannot be made from outside; the child makes
// those.

#include "runtime/init_plan.hpp"

#include "base/file.hpp"
#include "kernel/mount.hpp"
#include "runtime/mount_plan.hpp"
#include "runtime/seccomp_document.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <linux/sched.h>
#include <sys/mman.h>

namespace skiff::runtime {
namespace {

constexpr std::size_t keyring_name_bytes = 16;

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
        plan_mounts(out_, options_);
        plan_names();
        plan_sysctls();
        plan_hooks();
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
        out_.facts.keyring = cat("skiff-", random_hex(keyring_name_bytes));
        out_.facts.single_id = options_.single_id;
        out_.facts.keep_groups = options_.keep_groups;
        out_.facts.seccomp_program = &out_.seccomp_program;
        out_.facts.proc_fd = out_.proc.get();
        prepare_process(out_.process, out_.spec.process, stdio, out_.facts);
        plan_.process = out_.process.plan;
        plan_.process.make_cwd = options_.make_working_directory;
        plan_.process.has_listener = options_.has_listener;
        plan_.process.death_signal = options_.die_with_caller ? SIGKILL : 0;
        plan_.null_fd = out_.process.null.get();
        plan_.console = stdio.tty;
        plan_.rows = stdio.rows;
        plan_.columns = stdio.columns;
        plan_.console_uid = out_.spec.process.user.uid;
        plan_.new_mount_api = kernel::has_mount_api();
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

} // namespace skiff::runtime
