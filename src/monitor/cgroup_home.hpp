#pragma once

#include "kernel/cgroup.hpp"
#include "model/container_config.hpp"

#include <string>

namespace skiff::monitor {

/// Where the cgroups of a container's runs are made. Found and entered once in a monitor's life, before it starts anything: what
/// it starts later is where it is.
///
///     enabled     a scope of the user's systemd with the monitor in the leaf `supervisor` and each run in `container`
///     no-conmon   the same scope, made anew for each run, while the monitor stays in the unit that it was started in
///     split       the caller's own cgroup (a unit with Delegate=yes) is divided into `supervisor` and `skiff-payload-ID`
///     cgroupfs    (or no systemd) `skiff-ID` below the caller's own cgroup, or below --cgroup-parent
///     disabled    none
struct CgroupHome
{
    kernel::CgroupDelegation delegation; ///< where to make them; with an empty path nowhere, for the reason that it tells
    std::string name;                    ///< of the cgroup in it
    bool scope_per_run = false;          ///< no-conmon: make_run_scope() finds the delegation
};

/// Who makes the cgroups, "systemd" or "cgroupfs": as the record says, else systemd where one of the user's answers.
std::string choose_cgroup_manager(const ContainerConfig& config);
/// Throws Usage for a --cgroup-parent that the manager cannot have (in Podman's words), and for limits without a cgroup.
void check_cgroup_choice(const ContainerConfig& config);

/// `stay`: the monitor must remain in its unit whatever --cgroups says, because it is the unit's main process.
/// Throws as check_cgroup_choice().
CgroupHome enter_cgroup_home(const ContainerConfig& config, bool stay);

/// A process that holds a scope until the container is in it: systemd wants one to begin with.
class Placeholder
{
  public:
    Placeholder();
    ~Placeholder();
    Placeholder(const Placeholder&) = delete;
    Placeholder& operator=(const Placeholder&) = delete;
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    pid_t pid_;
};

/// A scope with nobody but the placeholder in it, out of the way of controllers. Throws.
kernel::CgroupDelegation make_run_scope(const ContainerConfig& config, const Placeholder& placeholder);

} // namespace skiff::monitor
