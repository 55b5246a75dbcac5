#include "kernel/process_facts.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <array>
#include <charconv>
#include <unistd.h>

namespace skiff::kernel {
namespace {

template <typename Number>
Number number(std::string_view digits, int base = 10)
{
    Number value{};
    std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    return value;
}

std::vector<std::string_view> words(std::string_view text)
{
    std::vector<std::string_view> found;
    for (std::size_t begin = text.find_first_not_of(" \t"); begin != std::string_view::npos;) {
        const std::size_t end = text.find_first_of(" \t", begin);
        found.push_back(text.substr(begin, end - begin));
        begin = end == std::string_view::npos ? end : text.find_first_not_of(" \t", end);
    }
    return found;
}

void add_status_line(ProcessFacts& facts, std::string_view key, const std::vector<std::string_view>& values)
{
    constexpr std::uint64_t kibibyte = 1024;
    const auto at = [&](std::size_t i) { return i < values.size() ? values[i] : std::string_view{}; };
    if (key == "Uid") {
        facts.real_uid = number<std::uint32_t>(at(0));
        facts.effective_uid = number<std::uint32_t>(at(1));
    } else if (key == "Gid") {
        facts.real_gid = number<std::uint32_t>(at(0));
        facts.effective_gid = number<std::uint32_t>(at(1));
    } else if (key == "Groups") {
        for (const std::string_view group : values)
            facts.groups.push_back(number<std::uint32_t>(group));
    } else if (key == "NSpid") {
        for (const std::string_view pid : values)
            facts.namespace_pids.push_back(number<pid_t>(pid));
    } else if (key == "VmRSS") {
        facts.resident_bytes = number<std::uint64_t>(at(0)) * kibibyte;
    } else if (key == "Seccomp") {
        facts.seccomp = number<int>(at(0));
    } else if (key == "CapInh") {
        facts.inheritable = number<CapabilitySet>(at(0), 16);
    } else if (key == "CapPrm") {
        facts.permitted = number<CapabilitySet>(at(0), 16);
    } else if (key == "CapEff") {
        facts.effective = number<CapabilitySet>(at(0), 16);
    } else if (key == "CapBnd") {
        facts.bounding = number<CapabilitySet>(at(0), 16);
    } else if (key == "CapAmb") {
        facts.ambient = number<CapabilitySet>(at(0), 16);
    }
}

} // namespace

bool add_stat(ProcessFacts& facts, std::string_view stat)
{
    // The name is the process's own and may contain anything, spaces and parentheses included: only the last ")" counts.
    const std::size_t open = stat.find('(');
    const std::size_t close = stat.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return false;
    const auto fields = words(stat.substr(close + 1)); // from field 3 on
    constexpr std::size_t needed = 21;
    if (fields.size() < needed)
        return false;
    const auto field = [&](std::size_t of_manual) { return fields[of_manual - 3]; };
    facts.pid = number<pid_t>(stat.substr(0, open));
    facts.name = stat.substr(open + 1, close - open - 1);
    facts.state = field(3).front();
    facts.parent = number<pid_t>(field(4));
    facts.group = number<pid_t>(field(5));
    facts.session = number<pid_t>(field(6));
    facts.terminal = number<int>(field(7));
    facts.user_ticks = number<std::uint64_t>(field(14));
    facts.system_ticks = number<std::uint64_t>(field(15));
    facts.nice = number<int>(field(19));
    facts.threads = number<int>(field(20));
    facts.start_ticks = number<std::uint64_t>(field(22));
    facts.virtual_bytes = number<std::uint64_t>(field(23));
    return true;
}

void add_status(ProcessFacts& facts, std::string_view status)
{
    while (!status.empty()) {
        const std::size_t end = status.find('\n');
        const std::string_view line = status.substr(0, end);
        if (const std::size_t colon = line.find(':'); colon != std::string_view::npos)
            add_status_line(facts, line.substr(0, colon), words(line.substr(colon + 1)));
        status.remove_prefix(end == std::string_view::npos ? status.size() : end + 1);
    }
}

void add_arguments(ProcessFacts& facts, std::string_view cmdline)
{
    while (!cmdline.empty()) {
        const std::size_t end = cmdline.find('\0');
        facts.arguments.emplace_back(cmdline.substr(0, end));
        cmdline.remove_prefix(end == std::string_view::npos ? cmdline.size() : end + 1);
    }
}

std::optional<ProcessFacts> find_process_facts(const Procfs& proc, pid_t pid)
{
    ProcessFacts facts;
    try {
        const std::string directory = std::to_string(pid);
        if (!add_stat(facts, proc.read(directory + "/stat")))
            return std::nullopt;
        add_status(facts, proc.read(directory + "/status"));
        add_arguments(facts, proc.read(directory + "/cmdline"));
    } catch (const Error&) { // it ended while we looked
        return std::nullopt;
    }
    return facts;
}

std::vector<pid_t> list_processes(const Procfs& proc)
{
    std::vector<pid_t> pids;
    for (const DirectoryEntry& entry : list_directory(proc.fd()))
        if (entry.name.find_first_not_of("0123456789") == std::string::npos)
            pids.push_back(number<pid_t>(entry.name));
    return pids;
}

} // namespace skiff::kernel
