#include "engine/make_config.hpp"

#include "base/error.hpp"
#include "runtime/security_profile.hpp"
#include "runtime/spec_builder.hpp"
#include "text/signal_names.hpp"
#include "text/size.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace skiff::engine {
namespace {

constexpr std::uint64_t default_shm_bytes = 65'536'000; // "65536k" in decimal units, as Podman reads its own default
constexpr std::int64_t default_pids = 2048;

void set_command(ContainerConfig& config, const CreateRequest& request, const oci::ExecutionConfig& image)
{
    // Whoever replaces the entry point does not want the image's arguments for it.
    config.entrypoint = request.entrypoint.value_or(image.entrypoint);
    if (!request.command.empty() || request.entrypoint)
        config.command = request.command;
    else
        config.command = image.cmd;
    if (config.entrypoint.size() == 1 && config.entrypoint[0].empty())
        config.entrypoint.clear();
    if (config.entrypoint.empty() && config.command.empty())
        throw Error{request.rootfs ? ErrorKind::CommandNotFound : ErrorKind::Failure, "no command or entrypoint provided, and no CMD or ENTRYPOINT from image"};
}

void set_process(ContainerConfig& config, const CreateRequest& request, const oci::ExecutionConfig& image,
                 const Settings& settings, const CallerFacts& caller)
{
    set_command(config, request, image);
    config.env = make_environment(request, image.env, settings, caller);
    config.working_dir_asked = request.working_dir.has_value();
    config.working_dir = request.working_dir.value_or(image.working_dir.empty() ? "/" : image.working_dir);
    config.user = request.user.value_or(image.user);
    config.groups = request.groups;
    config.tty = request.tty;
    config.open_stdin = request.open_stdin;
    config.stdin_once = request.open_stdin && request.stdin_once;
    config.umask = request.umask;
    if (!config.umask && settings.umask) {
        std::uint32_t mask = 0;
        const auto [end, problem] =
            std::from_chars(settings.umask->data(), settings.umask->data() + settings.umask->size(), mask, 8);
        if (problem != std::errc{} || *end != '\0' || mask > 0777)
            throw Error{ErrorKind::Failure, cat("containers.conf: invalid umask ", quoted(*settings.umask))};
        config.umask = mask;
    }
    config.init = request.init || settings.init.value_or(false);
    if (request.stop_signal)
        config.stop_signal = *request.stop_signal;
    else if (!image.stop_signal.empty())
        config.stop_signal = text::parse_signal(image.stop_signal);
    config.stop_timeout_s = request.stop_timeout_s.value_or(
        image.stop_timeout_s ? static_cast<std::uint32_t>(*image.stop_timeout_s)
                             : static_cast<std::uint32_t>(settings.stop_timeout.value_or(10)));
    config.timeout_s = request.timeout_s;
    config.preserve_fds = request.preserve_fds;
    config.detach_keys = request.detach_keys.value_or("ctrl-p,ctrl-q");
    config.oom_score_adj = request.oom_score_adj;
    if (!config.oom_score_adj && settings.oom_score_adj)
        config.oom_score_adj = static_cast<int>(*settings.oom_score_adj);
    if (config.oom_score_adj && *config.oom_score_adj < caller.oom_score_adj)
        config.oom_score_adj = caller.oom_score_adj; // as Podman: the nearest that a user may have
}

NamespaceChoice namespace_setting(const std::optional<NamespaceChoice>& asked, const std::optional<std::string>& setting)
{
    if (asked)
        return *asked;
    if (setting && *setting == "host")
        return {NamespaceMode::Host, {}};
    if (setting && *setting == "shareable")
        return {NamespaceMode::Shareable, {}};
    if (setting && *setting == "none")
        return {NamespaceMode::None, {}};
    return {};
}

void set_namespaces(ContainerConfig& config, const CreateRequest& request, const Settings& settings, const CallerFacts& caller)
{
    config.hostname = request.hostname.value_or("");
    config.no_hostname = request.no_hostname || settings.no_hostname.value_or(false);
    config.pid = namespace_setting(request.pid, settings.pid);
    // Podman's default; others may join only what was made shareable.
    config.ipc = request.ipc || settings.ipc ? namespace_setting(request.ipc, settings.ipc)
                                             : NamespaceChoice{NamespaceMode::Shareable, {}};
    config.uts = namespace_setting(request.uts, settings.uts);
    config.cgroup = namespace_setting(request.cgroup, settings.cgroupns);
    if (request.userns.choice)
        config.userns = *request.userns.choice;
    else if (settings.userns && *settings.userns != "host" && !settings.userns->empty()) {
        if (*settings.userns == "keep-id")
            config.userns.mode = UsernsChoice::Mode::KeepId;
        else if (*settings.userns == "nomap")
            config.userns.mode = UsernsChoice::Mode::NoMap;
        else if (*settings.userns == "auto")
            config.userns.mode = UsernsChoice::Mode::Auto;
        else
            throw Error{ErrorKind::Failure, cat("containers.conf: userns ", quoted(*settings.userns), " is not known")};
    }
    config.id_map = make_container_id_map(request.userns, config.userns, caller);
    if (!config.id_map.empty() && config.userns.mode == UsernsChoice::Mode::Host)
        config.userns.mode = UsernsChoice::Mode::Private; // --uidmap
    // A user who keeps an id wants to be that user; without that, the container's root would be somebody else's.
    if (config.userns.mode == UsernsChoice::Mode::KeepId && !request.user && config.user.empty())
        config.user = cat(config.userns.uid.value_or(caller.uid), ":", config.userns.gid.value_or(caller.gid));
}

/// --volume and its kin, then what the image declares and nobody covered.
void set_mounts(ContainerConfig& config, const CreateRequest& request, const oci::ExecutionConfig& image, const Settings& settings)
{
    std::set<std::string> targets;
    for (const MountRequest& asked : request.mounts) {
        MountConfig mount = asked.config;
        mount.read_only = asked.read_only.value_or(mount.type == MountType::Image || mount.read_only);
        mount.copy_up = asked.copy_up.value_or(mount.copy_up);
        if (!targets.insert(mount.target).second)
            throw Error{ErrorKind::Failure, cat(mount.target, ": duplicate mount destination")};
        config.mounts.push_back(std::move(mount));
    }
    config.image_volume_mode = request.image_volumes.value_or(settings.image_volume_mode.value_or("anonymous"));
    if (config.image_volume_mode == "ignore")
        return;
    for (const std::string& target : image.volumes) {
        if (!targets.insert(target).second)
            continue;
        MountConfig mount;
        mount.type = config.image_volume_mode == "tmpfs" ? MountType::Tmpfs : MountType::Volume;
        mount.target = target;
        mount.anonymous = mount.type == MountType::Volume;
        config.mounts.push_back(std::move(mount));
    }
}

RlimitConfig parse_ulimit_setting(const std::string& text)
{
    const auto number = [&](std::string_view digits) {
        if (digits == "-1" || digits == "unlimited")
            return ~std::uint64_t{0};
        std::uint64_t value = 0;
        const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (problem != std::errc{} || end != digits.data() + digits.size())
            throw Error{ErrorKind::Failure, cat("containers.conf: invalid default_ulimits entry ", quoted(text))};
        return value;
    };
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
        throw Error{ErrorKind::Failure, cat("containers.conf: invalid default_ulimits entry ", quoted(text))};
    const std::string_view values = std::string_view{text}.substr(equals + 1);
    const std::size_t colon = values.find(':');
    const std::uint64_t soft = number(values.substr(0, colon));
    return {text.substr(0, equals), soft, colon == std::string_view::npos ? soft : number(values.substr(colon + 1))};
}

/// What a distribution's configuration sets for every container is left out where it cannot be: in a network that is not the
/// container's own, or for a group that its user namespace does not have.
bool can_have_default_sysctl(const ContainerConfig& config, const std::string& name)
{
    const NamespaceMode network = config.network.mode.mode;
    const bool own_network = network == NamespaceMode::Private || network == NamespaceMode::Shareable || network == NamespaceMode::None;
    if (name.starts_with("net.") && !own_network)
        return false;
    return name != "net.ipv4.ping_group_range" || config.id_map.empty() || find_outside(config.id_map.gids, 0).has_value();
}

void set_limits(ContainerConfig& config, const CreateRequest& request, const Settings& settings)
{
    config.host_rlimits = request.host_rlimits;
    config.rlimits = request.rlimits;
    for (const std::string& text : settings.default_ulimits) {
        const RlimitConfig limit = parse_ulimit_setting(text);
        if (std::none_of(config.rlimits.begin(), config.rlimits.end(), [&](const auto& r) { return r.name == limit.name; }))
            config.rlimits.push_back(limit);
    }
    config.limits = request.limits;
    if (!config.limits.pids)
        config.limits.pids = settings.pids_limit.value_or(default_pids);
    if (config.limits.pids == 0)
        config.limits.pids = -1;
    config.sysctls = request.sysctls;
    for (const std::string& entry : settings.default_sysctls) {
        const std::size_t equals = entry.find('=');
        if (equals != std::string::npos && can_have_default_sysctl(config, entry.substr(0, equals)))
            config.sysctls.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    }
    config.shm_size_bytes = request.shm_size_bytes.value_or(settings.shm_size ? text::parse_bytes(*settings.shm_size)
                                                                              : default_shm_bytes);
    config.cgroup_manager = settings.cgroup_manager.value_or("");
    config.cgroup_parent = request.cgroup_parent.value_or("");
    config.cgroups = request.cgroups.value_or(settings.cgroups.value_or("enabled"));
}

void set_security(ContainerConfig& config, const CreateRequest& request, const Settings& settings)
{
    const SecurityRequest& asked = request.security;
    SecurityConfig& security = config.security;
    security.privileged = asked.privileged || settings.privileged.value_or(false);
    security.cap_add = asked.cap_add;
    security.cap_drop = asked.cap_drop;
    security.capabilities = runtime::make_capabilities(asked.cap_add, asked.cap_drop, security.privileged);
    security.no_new_privileges = asked.no_new_privileges;
    security.seccomp = asked.seccomp.value_or(security.privileged ? "unconfined" : settings.seccomp_profile.value_or("default"));
    security.pretend_ids = asked.pretend_ids;
    security.mask = asked.mask;
    security.unmask = asked.unmask;
    security.proc_opts = asked.proc_opts;
    security.options = asked.options;
}

void set_log(ContainerConfig& config, const CreateRequest& request, const Settings& settings)
{
    LogConfig& log = config.log;
    // A distribution's default of journald is not this user's wish; asked for on the command line it has been refused there.
    const std::string from_settings = settings.log_driver.value_or("");
    if (request.log.driver)
        log.driver = *request.log.driver;
    else if (from_settings == "json-file" || from_settings == "none" || from_settings == "passthrough")
        log.driver = from_settings;
    log.path = request.log.path;
    log.max_size = settings.log_size_max.value_or(0);
    if (request.log.max_size) // 0 is no limit there
        log.max_size = *request.log.max_size > 0 ? *request.log.max_size : -1;
    log.tag = request.log.tag.empty() ? settings.log_tag.value_or("") : request.log.tag;
    log.labels = request.log.labels;
    if (log.driver == "passthrough" && config.tty)
        throw Error{ErrorKind::Usage, "the passthrough log driver cannot be used on a TTY"};
}

} // namespace

void merge_restart(RestartPolicy& policy, const RestartRequest& asked)
{
    policy.when = asked.when.value_or(policy.when);
    policy.max_retries = asked.max_retries.value_or(policy.max_retries);
    policy.delay = asked.delay.value_or(policy.delay);
    policy.window = asked.window.value_or(policy.window);
    if (policy.when == RestartWhen::No && (asked.delay || asked.window))
        throw Error{ErrorKind::Usage, "a delay or a window of restarts needs a restart policy"};
}

ContainerConfig make_config(const CreateRequest& request, const std::optional<ImageFacts>& image, const Settings& settings,
                            const CallerFacts& caller)
{
    ContainerConfig config;
    const oci::ExecutionConfig& defaults = image ? image->config.config : oci::ExecutionConfig{};
    config.name = request.name.starts_with('/') ? request.name.substr(1) : request.name; // as Docker shows names
    config.raw_image_name = request.image;
    if (image) {
        config.image_id = image->id;
        config.image_name = image->name;
        config.image_digest = image->digest;
        config.layers = image->layers;
        config.labels = defaults.labels;
    } else {
        config.rootfs = request.image;
        config.rootfs_overlay = request.rootfs_overlay;
    }
    for (const auto& [name, value] : request.labels)
        config.labels[name] = value;
    for (const std::string& entry : settings.annotations)
        if (const std::size_t equals = entry.find('='); equals != std::string::npos)
            config.annotations[entry.substr(0, equals)] = entry.substr(equals + 1);
    for (const auto& [name, value] : request.annotations)
        config.annotations[name] = value;
    set_process(config, request, defaults, settings, caller);
    set_namespaces(config, request, settings, caller);
    config.network = make_network_config(request.network, defaults, settings);
    set_mounts(config, request, defaults, settings);
    set_limits(config, request, settings);
    set_security(config, request, settings);
    config.devices = request.devices;
    config.cdi_devices = request.cdi_devices;
    config.read_only = request.read_only.value_or(settings.read_only.value_or(false));
    config.read_only_tmpfs = request.read_only_tmpfs.value_or(true);
    config.manage_passwd = request.manage_passwd.value_or(true);
    config.passwd_entry = request.passwd_entry;
    config.group_entry = request.group_entry;
    config.host_users = request.host_users;
    config.timezone = request.timezone.value_or(settings.timezone.value_or(""));
    config.systemd = request.systemd.value_or("true");
    constexpr int orderly_shutdown = 37; // SIGRTMIN+3: systemd takes TERM for a wish to start again. Source: systemd(1)
    if (!request.stop_signal && (!image || defaults.stop_signal.empty()) && runtime::is_systemd(config))
        config.stop_signal = orderly_shutdown;
    config.hooks_dirs = settings.hooks_dir;
    config.health = make_health(request.health, defaults);
    set_log(config, request, settings);
    merge_restart(config.restart, request.restart);
    config.auto_remove = request.auto_remove;
    config.auto_remove_image = request.auto_remove_image;
    config.requires_ = request.requires_;
    config.cid_file = request.cid_file;
    config.pid_file = request.pid_file;
    config.monitor_pid_file = request.monitor_pid_file;
    config.sdnotify = request.sdnotify.value_or("container");
    if (config.sdnotify == "healthy" && !config.health.exists())
        throw Error{ErrorKind::Usage, "sdnotify policy \"healthy\" requires a healthcheck to be set"};
    config.volumes_from = request.volumes_from;
    config.create_command = request.create_command;
    if (config.auto_remove && config.restart.when != RestartWhen::No && config.restart.when != RestartWhen::OnFailure)
        throw Error{ErrorKind::Usage, "the --rm option conflicts with --restart, when the restartPolicy is not \"\" and \"no\""};
    return config;
}

} // namespace skiff::engine
