#include "monitor/cgroup_part.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "model/asked_limits.hpp"

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
    try {
        kernel::CgroupDelegation delegation = home.delegation;
        if (home.scope_per_run) {
            placeholder_.emplace();
            delegation = make_run_scope(config, *placeholder_);
        }
        if (delegation.path.empty()) {
            reason_ = delegation.reason;
            return;
        }
        cgroup_.emplace(kernel::Cgroup::create(delegation, home.name));
        controllers_ = cgroup_->controllers();
    } catch (const Error& error) {
        reason_ = error.message();
        placeholder_.reset();
        log::debug(cat("no cgroup for this container: ", reason_));
    }
}

bool CgroupPart::has(std::string_view controller) const
{
    return cgroup_ && (controller.empty() || std::find(controllers_.begin(), controllers_.end(), controller) != controllers_.end());
}

/// What the machine cannot limit for this user is left out. Somebody else's processes in the cgroup above keep controllers away, too.
kernel::CgroupLimits CgroupPart::make_limits(const ResourceLimits& limits) const
{
    kernel::CgroupLimits made;
    if (has("memory")) {
        made.memory_bytes = limits.memory_bytes;
        made.memory_reservation_bytes = limits.memory_reservation_bytes;
        made.memory_swap_bytes = limits.memory_swap_bytes;
    }
    if (has("cpu")) {
        made.cpu_shares = limits.cpu_shares;
        made.cpu_period_us = limits.cpu_period_us;
        made.cpu_quota_us = limits.cpu_quota_us;
    }
    if (has("cpuset")) {
        made.cpuset_cpus = limits.cpuset_cpus;
        made.cpuset_mems = limits.cpuset_mems;
    }
    if (has("pids"))
        made.pids = limits.pids;
    if (has("io")) {
        made.io_weight = limits.io_weight;
        made.io_devices = make_device_limits(limits);
    }
    made.unified = limits.unified;
    return made;
}

std::vector<std::string> CgroupPart::apply(const ResourceLimits& limits)
{
    std::string ignored;
    std::size_t count = 0;
    for (const AskedLimit& limit : list_asked_limits(limits))
        if (!has(limit.controller)) {
            ignored += cat(count == 0 ? "" : ", ", limit.option);
            ++count;
        }
    if (cgroup_)
        cgroup_->set_limits(make_limits(limits));
    if (count == 0)
        return {};
    return {cat(count == 1 ? "the limit " : "the limits ", ignored, count == 1 ? " is ignored: " : " are ignored: ",
               cgroup_ ? "its controller is not delegated to you; `skiff info` tells which ones are" : reason_)};
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

} // namespace skiff::monitor
