#include "monitor/assembly.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/mount.hpp"
#include "kernel/rlimit.hpp"
#include "monitor/cgroup_part.hpp"
#include "monitor/container_root.hpp"
#include "monitor/joins.hpp"
#include "monitor/mount_sources.hpp"
#include "monitor/network_part.hpp"
#include "monitor/run_files.hpp"
#include "monitor/stdio_pipes.hpp"
#include "rootfs/rootfs.hpp"
#include "runtime/devices.hpp"
#include "runtime/hooks.hpp"
#include "runtime/security_profile.hpp"
#include "runtime/spec_builder.hpp"
#include "runtime/user_lookup.hpp"

#include <algorithm>
#include <csignal>
#include <sys/utsname.h>

namespace skiff::monitor {
namespace {

std::string host_name()
{
    utsname names{};
    return ::uname(&names) == 0 ? names.nodename : "localhost";
}

/// What /etc/hostname says and the container's own name is.
std::string effective_hostname(const ContainerConfig& config)
{
    if (!config.hostname.empty())
        return config.hostname;
    if (config.uts.mode == NamespaceMode::Host || config.network.mode.mode == NamespaceMode::Host)
        return host_name();
    return config.id.substr(0, 12);
}

std::string localtime_path(const ContainerConfig& config)
{
    if (config.timezone.empty())
        return {};
    return config.timezone == "local" ? "/etc/localtime" : "/usr/share/zoneinfo/" + config.timezone;
}

/// As the specification names a cgroup: below the mount of the hierarchy.
std::string below_cgroup_root(const std::string& path)
{
    constexpr std::string_view root = "/sys/fs/cgroup";
    return path.starts_with(root) ? path.substr(root.size()) : path;
}

/// The compiled filter is kept per user: the run directory dies with the boot, and so does what an older program compiled.
UniqueFd open_filter_cache(const store::Store& store) { return make_directory_at(store.root().run(), "seccomp"); }

} // namespace

/// In the order of building; the destructor of a struct goes backwards.
struct Assembly::Parts
{
    ContainerConfig config;
    std::string run_path;
    UniqueFd run_dir;
    std::optional<rootfs::Rootfs> root;
    MountSources sources;
    std::optional<CgroupPart> cgroup;
    Joins joins;
    std::optional<NetworkPart> network;
    runtime::AccountFiles accounts;
    oci::RuntimeSpec spec;
    StdioPipes stdio;
    std::optional<runtime::ContainerProcess> process;
    bool single_id = false;
};

Assembly::Assembly(std::unique_ptr<Parts> parts) : parts_{std::move(parts)} {}

Assembly::~Assembly()
{
    if (parts_->process && parts_->process->stage() == runtime::Stage::Running) {
        kill_everything();
        parts_->process->run_poststop_hooks();
    }
}

std::unique_ptr<Assembly> Assembly::build(const AssemblyRequest& request)
{
    ContainerConfig config = request.config;
    std::unique_ptr<Assembly> assembly{new Assembly{std::make_unique<Parts>()}};
    Parts& parts = *assembly->parts_;
    parts.config = config;
    parts.single_id = request.single_id;
    parts.run_path = request.run_path;
    parts.run_dir = open_at(request.run_dir, ".", O_RDONLY | O_DIRECTORY);

    // The net process starts first: it binds the ports while we mount.
    parts.network.emplace(config);
    parts.root.emplace(while_doing("mounting the root file system", [&] { return mount_container_root(request.store, config); }));
    parts.accounts = runtime::load_account_files(parts.root->fd());
    runtime::ContainerContext context;
    runtime::AccountFiles known = parts.accounts;
    known.passwd = add_host_users(config.host_users, known.passwd);
    context.user = runtime::find_user(known, config.user, config.groups);
    if (request.single_id && config.id_map.empty() && (context.user.uid != 0 || context.user.gid != 0)) {
        // The one id that there is becomes the user that was asked for: programs that refuse root or look at owners work.
        config.id_map = {{{context.user.uid, 0, 1}}, {{context.user.gid, 0, 1}}};
        if (context.user.gid != 0)
            config.sysctls.erase("net.ipv4.ping_group_range"); // a distribution's default, for a group 0 that is not there now
        parts.config = config;
    }
    parts.sources = open_mount_sources({config, request.store, parts.root->fd(), context.user});
    parts.joins = open_joins(config, request.store);
    parts.cgroup.emplace(config);

    RunFilesRequest files{config, request.run_path, request.run_dir, parts.root->fd(), effective_hostname(config),
                          parts.network->host_address(), parts.network->name_servers(), {}, {}, false, parts.accounts, context.user};
    files.addresses = parts.network->addresses(config, files.hostname);
    files.host_network = config.network.mode.mode == NamespaceMode::Host;
    if (config.network.mode.mode == NamespaceMode::Container)
        files.shared_network_path = request.store.containers().run_directory(config.network.mode.target);
    const RunFiles written = write_run_files(files);

    context.rootfs_path = parts.root->path();
    context.mounts = parts.sources.mounts;
    context.hosts_path = written.hosts;
    context.resolv_conf_path = written.resolv_conf;
    context.hostname_path = written.hostname;
    const bool own_run = std::any_of(config.mounts.begin(), config.mounts.end(), [](const MountConfig& m) {
        return m.target == "/run" && (m.type == MountType::Bind || m.type == MountType::Volume);
    });
    if (!own_run) // nothing of ours appears in a directory of the user's
        context.containerenv_path = written.containerenv;
    context.passwd_path = written.passwd;
    context.group_path = written.group;
    context.localtime_path = localtime_path(config);
    context.cgroups_path = below_cgroup_root(parts.cgroup->path());
    context.single_id = request.single_id;
    context.owns_network = config.network.mode.mode != NamespaceMode::Host && config.network.mode.mode != NamespaceMode::Container &&
                           config.network.mode.mode != NamespaceMode::Path;
    context.joins = parts.joins.namespaces;
    if (config.security.privileged)
        context.host_devices = runtime::list_host_devices();
    runtime::HookFacts facts;
    facts.command = runtime::make_argv(config);
    facts.annotations = config.annotations;
    facts.has_bind_mounts = std::any_of(config.mounts.begin(), config.mounts.end(),
                                        [](const MountConfig& m) { return m.type == MountType::Bind; });
    context.hooks = runtime::load_hooks(config.hooks_dirs, facts);
    for (const kernel::Rlimit& limit : kernel::current_rlimits())
        context.rlimit_ceiling.push_back({kernel::rlimit_name(limit.resource), limit.soft, limit.hard});
    parts.spec = runtime::make_spec(config, context);

    runtime::CreateOptions options;
    options.id = config.id;
    options.bundle = request.run_path;
    options.root_fd = parts.root->fd();
    options.tap = parts.network->tap_step();
    options.cgroup_fd = parts.cgroup->fd();
    options.joins = parts.joins.joins;
    options.single_id = request.single_id;
    options.keep_groups = std::find(config.groups.begin(), config.groups.end(), "keep-groups") != config.groups.end();
    options.reaper = config.init;
    options.make_working_directory = !config.working_dir_asked; // what the image names is made, a typing error is told
    options.die_with_caller = true;
    options.seccomp_program =
        runtime::load_seccomp_program(config.security.seccomp, config.security.capabilities, open_filter_cache(request.store).get());

    parts.stdio = make_stdio(config.tty, config.open_stdin);
    if (!request.passthrough.empty()) {
        parts.stdio = {};
        parts.stdio.stdio.in = request.passthrough.at(0);
        parts.stdio.stdio.out = request.passthrough.at(1);
        parts.stdio.stdio.err = request.passthrough.at(2);
    }
    parts.stdio.stdio.rows = request.rows;
    parts.stdio.stdio.columns = request.columns;
    int number = 3;
    for (const int fd : request.preserved)
        parts.stdio.stdio.preserved.emplace_back(fd, number++);

    parts.process.emplace(runtime::ContainerProcess::create(parts.spec, parts.stdio.stdio, options));
    parts.stdio.theirs.clear();
    if (parts.network->needs_tap())
        parts.network->attach_tap(parts.process->take_tap());
    parts.network->wait_ready();
    return assembly;
}

runtime::Stage Assembly::advance()
{
    const runtime::Stage stage = parts_->process->advance();
    if (stage == runtime::Stage::Created && parts_->config.tty && !parts_->stdio.ours.terminal)
        parts_->stdio.ours.terminal = parts_->process->take_console();
    return stage;
}

runtime::ContainerProcess& Assembly::process() { return *parts_->process; }
SessionStreams Assembly::take_streams() { return std::move(parts_->stdio.ours); }
int Assembly::network_process() const { return parts_->network->pidfd(); }

void Assembly::describe(ContainerState& state) const
{
    state.init = identify(parts_->process->pid());
    state.cgroup_path = parts_->cgroup->path();
    parts_->network->describe(state);
}

runtime::StartingProcess Assembly::begin_exec(const ExecRequest& request, const runtime::ProcessStdio& stdio)
{
    runtime::ExecRequest exec;
    exec.command = request.argv;
    exec.env = request.env;
    exec.working_dir = request.working_dir;
    exec.tty = request.tty;
    exec.privileged = request.privileged;
    if (!request.user.empty())
        // The files may have changed since the start (useradd): read what the container has now.
        exec.user = runtime::find_user(runtime::load_account_files(parts_->root->fd()), request.user, parts_->config.groups);
    runtime::ExecSpec spec;
    spec.process = runtime::make_exec_process(parts_->spec, parts_->config, exec);
    spec.privileged = request.privileged;
    spec.keep_groups =
        std::find(parts_->config.groups.begin(), parts_->config.groups.end(), "keep-groups") != parts_->config.groups.end();
    return parts_->process->begin_exec(spec, stdio);
}

UniqueFd Assembly::clone_root() { return kernel::clone_mount(parts_->root->fd(), "", kernel::Recursive::No); }

void Assembly::pause(bool pause) { parts_->cgroup->freeze(pause); }

void Assembly::kill_everything() noexcept
{
    parts_->cgroup->kill();
    try {
        parts_->process->pidfd().send_signal(SIGKILL);
    } catch (const Error& error) {
        log::warn(cat("ending container ", parts_->config.id, ": ", error.message()));
    }
}

bool Assembly::was_oom_killed() const { return parts_->cgroup->was_oom_killed(); }

void Assembly::update_limits(const ResourceLimits& limits)
{
    parts_->cgroup->apply(limits);
}

} // namespace skiff::monitor
