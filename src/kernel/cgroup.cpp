#include "kernel/cgroup.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "kernel/refusals.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <dirent.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/statfs.h>

namespace skiff::kernel {
namespace {

constexpr std::string_view wanted_controllers[] = {"cpu", "cpuset", "io", "memory", "pids"};

bool is_version_2(const std::string& path)
{
    struct statfs filesystem
    {
    };
    return ::statfs(path.c_str(), &filesystem) == 0 && filesystem.f_type == CGROUP2_SUPER_MAGIC;
}

std::vector<std::string> words_of(const std::string& text)
{
    std::vector<std::string> words;
    std::size_t from = 0;
    while ((from = text.find_first_not_of(" \n", from)) != std::string::npos) {
        const std::size_t end = std::min(text.find_first_of(" \n", from), text.size());
        words.push_back(text.substr(from, end - from));
        from = end;
    }
    return words;
}

/// The calling process' place: the line "0::/path".
std::string own_place()
{
    const std::string text = read_file(AT_FDCWD, "/proc/self/cgroup", 1U << 16U);
    const std::size_t line = text.rfind("\n0::", text.npos) == std::string::npos ? 0 : text.rfind("\n0::") + 1;
    if (text.compare(line, 3, "0::") != 0)
        return {};
    return text.substr(line + 3, text.find('\n', line) - line - 3);
}

bool may_use(const std::string& path)
{
    return ::access(path.c_str(), W_OK) == 0 && ::access(cat(path, "/cgroup.procs").c_str(), W_OK) == 0 &&
           ::access(cat(path, "/cgroup.subtree_control").c_str(), W_OK) == 0;
}

std::uint64_t number_of(const std::string& text)
{
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string find_text(int directory, const std::string& name)
{
    try {
        return find_file(directory, name, 1U << 20U).value_or("");
    } catch (const Error&) { // the cgroup may be going away
        return {};
    }
}

/// The number behind "key " at the start of a line.
std::uint64_t keyed_number(const std::string& text, std::string_view key)
{
    for (std::size_t line = 0; line < text.size();
         line = text.find('\n', line) == std::string::npos ? text.size() : text.find('\n', line) + 1)
        if (text.compare(line, key.size(), key) == 0 && text[line + key.size()] == ' ')
            return number_of(text.substr(line + key.size() + 1));
    return 0;
}

/// Sums "key=N" over all devices of io.stat.
std::uint64_t summed_number(const std::string& text, std::string_view key)
{
    std::uint64_t sum = 0;
    for (const std::string& word : words_of(text))
        if (word.starts_with(key) && word[key.size()] == '=')
            sum += number_of(word.substr(key.size() + 1));
    return sum;
}

std::string limit_text(std::int64_t value) { return value < 0 ? "max" : std::to_string(value); }

/// io.weight has 1 to 10000 where version 1 had 10 to 1000. Source: crun.
std::uint64_t weight_for(IoWeigher weigher, std::uint64_t weight)
{
    return weigher == IoWeigher::Bfq ? weight : 1 + (std::clamp<std::uint64_t>(weight, 10, 1000) - 10) * 9999 / 990;
}

/// "8:0 rbps=1048576 wiops=100"; empty when the device has no such limit.
std::string io_max_text(const CgroupDeviceLimits& limits)
{
    std::string text;
    const auto add = [&](const char* key, const std::optional<std::uint64_t>& value) {
        if (value)
            text += cat(" ", key, "=", *value == 0 ? "max" : std::to_string(*value));
    };
    add("rbps", limits.read_bps);
    add("wbps", limits.write_bps);
    add("riops", limits.read_iops);
    add("wiops", limits.write_iops);
    return text.empty() ? text : limits.device + text;
}

std::vector<std::string> directories_in(int directory)
{
    std::vector<std::string> names;
    for (const DirectoryEntry& entry : list_directory(directory))
        if (entry.type == DT_DIR)
            names.push_back(entry.name);
    return names;
}

void collect_processes(int directory, std::vector<pid_t>& pids)
{
    for (const std::string& word : words_of(find_text(directory, "cgroup.procs")))
        pids.push_back(static_cast<pid_t>(number_of(word)));
    for (const std::string& name : directories_in(directory))
        if (const auto below = find_at(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
            collect_processes(below->get(), pids);
}

bool remove_at(int parent, const std::string& name)
{
    if (const auto directory = find_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
        for (const std::string& below : directories_in(directory->get()))
            if (!remove_at(directory->get(), below))
                return false;
    if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT)
        return true;
    if (errno == EBUSY)
        return false;
    throw Error{errno, cat("removing the cgroup ", quoted(name))};
}

/// What cannot be enabled is left out: Cgroup::controllers() tells.
void try_enable_controllers(const std::string& path)
{
    for (const std::string& name : words_of(find_text(AT_FDCWD, cat(path, "/cgroup.controllers")))) {
        if (std::find(std::begin(wanted_controllers), std::end(wanted_controllers), name) ==
            std::end(wanted_controllers))
            continue;
        try {
            write_virtual_file(AT_FDCWD, cat(path, "/cgroup.subtree_control"), cat("+", name));
        } catch (const Error&) { // EBUSY: processes are in it
            continue;
        }
    }
}

/// What we may do in the directory `path`, which `place` names in messages.
CgroupDelegation look_at(const std::string& path, const std::string& place, const std::string& owner)
{
    CgroupDelegation found;
    if (!may_use(path)) {
        found.reason = cat("the control group ", owner, place, ", is not delegated to the user");
        return found;
    }
    found.path = path;
    for (const std::string& name : words_of(find_text(AT_FDCWD, cat(path, "/cgroup.controllers"))))
        if (std::find(std::begin(wanted_controllers), std::end(wanted_controllers), name) !=
            std::end(wanted_controllers))
            found.controllers.push_back(name);
    if (found.controllers.empty())
        found.reason = cat("the control group ", place, " is delegated without controllers");
    return found;
}

/// Why there can be no cgroups of ours at all.
std::string find_obstacle(const std::string& root)
{
    if (is_version_2(root))
        return {};
    return is_version_2(cat(root, "/unified"))
               ? "this machine uses control groups of version 1 (hybrid), which cannot be delegated to users"
               : "this machine has no control groups of version 2 at /sys/fs/cgroup";
}

} // namespace

CgroupDelegation find_cgroup_delegation(const std::string& root)
{
    CgroupDelegation found;
    found.reason = find_obstacle(root);
    if (!found.reason.empty())
        return found;
    std::string place = own_place();
    const std::string leaf = cat("/", supervisor_leaf);
    if (place.ends_with(leaf))
        place.resize(place.size() - leaf.size());
    if (place.empty() || place.find("/..") != std::string::npos) {
        found.reason = "the control group of this session is not to be seen from here";
        return found;
    }
    return look_at(cat(root, place == "/" ? "" : place), place, "of this session, ");
}

CgroupDelegation find_manager_delegation(uid_t uid, const std::string& root)
{
    CgroupDelegation found;
    found.reason = find_obstacle(root);
    if (!found.reason.empty())
        return found;
    const std::string place = cat("/user.slice/user-", uid, ".slice/user@", uid, ".service");
    return look_at(cat(root, place), place, "of the user's systemd, ");
}

CgroupDelegation make_cgroup_delegation(const std::string& place, const std::string& root)
{
    CgroupDelegation found;
    found.reason = find_obstacle(root);
    if (!found.reason.empty())
        return found;
    const std::string path = cat(root, place.starts_with('/') ? "" : "/", place);
    if (place.find("..") != std::string::npos)
        throw Error{ErrorKind::Usage, cat("invalid cgroup parent ", quoted(place))};
    for (std::size_t end = root.size() + 1; end != std::string::npos && end < path.size();) {
        end = path.find('/', end + 1);
        if (::mkdir(path.substr(0, end).c_str(), 0755) != 0 && errno != EEXIST)
            break; // what is missing is said by the look
    }
    return look_at(path, place, "");
}

bool try_enter_supervisor_leaf(const CgroupDelegation& delegation, Movers movers)
{
    const std::string self = std::to_string(::getpid());
    const std::vector<std::string> pids = words_of(find_text(AT_FDCWD, cat(delegation.path, "/cgroup.procs")));
    if (movers == Movers::WhenAlone &&
        std::any_of(pids.begin(), pids.end(), [&](const std::string& pid) { return pid != self; }))
        return false;
    const std::string path = cat(delegation.path, "/", supervisor_leaf);
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
        return false;
    bool moved = true;
    for (const std::string& pid : pids) {
        try {
            write_virtual_file(AT_FDCWD, cat(path, "/cgroup.procs"), pid);
        } catch (const Error&) { // ours may not be moved; another one may have ended
            moved = moved && pid != self;
        }
    }
    return moved;
}

std::vector<std::pair<std::string, std::string>> make_cgroup_settings(const CgroupLimits& limits, IoWeigher weigher)
{
    std::vector<std::pair<std::string, std::string>> settings;
    const auto set = [&](const char* file, std::string value) { settings.emplace_back(file, std::move(value)); };
    if (limits.memory_bytes)
        set("memory.max", limit_text(*limits.memory_bytes));
    if (limits.memory_swap_bytes) {
        const std::int64_t memory = std::max<std::int64_t>(limits.memory_bytes.value_or(0), 0);
        set("memory.swap.max", *limits.memory_swap_bytes < 0
                                   ? "max"
                                   : limit_text(std::max<std::int64_t>(*limits.memory_swap_bytes - memory, 0)));
    }
    if (limits.memory_reservation_bytes)
        set("memory.low", limit_text(*limits.memory_reservation_bytes));
    if (limits.cpu_shares && *limits.cpu_shares != 0) {
        // Source: the formula of Kubernetes and crun, 2..262144 to 1..10000.
        const std::uint64_t shares = std::clamp<std::uint64_t>(*limits.cpu_shares, 2, 262144);
        set("cpu.weight", std::to_string(1 + (shares - 2) * 9999 / 262142));
    }
    if (limits.cpu_quota_us || limits.cpu_period_us) {
        const std::int64_t quota = limits.cpu_quota_us.value_or(-1);
        const std::uint64_t period = limits.cpu_period_us.value_or(0);
        set("cpu.max", cat(quota <= 0 ? "max" : std::to_string(quota), " ", period == 0 ? 100000 : period));
    }
    if (!limits.cpuset_cpus.empty())
        set("cpuset.cpus", limits.cpuset_cpus);
    if (!limits.cpuset_mems.empty())
        set("cpuset.mems", limits.cpuset_mems);
    if (limits.pids && *limits.pids != 0) {
        // Linux: PID_MAX_LIMIT. The kernel refuses more, although that many cannot exist.
        constexpr std::int64_t most_pids = 4'194'304;
        set("pids.max", limit_text(*limits.pids > most_pids ? -1 : *limits.pids));
    }
    const char* weight_file = weigher == IoWeigher::Bfq ? "io.bfq.weight" : "io.weight";
    if (limits.io_weight)
        set(weight_file, cat("default ", weight_for(weigher, *limits.io_weight)));
    for (const CgroupDeviceLimits& device : limits.io_devices) {
        if (device.weight)
            set(weight_file, cat(device.device, " ", weight_for(weigher, *device.weight)));
        if (std::string text = io_max_text(device); !text.empty())
            set("io.max", std::move(text));
    }
    for (const auto& [file, value] : limits.unified)
        set(file.c_str(), value);
    return settings;
}

Cgroup Cgroup::create(const CgroupDelegation& delegation, const std::string& name)
{
    if (delegation.path.empty())
        throw Error{ErrorKind::Failure, cat("no control group can be made: ", delegation.reason)};
    try_enable_controllers(delegation.path);
    std::string path = cat(delegation.path, "/", name);
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
        throw explained(Refused::CgroupLimit, errno, cat("making the cgroup ", quoted(path)));
    UniqueFd directory = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    return Cgroup{std::move(path), std::move(directory)};
}

std::optional<Cgroup> Cgroup::find(const std::string& path)
{
    auto directory = find_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY);
    if (!directory)
        return std::nullopt;
    return Cgroup{path, std::move(*directory)};
}

std::vector<std::string> Cgroup::controllers() const { return words_of(find_text(fd(), "cgroup.controllers")); }

void Cgroup::set_limits(const CgroupLimits& limits) const
{
    const IoWeigher weigher = exists_at(fd(), "io.bfq.weight") ? IoWeigher::Bfq : IoWeigher::Cost;
    for (const auto& [file, value] : make_cgroup_settings(limits, weigher)) {
        if (file.find('/') != std::string::npos || file.starts_with("cgroup."))
            throw Error{ErrorKind::Usage, cat("invalid cgroup setting ", quoted(file))};
        try {
            write_virtual_file(fd(), file, value);
        } catch (const Error& error) {
            // Without swap accounting there is no swap to limit.
            if (file == "memory.swap.max" && error.errno_value() == ENOENT)
                continue;
            throw explained(Refused::CgroupLimit, error.errno_value(),
                            cat("setting ", quoted(file), " to ", quoted(value)));
        }
    }
}

CgroupStats Cgroup::stats() const
{
    CgroupStats stats;
    const std::string cpu = find_text(fd(), "cpu.stat");
    stats.cpu_usage_us = keyed_number(cpu, "usage_usec");
    stats.cpu_user_us = keyed_number(cpu, "user_usec");
    stats.cpu_system_us = keyed_number(cpu, "system_usec");
    const std::uint64_t memory = number_of(find_text(fd(), "memory.current"));
    const std::uint64_t droppable = keyed_number(find_text(fd(), "memory.stat"), "inactive_file");
    stats.memory_bytes = memory > droppable ? memory - droppable : memory;
    stats.memory_limit_bytes = number_of(find_text(fd(), "memory.max"));
    stats.memory_peak_bytes = number_of(find_text(fd(), "memory.peak"));
    stats.pids = number_of(find_text(fd(), "pids.current"));
    const std::string io = find_text(fd(), "io.stat");
    stats.block_read_bytes = summed_number(io, "rbytes");
    stats.block_write_bytes = summed_number(io, "wbytes");
    stats.oom_kills = keyed_number(find_text(fd(), "memory.events"), "oom_kill");
    return stats;
}

void Cgroup::freeze(bool frozen) const
{
    const UniqueFd events = open_events();
    write_virtual_file(fd(), "cgroup.freeze", frozen ? "1" : "0");
    // The kernel says when the last process has stopped; a process in an uninterruptible wait may take long.
    constexpr int patience_ms = 10'000;
    while ((keyed_number(find_text(fd(), "cgroup.events"), "frozen") == 1) != frozen) {
        pollfd watched{events.get(), POLLPRI, 0};
        if (::poll(&watched, 1, patience_ms) == 0)
            throw Error{ETIMEDOUT, frozen ? "freezing the container" : "thawing the container"};
        (void)::lseek(events.get(), 0, SEEK_SET);
        (void)read_all(events.get(), 4096, "cgroup.events"); // arms the next notification
    }
}

void Cgroup::kill() const
{
    if (exists_at(fd(), "cgroup.kill")) {
        write_virtual_file(fd(), "cgroup.kill", "1");
        return;
    }
    // What forks while we look is found by the next look.
    constexpr int rounds = 100;
    for (int round = 0; round < rounds && is_populated(); ++round)
        for (const pid_t pid : processes())
            if (const auto process = Pidfd::find(pid))
                (void)process->send_signal(SIGKILL);
}

bool Cgroup::is_populated() const { return keyed_number(find_text(fd(), "cgroup.events"), "populated") == 1; }

UniqueFd Cgroup::open_events() const { return open_at(fd(), "cgroup.events", O_RDONLY); }

std::vector<pid_t> Cgroup::processes() const
{
    std::vector<pid_t> pids;
    collect_processes(fd(), pids);
    return pids;
}

bool Cgroup::remove() const { return remove_at(AT_FDCWD, path_); }

} // namespace skiff::kernel
