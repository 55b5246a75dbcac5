#include "engine/container_stats.hpp"

#include "base/error.hpp"
#include "engine/container_processes.hpp"
#include "kernel/cgroup.hpp"

#include <sstream>
#include <sys/sysinfo.h>
#include <unistd.h>

namespace skiff::engine {
namespace {

using std::chrono::nanoseconds;

std::uint64_t machine_memory()
{
    struct sysinfo machine{};
    return ::sysinfo(&machine) == 0 ? static_cast<std::uint64_t>(machine.totalram) * machine.mem_unit : 0;
}

void add_from_cgroup(ContainerStats& stats, const kernel::CgroupStats& read)
{
    stats.cpu_time = std::chrono::microseconds{read.cpu_usage_us};
    stats.system_time = std::chrono::microseconds{read.cpu_system_us};
    stats.memory_bytes = read.memory_bytes;
    if (read.memory_limit_bytes > 0 && read.memory_limit_bytes < stats.memory_limit_bytes)
        stats.memory_limit_bytes = read.memory_limit_bytes;
    stats.block_read_bytes = read.block_read_bytes;
    stats.block_written_bytes = read.block_write_bytes;
    stats.pids = read.pids;
}

/// A number in "KEY: NUMBER" of /proc/PID/io.
std::uint64_t io_number(const std::string& text, const std::string& key)
{
    const std::size_t at = text.find("\n" + key + ": ");
    return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + key.size() + 3, nullptr, 10);
}

/// Where the cgroup does not tell (no cgroup, or a controller that is not delegated) the processes do.
void add_from_processes(ContainerStats& stats, const store::ContainerRecord& record)
{
    const ContainerProcesses found = find_container_processes(record);
    const auto tick = nanoseconds{std::chrono::seconds{1}} / ::sysconf(_SC_CLK_TCK);
    const kernel::Procfs proc = kernel::Procfs::open();
    ContainerStats sum;
    for (const kernel::ProcessFacts& process : found.processes) {
        sum.cpu_time += tick * static_cast<std::int64_t>(process.user_ticks + process.system_ticks);
        sum.system_time += tick * static_cast<std::int64_t>(process.system_ticks);
        sum.memory_bytes += process.resident_bytes;
        sum.pids += static_cast<std::uint64_t>(process.threads);
        try {
            const std::string io = "\n" + proc.read(cat(process.pid, "/io"));
            sum.block_read_bytes += io_number(io, "read_bytes");
            sum.block_written_bytes += io_number(io, "write_bytes");
        } catch (const Error&) { // it ended, or hides it: nothing to add
        }
    }
    const auto fill = [](auto& into, const auto& from) {
        if (into == std::decay_t<decltype(into)>{})
            into = from;
    };
    fill(stats.cpu_time, sum.cpu_time);
    fill(stats.system_time, sum.system_time);
    fill(stats.memory_bytes, sum.memory_bytes);
    fill(stats.pids, sum.pids);
    fill(stats.block_read_bytes, sum.block_read_bytes);
    fill(stats.block_written_bytes, sum.block_written_bytes);
}

void add_network(ContainerStats& stats, const store::ContainerRecord& record)
{
    if (record.config.network.mode.mode == NamespaceMode::Host)
        return; // the host's traffic is not this container's
    try {
        const NetworkTraffic traffic =
            parse_network_traffic(kernel::Procfs::open().read(cat(record.state->init.pid, "/net/dev")));
        stats.received_bytes = traffic.received_bytes;
        stats.sent_bytes = traffic.sent_bytes;
    } catch (const Error&) { // it has just ended
    }
}

double percent(nanoseconds cpu, nanoseconds wall)
{
    constexpr double all = 100;
    return wall.count() > 0 && cpu.count() > 0 ? all * static_cast<double>(cpu.count()) / static_cast<double>(wall.count()) : 0;
}

} // namespace

NetworkTraffic parse_network_traffic(const std::string& text)
{
    NetworkTraffic traffic;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos)
            continue; // the two lines of headings
        std::string card = line.substr(0, colon);
        card.erase(0, card.find_first_not_of(' '));
        if (card == "lo")
            continue;
        std::istringstream numbers{line.substr(colon + 1)};
        std::uint64_t value = 0;
        constexpr int sent_column = 8; // bytes packets errs drop fifo frame compressed multicast | bytes ...
        for (int column = 0; numbers >> value && column <= sent_column; ++column) {
            if (column == 0)
                traffic.received_bytes += value;
            if (column == sent_column)
                traffic.sent_bytes += value;
        }
    }
    return traffic;
}

std::vector<ContainerStats> StatsReader::read(const std::vector<std::string>& ids)
{
    std::vector<ContainerStats> all;
    std::map<std::string, ContainerStats> now;
    for (const std::string& id : ids) {
        store::ContainerRecord record;
        try {
            record = engine_.store().containers().load(id);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::NotFound)
                continue;
            throw;
        }
        ContainerStats stats;
        stats.id = id;
        stats.name = record.config.name;
        stats.taken = wall_now();
        if (record.is_running() && record.state) {
            stats.memory_limit_bytes = machine_memory();
            if (!record.state->cgroup_path.empty())
                if (const auto cgroup = kernel::Cgroup::find(record.state->cgroup_path))
                    add_from_cgroup(stats, cgroup->stats());
            if (stats.memory_bytes == 0 || stats.pids == 0)
                add_from_processes(stats, record);
            add_network(stats, record);
            stats.average_percent = percent(stats.cpu_time, stats.taken - record.state->started);
            const auto before = before_.find(id);
            // A restart begins to count anew.
            const bool same_run = before != before_.end() && before->second.cpu_time <= stats.cpu_time;
            stats.cpu_percent = same_run ? percent(stats.cpu_time - before->second.cpu_time, stats.taken - before->second.taken)
                                         : stats.average_percent;
        }
        now[id] = stats;
        all.push_back(std::move(stats));
    }
    before_ = std::move(now);
    return all;
}

} // namespace skiff::engine
