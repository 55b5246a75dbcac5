// The columns of `top`: each is a descriptor, its heading, and how a process fills it.

#include "engine/process_columns.hpp"

#include "base/cat.hpp"
#include "text/duration.hpp"
#include "text/size.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <grp.h>
#include <pwd.h>

namespace skiff::engine {
namespace {

using kernel::ProcessFacts;
using Facts = ProcessView;

std::string fixed(double value, int digits)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

// ---- ids -----------------------------------------------------------------------------------------------------------

/// "nobody"'s number: what an id that has no place inside looks like there.
constexpr std::uint32_t overflow_id = 65534;

std::uint32_t uid_inside(const Facts& f, std::uint32_t uid) { return find_inside(f.container.ids.uids, uid).value_or(overflow_id); }
std::uint32_t gid_inside(const Facts& f, std::uint32_t gid) { return find_inside(f.container.ids.gids, gid).value_or(overflow_id); }

std::string user_name(const Facts& f, std::uint32_t uid)
{
    const std::uint32_t inside = uid_inside(f, uid);
    const auto entry = runtime::find_passwd_entry(f.container.accounts, inside);
    return entry && !entry->name.empty() ? entry->name : std::to_string(inside);
}

/// The name in a line "NAME:x:GID:..." of /etc/group.
std::string group_name(const Facts& f, std::uint32_t gid)
{
    const std::string wanted = std::to_string(gid_inside(f, gid));
    const std::string& text = f.container.accounts.group;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string line = text.substr(begin, end - begin);
        const std::size_t name = line.find(':');
        const std::size_t number = name == std::string::npos ? name : line.find(':', name + 1);
        if (number != std::string::npos && line.substr(number + 1, line.find(':', number + 1) - number - 1) == wanted)
            return line.substr(0, name);
        begin = end + 1;
    }
    return wanted;
}

std::string group_names(const Facts& f)
{
    std::string names;
    for (const std::uint32_t gid : f.process.groups)
        names += cat(names.empty() ? "" : ",", group_name(f, gid));
    return names;
}

// The host's databases, from C: single-threaded here. NOLINTBEGIN(concurrency-mt-unsafe)
std::string host_user(const Facts& f)
{
    const passwd* entry = ::getpwuid(f.process.effective_uid);
    return entry != nullptr ? entry->pw_name : std::to_string(f.process.effective_uid);
}

std::string host_group_name(std::uint32_t gid)
{
    const group* entry = ::getgrgid(gid);
    return entry != nullptr ? entry->gr_name : std::to_string(gid);
}
// NOLINTEND(concurrency-mt-unsafe)

std::string host_groups(const Facts& f)
{
    std::string names;
    for (const std::uint32_t gid : f.process.groups)
        names += cat(names.empty() ? "" : ",", host_group_name(gid));
    return names;
}

// ---- numbers of processes ------------------------------------------------------------------------------------------

pid_t pid_inside(const Facts& f, const ProcessFacts& process)
{
    const auto& pids = process.namespace_pids;
    return f.container.depth < pids.size() ? pids[f.container.depth] : process.pid;
}

/// 0 for one that lies outside.
pid_t other_inside(const Facts& f, pid_t host_pid)
{
    for (const ProcessFacts& process : f.container.processes)
        if (process.pid == host_pid)
            return pid_inside(f, process);
    return 0;
}

// ---- times ---------------------------------------------------------------------------------------------------------

double elapsed_s(const Facts& f)
{
    return std::max(0.0, f.clock.now_s - static_cast<double>(f.process.start_ticks) / f.clock.ticks_per_second);
}

double cpu_s(const Facts& f)
{
    return static_cast<double>(f.process.user_ticks + f.process.system_ticks) / f.clock.ticks_per_second;
}

double cpu_percent(const Facts& f)
{
    constexpr double all = 100;
    return elapsed_s(f) > 0 ? all * cpu_s(f) / elapsed_s(f) : 0;
}

std::string go_duration(double seconds)
{
    return text::format_duration_go(std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)});
}

/// As ps writes them: [[dd-]hh:]mm:ss, or with `whole_hours` always hh:mm:ss.
std::string ps_duration(double seconds, bool whole_hours)
{
    constexpr std::int64_t minute = 60;
    constexpr std::int64_t hour = 60 * minute;
    constexpr std::int64_t day = 24 * hour;
    const auto whole = static_cast<std::int64_t>(seconds);
    std::array<char, 64> text{};
    const long long d = whole / day, h = whole % day / hour, m = whole % hour / minute, s = whole % minute;
    if (d > 0)
        std::snprintf(text.data(), text.size(), "%lld-%02lld:%02lld:%02lld", d, h, m, s);
    else if (h > 0 || whole_hours)
        std::snprintf(text.data(), text.size(), "%02lld:%02lld:%02lld", h, m, s);
    else
        std::snprintf(text.data(), text.size(), "%02lld:%02lld", m, s);
    return text.data();
}

WallTime start_time(const Facts& f)
{
    const double seconds = static_cast<double>(f.process.start_ticks) / f.clock.ticks_per_second;
    return f.clock.boot + std::chrono::milliseconds{static_cast<std::int64_t>(seconds * 1000)};
}

/// "15:04" today, "Jan02" before, as ps does.
std::string short_start_time(const Facts& f)
{
    constexpr double day_s = 24 * 60 * 60;
    const std::time_t time = std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(start_time(f)));
    std::tm parts{};
    ::localtime_r(&time, &parts);
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), elapsed_s(f) < day_s ? "%H:%M" : "%b%d", &parts);
    return {text.data(), size};
}

// ---- the rest ------------------------------------------------------------------------------------------------------

std::string terminal_name(const Facts& f)
{
    const auto number = static_cast<unsigned>(f.process.terminal);
    if (number == 0)
        return "?";
    const unsigned major = number >> 8U & 0xfffU;
    const unsigned minor = (number & 0xffU) | (number >> 12U & 0xfff00U);
    constexpr unsigned first_pts = 136, last_pts = 143, virtual_console = 4;
    if (major >= first_pts && major <= last_pts)
        return cat("pts/", (major - first_pts) * 256 + minor);
    return major == virtual_console ? cat("tty", minor) : "console";
}

std::string command_line(const Facts& f)
{
    std::string text;
    for (const std::string& argument : f.process.arguments)
        text += cat(text.empty() ? "" : " ", argument);
    return text.empty() ? cat("[", f.process.name, "]") : text;
}

std::string capabilities(kernel::CapabilitySet set)
{
    if (set == kernel::known_capabilities())
        return "full";
    std::vector<std::string> names = kernel::capability_names(set);
    std::sort(names.begin(), names.end());
    std::string text;
    for (const std::string& name : names)
        text += cat(text.empty() ? "" : ",", name.substr(4)); // without "CAP_"
    return text.empty() ? "none" : text;
}

std::string seccomp_name(const Facts& f)
{
    constexpr std::array names{"disabled", "strict", "filter"};
    const auto mode = static_cast<std::size_t>(f.process.seccomp);
    return mode < names.size() ? names[mode] : "?";
}

std::string state_letter(const Facts& f) { return {f.process.state}; }

std::string state_flags(const Facts& f)
{
    std::string flags{f.process.state};
    if (f.process.nice != 0)
        flags += f.process.nice < 0 ? '<' : 'N';
    if (f.process.session == f.process.pid)
        flags += 's';
    if (f.process.threads > 1)
        flags += 'l';
    return flags;
}

std::string memory_percent(const Facts& f)
{
    constexpr double all = 100;
    const auto machine = static_cast<double>(std::max<std::uint64_t>(f.clock.memory_bytes, 1));
    return fixed(all * static_cast<double>(f.process.resident_bytes) / machine, 1);
}

constexpr std::uint64_t kibibyte = 1024;

// Each table by name. Podman's own words come first in `top`; ps(1) has other forms of some.
constexpr ProcessColumnKind podman_columns[] = {
    {"args", "%a", "COMMAND", command_line},
    {"capamb", "", "AMBIENT CAPS", [](const Facts& f) { return capabilities(f.process.ambient); }},
    {"capbnd", "", "BOUNDING CAPS", [](const Facts& f) { return capabilities(f.process.bounding); }},
    {"capeff", "", "EFFECTIVE CAPS", [](const Facts& f) { return capabilities(f.process.effective); }},
    {"capinh", "", "INHERITED CAPS", [](const Facts& f) { return capabilities(f.process.inheritable); }},
    {"capprm", "", "PERMITTED CAPS", [](const Facts& f) { return capabilities(f.process.permitted); }},
    {"comm", "%c", "COMMAND", [](const Facts& f) { return f.process.name; }},
    {"etime", "%t", "ELAPSED", [](const Facts& f) { return go_duration(elapsed_s(f)); }},
    {"group", "%G", "GROUP", [](const Facts& f) { return group_name(f, f.process.effective_gid); }},
    {"groups", "", "GROUPS", group_names},
    {"hgroup", "", "HGROUP", [](const Facts& f) { return host_group_name(f.process.effective_gid); }},
    {"hgroups", "", "HGROUPS", host_groups},
    {"hpid", "", "HPID", [](const Facts& f) { return std::to_string(f.process.pid); }},
    {"huid", "", "HUID", [](const Facts& f) { return std::to_string(f.process.effective_uid); }},
    {"huser", "", "HUSER", host_user},
    {"label", "", "LABEL", [](const Facts&) { return std::string{"?"}; }}, // no SELinux here
    {"nice", "%n", "NI", [](const Facts& f) { return std::to_string(f.process.nice); }},
    {"pcpu", "%C", "%CPU", [](const Facts& f) { return fixed(cpu_percent(f), 3); }},
    {"pgid", "%r", "PGID", [](const Facts& f) { return std::to_string(other_inside(f, f.process.group)); }},
    {"pid", "%p", "PID", [](const Facts& f) { return std::to_string(pid_inside(f, f.process)); }},
    {"ppid", "%P", "PPID", [](const Facts& f) { return std::to_string(other_inside(f, f.process.parent)); }},
    {"rgroup", "%g", "RGROUP", [](const Facts& f) { return group_name(f, f.process.real_gid); }},
    {"rss", "", "RSS", [](const Facts& f) { return std::to_string(f.process.resident_bytes / kibibyte); }},
    {"ruser", "%u", "RUSER", [](const Facts& f) { return user_name(f, f.process.real_uid); }},
    {"seccomp", "", "SECCOMP", seccomp_name},
    {"state", "", "STATE", state_letter},
    {"stime", "", "STIME", [](const Facts& f) { return text::format_go_default(start_time(f), text::Zone::Local); }},
    {"time", "%x", "TIME", [](const Facts& f) { return go_duration(cpu_s(f)); }},
    {"tty", "%y", "TTY", terminal_name},
    {"uid", "", "UID", [](const Facts& f) { return std::to_string(uid_inside(f, f.process.effective_uid)); }},
    {"user", "%U", "USER", [](const Facts& f) { return user_name(f, f.process.effective_uid); }},
    {"vsz", "%z", "VSZ", [](const Facts& f) { return std::to_string(f.process.virtual_bytes / kibibyte); }},
};

constexpr ProcessColumnKind ps_columns[] = {
    {"%cpu", "", "%CPU", [](const Facts& f) { return fixed(cpu_percent(f), 1); }},
    {"%mem", "", "%MEM", memory_percent},
    {"c", "", "C", [](const Facts& f) { return std::to_string(std::lround(cpu_percent(f))); }},
    {"cmd", "", "CMD", command_line},
    {"command", "", "COMMAND", command_line},
    {"cputime", "", "TIME", [](const Facts& f) { return ps_duration(cpu_s(f), true); }},
    {"egid", "", "EGID", [](const Facts& f) { return std::to_string(gid_inside(f, f.process.effective_gid)); }},
    {"egroup", "", "EGROUP", [](const Facts& f) { return group_name(f, f.process.effective_gid); }},
    {"etime", "", "ELAPSED", [](const Facts& f) { return ps_duration(elapsed_s(f), false); }},
    {"etimes", "", "ELAPSED", [](const Facts& f) { return std::to_string(std::lround(elapsed_s(f))); }},
    {"euid", "", "EUID", [](const Facts& f) { return std::to_string(uid_inside(f, f.process.effective_uid)); }},
    {"euser", "", "EUSER", [](const Facts& f) { return user_name(f, f.process.effective_uid); }},
    {"gid", "", "GID", [](const Facts& f) { return std::to_string(gid_inside(f, f.process.effective_gid)); }},
    {"ni", "", "NI", [](const Facts& f) { return std::to_string(f.process.nice); }},
    {"nlwp", "", "NLWP", [](const Facts& f) { return std::to_string(f.process.threads); }},
    {"pcpu", "", "%CPU", [](const Facts& f) { return fixed(cpu_percent(f), 1); }},
    {"pmem", "", "%MEM", memory_percent},
    {"rgid", "", "RGID", [](const Facts& f) { return std::to_string(gid_inside(f, f.process.real_gid)); }},
    {"ruid", "", "RUID", [](const Facts& f) { return std::to_string(uid_inside(f, f.process.real_uid)); }},
    {"s", "", "S", state_letter},
    {"sid", "", "SID", [](const Facts& f) { return std::to_string(other_inside(f, f.process.session)); }},
    {"start", "", "START", short_start_time},
    {"stat", "", "STAT", state_flags},
    {"state", "", "S", state_letter},
    {"stime", "", "STIME", short_start_time},
    {"time", "", "TIME", [](const Facts& f) { return ps_duration(cpu_s(f), true); }},
    {"tname", "", "TTY", terminal_name},
    {"tt", "", "TT", terminal_name},
    {"ucmd", "", "CMD", [](const Facts& f) { return f.process.name; }},
    {"vsize", "", "VSZ", [](const Facts& f) { return std::to_string(f.process.virtual_bytes / kibibyte); }},
};

} // namespace

const std::span<const ProcessColumnKind> podman_process_columns{podman_columns};
const std::span<const ProcessColumnKind> ps_process_columns{ps_columns};

} // namespace skiff::engine
