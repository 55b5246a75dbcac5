#include "monitor/cleanup.hpp"

#include "base/error.hpp"
#include "base/interrupt_block.hpp"
#include "base/log.hpp"
#include "kernel/cgroup.hpp"
#include "monitor/container_event.hpp"
#include "monitor/leftovers.hpp"
#include "store/garbage.hpp"

#include <algorithm>
#include <csignal>
#include <set>

namespace skiff::monitor {
namespace {

constexpr int kill_timeout_ms = 10'000;

void end_process(const ProcessIdentity& identity)
{
    const auto process = Pidfd::find(identity);
    if (!process)
        return;
    process->send_signal(SIGKILL);
    if (!process->wait_for_end(kill_timeout_ms))
        log::warn(cat("process ", identity.pid, " does not end although it was killed"));
}

/// Where nothing can be written, the run stays one that nobody wrote the end of, for the next command to try: who wants the container
/// removed, or started again, must not be kept from it.
bool try_save_exit(const store::Store& store, const store::ContainerRecord& record)
{
    try {
        if (record.exit)
            store.containers().save_exit(record.config.id, *record.exit);
        return true;
    } catch (const Error& error) {
        log::warn(cat("recording the end of container ", record.config.id, ": ", error.message(), "; ignored"));
        return false;
    }
}

void try_remove_volume(const store::Store& store, const std::string& name)
{
    try {
        store.volumes().remove(name);
    } catch (const Error& error) {
        log::warn(cat("removing volume ", name, ": ", error.message(), "; ignored"));
    }
}

/// But for those that another container has: by --volumes-from, or because it was made to replace this one.
void remove_anonymous_volumes(const store::Store& store, const ContainerConfig& config)
{
    const auto is_own = [](const MountConfig& mount) { return mount.type == MountType::Volume && mount.anonymous; };
    if (std::none_of(config.mounts.begin(), config.mounts.end(), is_own))
        return; // looking at all containers takes its time
    const FileLock no_new_users = store::lock_volume_users(store);
    const std::set<std::string> used = store::volumes_in_use(store);
    for (const MountConfig& mount : config.mounts)
        if (is_own(mount) && !used.contains(mount.source))
            try_remove_volume(store, mount.source);
}

} // namespace

void remove_container(const store::Store& store, const ContainerConfig& config, RemoveVolumes volumes)
{
    const InterruptBlock until_done; // without its record nobody would know whose its volumes were
    store.containers().remove(config.id);
    if (volumes == RemoveVolumes::Anonymous)
        try {
            remove_anonymous_volumes(store, config);
        } catch (const Error& error) {
            log::warn(cat("removing volumes of container ", config.id, ": ", error.message(), "; ignored"));
        }
    store.events().try_add(make_container_event(config, "remove"));
}

void end_lost_processes(const store::ContainerRecord& record)
{
    if (!record.state)
        return;
    // pdeathsig has mostly ended it already, and mounts and namespaces went with their last process.
    end_process(record.state->init);
    // Without a pid namespace of its own (--pid=host) the container's other processes did not go with init; those that no cgroup
    // holds are found by what they see.
    if (const auto cgroup = record.state->cgroup_path.empty() ? std::nullopt : kernel::Cgroup::find(record.state->cgroup_path)) {
        cgroup->kill();
        cgroup->remove();
    }
    end_process(record.state->network);
    (void)kill_leftovers(record.config.id, std::nullopt, std::chrono::milliseconds{kill_timeout_ms});
}

void clean_up_lost_run(const store::Store& store, const store::ContainerRecord& record)
{
    if (record.lost == store::LostRun::No)
        return;
    if (record.lost == store::LostRun::MonitorDied)
        end_lost_processes(record);
    if (try_save_exit(store, record)) {
        store::Event died = make_container_event(record.config, "died");
        died.exit_code = record.exit ? record.exit->code : -1;
        store.events().try_add(std::move(died));
    }
    if (record.config.auto_remove)
        remove_container(store, record.config, RemoveVolumes::Anonymous);
}

} // namespace skiff::monitor
