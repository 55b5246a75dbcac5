#include "monitor/cgroup_part.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace skiff::monitor {
namespace {

/// The kernel knows block devices by their numbers.
std::string device_number(const std::string& path)
{
    struct stat status
    {
    };
    if (::stat(path.c_str(), &status) != 0)
        throw Error{errno, cat("looking for the block device ", quoted(path))};
    if (!S_ISBLK(status.st_mode))
        throw Error{ErrorKind::Failure, cat(path, ": not a block device")};
    return cat(major(status.st_rdev), ":", minor(status.st_rdev));
}

/// One entry for each device, whatever was said about it.
std::vector<kernel::CgroupDeviceLimits> make_device_limits(const ResourceLimits& limits)
{
    std::vector<kernel::CgroupDeviceLimits> made;
    const auto add = [&](const std::vector<DeviceLimit>& asked, std::optional<std::uint64_t> kernel::CgroupDeviceLimits::* member) {
        for (const DeviceLimit& limit : asked) {
            const std::string device = device_number(limit.path);
            auto entry = std::find_if(made.begin(), made.end(), [&](const auto& other) { return other.device == device; });
            if (entry == made.end()) {
                made.push_back({.device = device});
                entry = std::prev(made.end());
            }
            (*entry).*member = limit.value;
        }
    };
    add(limits.io_device_weights, &kernel::CgroupDeviceLimits::weight);
    add(limits.io_read_bps, &kernel::CgroupDeviceLimits::read_bps);
    add(limits.io_write_bps, &kernel::CgroupDeviceLimits::write_bps);
    add(limits.io_read_iops, &kernel::CgroupDeviceLimits::read_iops);
    add(limits.io_write_iops, &kernel::CgroupDeviceLimits::write_iops);
    return made;
}

} // namespace

CgroupPart::CgroupPart(const ContainerConfig& config, const CgroupHome& home)
{
    const bool asked = config.limits.any_asked();
    try {
        kernel::CgroupDelegation delegation = home.delegation;
        if (home.scope_per_run) {
            placeholder_.emplace();
            delegation = make_run_scope(config, *placeholder_);
        }
        if (delegation.path.empty()) {
            reason_ = delegation.reason;
            if (asked)
                throw Error{ErrorKind::NotExecutable, cat("resource limits need a delegated cgroup: ", reason_)}.with_hint(
                    "an administrator can delegate: systemd 244 or newer with cgroup v2 does it for user sessions; else leave the limits out");
            return;
        }
        cgroup_.emplace(kernel::Cgroup::create(delegation, home.name));
    } catch (const Error& error) {
        reason_ = error.message();
        placeholder_.reset();
        if (asked)
            throw;
        log::debug(cat("no cgroup for this container: ", reason_));
        return;
    }
    // The default limit of processes needs a controller that may not be there, also where it is delegated: somebody else's
    // processes in the cgroup above keep it away.
    limits_pids_ = exists_at(cgroup_->fd(), "pids.max");
    cgroup_->set_limits(make_limits(config.limits));
}

/// Podman's default of 2048 processes, which nobody asked for, is left out where it cannot be had.
kernel::CgroupLimits CgroupPart::make_limits(const ResourceLimits& limits) const
{
    kernel::CgroupLimits made;
    made.memory_bytes = limits.memory_bytes;
    made.memory_reservation_bytes = limits.memory_reservation_bytes;
    made.memory_swap_bytes = limits.memory_swap_bytes;
    made.cpu_shares = limits.cpu_shares;
    made.cpu_period_us = limits.cpu_period_us;
    made.cpu_quota_us = limits.cpu_quota_us;
    made.cpuset_cpus = limits.cpuset_cpus;
    made.cpuset_mems = limits.cpuset_mems;
    if (limits.pids_asked || limits_pids_)
        made.pids = limits.pids;
    made.io_weight = limits.io_weight;
    made.io_devices = make_device_limits(limits);
    made.unified = limits.unified;
    return made;
}

void CgroupPart::end() noexcept
{
    if (!cgroup_)
        return;
    kill();
    try {
        // The last process leaves a moment after it was reaped; cgroup.events tells.
        const UniqueFd events = cgroup_->open_events();
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{5};
        while (cgroup_->is_populated() && std::chrono::steady_clock::now() < deadline) {
            pollfd changed{events.get(), POLLPRI, 0};
            ::poll(&changed, 1, 50);
        }
    } catch (const Error& error) {
        log::debug(cat("waiting for the end of a cgroup: ", error.message(), "; ignored"));
    }
}

CgroupPart::~CgroupPart()
{
    if (!cgroup_)
        return;
    end();
    try {
        if (!cgroup_->remove())
            log::warn(cat("the cgroup ", cgroup_->path(), " is left behind: processes in it do not end"));
    } catch (const Error& error) {
        log::debug(cat("removing the cgroup: ", error.message(), "; ignored"));
    }
}

void CgroupPart::freeze(bool frozen)
{
    if (!cgroup_)
        throw Error{ErrorKind::State, cat("cannot ", frozen ? "pause" : "unpause", " a container without a cgroup of its own: ", reason_)}
            .with_hint("pausing needs cgroup v2, delegated to this user; `skiff info` tells what there is");
    cgroup_->freeze(frozen);
}

void CgroupPart::kill() noexcept
{
    try {
        if (cgroup_)
            cgroup_->kill();
    } catch (const Error& error) {
        log::warn(cat("ending what is left of the container: ", error.message()));
    }
}

bool CgroupPart::was_oom_killed() const { return cgroup_ && cgroup_->stats().oom_kills > 0; }

void CgroupPart::apply(const ResourceLimits& limits)
{
    if (cgroup_)
        cgroup_->set_limits(make_limits(limits));
    else if (limits.any_asked())
        throw Error{ErrorKind::State, cat("resource limits need a delegated cgroup: ", reason_)};
}

} // namespace skiff::monitor
