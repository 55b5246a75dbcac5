#pragma once

#include "model/container_config.hpp"

#include <chrono>
#include <optional>

namespace skiff::monitor {

/// What the restart policy decides when the container's process has ended.
struct RunOutcome
{
    int code = 0;
    bool stopped_by_user = false;      ///< stop, kill or rm asked for the end
    std::uint32_t restarts = 0;        ///< by the policy so far
    std::chrono::nanoseconds lasted{}; ///< this run
};

/// The pause before the next run, or nothing when the container stays down. The pause doubles from 100 ms to one minute
/// while runs last less than ten seconds, as Docker does it, so that a broken service does not eat the machine.
std::optional<std::chrono::milliseconds> find_restart_delay(const RestartPolicy& policy, const RunOutcome& outcome);

} // namespace skiff::monitor
