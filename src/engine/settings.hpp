#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What containers.conf and storage.conf say, as far as this engine knows the key. Unset keys stay empty: the default lives
/// where the value is used.
namespace skiff::engine {

/// Where new networks get their subnets from.
struct SubnetPool
{
    std::string base;      ///< "10.89.0.0/16"
    std::int64_t size = 0; ///< prefix length of each subnet
};

struct Settings
{
    // [containers]
    std::vector<std::string> default_ulimits, env, volumes, mounts, devices, dns_servers, dns_options, dns_searches, annotations;
    std::vector<std::string> default_sysctls{"net.ipv4.ping_group_range=0 0"}; ///< ping without a capability, as distributions have it
    std::optional<std::vector<std::string>> default_capabilities;
    std::optional<std::string> log_driver, log_tag, timezone, ipc, userns, uts, pid, cgroupns, cgroups, umask, seccomp_profile,
        base_hosts_file, host_containers_internal_ip, shm_size, log_path;
    std::optional<std::int64_t> pids_limit, log_size_max, oom_score_adj;
    std::optional<bool> init, no_hosts, read_only, http_proxy, env_host, privileged, no_hostname;

    // [engine]
    std::optional<std::string> events_logger, events_logfile_path, cgroup_manager, image_volume_mode, image_default_transport,
        runtime, pull_policy, volume_path, compression_format;
    std::optional<std::int64_t> stop_timeout, exit_command_delay, retry;
    std::optional<std::uint64_t> events_logfile_max_size;
    std::optional<bool> events_container_create_inspect_data, no_pivot_root, healthcheck_events;
    std::vector<std::string> hooks_dir, cdi_spec_dirs;
    std::vector<std::string> engine_env; ///< "NAME=value" for this program itself: proxies, files of credentials ...
    std::vector<std::string> volume_plugins; ///< names only: for info
    std::optional<std::string> retry_delay;

    // [network]
    std::optional<std::string> default_rootless_network_cmd;
    std::vector<std::string> default_host_ips;
    std::optional<std::vector<SubnetPool>> default_subnet_pools;

    // storage.conf [storage]
    std::optional<std::string> storage_driver, rootless_storage_path;
    std::vector<std::string> additional_image_stores;

    std::vector<std::string> files; ///< that were read, in this order (for info)
};

/// Where to look. Read from the environment once, so that tests can choose.
struct SettingsPlaces
{
    std::string config_home;                  ///< $XDG_CONFIG_HOME or ~/.config; empty: none
    std::optional<std::string> conf;          ///< $CONTAINERS_CONF: instead of all others
    std::optional<std::string> conf_override; ///< $CONTAINERS_CONF_OVERRIDE: on top of all others
    std::optional<std::string> storage_conf;  ///< $CONTAINERS_STORAGE_CONF
    std::vector<std::string> modules;         ///< --module
    std::string system_root;                  ///< "" or a directory in the place of / (tests)
    static SettingsPlaces from_environment();
};

/// Reads containers.conf in Podman's order: /usr/share, /etc, /etc/containers/containers.conf.d/*.conf, the user's own and its
/// drop-ins; later files win key by key. A file that does not parse is an Error that names file and line.
Settings load_settings(const SettingsPlaces& places);

/// Only storage.conf's additionalimagestores: a list of images needs no more, and containers.conf is long.
std::vector<std::string> load_image_stores(const SettingsPlaces& places);

} // namespace skiff::engine
