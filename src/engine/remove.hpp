#pragma once

#include "engine/engine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

struct RemoveOptions
{
    bool force = false;   ///< a running one is stopped first
    bool volumes = false; ///< its anonymous volumes go, too
    bool depend = false;  ///< containers that need it go first
    std::optional<std::uint32_t> timeout_s; ///< of the stop
};

/// Takes a container away. Throws State for one that runs without `force` ("cannot remove container ... as it is running"),
/// InUse for one that others need. Returns the ids removed, in order (more than one with `depend`). One that vanished
/// meanwhile counts as removed with `force`.
std::vector<std::string> remove_container(Engine& engine, const std::string& id, const RemoveOptions& options);

/// What a forced removal of a volume or network does first: its users go, with all that need them, stopped within `timeout_s`.
void remove_users(Engine& engine, const std::vector<std::string>& ids, std::optional<std::uint32_t> timeout_s);

/// Settles a run whose monitor was killed; monitors that live clean up after themselves. Throws State for a container that
/// runs, unless `ignore_running`.
void clean_up_container(Engine& engine, const std::string& id, bool ignore_running);

} // namespace skiff::engine
