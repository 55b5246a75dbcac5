// The machine as `info` shows it: a part of info.hpp.

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "base/version.hpp"
#include "engine/info.hpp"
#include "kernel/cgroup.hpp"
#include "kernel/systemd_scope.hpp"
#include "oci/platform.hpp"
#include "runtime/security_profile.hpp"
#include "text/duration.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <sys/utsname.h>
#include <unistd.h>

namespace skiff::engine {
namespace {

using Json = nlohmann::ordered_json;

std::string read_fact(const std::string& path)
{
    try {
        return find_file(AT_FDCWD, path, 1U << 20U).value_or("");
    } catch (const Error&) { // hidden from this user: it says nothing
        return {};
    }
}

/// "MemTotal:  1234 kB" in bytes.
std::uint64_t memory_fact(const std::string& text, const std::string& name)
{
    std::istringstream lines{text};
    for (std::string word; lines >> word;)
        if (std::uint64_t kilobytes = 0; word == name + ":" && lines >> kilobytes)
            return kilobytes * 1024;
    return 0;
}

/// A line NAME=value of /etc/os-release.
std::string release_fact(const std::string& text, const std::string& name)
{
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(name + "="))
            continue;
        std::string value = line.substr(name.size() + 1);
        if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
            value = value.substr(1, value.size() - 2);
        return value;
    }
    return {};
}

Json describe_distribution()
{
    const std::string text = read_fact("/etc/os-release");
    Json distribution{{"distribution", release_fact(text, "ID")}, {"version", release_fact(text, "VERSION_ID")}};
    if (distribution["distribution"] == "")
        distribution["distribution"] = "unknown";
    for (const auto& [key, name] : {std::pair{"variant", "VARIANT_ID"}, {"codename", "VERSION_CODENAME"}})
        if (const std::string value = release_fact(text, name); !value.empty())
            distribution[key] = value;
    return distribution;
}

/// Since boot.
Json describe_cpu_use()
{
    std::istringstream stat{read_fact("/proc/stat")};
    std::string word;
    double user = 0;
    double nice = 0;
    double system = 0;
    double idle = 0;
    double waiting = 0;
    stat >> word >> user >> nice >> system >> idle >> waiting;
    const double total = user + nice + system + idle + waiting;
    const auto percent = [&](double part) { return total > 0 ? std::round(part / total * 10000) / 100 : 0; };
    return {{"userPercent", percent(user + nice)},
            {"systemPercent", percent(system)},
            {"idlePercent", percent(idle + waiting)}};
}

std::string describe_uptime()
{
    std::istringstream text{read_fact("/proc/uptime")};
    double seconds = 0;
    text >> seconds;
    const auto whole = static_cast<std::int64_t>(seconds);
    std::string shown = cat(whole / 3600, "h ", whole / 60 % 60, "m ", whole % 60, ".00s");
    if (whole >= 86400)
        shown += cat(" (Approximately ", text::human_duration(std::chrono::hours{24 * (whole / 86400)}), ")");
    return shown;
}

Json describe_map(const std::vector<IdRange>& ranges)
{
    Json map = Json::array();
    for (const IdRange& range : ranges)
        map.push_back({{"container_id", range.inside}, {"host_id", range.outside}, {"size", range.size}});
    return map;
}

std::string own_path()
{
    char path[4096];
    const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
    return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "skiff";
}

std::string cgroup_manager(Engine& engine)
{
    if (!engine.options().cgroup_manager.empty())
        return engine.options().cgroup_manager;
    if (const auto& setting = engine.settings().cgroup_manager)
        return *setting;
    const char* runtime = std::getenv("XDG_RUNTIME_DIR"); // NOLINT(concurrency-mt-unsafe)
    return runtime != nullptr && kernel::user_manager_exists(runtime) ? "systemd" : "cgroupfs";
}

/// All that Podman leaves to other programs is in this one. The names say whose place it takes, because scripts look
/// for them.
Json own_part(const std::string& instead_of)
{
    return {{"package", cat("skiff-", program_version, ".", instead_of, " (built in)")},
            {"path", own_path()},
            {"version", cat("skiff version ", program_version)}};
}

Json describe_security(Engine& engine)
{
    std::string capabilities;
    const auto asked = engine.settings().default_capabilities;
    for (const std::string& name : asked ? *asked : runtime::make_capabilities({}, {}, false))
        capabilities += (capabilities.empty() ? "" : ",") + name;
    const std::string profile = engine.settings().seccomp_profile.value_or("");
    return {{"apparmorEnabled", false},
            {"capabilities", capabilities},
            {"rootless", true},
            {"seccompEnabled", true},
            {"seccompProfilePath", profile.empty() ? "default" : profile},
            {"selinuxEnabled", false}};
}

Json describe_network()
{
    return {{"backend", "skiff"},
            {"version", cat("skiff version ", program_version)},
            {"package", "libslirp in a process of skiff"},
            {"path", own_path()},
            {"dns", {{"version", ""}, {"package", "libslirp"}, {"path", ""}}},
            {"defaultNetwork", "private"}};
}

} // namespace

nlohmann::ordered_json make_host_info(Engine& engine)
{
    utsname names{};
    ::uname(&names);
    const std::string memory = read_fact("/proc/meminfo");
    const std::string manager = cgroup_manager(engine);
    const kernel::CgroupDelegation delegation =
        manager == "systemd" ? kernel::find_manager_delegation(engine.account().uid) : kernel::find_cgroup_delegation();
    const bool is_version_2 = exists_at(AT_FDCWD, "/sys/fs/cgroup/cgroup.controllers");
    const oci::Platform platform = oci::Platform::host();
    const kernel::IdentityPlan& identity = engine.identity();
    Json runtime = own_part("runtime");
    Json host{
        {"arch", platform.architecture},
        {"buildahVersion", std::string{program_version}},
        {"cgroupControllers", delegation.controllers},
        {"cgroupManager", manager},
        {"cgroupReason", delegation.reason},
        {"cgroupVersion", is_version_2 ? "v2" : "v1"},
        {"conmon", own_part("conmon")},
        {"cpuUtilization", describe_cpu_use()},
        {"cpus", count_processors()},
        {"databaseBackend", "files"},
        {"distribution", describe_distribution()},
        {"eventLogger", "file"},
        {"freeLocks", 2048},
        {"hostname", names.nodename},
        {"idMappings", {{"gidmap", describe_map(identity.map.gids)}, {"uidmap", describe_map(identity.map.uids)}}},
        {"kernel", names.release},
        {"linkmode", "dynamic"},
        {"logDriver", engine.settings().log_driver.value_or("k8s-file")},
        {"memFree", memory_fact(memory, "MemFree")},
        {"memTotal", memory_fact(memory, "MemTotal")},
        {"networkBackend", "skiff"},
        {"networkBackendInfo", describe_network()},
        {"ociRuntime",
         {{"name", "skiff"},
          {"package", runtime["package"]},
          {"path", runtime["path"]},
          {"version", runtime["version"]}}},
        {"os", "linux"},
        {"pasta", {{"executable", ""}, {"package", ""}, {"version", ""}}}, // libslirp in our own process does it
        {"remoteSocket", {{"exists", false}}},
        {"rootlessNetworkCmd", "slirp4netns"}, // libslirp as a part of ours: the same addresses and options
        {"security", describe_security(engine)},
        {"serviceIsRemote", false},
        {"slirp4netns", {{"executable", ""}, {"package", ""}, {"version", ""}}},
        {"swapFree", memory_fact(memory, "SwapFree")},
        {"swapTotal", memory_fact(memory, "SwapTotal")},
        {"uptime", describe_uptime()},
        {"variant", platform.variant}};
    if (identity.single_id)
        host["idMappingsReason"] = identity.notice;
    return host;
}

} // namespace skiff::engine
