#pragma once

#include "base/clock.hpp"
#include "base/process.hpp"
#include "model/health.hpp"
#include "model/network.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace skiff {

enum class ContainerStatus {
    Created,     ///< configured, never started (or initialised and given up)
    Initialized, ///< `init`: everything is set up, the command waits
    Starting,
    Running,
    Paused,
    Stopping,
    Exited,
    Removing,
};

/// "created", "running" ... as inspect and filters spell it.
std::string to_string(ContainerStatus status);
std::optional<ContainerStatus> find_container_status(const std::string& word); ///< "configured" and "stopped" included

/// How a run of the container ended. In the data directory, written by the monitor before it goes (or by the command that
/// finds that the monitor died), so it survives reboots.
struct ExitRecord
{
    int code = 0;
    int signal = 0;
    bool oom_killed = false;
    WallTime started;
    WallTime finished;
    std::string reason;  ///< "" or why the engine ended it: "monitor died", "reboot", "timeout"; or a start-up error's text
    bool stopped_by_user = false;
    std::uint32_t restarts = 0; ///< how often the restart policy had started it again
    HealthState health;
};

/// What is true of a container now; the runtime directory's state.json, written by its monitor only.
struct ContainerState
{
    ContainerStatus status = ContainerStatus::Created;
    ProcessIdentity init;     ///< as seen from the host's pid namespace
    ProcessIdentity monitor;
    ProcessIdentity network;  ///< the net process; pid 0 without one
    std::string cgroup_path;  ///< below /sys/fs/cgroup; empty without a cgroup of its own
    WallTime started;
    std::uint32_t restarts = 0;
    HealthState health;
    std::string ip_address, ip6_address, mac_address, gateway;
    std::uint32_t ip_prefix_length = 0;
    std::vector<NetworkMembership> networks; ///< those by name
    bool network_lost = false;  ///< the net process died
    std::vector<std::string> exec_ids; ///< running exec sessions
};

std::string serialize(const ContainerState& state);
ContainerState parse_container_state(const std::string& text);
std::string serialize(const ExitRecord& record);
ExitRecord parse_exit_record(const std::string& text);

} // namespace skiff
