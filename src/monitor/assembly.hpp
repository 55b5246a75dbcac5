#pragma once

#include "model/container_config.hpp"
#include "model/container_state.hpp"
#include "monitor/cgroup_home.hpp"
#include "monitor/control.hpp"
#include "monitor/session.hpp"
#include "runtime/container_process.hpp"
#include "store/store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace skiff::monitor {

/// What one run of a container is put together from.
struct AssemblyRequest
{
    const ContainerConfig& config;
    store::Store& store;
    const CgroupHome& cgroup_home;
    std::string run_path; ///< the container's directory in the runtime directory
    int run_dir = -1;     ///< the same, open
    bool single_id = false;
    std::vector<int> passthrough; ///< the container's own stdio, three descriptors; empty: pipes or a terminal of ours
    std::vector<int> preserved;   ///< descriptors for 3, 4 ...
    std::uint16_t rows = 0, columns = 0;
    std::vector<NetworkMembership> networks_before; ///< of the last run, whose addresses it would like again
    std::string notify_directory; ///< shown as /run/notify: the container tells us there when it is up; empty: not
};

/// --group-add keep-groups: the caller's own.
bool keeps_groups(const ContainerConfig& config);

/// One run of a container: root file system, volumes, files like /etc/hosts, cgroup, network, process. Built in that order by
/// the constructor's function and taken apart in reverse by the destructor, whatever was reached.
class Assembly
{
  public:
    /// Everything up to the process, which is setting itself up then. Throws with the failed part's name in front.
    static std::unique_ptr<Assembly> build(const AssemblyRequest& request);
    ~Assembly();
    Assembly(const Assembly&) = delete;
    Assembly& operator=(const Assembly&) = delete;

    /// Goes on as far as is possible without waiting; to be called whenever process().handshake() is readable. Throws as
    /// ContainerProcess::advance().
    runtime::Stage advance();
    [[nodiscard]] runtime::ContainerProcess& process();
    [[nodiscard]] SessionStreams take_streams(); ///< our ends of the process's stdio; once, after Stage::Created
    [[nodiscard]] int network_process() const;   ///< a pidfd to watch; -1 without one
    /// Of the processes of named networks: they become readable when one dies. `rejoin_network` says whether that was mended.
    [[nodiscard]] std::vector<int> network_members() const;
    bool rejoin_network(int member);
    /// Tries again with all networks that could not be joined again then. False while one is missing.
    bool rejoin_lost_networks();
    /// Networks were connected or disconnected: `config` has them. Throws, and nothing was connected then.
    void change_networks(const ContainerConfig& config);
    /// Fills in what only a run knows: init, cgroup, addresses.
    void describe(ContainerState& state) const;

    /// A further process; `user` and the rest are looked up in the container.
    runtime::StartingProcess begin_exec(const ExecRequest& request, const runtime::ProcessStdio& stdio);
    UniqueFd clone_root(); ///< a detached clone of the mount of its root file system

    /// Its processes do not end with the first one: neither a pid namespace nor a cgroup holds them together.
    [[nodiscard]] bool outlives_its_init() const;
    /// The children of ours that Assembly knows: the first process, and those that serve it.
    [[nodiscard]] std::vector<pid_t> helpers() const;

    void pause(bool pause); ///< freezes or thaws all processes
    void kill_everything() noexcept;
    [[nodiscard]] bool was_oom_killed() const;
    /// What of the configuration cannot be had here, and why.
    [[nodiscard]] const std::vector<std::string>& warnings() const;
    std::vector<std::string> update_limits(const ResourceLimits& limits); ///< returns warnings, too

  private:
    struct Parts;
    explicit Assembly(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

} // namespace skiff::monitor
