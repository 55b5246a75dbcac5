#pragma once

#include "engine/container_size.hpp"
#include "engine/engine.hpp"

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

/// What `inspect` shows of a container. The shape is Podman's InspectContainerData.
namespace skiff::engine {

/// All that is known about a container. `size` measures its files, which takes a while.
nlohmann::ordered_json inspect_container(Engine& engine, const std::string& id, bool size);

/// The same as templates see it: with the fields that are methods or other names in Podman's Go (State.Healthcheck,
/// Config.HealthMaxLogCount ...), durations as text, and null for what JSON leaves out.
nlohmann::ordered_json make_template_view(const nlohmann::ordered_json& document);

// Its parts, each from a record alone. ---------------------------------------------------------------------------

nlohmann::ordered_json make_state_document(const store::ContainerRecord& record);
/// Why a running container is without one of its networks, in a sentence; empty when all is well.
std::string describe_lost_network(const ContainerState& state);
nlohmann::ordered_json make_config_document(const ContainerConfig& config);
/// `log_path` and `cgroup_manager` are the two facts that the record does not have.
struct HostFacts
{
    std::string log_path;
    std::string cgroup_manager;
};
nlohmann::ordered_json make_host_config_document(const ContainerConfig& config, const HostFacts& facts);
nlohmann::ordered_json make_network_document(const store::ContainerRecord& record);
/// `volume_path` tells where a volume's files are.
nlohmann::ordered_json make_mounts_document(const ContainerConfig& config,
                                            const std::function<std::string(const std::string& volume)>& volume_path);

} // namespace skiff::engine
