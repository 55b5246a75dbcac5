#include "model/container_config.hpp"

#include "model/health_fields.hpp"
#include "model/network_fields.hpp"
#include "model/record_fields.hpp"

namespace skiff {

using record::Of;

constexpr auto words_of(Of<NamespaceMode>)
{
    return std::array{
        std::pair{NamespaceMode::Private, "private"},     std::pair{NamespaceMode::Host, "host"},
        std::pair{NamespaceMode::Container, "container"}, std::pair{NamespaceMode::Path, "path"},
        std::pair{NamespaceMode::None, "none"},           std::pair{NamespaceMode::Shareable, "shareable"},
    };
}

constexpr auto words_of(Of<UsernsChoice::Mode>)
{
    using Mode = UsernsChoice::Mode;
    return std::array{
        std::pair{Mode::Host, "host"}, std::pair{Mode::KeepId, "keep-id"},  std::pair{Mode::NoMap, "nomap"},
        std::pair{Mode::Auto, "auto"}, std::pair{Mode::Private, "private"}, std::pair{Mode::Container, "container"},
        std::pair{Mode::Path, "path"},
    };
}

constexpr auto words_of(Of<MountType>)
{
    return std::array{
        std::pair{MountType::Bind, "bind"},     std::pair{MountType::Volume, "volume"},
        std::pair{MountType::Tmpfs, "tmpfs"},   std::pair{MountType::Image, "image"},
        std::pair{MountType::Devpts, "devpts"}, std::pair{MountType::Overlay, "overlay"},
    };
}

constexpr auto words_of(Of<PrivateItem::Use>)
{
    return std::array{
        std::pair{PrivateItem::Use::File, "file"},
        std::pair{PrivateItem::Use::Variable, "variable"},
    };
}

constexpr auto words_of(Of<RestartWhen>)
{
    return std::array{
        std::pair{RestartWhen::No, "no"},
        std::pair{RestartWhen::OnFailure, "on-failure"},
        std::pair{RestartWhen::Always, "always"},
        std::pair{RestartWhen::UnlessStopped, "unless-stopped"},
    };
}

template <typename Fields>
void describe(Fields& field, Of<NamespaceChoice>)
{
    field("mode", &NamespaceChoice::mode);
    field("target", &NamespaceChoice::target);
}

template <typename Fields>
void describe(Fields& field, Of<IdRange>)
{
    field("inside", &IdRange::inside);
    field("outside", &IdRange::outside);
    field("size", &IdRange::size);
}

template <typename Fields>
void describe(Fields& field, Of<IdMap>)
{
    field("uids", &IdMap::uids);
    field("gids", &IdMap::gids);
}

template <typename Fields>
void describe(Fields& field, Of<UsernsChoice>)
{
    field("mode", &UsernsChoice::mode);
    field("target", &UsernsChoice::target);
    field("uid", &UsernsChoice::uid);
    field("gid", &UsernsChoice::gid);
    field("size", &UsernsChoice::size);
    field("uid_maps", &UsernsChoice::uid_maps);
    field("gid_maps", &UsernsChoice::gid_maps);
}

template <typename Fields>
void describe(Fields& field, Of<MountConfig>)
{
    field("type", &MountConfig::type);
    field("source", &MountConfig::source);
    field("target", &MountConfig::target);
    field("subpath", &MountConfig::subpath);
    field("read_only", &MountConfig::read_only);
    field("anonymous", &MountConfig::anonymous);
    field("copy_up", &MountConfig::copy_up);
    field("change_owner", &MountConfig::change_owner);
    field("recursive", &MountConfig::recursive);
    field("no_dereference", &MountConfig::no_dereference);
    field("propagation", &MountConfig::propagation);
    field("options", &MountConfig::options);
}

template <typename Fields>
void describe(Fields& field, Of<PrivateItem>)
{
    field("use", &PrivateItem::use);
    field("target", &PrivateItem::target);
    field("secret_name", &PrivateItem::secret_name);
    field("secret_id", &PrivateItem::secret_id);
    field("uid", &PrivateItem::uid);
    field("gid", &PrivateItem::gid);
    field("mode", &PrivateItem::mode);
}

template <typename Fields>
void describe(Fields& field, Of<DeviceConfig>)
{
    field("host_path", &DeviceConfig::host_path);
    field("container_path", &DeviceConfig::container_path);
    field("access", &DeviceConfig::access);
}

template <typename Fields>
void describe(Fields& field, Of<RlimitConfig>)
{
    field("name", &RlimitConfig::name);
    field("soft", &RlimitConfig::soft);
    field("hard", &RlimitConfig::hard);
}

template <typename Fields>
void describe(Fields& field, Of<DeviceLimit>)
{
    field("path", &DeviceLimit::path);
    field("value", &DeviceLimit::value);
}

template <typename Fields>
void describe(Fields& field, Of<ResourceLimits>)
{
    field("memory_bytes", &ResourceLimits::memory_bytes);
    field("memory_reservation_bytes", &ResourceLimits::memory_reservation_bytes);
    field("memory_swap_bytes", &ResourceLimits::memory_swap_bytes);
    field("cpu_shares", &ResourceLimits::cpu_shares);
    field("cpu_period_us", &ResourceLimits::cpu_period_us);
    field("cpu_quota_us", &ResourceLimits::cpu_quota_us);
    field("cpus", &ResourceLimits::cpus);
    field("cpuset_cpus", &ResourceLimits::cpuset_cpus);
    field("cpuset_mems", &ResourceLimits::cpuset_mems);
    field("pids", &ResourceLimits::pids);
    field("pids_asked", &ResourceLimits::pids_asked);
    field("io_weight", &ResourceLimits::io_weight);
    field("io_device_weights", &ResourceLimits::io_device_weights);
    field("io_read_bps", &ResourceLimits::io_read_bps);
    field("io_write_bps", &ResourceLimits::io_write_bps);
    field("io_read_iops", &ResourceLimits::io_read_iops);
    field("io_write_iops", &ResourceLimits::io_write_iops);
    field("unified", &ResourceLimits::unified);
}

template <typename Fields>
void describe(Fields& field, Of<RestartPolicy>)
{
    field("when", &RestartPolicy::when);
    field("max_retries", &RestartPolicy::max_retries);
    field("delay", &RestartPolicy::delay);
    field("window", &RestartPolicy::window);
}

template <typename Fields>
void describe(Fields& field, Of<LogConfig>)
{
    field("driver", &LogConfig::driver);
    field("path", &LogConfig::path);
    field("max_size", &LogConfig::max_size);
    field("tag", &LogConfig::tag);
    field("labels", &LogConfig::labels);
}

template <typename Fields>
void describe(Fields& field, Of<SecurityConfig>)
{
    field("privileged", &SecurityConfig::privileged);
    field("cap_add", &SecurityConfig::cap_add);
    field("cap_drop", &SecurityConfig::cap_drop);
    field("capabilities", &SecurityConfig::capabilities);
    field("no_new_privileges", &SecurityConfig::no_new_privileges);
    field("seccomp", &SecurityConfig::seccomp);
    field("pretend_ids", &SecurityConfig::pretend_ids);
    field("mask", &SecurityConfig::mask);
    field("unmask", &SecurityConfig::unmask);
    field("proc_opts", &SecurityConfig::proc_opts);
    field("options", &SecurityConfig::options);
}

template <typename Fields>
void describe(Fields& field, Of<NetworkConfig>)
{
    field("mode", &NetworkConfig::mode);
    field("name", &NetworkConfig::name);
    field("own", &NetworkConfig::own);
    field("networks", &NetworkConfig::networks);
    field("ports", &NetworkConfig::ports);
    field("exposed", &NetworkConfig::exposed);
    field("publish_all", &NetworkConfig::publish_all);
    field("dns", &NetworkConfig::dns);
    field("dns_options", &NetworkConfig::dns_options);
    field("dns_search", &NetworkConfig::dns_search);
    field("add_hosts", &NetworkConfig::add_hosts);
    field("no_hosts", &NetworkConfig::no_hosts);
    field("hosts_file", &NetworkConfig::hosts_file);
    field("options", &NetworkConfig::options);
}

template <typename Fields>
void describe(Fields& field, Of<ContainerConfig>)
{
    field("id", &ContainerConfig::id);
    field("name", &ContainerConfig::name);
    field("created", &ContainerConfig::created);

    field("image_id", &ContainerConfig::image_id);
    field("image_name", &ContainerConfig::image_name);
    field("raw_image_name", &ContainerConfig::raw_image_name);
    field("image_digest", &ContainerConfig::image_digest);
    field("layers", &ContainerConfig::layers);
    field("rootfs", &ContainerConfig::rootfs);
    field("rootfs_overlay", &ContainerConfig::rootfs_overlay);
    field("storage_driver", &ContainerConfig::storage_driver);

    field("entrypoint", &ContainerConfig::entrypoint);
    field("command", &ContainerConfig::command);
    field("env", &ContainerConfig::env);
    field("working_dir", &ContainerConfig::working_dir);
    field("working_dir_asked", &ContainerConfig::working_dir_asked);
    field("user", &ContainerConfig::user);
    field("groups", &ContainerConfig::groups);
    field("tty", &ContainerConfig::tty);
    field("open_stdin", &ContainerConfig::open_stdin);
    field("stdin_once", &ContainerConfig::stdin_once);
    field("umask", &ContainerConfig::umask);
    field("init", &ContainerConfig::init);
    field("stop_signal", &ContainerConfig::stop_signal);
    field("stop_timeout_s", &ContainerConfig::stop_timeout_s);
    field("timeout_s", &ContainerConfig::timeout_s);
    field("preserve_fds", &ContainerConfig::preserve_fds);
    field("detach_keys", &ContainerConfig::detach_keys);

    field("hostname", &ContainerConfig::hostname);
    field("no_hostname", &ContainerConfig::no_hostname);
    field("pid", &ContainerConfig::pid);
    field("ipc", &ContainerConfig::ipc);
    field("uts", &ContainerConfig::uts);
    field("cgroup", &ContainerConfig::cgroup);
    field("userns", &ContainerConfig::userns);
    field("id_map", &ContainerConfig::id_map);
    field("network", &ContainerConfig::network);
    field("mounts", &ContainerConfig::mounts);
    field("devices", &ContainerConfig::devices);
    field("cdi_devices", &ContainerConfig::cdi_devices);
    field("cdi_dirs", &ContainerConfig::cdi_dirs);
    field("rlimits", &ContainerConfig::rlimits);
    field("host_rlimits", &ContainerConfig::host_rlimits);
    field("sysctls", &ContainerConfig::sysctls);
    field("shm_size_bytes", &ContainerConfig::shm_size_bytes);
    field("read_only", &ContainerConfig::read_only);
    field("read_only_tmpfs", &ContainerConfig::read_only_tmpfs);
    field("manage_passwd", &ContainerConfig::manage_passwd);
    field("passwd_entry", &ContainerConfig::passwd_entry);
    field("group_entry", &ContainerConfig::group_entry);
    field("host_users", &ContainerConfig::host_users);
    field("timezone", &ContainerConfig::timezone);
    field("systemd", &ContainerConfig::systemd);
    field("oom_score_adj", &ContainerConfig::oom_score_adj);
    field("image_volume_mode", &ContainerConfig::image_volume_mode);
    field("hooks_dirs", &ContainerConfig::hooks_dirs);
    field("security", &ContainerConfig::security);
    field("limits", &ContainerConfig::limits);
    field("cgroup_parent", &ContainerConfig::cgroup_parent);
    field("cgroup_manager", &ContainerConfig::cgroup_manager);
    field("cgroups", &ContainerConfig::cgroups);
    field("private_items", &ContainerConfig::private_items);

    field("restart", &ContainerConfig::restart);
    field("auto_remove", &ContainerConfig::auto_remove);
    field("auto_remove_image", &ContainerConfig::auto_remove_image);
    field("health", &ContainerConfig::health);
    field("log", &ContainerConfig::log);
    field("labels", &ContainerConfig::labels);
    field("annotations", &ContainerConfig::annotations);
    field("requires", &ContainerConfig::requires_);
    field("cid_file", &ContainerConfig::cid_file);
    field("pid_file", &ContainerConfig::pid_file);
    field("monitor_pid_file", &ContainerConfig::monitor_pid_file);
    field("sdnotify", &ContainerConfig::sdnotify);
    field("volumes_from", &ContainerConfig::volumes_from);
    field("create_command", &ContainerConfig::create_command);
}

std::string to_string(const RestartPolicy& policy)
{
    std::string text;
    for (const auto& [when, word] : words_of(Of<RestartWhen>{}))
        if (when == policy.when)
            text = word;
    if (policy.max_retries != 0)
        text += cat(":", policy.max_retries);
    return text;
}

void to_json(nlohmann::json& json, const ContainerConfig& config) { json = record::write(config); }

void from_json(const nlohmann::json& json, ContainerConfig& config) { record::read(json, config, record::Place{}); }

std::string serialize(const ContainerConfig& config) { return record::to_text(config); }

ContainerConfig parse_container_config(const std::string& text)
{
    return record::from_text<ContainerConfig>(text, "container record");
}

} // namespace skiff
