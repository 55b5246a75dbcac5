#pragma once

#include "kernel/cgroup.hpp"
#include "model/container_config.hpp"
#include "monitor/cgroup_home.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::monitor {

/// A container's cgroup for one run, where its home has a place for it.
class CgroupPart
{
  public:
    CgroupPart(const ContainerConfig& config, const CgroupHome& home);
    ~CgroupPart(); ///< ends and removes it
    CgroupPart(const CgroupPart&) = delete;
    CgroupPart& operator=(const CgroupPart&) = delete;

    void container_is_in() { placeholder_.reset(); } ///< the first process has been made
    [[nodiscard]] bool exists() const { return cgroup_.has_value(); }
    [[nodiscard]] int fd() const { return cgroup_ ? cgroup_->fd() : -1; }
    [[nodiscard]] std::string path() const { return cgroup_ ? cgroup_->path() : ""; } ///< absolute
    void freeze(bool frozen); ///< throws with the reason when there is no cgroup
    void kill() noexcept;
    /// Kills what is left in it, and waits until it has gone.
    void end() noexcept;
    [[nodiscard]] bool was_oom_killed() const;
    /// Sets what can be set. Returns a warning that names the options of the rest and says why, or nothing; Podman's default of 2048
    /// processes, which nobody asked for, is left out in silence. Throws for a value that the kernel refuses.
    std::vector<std::string> apply(const ResourceLimits& limits);

  private:
    std::optional<Placeholder> placeholder_;
    std::optional<kernel::Cgroup> cgroup_;
    std::string reason_; ///< why there is none
    std::vector<std::string> controllers_;

    [[nodiscard]] bool has(std::string_view controller) const;
    [[nodiscard]] kernel::CgroupLimits make_limits(const ResourceLimits& limits) const;
};

} // namespace skiff::monitor
