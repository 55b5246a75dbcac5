#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

/// The config.json of an OCI bundle, as data. Source: opencontainers/runtime-spec 1.1, config.md and config-linux.md.
/// Only what this engine acts upon is kept; reading tolerates and drops the rest.
namespace skiff::oci {

struct SpecUser
{
    std::uint32_t uid = 0; ///< in the container's user namespace
    std::uint32_t gid = 0;
    std::optional<std::uint32_t> umask;
    std::vector<std::uint32_t> additional_gids;
    bool operator==(const SpecUser&) const = default;
};

/// Names as "CAP_CHOWN".
struct SpecCapabilities
{
    std::vector<std::string> bounding, effective, inheritable, permitted, ambient;
    bool operator==(const SpecCapabilities&) const = default;
};

struct SpecRlimit
{
    std::string type;       ///< "RLIMIT_NOFILE"
    std::uint64_t soft = 0; ///< ~0: unlimited
    std::uint64_t hard = 0;
    bool operator==(const SpecRlimit&) const = default;
};

struct ConsoleSize
{
    std::uint16_t height = 0, width = 0;
    bool operator==(const ConsoleSize&) const = default;
};

/// The `process` object; exec uses the same one.
struct SpecProcess
{
    bool terminal = false;
    std::optional<ConsoleSize> console_size;
    SpecUser user;
    std::vector<std::string> args;
    std::vector<std::string> env; ///< "NAME=value"
    std::string cwd = "/";
    SpecCapabilities capabilities;
    std::vector<SpecRlimit> rlimits;
    bool no_new_privileges = false;
    std::optional<int> oom_score_adj;
};

/// `options` as of fstab, with the additions of runc: "rbind", "rro", "rprivate", "tmpcopyup", "idmap" ...
struct SpecMount
{
    std::string destination;
    std::string type;   ///< "bind", "tmpfs", "proc" ...; may be empty with the option "bind" or "rbind"
    std::string source; ///< bind: absolute path
    std::vector<std::string> options;
    bool operator==(const SpecMount&) const = default;
};

struct SpecHook
{
    std::string path; ///< absolute
    std::vector<std::string> args, env;
    std::optional<int> timeout_s;
    bool operator==(const SpecHook&) const = default;
};

struct SpecHooks
{
    std::vector<SpecHook> prestart, create_runtime, create_container, start_container, poststart, poststop;
    [[nodiscard]] bool empty() const
    {
        return prestart.empty() && create_runtime.empty() && create_container.empty() && start_container.empty() &&
               poststart.empty() && poststop.empty();
    }
};

struct SpecNamespace
{
    std::string type; ///< "pid", "network", "ipc", "uts", "mount", "user", "cgroup"
    std::string path; ///< empty: a new one
    bool operator==(const SpecNamespace&) const = default;
};

struct SpecIdMapping
{
    std::uint32_t container_id = 0, host_id = 0, size = 0;
    bool operator==(const SpecIdMapping&) const = default;
};

struct SpecDevice
{
    std::string path; ///< in the container; the host's node of the same path is shown there
    std::string type; ///< "c", "b", "p"
    std::int64_t major = 0, minor = 0;
    std::optional<std::uint32_t> file_mode, uid, gid;
};

/// Limits for cgroup v2; unset ones are left alone. `memory_swap` counts memory and swap together, as in the
/// specification.
struct SpecResources
{
    std::optional<std::int64_t> memory_limit, memory_reservation, memory_swap;
    std::optional<std::uint64_t> cpu_shares, cpu_period;
    std::optional<std::int64_t> cpu_quota;
    std::string cpuset_cpus, cpuset_mems;
    std::optional<std::int64_t> pids_limit;
    std::map<std::string, std::string> unified;
    [[nodiscard]] bool empty() const;
};

struct SeccompArg
{
    std::uint32_t index = 0;
    std::uint64_t value = 0, value_two = 0;
    std::string op; ///< "SCMP_CMP_EQ" ...
};

struct SeccompRule
{
    std::vector<std::string> names;
    std::string action; ///< "SCMP_ACT_ALLOW" ...
    std::optional<std::uint32_t> errno_ret;
    std::vector<SeccompArg> args;
};

struct SpecSeccomp
{
    std::string default_action;
    std::optional<std::uint32_t> default_errno_ret;
    std::vector<std::string> architectures; ///< "SCMP_ARCH_X86_64" ...; empty: the machine's own
    std::vector<std::string> flags;
    std::vector<SeccompRule> syscalls;
};

struct RuntimeSpec
{
    std::string oci_version = "1.1.0";
    SpecProcess process;
    std::string root_path;
    bool root_readonly = false;
    std::string hostname, domainname;
    std::vector<SpecMount> mounts;
    SpecHooks hooks;
    std::map<std::string, std::string> annotations;

    // The `linux` object.
    std::vector<SpecIdMapping> uid_mappings, gid_mappings; ///< of the container's own user namespace
    std::map<std::string, std::string> sysctl;
    SpecResources resources;
    std::string cgroups_path;
    std::vector<SpecNamespace> namespaces;
    std::vector<SpecDevice> devices;
    std::optional<SpecSeccomp> seccomp;
    std::vector<std::string> masked_paths, readonly_paths;
    std::string rootfs_propagation; ///< "" is "private"

    [[nodiscard]] const SpecNamespace*
    find_namespace(const std::string& type) const; ///< null: the caller's own is shared
};

/// The text of config.json, and back. Parsing throws Error naming the field that is missing or of the wrong type.
nlohmann::ordered_json make_json(const RuntimeSpec& spec);
RuntimeSpec parse_runtime_spec(const std::string& text);
/// A process document by itself (exec --process).
SpecProcess parse_process(const nlohmann::json& json);

} // namespace skiff::oci
