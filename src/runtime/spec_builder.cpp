#include "runtime/spec_builder.hpp"

#include "base/error.hpp"
#include "kernel/rlimit.hpp"
#include "runtime/pretended_ids.hpp"
#include "runtime/security_profile.hpp"
#include "runtime/spec_mounts.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace skiff::runtime {
namespace {

constexpr const char* default_path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::uint64_t default_rlimit = 1048576; // Source: Podman, for nofile and nproc

// The process

std::string host_name(const ContainerConfig& config)
{
    return config.hostname.empty() ? config.id.substr(0, 12) : config.hostname;
}

void add_unless_set(std::vector<std::string>& env, const std::string& entry)
{
    const std::string name = entry.substr(0, entry.find('=') + 1);
    if (std::none_of(env.begin(), env.end(), [&](const std::string& known) { return known.starts_with(name); }))
        env.push_back(entry);
}

void set_variable(std::vector<std::string>& env, const std::string& entry)
{
    const std::string name = entry.substr(0, entry.find('=') + 1);
    const auto found =
        std::find_if(env.begin(), env.end(), [&](const std::string& known) { return known.starts_with(name); });
    if (found == env.end())
        env.push_back(entry);
    else
        *found = entry;
}

std::vector<std::string> make_env(const ContainerConfig& config, const ContainerContext& context)
{
    std::vector<std::string> env = config.env;
    for (const std::string& variable : context.private_variables)
        set_variable(env, variable);
    add_unless_set(env, default_path);
    if (config.tty)
        add_unless_set(env, "TERM=xterm");
    if (makes_new(config.uts))
        add_unless_set(env, cat("HOSTNAME=", host_name(config)));
    add_unless_set(env, cat("HOME=", context.user.home));
    if (!context.notify_path.empty())
        set_variable(env, "NOTIFY_SOCKET=/run/notify/notify.sock");
    add_unless_set(env, "container=skiff");
    if (!context.apt_config_path.empty())
        add_unless_set(env, cat("APT_CONFIG=", apt_config_target));
    return env;
}

oci::SpecProcess make_process(const ContainerConfig& config, const ContainerContext& context)
{
    oci::SpecProcess process;
    process.terminal = config.tty;
    process.user.uid = context.user.uid;
    process.user.gid = context.user.gid;
    process.user.additional_gids = context.user.additional_gids;
    process.user.umask = config.umask.value_or(022);
    process.args = make_argv(config);
    process.env = make_env(config, context);
    process.cwd = config.working_dir.empty() ? "/" : config.working_dir;
    process.capabilities =
        make_capability_sets(config.security.capabilities, config.security.cap_add, context.user.uid == 0);
    process.rlimits = clamp_rlimits(make_rlimits(config, context.rlimit_ceiling), context.rlimit_ceiling);
    process.no_new_privileges = config.security.no_new_privileges || context.pretends_ids;
    process.oom_score_adj = config.oom_score_adj;
    return process;
}

// Namespaces and the rest

std::vector<oci::SpecNamespace> make_namespaces(const ContainerConfig& config, const ContainerContext& context)
{
    std::vector<oci::SpecNamespace> namespaces;
    if (!config.id_map.empty())
        namespaces.push_back({"user", ""});
    namespaces.push_back({"mount", ""});
    const auto add = [&](const char* type, const NamespaceChoice& choice) {
        if (makes_new(choice))
            namespaces.push_back({type, ""});
    };
    add("pid", config.pid);
    add("network", config.network.mode);
    add("ipc", config.ipc);
    add("uts", config.uts);
    add("cgroup", config.cgroup);
    for (const oci::SpecNamespace& join : context.joins)
        namespaces.push_back(join);
    return namespaces;
}

oci::SpecResources make_resources(const ResourceLimits& limits)
{
    oci::SpecResources resources;
    resources.memory_limit = limits.memory_bytes;
    resources.memory_reservation = limits.memory_reservation_bytes;
    resources.memory_swap = limits.memory_swap_bytes;
    resources.cpu_shares = limits.cpu_shares;
    resources.cpu_period = limits.cpu_period_us;
    resources.cpu_quota = limits.cpu_quota_us;
    resources.cpuset_cpus = limits.cpuset_cpus;
    resources.cpuset_mems = limits.cpuset_mems;
    resources.pids_limit = limits.pids;
    resources.unified = limits.unified;
    return resources;
}

/// As --ulimit has it: "memlock=-1", "nofile=1024:2048".
std::string write_ulimit(const oci::SpecRlimit& limit)
{
    const auto number = [](std::uint64_t value) { return value == RLIM_INFINITY ? "-1" : std::to_string(value); };
    const auto resource = kernel::find_rlimit(limit.type);
    const std::string name = resource ? kernel::short_rlimit_name(*resource) : limit.type;
    return cat(name, "=", number(limit.soft), limit.soft == limit.hard ? "" : cat(":", number(limit.hard)));
}

std::vector<oci::SpecIdMapping> make_mappings(const std::vector<IdRange>& ranges)
{
    std::vector<oci::SpecIdMapping> mappings;
    for (const IdRange& range : ranges)
        mappings.push_back({range.inside, range.outside, range.size});
    return mappings;
}

} // namespace

std::vector<oci::SpecRlimit> make_rlimits(const ContainerConfig& config, const std::vector<oci::SpecRlimit>& ceilings)
{
    std::vector<oci::SpecRlimit> limits;
    if (config.host_rlimits)
        return limits;
    for (const RlimitConfig& limit : config.rlimits) {
        std::string type = "RLIMIT_";
        for (const char c : limit.name)
            type += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        limits.push_back({type, limit.soft, limit.hard});
    }
    for (const oci::SpecRlimit& ceiling : ceilings) {
        if (ceiling.type != "RLIMIT_NOFILE" && ceiling.type != "RLIMIT_NPROC")
            continue;
        const bool given = std::any_of(limits.begin(), limits.end(),
                                       [&](const oci::SpecRlimit& limit) { return limit.type == ceiling.type; });
        if (!given) {
            const std::uint64_t value = std::min(default_rlimit, ceiling.hard);
            limits.push_back({ceiling.type, value, value});
        }
    }
    return limits;
}

std::vector<oci::SpecRlimit> clamp_rlimits(std::vector<oci::SpecRlimit> limits, const std::vector<oci::SpecRlimit>& ceilings)
{
    for (oci::SpecRlimit& limit : limits)
        for (const oci::SpecRlimit& ceiling : ceilings)
            if (ceiling.type == limit.type) {
                limit.soft = std::min(limit.soft, ceiling.hard);
                limit.hard = std::min(limit.hard, ceiling.hard);
            }
    return limits;
}

std::vector<std::string> list_rlimit_warnings(const ContainerConfig& config, const std::vector<oci::SpecRlimit>& ceilings)
{
    const std::vector<oci::SpecRlimit> asked = make_rlimits(config, ceilings);
    const std::vector<oci::SpecRlimit> had = clamp_rlimits(asked, ceilings);
    std::vector<std::string> warnings;
    for (std::size_t i = 0; i < asked.size(); ++i)
        if (asked[i].hard != had[i].hard)
            warnings.push_back(cat("the limit --ulimit ", write_ulimit(asked[i]), " is beyond your hard limit: the container gets ", write_ulimit(had[i])));
    return warnings;
}

std::vector<oci::SpecRlimit> current_rlimit_ceiling()
{
    std::vector<oci::SpecRlimit> ceiling;
    for (const kernel::Rlimit& limit : kernel::current_rlimits())
        ceiling.push_back({kernel::rlimit_name(limit.resource), limit.soft, limit.hard});
    return ceiling;
}

std::vector<std::string> make_argv(const ContainerConfig& config)
{
    std::vector<std::string> argv = config.entrypoint;
    argv.insert(argv.end(), config.command.begin(), config.command.end());
    if (argv.empty())
        throw Error{ErrorKind::Failure, "no command or entrypoint provided, and no CMD or ENTRYPOINT from image"};
    return argv;
}

bool is_systemd(const ContainerConfig& config)
{
    if (config.systemd == "always")
        return true;
    const std::vector<std::string> argv = make_argv(config);
    if (config.systemd != "true" || argv.empty())
        return false;
    const std::string& program = argv[0];
    return program == "/sbin/init" || program == "/usr/sbin/init" || program == "/usr/local/sbin/init" ||
           program.substr(program.rfind('/') + 1) == "systemd";
}

oci::RuntimeSpec make_spec(const ContainerConfig& config, const ContainerContext& context)
{
    oci::RuntimeSpec spec;
    spec.process = make_process(config, context);
    const bool systemd = is_systemd(config);
    if (systemd)
        set_variable(spec.process.env, cat("container_uuid=", config.id.substr(0, 32)));
    spec.root_path = context.rootfs_path;
    spec.root_readonly = config.read_only;
    if (makes_new(config.uts))
        spec.hostname = host_name(config);
    spec.mounts = make_spec_mounts(config, context, systemd);
    spec.hooks = context.hooks;
    spec.annotations = config.annotations;
    spec.uid_mappings = make_mappings(config.id_map.uids);
    spec.gid_mappings = make_mappings(config.id_map.gids);
    spec.sysctl = config.sysctls;
    if (!context.cgroups_path.empty()) {
        spec.cgroups_path = context.cgroups_path;
        spec.resources = make_resources(config.limits);
    }
    spec.namespaces = make_namespaces(config, context);
    if (!config.security.privileged) {
        spec.masked_paths = make_masked_paths(config.security.mask, config.security.unmask);
        spec.readonly_paths = make_readonly_paths(config.security.unmask);
    }
    if (config.read_only && !config.read_only_tmpfs)
        spec.readonly_paths.emplace_back("/dev");
    return spec;
}

oci::SpecProcess make_exec_process(const oci::RuntimeSpec& spec, const ContainerConfig& config,
                                   const ExecRequest& request)
{
    if (request.command.empty())
        throw Error{ErrorKind::Failure, "must provide a non-empty command to start an exec session: invalid argument"};
    oci::SpecProcess process = spec.process;
    process.terminal = request.tty;
    process.args = request.command;
    if (!request.working_dir.empty())
        process.cwd = request.working_dir;
    if (request.user) {
        process.user.uid = request.user->uid;
        process.user.gid = request.user->gid;
        process.user.additional_gids = request.user->additional_gids;
        set_variable(process.env, cat("HOME=", request.user->home));
    }
    if (request.tty)
        add_unless_set(process.env, "TERM=xterm");
    for (const std::string& entry : request.env)
        set_variable(process.env, entry);
    const bool is_root = process.user.uid == 0;
    if (request.privileged) {
        process.capabilities = make_capability_sets(make_capabilities({}, {}, true), {}, is_root);
        process.no_new_privileges = false;
    } else {
        process.capabilities =
            make_capability_sets(spec.process.capabilities.bounding, config.security.cap_add, is_root);
    }
    return process;
}

} // namespace skiff::runtime
