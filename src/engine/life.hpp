#pragma once

#include "engine/engine.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// Verbs on containers that exist: each takes an id (store::Containers::resolve makes one of what the user typed) and is done
/// when it returns.
namespace skiff::engine {

struct StopOptions
{
    std::optional<std::uint32_t> timeout_s; ///< unset: the container's own
    bool wait_for_ever = false;             ///< --time=-1: never KILL
    int signal = 0;                         ///< 0: the container's stop signal
};

enum class StopOutcome {
    WasDown,
    Stopped,
    Killed, ///< the stop signal was not enough
};

/// Ends the container's process: its stop signal, then KILL. One that does not run is left alone.
StopOutcome stop_container(Engine& engine, const std::string& id, const StopOptions& options);
/// Throws State for one that does not run: "can only kill running containers. ...".
void kill_container(Engine& engine, const std::string& id, int signal);
void pause_container(Engine& engine, const std::string& id);
void unpause_container(Engine& engine, const std::string& id);
/// Stops it when it runs, and starts it; tells how the stop went.
StopOutcome restart_container(Engine& engine, const std::string& id, const StopOptions& options);
void rename_container(Engine& engine, const std::string& id, const std::string& new_name);

/// What `wait` waits for.
enum class WaitFor { Stopped, Running, Created, Initialized, Paused, Stopping, Exited, Removing, Configured, Healthy, Unhealthy };
std::optional<WaitFor> find_wait_condition(const std::string& word);

/// Returns when one of the conditions holds for every container (or, with `first_match`, for one of them, and then only that
/// one's): the exit codes where it is Stopped or Exited, else -1. A container of --rm that goes meanwhile has ended.
std::vector<int> wait_for_containers(Engine& engine, const std::vector<std::string>& ids, const std::vector<WaitFor>& conditions,
                                     bool first_match);

/// Runs the health check now. Throws when there is none or the container does not run.
struct HealthVerdict
{
    std::string status; ///< "healthy", "unhealthy", "starting"
    int exit_code = 0;
    std::string output;
};
HealthVerdict run_health_check(Engine& engine, const std::string& id);

} // namespace skiff::engine
