#include "engine/container_processes.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "kernel/cgroup.hpp"

#include <algorithm>
#include <set>
#include <sstream>

namespace skiff::engine {
namespace {

using kernel::ProcessFacts;

std::string pid_namespace(const kernel::Procfs& proc, pid_t pid)
{
    try {
        return find_link_at(proc.fd(), cat(pid, "/ns/pid")).value_or("");
    } catch (const Error&) { // somebody else's process
        return {};
    }
}

/// Of a container with the host's numbers: what descends from its first process, and from its monitor by `exec`.
std::vector<pid_t> descendants(const kernel::Procfs& proc, const ContainerState& state)
{
    std::vector<ProcessFacts> all;
    for (const pid_t pid : kernel::list_processes(proc))
        if (auto facts = kernel::find_process_facts(proc, pid))
            all.push_back(std::move(*facts));
    std::set<pid_t> family{state.init.pid, state.monitor.pid};
    for (bool grew = true; grew;) {
        grew = false;
        for (const ProcessFacts& process : all)
            if (process.pid != state.network.pid && family.contains(process.parent))
                grew = family.insert(process.pid).second || grew;
    }
    family.erase(state.monitor.pid);
    return {family.begin(), family.end()};
}

std::vector<pid_t> find_pids(const kernel::Procfs& proc, const store::ContainerRecord& record)
{
    const ContainerState& state = *record.state;
    const NamespaceMode mode = record.config.pid.mode;
    if (mode == NamespaceMode::Private) {
        const std::string wanted = pid_namespace(proc, state.init.pid);
        std::vector<pid_t> pids = kernel::list_processes(proc);
        std::erase_if(pids, [&](pid_t pid) { return wanted.empty() || pid_namespace(proc, pid) != wanted; });
        return pids;
    }
    if (!state.cgroup_path.empty())
        if (const auto cgroup = kernel::Cgroup::find(state.cgroup_path))
            return cgroup->processes();
    return descendants(proc, state);
}

/// "inside outside size" in each line, outside as the reader counts.
std::vector<IdRange> parse_id_map(const std::string& text)
{
    std::vector<IdRange> ranges;
    std::istringstream lines{text};
    for (IdRange range; lines >> range.inside >> range.outside >> range.size;)
        ranges.push_back(range);
    return ranges;
}

IdMap find_id_map(const kernel::Procfs& proc, pid_t init)
{
    try {
        return {parse_id_map(proc.read(cat(init, "/uid_map"))), parse_id_map(proc.read(cat(init, "/gid_map")))};
    } catch (const Error& error) { // it has just ended
        log::debug(cat("reading the ids of process ", init, ": ", error.message(), "; ignored"));
        return {};
    }
}

runtime::AccountFiles find_accounts(const kernel::Procfs& proc, pid_t init)
{
    try {
        return runtime::load_account_files(open_at(proc.fd(), cat(init, "/root"), O_PATH | O_DIRECTORY).get());
    } catch (const Error& error) {
        log::debug(cat("reading the names of the container's users: ", error.message(), "; numbers are shown"));
        return {};
    }
}

} // namespace

ContainerProcesses find_container_processes(const store::ContainerRecord& record)
{
    ContainerProcesses found;
    if (!record.state || !record.is_running())
        return found;
    const kernel::Procfs proc = kernel::Procfs::open();
    const pid_t init = record.state->init.pid;
    if (!Pidfd::find(record.state->init))
        return found;
    for (const pid_t pid : find_pids(proc, record))
        if (auto facts = kernel::find_process_facts(proc, pid))
            found.processes.push_back(std::move(*facts));
    std::sort(found.processes.begin(), found.processes.end(),
              [](const ProcessFacts& a, const ProcessFacts& b) { return a.pid < b.pid; });
    const auto first = std::find_if(found.processes.begin(), found.processes.end(), [&](const auto& p) { return p.pid == init; });
    if (first != found.processes.end() && !first->namespace_pids.empty())
        found.depth = first->namespace_pids.size() - 1;
    found.ids = find_id_map(proc, init);
    found.accounts = find_accounts(proc, init);
    return found;
}

} // namespace skiff::engine
