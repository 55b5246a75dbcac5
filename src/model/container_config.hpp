#pragma once

#include "base/clock.hpp"
#include "model/health.hpp"
#include "model/id_map.hpp"
#include "model/network.hpp"
#include "model/port_mapping.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

/// The immutable facts of a container: written once by the command that creates it (and by rename and update), read by the
/// monitor, the runtime and every list. What changes while it runs is in container_state.hpp.
namespace skiff {

enum class NamespaceMode {
    Private,   ///< a new one
    Host,      ///< the caller's
    Container, ///< another container's; `target` is its id
    Path,      ///< ns:PATH; `target` is the path
    None,      ///< net: private without any interface but lo; ipc: private without /dev/shm
    Shareable, ///< ipc: private, and others may join
};

struct NamespaceChoice
{
    NamespaceMode mode = NamespaceMode::Private;
    std::string target;
    bool operator==(const NamespaceChoice&) const = default;
};

/// --userns, as the user asked for it.
struct UsernsChoice
{
    enum class Mode { Host, KeepId, NoMap, Auto, Private, Container, Path };
    Mode mode = Mode::Host;
    std::string target;                ///< Container, Path
    std::optional<std::uint32_t> uid;  ///< KeepId: what the caller is inside (default: the caller's own ids)
    std::optional<std::uint32_t> gid;
    std::uint32_t size = 0;            ///< KeepId, Auto: how many ids; 0: what there is, or what the image needs
    std::vector<IdRange> uid_maps;     ///< --uidmap, --gidmap (outside counts in the shared namespace)
    std::vector<IdRange> gid_maps;
};

enum class MountType { Bind, Volume, Tmpfs, Image, Devpts, Overlay };

/// One mount that the user asked for, already resolved: no defaults are left to be found out.
struct MountConfig
{
    MountType type = MountType::Bind;
    std::string source;       ///< Bind, Overlay: an absolute host path; Volume: its name; Image: its id
    std::string target;       ///< absolute path in the container
    std::string subpath;      ///< Volume, Image: below the source
    bool read_only = false;
    bool anonymous = false;   ///< Volume: made for this container and removed with it (--rm, rm -v)
    bool copy_up = true;      ///< Volume, Tmpfs: an empty one first receives what the image has there
    bool change_owner = false; ///< :U
    bool recursive = true;    ///< Bind: rbind
    bool no_dereference = false; ///< Bind: mount a link itself
    std::string propagation;  ///< "", "private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable" ...
    std::vector<std::string> options; ///< further ones: "nosuid", "nodev", "noexec", "suid", "dev", "exec", "size=64m", "mode=1777" ...
    bool operator==(const MountConfig&) const = default;
};

/// Something that a container gets and that no record, image, log or document may show: a secret, or a file that came with
/// its content in the request. Here is only where it appears; the content is in the container's own directory, as
/// private/NUMBER with the number of its place in ContainerConfig::private_items (store/containers.hpp).
struct PrivateItem
{
    enum class Use { File, Variable };
    Use use = Use::File;
    std::string target;                 ///< File: absolute path in the container; Variable: its name
    std::string secret_name, secret_id; ///< empty: no secret of the store
    std::optional<std::uint32_t> uid, gid; ///< File: inside; unset: root, or the container's user where there is no root
    std::uint32_t mode = 0444;          ///< File
    bool operator==(const PrivateItem&) const = default;
};

struct DeviceConfig
{
    std::string host_path;
    std::string container_path;
    std::string access = "rwm";
};

struct RlimitConfig
{
    std::string name; ///< "nofile", as --ulimit spells it
    std::uint64_t soft = 0; ///< ~0: unlimited
    std::uint64_t hard = 0;
};

/// A limit of one block device of the host.
struct DeviceLimit
{
    std::string path;
    std::uint64_t value = 0; ///< bytes or operations per second, or a weight
    bool operator==(const DeviceLimit&) const = default;
};

/// Limits by cgroup; unset ones stay unlimited. Where a cgroup cannot be had they are left out, with a warning.
struct ResourceLimits
{
    std::optional<std::int64_t> memory_bytes;
    std::optional<std::int64_t> memory_reservation_bytes;
    std::optional<std::int64_t> memory_swap_bytes; ///< memory and swap together; -1: unlimited
    std::optional<std::uint64_t> cpu_shares;
    std::optional<std::uint64_t> cpu_period_us;
    std::optional<std::int64_t> cpu_quota_us;
    std::optional<double> cpus; ///< as asked; also expressed in period and quota
    std::string cpuset_cpus;
    std::string cpuset_mems;
    std::optional<std::int64_t> pids;  ///< -1: unlimited
    bool pids_asked = false;           ///< the user gave --pids-limit: then a warning says when it cannot be had
    std::optional<std::uint16_t> io_weight; ///< 10 to 1000
    std::vector<DeviceLimit> io_device_weights;
    std::vector<DeviceLimit> io_read_bps, io_write_bps, io_read_iops, io_write_iops;
    std::map<std::string, std::string> unified; ///< --cgroup-conf: file -> value
    bool operator==(const ResourceLimits&) const = default;
};

enum class RestartWhen { No, OnFailure, Always, UnlessStopped };
struct RestartPolicy
{
    RestartWhen when = RestartWhen::No;
    std::uint32_t max_retries = 0;      ///< 0: without end
    std::chrono::nanoseconds delay{0};  ///< before each restart; 0: a pause that grows
    std::chrono::nanoseconds window{0}; ///< a run that lasts so long has succeeded: retries count anew; 0: they never do
};
std::string to_string(const RestartPolicy& policy); ///< "no", "on-failure:3", "always" ...

struct LogConfig
{
    std::string driver = "k8s-file"; ///< "k8s-file", "json-file", "none", "passthrough"
    std::string path;                ///< empty: `log` in the container's directory
    std::int64_t max_size = -1;      ///< bytes; the file is rotated there; -1: no limit
    std::string tag;
    std::map<std::string, std::string> labels;
};

/// Security choices; capabilities are already computed.
struct SecurityConfig
{
    bool privileged = false;
    std::vector<std::string> cap_add;  ///< as asked, normalised to "CAP_NAME" (or "ALL")
    std::vector<std::string> cap_drop;
    std::vector<std::string> capabilities; ///< the bounding set that follows from it
    bool no_new_privileges = false;
    std::string seccomp = "default";   ///< "default", "unconfined", or the path of a profile
    bool pretend_ids = false;          ///< in single-id mode, changes of owner and identity succeed without effect (builds)
    std::vector<std::string> mask;     ///< further masked paths
    std::vector<std::string> unmask;   ///< "ALL" or paths
    std::string proc_opts;
    std::vector<std::string> options;  ///< --security-opt as written, for inspect
};

struct NetworkConfig
{
    NamespaceChoice mode;                     ///< Private: one's own slirp network, and those below
    std::string name = "private";             ///< as inspect shows it
    bool own = true;                          ///< Private: has a network that nobody else is in; not with `bridge`
    std::vector<NetworkAttachment> networks;  ///< Private: those by name, in the order of their interfaces
    std::vector<PortMapping> ports;           ///< host ports are chosen already
    std::vector<PortMapping> exposed;
    bool publish_all = false;
    std::vector<std::string> dns;
    std::vector<std::string> dns_options;
    std::vector<std::string> dns_search;
    std::vector<std::string> add_hosts;       ///< "name;name:ip", ip may be "host-gateway"
    bool no_hosts = false;
    std::string hosts_file;                   ///< base file; "none", "image" or a path
    std::map<std::string, std::string> options; ///< mtu, cidr, enable_ipv6, allow_host_loopback ...
};

/// Everything that a container was created with.
struct ContainerConfig
{
    std::string id;   ///< 64 hex digits
    std::string name;
    WallTime created;

    // What it is made of: an image, or a directory of the user's.
    std::string image_id;   ///< 64 hex digits of the image's config; empty with rootfs
    std::string image_name; ///< as resolved ("docker.io/library/debian:12"), or the id when it has no name
    std::string raw_image_name; ///< as the user wrote it
    std::string image_digest; ///< "sha256:..." of the manifest
    std::vector<std::string> layers; ///< layer (chain) ids, lowest first
    std::string rootfs;      ///< --rootfs: a host directory
    bool rootfs_overlay = false; ///< --rootfs DIR:O
    std::string storage_driver; ///< "overlay", "fuse-overlayfs", "copy": fixed at creation

    // The process.
    std::vector<std::string> entrypoint;
    std::vector<std::string> command; ///< argv is entrypoint then command
    std::vector<std::string> env;     ///< "NAME=value", complete
    std::string working_dir = "/";
    bool working_dir_asked = false;   ///< by --workdir: then it must exist
    std::string user;                 ///< as written: "", "name", "1000:1000"
    std::vector<std::string> groups;  ///< --group-add; "keep-groups" keeps the caller's
    bool tty = false;
    bool open_stdin = false;
    bool stdin_once = false;          ///< stdin closes when the first client has gone
    std::optional<std::uint32_t> umask;
    bool init = false;                ///< our reaper is pid 1
    int stop_signal = 15;
    std::uint32_t stop_timeout_s = 10;
    std::uint32_t timeout_s = 0;      ///< --timeout: killed after so many seconds of running; 0: never
    std::uint32_t preserve_fds = 0;
    std::string detach_keys;

    // Its world.
    std::string hostname;             ///< empty: the first 12 digits of the id
    bool no_hostname = false;
    NamespaceChoice pid, ipc, uts, cgroup;
    UsernsChoice userns;
    IdMap id_map;                     ///< of the container's own user namespace in the shared one; empty: it has none
    NetworkConfig network;
    std::vector<MountConfig> mounts;
    std::vector<DeviceConfig> devices;
    std::vector<std::string> cdi_devices; ///< "vendor.com/gpu=all": what they are is looked up at every start
    std::vector<std::string> cdi_dirs;    ///< where, the most important one last
    std::vector<RlimitConfig> rlimits;
    bool host_rlimits = false;        ///< --ulimit host
    std::map<std::string, std::string> sysctls;
    std::uint64_t shm_size_bytes = 65'536'000;
    bool read_only = false;
    bool read_only_tmpfs = true;
    bool manage_passwd = true;        ///< --passwd
    std::string passwd_entry, group_entry;
    std::vector<std::string> host_users;
    std::string timezone;             ///< "", "local" or a zone
    std::string systemd = "true";
    std::optional<int> oom_score_adj;
    std::string image_volume_mode = "anonymous";
    std::vector<std::string> hooks_dirs;
    SecurityConfig security;
    ResourceLimits limits;
    std::string cgroup_parent;
    std::string cgroup_manager;       ///< "systemd", "cgroupfs"; empty: systemd where it answers
    std::string cgroups = "enabled";  ///< "enabled", "disabled", "split", "no-conmon"
    std::vector<PrivateItem> private_items;

    // Life.
    RestartPolicy restart;
    bool auto_remove = false;
    bool auto_remove_image = false;
    HealthCheck health;
    LogConfig log;
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
    std::vector<std::string> requires_; ///< ids of containers that must run first
    std::string cid_file;
    std::string pid_file;
    std::string monitor_pid_file;
    std::string sdnotify = "container"; ///< who tells systemd READY=1: "container", "conmon", "healthy", "ignore" for nobody
    std::vector<std::string> volumes_from;
    std::vector<std::string> create_command; ///< argv of the command that made it
};

void to_json(nlohmann::json& json, const ContainerConfig& config);
void from_json(const nlohmann::json& json, ContainerConfig& config);

/// The record's text, and back; an unreadable record is an Error that says which field is wrong.
std::string serialize(const ContainerConfig& config);
ContainerConfig parse_container_config(const std::string& text);

} // namespace skiff
