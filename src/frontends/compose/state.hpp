#pragma once

#include "engine/engine.hpp"
#include "model/container_state.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff::compose {

/// A container of a project, as far as plans and lists need it.
struct Existing
{
    std::string id, name, service;
    unsigned number = 0;
    bool one_off = false;
    std::string hash;                              ///< the label's
    std::map<std::string, std::string> key_hashes; ///< the label's
    std::string replaces; ///< the label's: id of the container whose place it was made for
    std::string image_id;
    ContainerStatus status = ContainerStatus::Created;
    bool is_alive = false; ///< its monitor lives: it may be started again
    int exit_code = 0;
    std::uint32_t restarts = 0; ///< how often its policy has started it again
    bool has_retries = false;   ///< its policy gives up after some
    std::string health;        ///< "", "starting", "healthy", "unhealthy"
    std::string health_output; ///< of the last check that failed
    bool has_health_check = false;
    std::map<std::string, std::string> anonymous_volumes; ///< target -> name

    [[nodiscard]] bool is_running() const
    {
        return status == ContainerStatus::Running || status == ContainerStatus::Paused || status == ContainerStatus::Stopping;
    }
    /// Running, or between two runs of its restart policy.
    [[nodiscard]] bool is_up() const { return is_running() || is_alive; }
    /// "web-1", as logs and lists call it.
    [[nodiscard]] std::string short_name() const;
};

/// The containers that carry the project's label, by service and number; one-off ones among them.
std::vector<Existing> list_existing(engine::Engine& engine, const std::string& project);
/// One that is known; nothing when it is gone.
std::optional<Existing> find_existing(engine::Engine& engine, const std::string& id);

/// The name and the hash label of what there is with this name.
struct ExistingResource
{
    std::string name, hash;
    std::string project; ///< the label's; empty: made by somebody else
};
std::optional<ExistingResource> find_existing_volume(engine::Engine& engine, const std::string& name);

std::optional<ExistingResource> find_existing_network(engine::Engine& engine, const std::string& name);
/// The networks that carry the project's label.
std::vector<ExistingResource> list_existing_networks(engine::Engine& engine, const std::string& project);

/// The id of an image; nothing when it is not here.
std::optional<std::string> find_image_id(engine::Engine& engine, const std::string& image);

} // namespace skiff::compose
