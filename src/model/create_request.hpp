#pragma once

#include "model/container_config.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What a user asks of a new container, typed, and nothing more: an empty optional means that nobody said anything. The
/// engine joins it with the image and the defaults to a ContainerConfig (engine/create.cpp).
namespace skiff {

enum class PullPolicy
{
    Missing,
    Always,
    Never,
    Newer
};

/// How an image is fetched when it has to be: `pull`, and the same options of run and create.
struct PullOptions
{
    std::optional<std::string> architecture, os, variant; ///< --platform is split into these
    std::optional<bool> tls_verify;                       ///< unset: as registries.conf says
    std::string authfile, cert_dir;
    std::optional<std::string> credentials; ///< "user[:password]"
    std::optional<std::uint32_t> retries;
    std::optional<std::chrono::nanoseconds> retry_delay; ///< unset: with back-off
    bool quiet = false;
};

using NamedValues = std::vector<std::pair<std::string, std::string>>; ///< in the order given; a later one wins

struct EnvironmentRequest
{
    NamedValues set;   ///< --env-file, then --env; NAME and PREFIX* are looked up in the caller's environment already
    NamedValues merge; ///< --env-merge: values may contain ${NAME}, looked up in the image's environment
    std::vector<std::string> unset; ///< --unsetenv
    bool unset_all = false;         ///< --unsetenv-all: neither the image's nor the engine's defaults
    bool from_host = false;         ///< --env-host: all of the caller's
    std::optional<bool> http_proxy; ///< pass http_proxy and its family on (default true)
};

/// A mount as asked for. `config` is complete but for what only the engine can know: Volume: an empty source asks for a
/// new anonymous one, and the volume may not exist; Image: the source is a reference as written. Host paths are
/// absolute.
struct MountRequest
{
    MountConfig config;
    std::optional<bool> read_only; ///< unset: the type's default (images are read-only, the rest is not)
    std::optional<bool> copy_up;   ///< unset: the type's default
    bool must_exist = true;        ///< Bind: a missing source is an error (statfs ...: no such file or directory)
    bool no_create = false;        ///< Volume: it must exist
    std::map<std::string, std::string> volume_labels, volume_options; ///< Volume: of one that is made for this mount
    std::string relabel;                     ///< "", "shared", "private": nothing to do without SELinux
};

/// --secret NAME[,type=mount|env,target=,uid=,gid=,mode=]: a secret of the store.
struct SecretRequest
{
    std::string name; ///< or id, or the beginning of one
    PrivateItem::Use use = PrivateItem::Use::File;
    std::string target; ///< File: a path, below /run/secrets unless absolute; Variable: its name; empty: the secret's name
    std::optional<std::uint32_t> uid, gid;
    std::uint32_t mode = 0444;
};

/// A file, or a variable, that comes with its content: Compose's configs, those of its secrets that are given as a file, an
/// environment variable or inline, and secrets of a build. It reaches one container and nobody else: the engine keeps the content 0600 in the container's own
/// directory (so it lives and dies with the container, and outlives the file that it was read from), and every start shows
/// it at `target`, read-only, from a tmpfs of its own. It is in no record, layer, commit, inspect output, event or log.
struct GivenFile
{
    std::string target; ///< File: absolute path in the container; what is there in the image is covered. Variable: its name
    std::string content; ///< any bytes, less than 8 MiB; may be empty
    std::optional<std::uint32_t> uid, gid; ///< inside; unset: root
    std::uint32_t mode = 0444;
    PrivateItem::Use use = PrivateItem::Use::File;
};

/// --uidmap and --gidmap: [flags]CONTAINER:[@]FROM[:AMOUNT].
struct IdMapRequest
{
    IdRange range;
    bool from_host = false;                ///< '@': FROM is an id of the host; else it counts in the shared namespace
    bool extend = false;                   ///< '+': joins the other mapping instead of replacing it
    bool for_uids = true, for_gids = true; ///< flags u and g
};

struct UsernsRequest
{
    std::optional<UsernsChoice> choice; ///< --userns or PODMAN_USERNS; its maps only those of auto:uidmapping=
    std::vector<IdMapRequest> uid_maps, gid_maps;
    std::string subuid_name, subgid_name;
};

/// One network of --network NAME[:alias=,ip=,mac= ...], or the only mode.
struct NetworkRequest
{
    /// Nothing: the default (a private one). Host, None, Container, Path; Private stands for every kind of own network.
    std::optional<NamespaceChoice> mode;
    std::string kind; ///< Private: as written: "private", "bridge", "slirp4netns", "pasta"
    std::map<std::string, std::string>
        options; ///< what follows the colon of slirp4netns and pasta ("mtu", "cidr" ...); bare words map to ""
    struct Named
    {
        std::string name;
        std::map<std::string, std::string> options; ///< "ip", "ip6", "mac", "interface_name", "gw_priority" ...
        std::vector<std::string> aliases, link_local_ips;
    };
    std::vector<Named> networks;      ///< bridge networks by name
    std::vector<std::string> aliases; ///< --network-alias
    std::vector<std::string> link_local_ips;
    std::string ip, ip6, mac_address;

    std::vector<PortMapping> publish; ///< host_port 0: a free one is to be chosen
    std::vector<PortMapping> expose;
    bool publish_all = false;
    std::optional<std::vector<std::string>> dns; ///< {"none"}: no resolv.conf of ours
    std::vector<std::string> dns_options, dns_search;
    std::vector<std::string> add_hosts; ///< as NetworkConfig keeps them
    std::optional<bool> no_hosts;
    std::string hosts_file;
};

/// Unset fields come from the image's HEALTHCHECK or the defaults of HealthCheck.
struct HealthRequest
{
    bool disabled = false;                                                   ///< --no-healthcheck, or --health-cmd none
    std::optional<std::vector<std::string>> test;                            ///< {"CMD", ...} or {"CMD-SHELL", line}
    std::optional<std::chrono::nanoseconds> interval, timeout;               ///< interval 0: "disable"
    std::optional<std::chrono::nanoseconds> start_period, start_interval;
    std::optional<int> retries;
    std::optional<HealthAction> on_failure;
    std::optional<std::vector<std::string>> startup_test;
    std::optional<std::chrono::nanoseconds> startup_interval, startup_timeout;
    std::optional<int> startup_retries, startup_success;
    std::optional<std::string> log_destination;
    std::optional<std::uint32_t> max_log_count, max_log_size;
};

/// Unset fields are those of RestartPolicy, or what an update finds.
struct RestartRequest
{
    std::optional<RestartWhen> when;
    std::optional<std::uint32_t> max_retries;
    std::optional<std::chrono::nanoseconds> delay, window;
};

struct LogRequest
{
    std::optional<std::string> driver; ///< "k8s-file", "json-file", "none", "passthrough"
    std::string path;
    std::optional<std::int64_t> max_size;
    std::string tag;
    std::map<std::string, std::string> labels;
};

struct SecurityRequest
{
    bool privileged = false;
    std::vector<std::string> cap_add, cap_drop; ///< upper case with "CAP_", or "ALL"; the engine knows which exist
    bool no_new_privileges = false;
    std::optional<std::string> seccomp;    ///< "unconfined", "default" or an absolute path
    bool pretend_ids = false; ///< of builds: as in SecurityConfig
    std::vector<std::string> mask, unmask; ///< unmask may be {"ALL"}
    std::string proc_opts;
    std::vector<std::string> options; ///< --security-opt as written
};

struct CreateRequest
{
    std::string image; ///< as written; with `rootfs` a host directory
    bool rootfs = false;
    bool rootfs_overlay = false; ///< --rootfs DIR:O
    std::string rootfs_idmap;    ///< --rootfs DIR:idmap[=...]: asked for, as written behind the colon
    std::optional<PullPolicy> pull; ///< default: Missing
    PullOptions pull_options;

    std::string name;     ///< empty: one is invented
    bool replace = false; ///< remove a container of that name first
    std::map<std::string, std::string> labels, annotations;
    std::vector<std::string> requires_; ///< names or ids of containers
    std::string cid_file, pid_file, monitor_pid_file;
    std::vector<std::string> create_command; ///< argv of ours, for inspect

    std::optional<std::vector<std::string>> entrypoint; ///< set and empty: neither the image's ENTRYPOINT nor its CMD
    std::vector<std::string> command;                   ///< empty: the image's
    EnvironmentRequest environment;
    std::optional<std::string> working_dir, user;
    std::vector<std::string> groups; ///< may hold "keep-groups"
    bool tty = false;
    bool open_stdin = false;
    bool stdin_once = true; ///< an open stdin ends with the first client that attaches to it
    std::optional<std::uint32_t> umask;
    bool init = false;
    std::optional<int> stop_signal;
    std::optional<std::uint32_t> stop_timeout_s;
    std::uint32_t timeout_s = 0;
    std::uint32_t preserve_fds = 0;
    std::optional<std::string> detach_keys;

    std::optional<std::string> hostname;
    bool no_hostname = false;
    std::optional<NamespaceChoice> pid, ipc, uts, cgroup;
    UsernsRequest userns;
    NetworkRequest network;
    std::vector<MountRequest> mounts;         ///< --volume, --mount and --tmpfs, each in the order given
    std::vector<std::string> volumes_from;    ///< CONTAINER[:OPTIONS]
    std::optional<std::string> image_volumes; ///< "anonymous", "bind" (the same here), "tmpfs", "ignore"
    std::vector<SecretRequest> secrets;
    std::vector<GivenFile> files;
    std::vector<DeviceConfig> devices;
    std::vector<std::string> cdi_devices; ///< as ContainerConfig has them
    std::vector<RlimitConfig> rlimits;
    bool host_rlimits = false;
    std::map<std::string, std::string> sysctls;
    std::optional<std::uint64_t> shm_size_bytes; ///< 0: no limit
    std::optional<bool> read_only, read_only_tmpfs;
    std::optional<bool> manage_passwd;
    std::string passwd_entry, group_entry;
    std::vector<std::string> host_users;
    std::optional<std::string> timezone;
    std::optional<std::string> systemd;  ///< "true", "false", "always"
    std::optional<std::string> sdnotify; ///< "container", "conmon", "healthy", "ignore"
    std::optional<int> oom_score_adj;
    SecurityRequest security;
    ResourceLimits limits;
    std::optional<std::string> cgroup_parent;
    std::optional<std::string> cgroups; ///< "enabled", "disabled", "split", "no-conmon"

    RestartRequest restart;
    bool auto_remove = false;
    bool auto_remove_image = false;
    HealthRequest health;
    LogRequest log;
};

} // namespace skiff
