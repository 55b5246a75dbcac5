#pragma once

#include "engine/settings.hpp"
#include "model/create_request.hpp"
#include "oci/image_config.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

/// What the image gives to a container.
struct ImageFacts
{
    std::string id;     ///< 64 hex digits
    std::string name;   ///< as resolved; the id when it has none
    std::string digest; ///< of the manifest
    std::vector<std::string> layers;
    oci::ImageConfig config;
};

/// Who asks, and what this machine gives that person.
struct CallerFacts
{
    std::uint32_t uid = 0, gid = 0;      ///< on the host
    std::vector<std::string> environment; ///< "NAME=value"
    bool single_id = false;
    int oom_score_adj = 0;               ///< of this process: nobody may go below it without privileges
    std::uint32_t id_count = 1;          ///< ids of the shared user namespace: 0 .. id_count - 1
    /// Ids of the shared namespace that other containers with --userns=auto hold.
    std::vector<IdRange> taken_ids;
};

/// Joins what was asked for with the image and the configuration to the facts of a new container. Pure: it looks at no
/// file. What only the machine knows is filled in by create(): id, name, creation time, storage driver, resolved
/// containers behind `container:`, volumes, chosen host ports.
///
/// Throws Error(Usage or Failure) with Podman's words for what cannot be.
ContainerConfig make_config(const CreateRequest& request, const std::optional<ImageFacts>& image, const Settings& settings,
                            const CallerFacts& caller);

/// The network, with the ports that the image exposes.
NetworkConfig make_network_config(const NetworkRequest& asked, const oci::ExecutionConfig& image, const Settings& settings);

/// The image's health check with what was asked for.
HealthCheck make_health(const HealthRequest& asked, const oci::ExecutionConfig& image);
/// What was asked for on top of what there is; --no-healthcheck is the caller's.
void merge_health(HealthCheck& health, const HealthRequest& asked);
/// Throws Error(Usage) for a delay or a window that no policy needs.
void merge_restart(RestartPolicy& policy, const RestartRequest& asked);

/// The maps of a container's own user namespace; empty when it has none (--userns=host).
IdMap make_container_id_map(const UsernsRequest& request, const UsernsChoice& choice, const CallerFacts& caller);

/// "NAME=value" of all that is in effect, in Podman's order of precedence.
std::vector<std::string> make_environment(const CreateRequest& request, const std::vector<std::string>& image_env,
                                          const Settings& settings, const CallerFacts& caller);

/// The value of NAME in a list of "NAME=value".
std::optional<std::string> find_variable(const std::vector<std::string>& environment, const std::string& name);

} // namespace skiff::engine
