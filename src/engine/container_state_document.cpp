// InspectContainerData.State.

#include "base/cat.hpp"
#include "engine/container_document.hpp"
#include "kernel/cgroup.hpp"
#include "text/time_format.hpp"

#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;

std::string time_text(WallTime time, text::Zone zone = text::Zone::Local)
{
    return text::format_rfc3339_nano(time, time == text::zero_time ? text::Zone::Utc : zone);
}

Json make_health_document(const HealthState& health)
{
    Json log = Json::array();
    for (const HealthResult& result : health.log)
        log.push_back({{"Start", time_text(result.start)},
                       {"End", time_text(result.end)},
                       {"ExitCode", result.exit_code},
                       {"Output", result.output}});
    return {{"Status", health.status}, {"FailingStreak", health.failing_streak}, {"Log", std::move(log)}};
}

} // namespace

std::string describe_lost_network(const ContainerState& state)
{
    if (state.network_lost)
        return "the process of the container's network has ended: restart the container to connect it again";
    for (const NetworkMembership& membership : state.networks)
        if (membership.lost)
            return cat("the process of network ", membership.network, " has ended, and another could not be started yet");
    return "";
}

Json make_state_document(const store::ContainerRecord& record)
{
    const bool alive = record.state && (record.is_running() || record.status == ContainerStatus::Initialized);
    const ContainerState now = alive ? *record.state : ContainerState{};
    const ExitRecord end = record.exit.value_or(ExitRecord{});
    Json json;
    json["OciVersion"] = "1.1.0";
    json["Status"] = to_string(record.status);
    json["Running"] = record.status == ContainerStatus::Running;
    json["Paused"] = record.status == ContainerStatus::Paused;
    json["Restarting"] = false;
    json["OOMKilled"] = end.oom_killed;
    json["Dead"] = false;
    json["Pid"] = now.init.pid;
    if (alive)
        json["ConmonPid"] = now.monitor.pid;
    json["ExitCode"] = end.code;
    json["Error"] = alive ? describe_lost_network(now) : end.reason;
    json["StartedAt"] = time_text(alive && record.is_running() ? now.started : record.exit ? end.started : text::zero_time);
    json["FinishedAt"] = time_text(record.exit && !alive ? end.finished : text::zero_time);
    if (!record.config.health.test.empty())
        json["Health"] = make_health_document(alive ? now.health : end.health);
    if (alive && !now.cgroup_path.empty())
        json["CgroupPath"] = now.cgroup_path.starts_with(kernel::cgroup_root) ? now.cgroup_path.substr(std::string_view{kernel::cgroup_root}.size())
                                                                             : now.cgroup_path;
    json["CheckpointedAt"] = time_text(text::zero_time);
    json["RestoredAt"] = time_text(text::zero_time);
    if (end.stopped_by_user)
        json["StoppedByUser"] = true;
    return json;
}

} // namespace skiff::engine
