#pragma once

#include "model/container_config.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace skiff::monitor {

/// How a run of the container's process ended.
struct RunOutcome
{
    int code = 0;
    bool stopped_by_user = false; ///< stop, kill or rm asked for the end
    std::chrono::nanoseconds lasted{};
};

/// Carries a restart policy out, and counts what that took.
class Restarts
{
  public:
    /// A run has ended. Returns the pause before the next one, which counts from now on, or nothing when the container stays
    /// down. Without a delay of the policy's own the pause doubles from 100 ms to one minute while runs do not succeed, as
    /// Docker does it, so that a broken service does not eat the machine. A run succeeds by lasting for the policy's window,
    /// or without one for ten seconds, which has no effect on the retries.
    std::optional<std::chrono::nanoseconds> next_pause(const RestartPolicy& policy, const RunOutcome& outcome);

    [[nodiscard]] std::uint32_t count() const { return count_; } ///< all, as `inspect` shows them

  private:
    std::uint32_t count_ = 0;
    std::uint32_t retries_ = 0;  ///< those that max_retries limits
    std::uint32_t failures_ = 0; ///< runs in a row that did not succeed
};

} // namespace skiff::monitor
