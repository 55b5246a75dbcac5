#include "base/error.hpp"
#include "base/log.hpp"
#include "kernel/mount.hpp"
#include "monitor/assembly_parts.hpp"
#include "monitor/leftovers.hpp"
#include "runtime/user_lookup.hpp"

#include <algorithm>
#include <csignal>

namespace skiff::monitor {
namespace {

constexpr std::chrono::seconds leftovers_limit{10};

} // namespace

Assembly::Assembly(std::unique_ptr<Parts> parts) : parts_{std::move(parts)} {}

Assembly::~Assembly()
{
    if (!parts_->process || parts_->process->stage() != runtime::Stage::Running)
        return;
    kill_everything();
    parts_->cgroup->end(); // --pid=host: what is left would hold on to the mounts
    if (outlives_its_init() && !kill_leftovers(parts_->config.id, helpers(), leftovers_limit))
        log::warn(cat("processes of container ", parts_->config.id, " do not end although they were killed"));
    parts_->process->run_poststop_hooks();
}

bool keeps_groups(const ContainerConfig& config)
{
    return std::find(config.groups.begin(), config.groups.end(), "keep-groups") != config.groups.end();
}

bool Assembly::outlives_its_init() const { return !parts_->process->has_own_pid_namespace() && parts_->cgroup->fd() < 0; }

std::vector<pid_t> Assembly::helpers() const
{
    std::vector<pid_t> pids{parts_->process->pid()};
    for (const pid_t pid : parts_->network->pids())
        pids.push_back(pid);
    if (const ChildProcess* server = parts_->root->server())
        pids.push_back(server->pid());
    return pids;
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

std::vector<int> Assembly::network_members() const
{
    NamedNetworks* named = parts_->network->named();
    return named != nullptr ? named->watched() : std::vector<int>{};
}

bool Assembly::rejoin_network(int member)
{
    NamedNetworks* named = parts_->network->named();
    return named != nullptr && named->rejoin(member);
}

bool Assembly::rejoin_lost_networks()
{
    NamedNetworks* named = parts_->network->named();
    return named == nullptr || named->rejoin_lost();
}

void Assembly::change_networks(const ContainerConfig& config)
{
    NamedNetworks* named = parts_->network->named();
    if (named == nullptr)
        return;
    const std::vector<net::HostsEntry> before = parts_->network->addresses(parts_->config, parts_->hostname);
    parts_->config.network = config.network;
    const auto update_files = [&] {
        parts_->files->change_network(before, parts_->network->addresses(parts_->config, parts_->hostname),
                                      make_resolv_conf_text(parts_->config.network, parts_->network->name_servers(), parts_->network->has_name_service()));
    };
    try {
        named->change(config);
    } catch (const Error&) {
        update_files(); // what was disconnected before
        throw;
    }
    update_files();
}

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
    if (!request.user.empty()) {
        // The files may have changed since the start (useradd): read what the container has now.
        exec.user = runtime::find_user(parts_->load_accounts(), request.user, parts_->config.groups);
        // Who the container's own process is has its groups, too, also when given by number.
        const bool group_asked = request.user.find(':') != std::string::npos;
        if (!group_asked && exec.user->uid == parts_->user.uid && exec.user->gid == parts_->user.gid)
            exec.user->additional_gids = parts_->user.additional_gids;
    }
    runtime::ExecSpec spec;
    spec.process = runtime::make_exec_process(parts_->spec, parts_->config, exec);
    spec.privileged = request.privileged;
    spec.keep_groups = keeps_groups(parts_->config);
    return parts_->process->begin_exec(spec, stdio);
}

UniqueFd Assembly::clone_root() { return kernel::clone_mount(parts_->root->fd(), "", kernel::Recursive::No); }

void Assembly::pause(bool pause) { parts_->cgroup->freeze(pause); }

void Assembly::kill_everything() noexcept
{
    parts_->cgroup->kill();
    if (outlives_its_init())
        (void)kill_leftovers(parts_->config.id, std::nullopt, std::chrono::milliseconds{0});
    try {
        parts_->process->pidfd().send_signal(SIGKILL);
    } catch (const Error& error) {
        log::warn(cat("ending container ", parts_->config.id, ": ", error.message()));
    }
}

bool Assembly::was_oom_killed() const { return parts_->cgroup->was_oom_killed(); }

const std::vector<std::string>& Assembly::warnings() const { return parts_->warnings; }

std::vector<std::string> Assembly::update_limits(const ResourceLimits& limits) { return parts_->cgroup->apply(limits); }

} // namespace skiff::monitor
