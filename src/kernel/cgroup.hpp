#pragma once

#include "base/clock.hpp"
#include "base/unique_fd.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

/// Control groups, version 2 only: the first version cannot be delegated to ordinary users.
namespace skiff::kernel {

/// Where cgroups of our own may be made.
struct CgroupDelegation
{
    std::string path;                     ///< absolute directory; empty: nowhere
    std::vector<std::string> controllers; ///< that can limit something there: "memory", "pids", "cpu" ...
    std::string reason;                   ///< why nowhere, or why no controllers; for `info` and for refused limits
};

constexpr const char* cgroup_root = "/sys/fs/cgroup";

/// Looks at the calling process' own cgroup. `root` is where the hierarchy is mounted; tests have their own. One that is in
/// a supervisor's leaf counts as being in the cgroup above.
CgroupDelegation find_cgroup_delegation(const std::string& root = cgroup_root);
/// Looks at the cgroup of the user's systemd, which divides it among the scopes that it makes.
CgroupDelegation find_manager_delegation(uid_t uid, const std::string& root = cgroup_root);
/// Looks at the cgroup `place` ("/user.slice/mine"), which is made when it is missing.
CgroupDelegation make_cgroup_delegation(const std::string& place, const std::string& root = cgroup_root);

/// A cgroup with processes in it cannot have controllers for its children: those who supervise containers live in a leaf of
/// this name beside them.
constexpr const char* supervisor_leaf = "supervisor";
enum class Movers {
    WhenAlone, ///< nothing happens while somebody else is in the cgroup
    Everybody, ///< who else is in the cgroup comes along
};
/// Moves the calling process to the supervisors' leaf. False when it stays where it is.
bool try_enter_supervisor_leaf(const CgroupDelegation& delegation, Movers movers);

/// Limits of one block device; unset: left alone.
struct CgroupDeviceLimits
{
    std::string device; ///< "8:0", its number
    std::optional<std::uint64_t> read_bps, write_bps, read_iops, write_iops;
    std::optional<std::uint64_t> weight; ///< 10 to 1000, as of version 1
};

/// Unset: left alone. -1: unlimited.
struct CgroupLimits
{
    std::optional<std::int64_t> memory_bytes, memory_reservation_bytes;
    std::optional<std::int64_t> memory_swap_bytes; ///< memory and swap together
    std::optional<std::uint64_t> cpu_shares;       ///< 2 to 262144, as of version 1
    std::optional<std::uint64_t> cpu_period_us;
    std::optional<std::int64_t> cpu_quota_us;
    std::string cpuset_cpus, cpuset_mems;
    std::optional<std::int64_t> pids;
    std::optional<std::uint64_t> io_weight; ///< 10 to 1000, as of version 1
    std::vector<CgroupDeviceLimits> io_devices;
    std::map<std::string, std::string> unified; ///< file -> value
};

/// Who weighs the input and output of block devices on this machine, each with a file and a range of its own.
enum class IoWeigher
{
    Cost, ///< io.weight
    Bfq,  ///< io.bfq.weight
};

/// The files that express `limits`, in the order of writing. Pure.
std::vector<std::pair<std::string, std::string>> make_cgroup_settings(const CgroupLimits& limits, IoWeigher weigher = IoWeigher::Cost);

struct CgroupStats
{
    std::uint64_t cpu_usage_us = 0, cpu_user_us = 0, cpu_system_us = 0;
    std::uint64_t memory_bytes = 0;       ///< without what could be dropped at once (inactive_file)
    std::uint64_t memory_limit_bytes = 0; ///< 0: none
    std::uint64_t memory_peak_bytes = 0;
    std::uint64_t pids = 0;
    std::uint64_t block_read_bytes = 0, block_write_bytes = 0;
    std::uint64_t oom_kills = 0;
};

/// One container's cgroup. Destruction does not remove it: remove() does, once nobody is in it.
class Cgroup
{
  public:
    /// Makes it below the delegated directory, with the controllers that there are.
    static Cgroup create(const CgroupDelegation& delegation, const std::string& name);
    /// An existing one; nothing when it is gone.
    static std::optional<Cgroup> find(const std::string& path);

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] int fd() const { return directory_.get(); } ///< for CLONE_INTO_CGROUP

    [[nodiscard]] std::vector<std::string> controllers() const; ///< that can limit something here
    /// Throws with a hint when a limit cannot be set.
    void set_limits(const CgroupLimits& limits) const;
    [[nodiscard]] CgroupStats stats() const; ///< what cannot be read is 0
    void freeze(bool frozen) const;          ///< returns when it has happened
    /// Kills everything in it and below; by cgroup.kill, or process by process before Linux 5.14.
    void kill() const;
    [[nodiscard]] bool is_populated() const;
    /// cgroup.events: poll for EPOLLPRI; then look at is_populated() again.
    [[nodiscard]] UniqueFd open_events() const;
    [[nodiscard]] std::vector<pid_t> processes() const; ///< of it and of all below
    /// Removes it with all below; false while somebody is in it.
    bool remove() const; // NOLINT(modernize-use-nodiscard)

  private:
    Cgroup(std::string path, UniqueFd directory) : path_{std::move(path)}, directory_{std::move(directory)} {}
    std::string path_;
    UniqueFd directory_;
};

} // namespace skiff::kernel
