#include "monitor/leftovers.hpp"

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/process.hpp"
#include "kernel/process_facts.hpp"

#include <algorithm>
#include <csignal>
#include <map>
#include <poll.h>
#include <set>
#include <sstream>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace skiff::monitor {
namespace {

using kernel::ProcessFacts;

/// What only the container's own processes see at these places; elsewhere the same file systems are ours, or another container's
/// that shares its network.
constexpr std::string_view own_places[] = {"/", "/run/.containerenv", "/etc/hostname"};

bool contains(const std::vector<pid_t>& list, pid_t pid) { return std::find(list.begin(), list.end(), pid) != list.end(); }

/// The beginning of a file of /proc. What matters in a mountinfo stands near it, however many mounts a container has made.
std::string read_beginning(int proc, const std::string& path)
{
    constexpr std::size_t enough = 256U * 1024U;
    const UniqueFd file = open_at(proc, path, O_RDONLY);
    std::string text;
    for (std::size_t size = 0; size < enough; size = text.size()) {
        text.resize(size + 16U * 1024U);
        const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
        text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got <= 0)
            break;
    }
    return text;
}

/// One look at the machine's processes.
class Hunt
{
  public:
    Hunt(const kernel::Procfs& proc, const std::string& container_id, const std::optional<std::vector<pid_t>>& helpers)
        : proc_{proc}, id_{container_id}
    {
        for (const pid_t pid : kernel::list_processes(proc))
            look_at(pid);
        const pid_t self = ::getpid();
        std::set<pid_t> family;
        for (const ProcessFacts& process : all_)
            if (is_marked(process.pid) || (helpers && process.parent == self))
                family.insert(process.pid);
        for (bool grew = true; grew;) {
            grew = false;
            for (const ProcessFacts& process : all_)
                if (family.contains(process.parent))
                    grew = family.insert(process.pid).second || grew;
        }
        for (const ProcessFacts& process : all_)
            if (family.contains(process.pid) && process.pid != self && !(helpers && contains(*helpers, process.pid)))
                prey_.push_back({process.pid, process.start_ticks, boot_id()});
    }

    [[nodiscard]] const std::vector<ProcessIdentity>& prey() const { return prey_; }

  private:
    void look_at(pid_t pid)
    {
        ProcessFacts facts;
        try {
            if (kernel::add_stat(facts, read_beginning(proc_.fd(), cat(pid, "/stat"))) && facts.state != 'Z' && facts.state != 'X')
                all_.push_back(std::move(facts));
        } catch (const Error&) { // it has gone
        }
    }

    bool is_marked(pid_t pid)
    {
        struct stat name_space{};
        if (::fstatat(proc_.fd(), cat(pid, "/ns/mnt").c_str(), &name_space, 0) != 0)
            return false; // gone, or somebody else's
        const auto [known, is_new] = marked_namespaces_.try_emplace(name_space.st_ino, false);
        if (is_new)
            try {
                known->second = shows_container(read_beginning(proc_.fd(), cat(pid, "/mountinfo")), id_);
            } catch (const Error&) {
                marked_namespaces_.erase(known);
                return false;
            }
        return known->second;
    }

    const kernel::Procfs& proc_;
    const std::string& id_;
    std::vector<ProcessFacts> all_;
    std::map<ino_t, bool> marked_namespaces_;
    std::vector<ProcessIdentity> prey_;
};

/// Returns when all of them have ended, or after a moment: they may have made others meanwhile.
void kill_and_wait(const std::vector<ProcessIdentity>& prey, std::chrono::milliseconds limit)
{
    std::vector<Pidfd> killed;
    for (const ProcessIdentity& identity : prey)
        if (auto process = Pidfd::find(identity)) {
            process->send_signal(SIGKILL);
            killed.push_back(std::move(*process));
        }
    const auto deadline = SteadyClock::now() + limit;
    for (const Pidfd& process : killed) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
        (void)process.wait_for_end(static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    }
}

} // namespace

bool shows_container(const std::string& mountinfo, const std::string& container_id)
{
    // Source: proc_pid_mountinfo(5): the fifth field is the mount point.
    std::istringstream lines{mountinfo};
    for (std::string line; std::getline(lines, line);) {
        if (line.find(container_id) == std::string::npos)
            continue;
        std::istringstream fields{line};
        std::string place;
        for (int i = 0; i < 5; ++i)
            fields >> place;
        if (std::find(std::begin(own_places), std::end(own_places), place) != std::end(own_places))
            return true;
    }
    return false;
}

void adopt_orphans()
{
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        log::debug("orphans of this container go to the machine's init");
}

void bury_orphans(const std::vector<pid_t>& helpers)
{
    std::istringstream children{find_file(AT_FDCWD, "/proc/thread-self/children").value_or("")};
    for (pid_t pid = 0; children >> pid;)
        if (!contains(helpers, pid))
            (void)::waitpid(pid, nullptr, WNOHANG);
}

bool kill_leftovers(const std::string& container_id, const std::optional<std::vector<pid_t>>& helpers,
                    std::chrono::milliseconds limit) noexcept
{
    try {
        const kernel::Procfs proc = kernel::Procfs::open();
        const auto deadline = SteadyClock::now() + limit;
        for (;;) {
            const Hunt hunt{proc, container_id, helpers};
            if (hunt.prey().empty())
                return true;
            kill_and_wait(hunt.prey(), std::min(limit, std::chrono::milliseconds{500}));
            if (helpers)
                bury_orphans(*helpers);
            if (SteadyClock::now() >= deadline)
                break;
        }
    } catch (const std::exception& error) {
        log::warn(cat("ending what is left of container ", container_id, ": ", error.what()));
    }
    return false;
}

} // namespace skiff::monitor
