#include "runtime/process_plan.hpp"

#include "base/file.hpp"
#include "kernel/capabilities.hpp"
#include "kernel/rlimit.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

namespace skiff::runtime {
namespace {

constexpr const char* default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The paths that execvp would try.
std::vector<std::string> make_candidates(const oci::SpecProcess& process)
{
    const std::string& command = process.args[0];
    if (command.find('/') != std::string::npos)
        return {command};
    std::string path = default_path;
    for (const std::string& entry : process.env)
        if (entry.starts_with("PATH="))
            path = entry.substr(5);
    std::vector<std::string> candidates;
    std::size_t from = 0;
    while (!command.empty() && from <= path.size()) {
        const std::size_t end = std::min(path.find(':', from), path.size());
        const std::string directory = path.substr(from, end - from);
        candidates.push_back(cat(directory.empty() ? "." : directory, "/", command));
        from = end + 1;
    }
    return candidates;
}

void check_text(const std::string& text, const char* what)
{
    if (text.find('\0') != std::string::npos)
        throw Error{ErrorKind::Failure, cat(what, " contains a zero byte: ", quoted(text))};
}

void require_mapped(const std::vector<IdRange>& ranges, std::uint32_t id, const char* kind)
{
    if (!find_outside(ranges, id))
        throw Error{ErrorKind::NotExecutable, cat(kind, " ", id, " is not mapped in the container's user namespace")}
            .with_hint("give the user a larger range in /etc/subuid and /etc/subgid, or choose another --userns");
}

void prepare_identity(PreparedProcess& prepared, const oci::SpecUser& user, const ProcessFacts& facts)
{
    ProcessPlan& plan = prepared.plan;
    plan.uid = user.uid;
    plan.gid = user.gid;
    if (facts.id_map != nullptr) {
        require_mapped(facts.id_map->uids, user.uid, "user id");
        require_mapped(facts.id_map->gids, user.gid, "group id");
    } else if (facts.single_id && (user.uid != 0 || user.gid != 0)) {
        throw Error{ErrorKind::NotExecutable, cat("user ", user.uid, ":", user.gid, " does not exist with a single id")}
            .with_hint("no subordinate ids are usable here; see `skiff info` and /etc/subuid");
    }
    plan.set_ids = !facts.single_id;
    plan.set_groups = !facts.single_id && !facts.keep_groups;
    // The primary group is among them, so that dropping it by setgid leaves a member (CVE-2022-2989 and its kin; R19).
    prepared.groups = {user.gid};
    for (const std::uint32_t gid : user.additional_gids)
        if (std::find(prepared.groups.begin(), prepared.groups.end(), gid) == prepared.groups.end() &&
            (facts.id_map == nullptr || find_outside(facts.id_map->gids, gid)))
            prepared.groups.push_back(gid);
    plan.groups = prepared.groups;
}

void prepare_capabilities(ProcessPlan& plan, const oci::SpecCapabilities& sets)
{
    const kernel::CapabilitySet known = kernel::known_capabilities();
    plan.bounding = kernel::make_capability_set(sets.bounding) & known;
    plan.permitted = kernel::make_capability_set(sets.permitted) & plan.bounding;
    plan.effective = kernel::make_capability_set(sets.effective) & plan.permitted;
    plan.ambient = kernel::make_capability_set(sets.ambient) & plan.permitted;
    plan.last_capability = kernel::last_capability();
}

void prepare_rlimits(PreparedProcess& prepared, const std::vector<oci::SpecRlimit>& limits)
{
    for (const oci::SpecRlimit& limit : limits) {
        const auto resource = kernel::find_rlimit(limit.type);
        if (!resource)
            throw Error{ErrorKind::Failure, cat("unknown resource limit ", quoted(limit.type))};
        prepared.rlimits.push_back({*resource, {limit.soft, limit.hard}});
    }
    prepared.plan.rlimits = prepared.rlimits;
}

/// A copy above the standard three, so that putting one in its place cannot overwrite another.
int lifted(PreparedProcess& prepared, int fd)
{
    if (fd < 0)
        return prepared.null.get();
    if (fd > 2)
        return fd;
    UniqueFd copy{::fcntl(fd, F_DUPFD_CLOEXEC, 3)};
    if (!copy)
        throw Error{errno, "copying a descriptor"};
    return prepared.memory.keep(std::move(copy));
}

void prepare_stdio(PreparedProcess& prepared, const ProcessStdio& stdio)
{
    prepared.null = open_null_device();
    ProcessPlan& plan = prepared.plan;
    plan.stdio[0] = lifted(prepared, stdio.in);
    plan.stdio[1] = lifted(prepared, stdio.out);
    plan.stdio[2] = lifted(prepared, stdio.err);
    plan.tty = stdio.tty;
    prepared.preserved = stdio.preserved;
    prepared.scratch.resize(stdio.preserved.size());
    plan.preserved = prepared.preserved;
    plan.preserved_scratch = prepared.scratch;
    for (const auto& [ours, inside] : stdio.preserved)
        plan.highest_preserved = std::max(plan.highest_preserved, inside);
}

} // namespace

void prepare_process(PreparedProcess& prepared, const oci::SpecProcess& process, const ProcessStdio& stdio,
                     const ProcessFacts& facts)
{
    if (process.args.empty())
        throw Error{ErrorKind::Failure, "no command or entrypoint provided, and no CMD or ENTRYPOINT from image"};
    for (const std::string& text : process.args)
        check_text(text, "the command");
    for (const std::string& text : process.env)
        check_text(text, "the environment");
    check_text(process.cwd, "the working directory");

    ProcessPlan& plan = prepared.plan;
    plan.argv = prepared.memory.keep_list(process.args);
    plan.envp = prepared.memory.keep_list(process.env);
    plan.candidates = prepared.memory.keep_list(make_candidates(process));
    plan.cwd = prepared.memory.keep(process.cwd.empty() ? "/" : process.cwd);
    plan.set_umask = process.user.umask.has_value();
    plan.umask = process.user.umask.value_or(022);
    plan.no_new_privileges = process.no_new_privileges;
    plan.proc_fd = facts.proc_fd;
    plan.keyring = prepared.memory.keep(facts.keyring);
    plan.openat2 = std::getenv("SKIFF_NO_OPENAT2") == nullptr; // tests run the fallback with it (T-10)
    if (process.oom_score_adj) {
        plan.set_oom_score = true;
        const std::string digits = std::to_string(*process.oom_score_adj);
        std::strncpy(plan.oom_score, digits.c_str(), sizeof plan.oom_score - 1);
    }
    prepare_identity(prepared, process.user, facts);
    prepare_capabilities(plan, process.capabilities);
    prepare_rlimits(prepared, process.rlimits);
    prepare_stdio(prepared, stdio);
    if (facts.seccomp_program != nullptr && !facts.seccomp_program->empty()) {
        prepared.filter.resize(facts.seccomp_program->size() / sizeof(sock_filter));
        std::memcpy(prepared.filter.data(), facts.seccomp_program->data(),
                    prepared.filter.size() * sizeof(sock_filter));
        plan.filter = prepared.filter;
    }
}

Error setup_failure(int errno_value, const std::string& doing)
{
    return Error{ErrorKind::NotExecutable, errno_value, cat(doing, ": ", errno_text(errno_value))};
}

std::optional<Error> find_explanation(const HandshakeMessage& failure, const oci::SpecProcess& process,
                                      const ProcessFacts& facts)
{
    const auto setup = [&](const std::string& doing) { return setup_failure(failure.error, doing); };
    const std::string command = process.args.empty() ? "" : printable(process.args[0]);
    switch (failure.step) {
    case Step::Exec:
        if (failure.error == EACCES || failure.error == EPERM)
            return Error{ErrorKind::NotExecutable, cat("exec: \"", command, "\": open executable: ",
                                                       failure.error == EPERM ? "Operation not permitted" : "Permission denied", ": OCI permission denied")};
        return setup(cat("exec: \"", command, "\""));
    case Step::ExecMissing:
        return Error{ErrorKind::CommandNotFound, cat("executable file `", command,
                                                     "` not found in $PATH: No such file or directory: OCI runtime "
                                                     "attempted to invoke a command that was not found")};
    case Step::WorkingDirectory:
        if (failure.error == ENOENT || failure.error == ENOTDIR)
            return Error{ErrorKind::NotExecutable, cat("workdir \"", printable(process.cwd),
                                                       "\" does not exist on container ", facts.container_id)};
        if (failure.error == EXDEV)
            return Error{ErrorKind::NotExecutable,
                         cat("workdir \"", printable(process.cwd), "\" is outside of the container's root")};
        return setup(cat("changing to workdir \"", printable(process.cwd), "\""));
    case Step::OomScore:
        return setup(cat("setting the OOM score to ", process.oom_score_adj.value_or(0)));
    case Step::Rlimit: {
        const oci::SpecRlimit& limit = process.rlimits.at(failure.item);
        return setup(cat("setting ", limit.type))
            .with_hint("an ordinary user cannot raise a hard limit; see `ulimit -H -a`");
    }
    case Step::Keyring:
        return setup("making a session keyring")
            .with_hint(failure.error == EDQUOT ? "your containers have all keyrings that kernel.keys.maxkeys allows; an administrator can raise it, "
                                                 "or give you a range of ids in /etc/subuid, of which each may have as many"
                                               : "");
    case Step::Session:
        return setup("making a session with a controlling terminal");
    case Step::Stdio:
        return setup("arranging the descriptors");
    case Step::Groups:
        return setup("setting the supplementary groups");
    case Step::UserId:
        return setup(cat("becoming user ", process.user.uid, ":", process.user.gid))
            .with_hint(failure.error == EINVAL
                           ? "the id is not mapped: give the user a larger range in /etc/subuid and /etc/subgid"
                           : "");
    case Step::Capabilities:
        return setup("setting the capabilities");
    case Step::NoNewPrivileges:
        return setup("setting no_new_privs");
    case Step::Seccomp:
        return setup("loading the seccomp filter");
    case Step::SetupIdentity:
        return setup("becoming root of the container's user namespace");
    case Step::JoinNamespace:
        return setup("joining the container's namespaces");
    default:
        return std::nullopt;
    }
}

UniqueFd open_null_device()
{
    UniqueFd null = open_at(AT_FDCWD, "/dev/null", O_RDWR | O_NOCTTY);
    struct stat status
    {
    };
    if (::fstat(null.get(), &status) != 0 || !S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
        throw Error{ErrorKind::Failure, "/dev/null of this machine is not the null device"};
    if (null.get() > 2)
        return null;
    UniqueFd lifted{::fcntl(null.get(), F_DUPFD_CLOEXEC, 3)};
    if (!lifted)
        throw Error{errno, "copying a descriptor"};
    return lifted;
}

UniqueFd open_host_proc()
{
    UniqueFd proc = open_at(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
    struct statfs filesystem
    {
    };
    struct stat status
    {
    };
    constexpr ino_t proc_root_inode = 1;
    if (::fstatfs(proc.get(), &filesystem) != 0 || filesystem.f_type != PROC_SUPER_MAGIC ||
        ::fstat(proc.get(), &status) != 0 || status.st_ino != proc_root_inode)
        throw Error{ErrorKind::Failure, "/proc of this machine is not a proc file system"};
    return proc;
}

} // namespace skiff::runtime
