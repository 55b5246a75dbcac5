#include "model/container_state.hpp"

#include "model/health_fields.hpp"
#include "model/network_fields.hpp"
#include "model/record_fields.hpp"

namespace skiff {

using record::Of;

constexpr auto words_of(Of<ContainerStatus>)
{
    return std::array{
        std::pair{ContainerStatus::Created, "created"},   std::pair{ContainerStatus::Initialized, "initialized"},
        std::pair{ContainerStatus::Starting, "starting"}, std::pair{ContainerStatus::Running, "running"},
        std::pair{ContainerStatus::Paused, "paused"},     std::pair{ContainerStatus::Stopping, "stopping"},
        std::pair{ContainerStatus::Exited, "exited"},     std::pair{ContainerStatus::Removing, "removing"},
    };
}

template <typename Fields>
void describe(Fields& field, Of<ProcessIdentity>)
{
    field("pid", &ProcessIdentity::pid);
    field("start_time", &ProcessIdentity::start_time);
    field("boot", &ProcessIdentity::boot);
}

template <typename Fields>
void describe(Fields& field, Of<ContainerState>)
{
    field("status", &ContainerState::status);
    field("init", &ContainerState::init);
    field("monitor", &ContainerState::monitor);
    field("network", &ContainerState::network);
    field("cgroup_path", &ContainerState::cgroup_path);
    field("started", &ContainerState::started);
    field("restarts", &ContainerState::restarts);
    field("health", &ContainerState::health);
    field("ip_address", &ContainerState::ip_address);
    field("ip6_address", &ContainerState::ip6_address);
    field("mac_address", &ContainerState::mac_address);
    field("gateway", &ContainerState::gateway);
    field("ip_prefix_length", &ContainerState::ip_prefix_length);
    field("networks", &ContainerState::networks);
    field("network_lost", &ContainerState::network_lost);
    field("exec_ids", &ContainerState::exec_ids);
}

template <typename Fields>
void describe(Fields& field, Of<ExitRecord>)
{
    field("code", &ExitRecord::code);
    field("signal", &ExitRecord::signal);
    field("oom_killed", &ExitRecord::oom_killed);
    field("started", &ExitRecord::started);
    field("finished", &ExitRecord::finished);
    field("reason", &ExitRecord::reason);
    field("stopped_by_user", &ExitRecord::stopped_by_user);
    field("restarts", &ExitRecord::restarts);
    field("health", &ExitRecord::health);
}

std::string to_string(ContainerStatus status)
{
    for (const auto& [known, word] : words_of(Of<ContainerStatus>{}))
        if (known == status)
            return word;
    return "unknown";
}

std::optional<ContainerStatus> find_container_status(const std::string& word)
{
    // Podman's other words for the same two.
    if (word == "configured")
        return ContainerStatus::Created;
    if (word == "stopped")
        return ContainerStatus::Exited;
    for (const auto& [status, known] : words_of(Of<ContainerStatus>{}))
        if (known == word)
            return status;
    return std::nullopt;
}

std::string serialize(const ContainerState& state) { return record::to_text(state); }

ContainerState parse_container_state(const std::string& text)
{
    return record::from_text<ContainerState>(text, "state record");
}

std::string serialize(const ExitRecord& exit) { return record::to_text(exit); }

ExitRecord parse_exit_record(const std::string& text) { return record::from_text<ExitRecord>(text, "exit record"); }

} // namespace skiff
