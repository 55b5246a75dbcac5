#include "engine/update.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "engine/start.hpp"
#include "monitor/container_event.hpp"

#include <algorithm>

namespace skiff::engine {
namespace {

template <typename Value>
void choose(std::optional<Value>& into, const std::optional<Value>& asked)
{
    if (asked)
        into = asked;
}

void choose(std::string& into, const std::string& asked)
{
    if (!asked.empty())
        into = asked;
}

void choose(std::vector<DeviceLimit>& into, const std::vector<DeviceLimit>& asked)
{
    for (const DeviceLimit& limit : asked) {
        std::erase_if(into, [&](const DeviceLimit& other) { return other.path == limit.path; });
        into.push_back(limit);
    }
}

void update_limits(ResourceLimits& limits, const ResourceLimits& asked)
{
    choose(limits.memory_bytes, asked.memory_bytes);
    choose(limits.memory_reservation_bytes, asked.memory_reservation_bytes);
    choose(limits.memory_swap_bytes, asked.memory_swap_bytes);
    choose(limits.cpu_shares, asked.cpu_shares);
    choose(limits.cpu_period_us, asked.cpu_period_us);
    choose(limits.cpu_quota_us, asked.cpu_quota_us);
    choose(limits.cpus, asked.cpus);
    choose(limits.cpuset_cpus, asked.cpuset_cpus);
    choose(limits.cpuset_mems, asked.cpuset_mems);
    choose(limits.pids, asked.pids);
    choose(limits.io_weight, asked.io_weight);
    choose(limits.io_device_weights, asked.io_device_weights);
    choose(limits.io_read_bps, asked.io_read_bps);
    choose(limits.io_write_bps, asked.io_write_bps);
    choose(limits.io_read_iops, asked.io_read_iops);
    choose(limits.io_write_iops, asked.io_write_iops);
    limits.pids_asked = limits.pids_asked || asked.pids_asked;
    for (const auto& [file, value] : asked.unified)
        limits.unified[file] = value;
}

bool changes_check(const HealthRequest& asked)
{
    return asked.interval || asked.timeout || asked.start_period || asked.start_interval || asked.retries || asked.on_failure;
}

bool changes_startup_check(const HealthRequest& asked)
{
    return asked.startup_interval || asked.startup_timeout || asked.startup_retries || asked.startup_success;
}

void update_health(HealthCheck& health, const HealthRequest& asked)
{
    if (asked.disabled) {
        health = HealthCheck{};
        health.test = {"NONE"};
        return;
    }
    merge_health(health, asked);
    if (!health.exists() && changes_check(asked))
        throw Error{ErrorKind::Usage, "cannot change the health check: healthcheck command is not set"};
    if (health.startup_test.empty() && changes_startup_check(asked))
        throw Error{ErrorKind::Usage, "cannot change the startup health check: startup healthcheck command is not set"};
    if (!health.startup_test.empty() && !health.exists())
        throw Error{ErrorKind::Usage, "cannot set a startup healthcheck when there is no regular healthcheck"};
}

void update_rlimits(ContainerConfig& config, const UpdateRequest& request)
{
    if (request.host_rlimits) {
        config.host_rlimits = true;
        config.rlimits.clear();
    }
    for (const RlimitConfig& limit : request.rlimits) {
        config.host_rlimits = false;
        std::erase_if(config.rlimits, [&](const RlimitConfig& r) { return r.name == limit.name; });
        config.rlimits.push_back(limit);
    }
}

void update_environment(std::vector<std::string>& environment, const UpdateRequest& request)
{
    const auto drop = [&](const std::string& name) {
        std::erase_if(environment, [&](const std::string& entry) { return entry.starts_with(name + "="); });
    };
    for (const std::string& name : request.unset_environment)
        drop(name);
    for (const auto& [name, value] : request.environment) {
        drop(name);
        environment.push_back(cat(name, "=", value));
    }
}

} // namespace

ContainerConfig make_updated(ContainerConfig config, const UpdateRequest& request)
{
    update_limits(config.limits, request.limits);
    update_health(config.health, request.health);
    merge_restart(config.restart, request.restart);
    if (config.auto_remove && config.restart.when != RestartWhen::No && config.restart.when != RestartWhen::OnFailure)
        throw Error{ErrorKind::Usage, "a container that is removed when it ends (--rm) cannot have a restart policy"};
    update_rlimits(config, request);
    update_environment(config.env, request);
    return config;
}

void update_container(Engine& engine, const std::string& id, const UpdateRequest& request)
{
    settle(engine, id);
    const store::Containers& containers = engine.store().containers();
    const FileLock lock = containers.lock(id);
    const ContainerConfig before = containers.load_config(id);
    const ContainerConfig after = make_updated(before, request);
    containers.save_config(after);
    if (const auto channel = find_monitor(engine, id)) {
        try {
            const monitor::Answer answer = ask_monitor(*channel, monitor::ReloadRequest{});
            if (const auto* done = std::get_if<monitor::Done>(&answer))
                for (const std::string& warning : done->warnings)
                    log::warn(warning);
        } catch (const Error&) {
            containers.save_config(before);
            throw;
        }
    }
    engine.store().events().try_add(monitor::make_container_event(after, "update"));
}

} // namespace skiff::engine
