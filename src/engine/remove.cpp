#include "engine/remove.hpp"

#include "base/error.hpp"
#include "engine/life.hpp"
#include "engine/start.hpp"
#include "monitor/cleanup.hpp"

#include <algorithm>

namespace skiff::engine {
namespace {

bool needs(const ContainerConfig& config, const std::string& id)
{
    for (const NamespaceChoice* choice : {&config.network.mode, &config.pid, &config.ipc, &config.uts, &config.cgroup})
        if (choice->mode == NamespaceMode::Container && choice->target == id)
            return true;
    return std::find(config.requires_.begin(), config.requires_.end(), id) != config.requires_.end();
}

std::vector<std::string> dependents_of(Engine& engine, const std::string& id)
{
    std::vector<std::string> ids;
    for (const store::ContainerRecord& record : engine.store().containers().list())
        if (record.config.id != id && needs(record.config, id))
            ids.push_back(record.config.id);
    return ids;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

/// A record that cannot be read is no reason to keep what it described, unless it may be running.
bool remove_damaged(Engine& engine, const std::string& id)
{
    const store::Containers& containers = engine.store().containers();
    try {
        (void)containers.load_config(id);
        return false;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::NotFound || error.errno_value() != 0 || containers.is_monitor_alive(id))
            return false;
    }
    return containers.remove(id);
}

/// Only with force, unless it has ended by itself and is just being tidied up.
void bring_down(Engine& engine, const store::ContainerRecord& record, const RemoveOptions& options)
{
    const std::string& id = record.config.id;
    const bool has_ended = record.status == ContainerStatus::Exited;
    const bool may_start_again = record.config.restart.when != RestartWhen::No && find_monitor(engine, id); // one that ends hears nobody
    if (has_ended && !may_start_again) {
        wait_for_monitor_end(engine, id);
        return;
    }
    if (!record.monitor_alive && !record.is_running())
        return;
    if (!options.force && has_ended)
        throw Error{ErrorKind::State, cat("cannot remove container ", id, " as its restart policy will start it again: container state improper")}
            .with_hint("stop it first, or use --force");
    if (!options.force)
        throw Error{ErrorKind::State, cat("cannot remove container ", id, " as it is ", to_string(record.status),
                                          " - running or paused containers cannot be removed without force: container state improper")};
    stop_container(engine, id, {options.timeout_s, false, 0});
}

} // namespace

std::vector<std::string> remove_container(Engine& engine, const std::string& id, const RemoveOptions& options)
{
    std::vector<std::string> removed;
    engine.enter_user_namespace(); // files of subordinate ids can be deleted only there
    if (options.force && remove_damaged(engine, id))
        return {id};
    const std::vector<std::string> dependents = dependents_of(engine, id);
    if (!dependents.empty() && !options.depend)
        throw Error{ErrorKind::InUse, cat("container ", id, " has dependent containers which must be removed before it: ",
                                          joined(dependents), ": container already exists")}
            .with_hint("remove them first, or all at once with --depend");
    for (const std::string& dependent : dependents) {
        const auto more = remove_container(engine, dependent, options);
        removed.insert(removed.end(), more.begin(), more.end());
    }
    try {
        store::ContainerRecord record = settle(engine, id);
        bring_down(engine, record, options);
        const FileLock lock = engine.store().containers().lock(id);
        record = engine.store().containers().load(id);
        if (record.monitor_alive)
            throw Error{ErrorKind::State, cat("cannot remove container ", id, ": it was started again meanwhile: container state improper")};
        monitor::remove_container(engine.store(), record.config,
                                  options.volumes ? monitor::RemoveVolumes::Anonymous : monitor::RemoveVolumes::None);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound || !options.force)
            throw; // with --rm or a second rm -f at the same time, gone is what was wanted
    }
    removed.push_back(id);
    return removed;
}

void remove_users(Engine& engine, const std::vector<std::string>& ids, std::optional<std::uint32_t> timeout_s)
{
    RemoveOptions options;
    options.force = options.depend = true;
    options.timeout_s = timeout_s;
    for (const std::string& id : ids)
        remove_container(engine, id, options);
}

void clean_up_container(Engine& engine, const std::string& id, bool ignore_running)
{
    const store::ContainerRecord record = settle(engine, id);
    if (record.is_running() && !ignore_running)
        throw Error{ErrorKind::State, cat("container ", id, " is running or paused, refusing to clean up: container state improper")};
}

} // namespace skiff::engine
