#include "runtime/spec_builder.hpp"

#include "base/error.hpp"
#include "runtime/security_profile.hpp"

#include <algorithm>

namespace skiff::runtime {
namespace {

constexpr const char* default_path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::uint64_t default_rlimit = 1048576; // Source: Podman, for nofile and nproc

bool contains(const std::vector<std::string>& list, std::string_view word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

bool makes_new(const NamespaceChoice& choice)
{
    return choice.mode == NamespaceMode::Private || choice.mode == NamespaceMode::Shareable ||
           choice.mode == NamespaceMode::None;
}

bool is_systemd(const ContainerConfig& config, const std::vector<std::string>& argv)
{
    if (config.systemd == "always")
        return true;
    if (config.systemd != "true" || argv.empty())
        return false;
    const std::string& program = argv[0];
    return program == "/sbin/init" || program == "/usr/sbin/init" || program == "/usr/local/sbin/init" ||
           program.substr(program.rfind('/') + 1) == "systemd";
}

// The process

std::string host_name(const ContainerConfig& config)
{
    return config.hostname.empty() ? config.id.substr(0, 12) : config.hostname;
}

void add_unless_set(std::vector<std::string>& env, const std::string& entry)
{
    const std::string name = entry.substr(0, entry.find('=') + 1);
    if (std::none_of(env.begin(), env.end(), [&](const std::string& known) { return known.starts_with(name); }))
        env.push_back(entry);
}

void set_variable(std::vector<std::string>& env, const std::string& entry)
{
    const std::string name = entry.substr(0, entry.find('=') + 1);
    const auto found =
        std::find_if(env.begin(), env.end(), [&](const std::string& known) { return known.starts_with(name); });
    if (found == env.end())
        env.push_back(entry);
    else
        *found = entry;
}

std::vector<std::string> make_env(const ContainerConfig& config, const ContainerContext& context)
{
    std::vector<std::string> env = config.env;
    add_unless_set(env, default_path);
    if (config.tty)
        add_unless_set(env, "TERM=xterm");
    if (makes_new(config.uts))
        add_unless_set(env, cat("HOSTNAME=", host_name(config)));
    add_unless_set(env, cat("HOME=", context.user.home));
    add_unless_set(env, "container=skiff");
    return env;
}

std::vector<oci::SpecRlimit> make_rlimits(const ContainerConfig& config, const ContainerContext& context)
{
    std::vector<oci::SpecRlimit> limits;
    if (config.host_rlimits)
        return limits;
    for (const RlimitConfig& limit : config.rlimits) {
        std::string type = "RLIMIT_";
        for (const char c : limit.name)
            type += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        limits.push_back({type, limit.soft, limit.hard});
    }
    for (const oci::SpecRlimit& ceiling : context.rlimit_ceiling) {
        if (ceiling.type != "RLIMIT_NOFILE" && ceiling.type != "RLIMIT_NPROC")
            continue;
        const bool given = std::any_of(limits.begin(), limits.end(),
                                       [&](const oci::SpecRlimit& limit) { return limit.type == ceiling.type; });
        if (!given) {
            const std::uint64_t value = std::min(default_rlimit, ceiling.hard);
            limits.push_back({ceiling.type, value, value});
        }
    }
    return limits;
}

oci::SpecProcess make_process(const ContainerConfig& config, const ContainerContext& context)
{
    oci::SpecProcess process;
    process.terminal = config.tty;
    process.user.uid = context.user.uid;
    process.user.gid = context.user.gid;
    process.user.additional_gids = context.user.additional_gids;
    process.user.umask = config.umask.value_or(022);
    process.args = make_argv(config);
    process.env = make_env(config, context);
    process.cwd = config.working_dir.empty() ? "/" : config.working_dir;
    process.capabilities =
        make_capability_sets(config.security.capabilities, config.security.cap_add, context.user.uid == 0);
    process.rlimits = make_rlimits(config, context);
    process.no_new_privileges = config.security.no_new_privileges;
    process.oom_score_adj = config.oom_score_adj;
    return process;
}

// Mounts

/// Shallow targets first, so that nothing is covered by what comes later; equal depth keeps the user's order.
std::size_t depth(const std::string& path)
{
    return path == "/" ? 0 : static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
}

class MountList
{
  public:
    MountList(const ContainerConfig& config, const ContainerContext& context, bool systemd)
        : config_{config}, context_{context}, systemd_{systemd}
    {
    }

    std::vector<oci::SpecMount> make()
    {
        add_user_mounts();
        add_file_systems();
        add_files();
        add_devices();
        if (config_.read_only && config_.read_only_tmpfs)
            for (const char* target : {"/run", "/tmp", "/var/tmp"})
                add_default({target, "tmpfs", "tmpfs", {"rw", "rprivate", "nosuid", "nodev", "tmpcopyup"}});
        if (systemd_)
            add_systemd_mounts();
        std::stable_sort(defaults_.begin(), defaults_.end(), by_depth);
        std::stable_sort(users_.begin(), users_.end(), by_depth);
        // /dev, /proc and /sys must be there before what anybody puts into them, wherever it came from (R8).
        std::vector<oci::SpecMount> all = std::move(defaults_);
        all.insert(all.end(), std::make_move_iterator(users_.begin()), std::make_move_iterator(users_.end()));
        std::stable_sort(all.begin(), all.end(), by_depth);
        return all;
    }

  private:
    static bool by_depth(const oci::SpecMount& a, const oci::SpecMount& b)
    {
        return depth(a.destination) < depth(b.destination);
    }

    /// The user's mount on the same place wins; on /dev it replaces all that we would put there (R10).
    void add_default(oci::SpecMount mount)
    {
        for (const oci::SpecMount& user : users_)
            if (user.destination == mount.destination ||
                (user.destination == "/dev" && mount.destination.starts_with("/dev/")))
                return;
        for (const oci::SpecMount& known : defaults_)
            if (known.destination == mount.destination)
                return;
        defaults_.push_back(std::move(mount));
    }

    void add_user_mounts()
    {
        for (const ResolvedMount& resolved : context_.mounts) {
            const MountConfig& wanted = resolved.mount;
            oci::SpecMount mount;
            mount.destination = wanted.target;
            if (wanted.type == MountType::Tmpfs)
                mount = {wanted.target, "tmpfs", "tmpfs", tmpfs_options(wanted)};
            else if (wanted.type == MountType::Devpts)
                mount = {wanted.target,
                         "devpts",
                         "devpts",
                         {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}};
            else
                mount = {wanted.target, "bind", resolved.source, bind_options(wanted, resolved.source)};
            users_.push_back(std::move(mount));
        }
    }

    /// nosuid and nodev unless asked otherwise (R9); what lies in /dev would be of no use with nodev.
    static void add_safe_defaults(std::vector<std::string>& options, const MountConfig& wanted, bool keep_devices)
    {
        if (!contains(wanted.options, "suid") && !contains(wanted.options, "nosuid"))
            options.emplace_back("nosuid");
        if (!keep_devices && !contains(wanted.options, "dev") && !contains(wanted.options, "nodev"))
            options.emplace_back("nodev");
    }

    static std::vector<std::string> bind_options(const MountConfig& wanted, const std::string& source)
    {
        std::vector<std::string> options{wanted.recursive ? "rbind" : "bind", wanted.read_only ? "ro" : "rw"};
        options.push_back(wanted.propagation.empty() ? "rprivate" : wanted.propagation);
        add_safe_defaults(options, wanted, source == "/dev" || source.starts_with("/dev/"));
        options.insert(options.end(), wanted.options.begin(), wanted.options.end());
        return options;
    }

    static std::vector<std::string> tmpfs_options(const MountConfig& wanted)
    {
        std::vector<std::string> options{wanted.read_only ? "ro" : "rw", "rprivate"};
        add_safe_defaults(options, wanted, false);
        if (wanted.copy_up)
            options.emplace_back("tmpcopyup");
        options.insert(options.end(), wanted.options.begin(), wanted.options.end());
        return options;
    }

    void add_file_systems()
    {
        const bool privileged = config_.security.privileged;
        std::vector<std::string> proc{"nosuid", "noexec", "nodev"};
        if (!config_.security.proc_opts.empty())
            proc.push_back(config_.security.proc_opts);
        add_default({"/proc", "proc", "proc", proc});
        add_default({"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}});
        add_default({"/dev/pts",
                     "devpts",
                     "devpts",
                     {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}});
        add_sys(privileged);
        add_ipc();
    }

    void add_sys(bool privileged)
    {
        const std::string access = privileged ? "rw" : "ro";
        // A sysfs shows the network namespace of whoever mounts it, who must own that namespace.
        if (context_.owns_network)
            add_default({"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", access}});
        else
            add_default({"/sys", "bind", "/sys", {"rbind", "rprivate", "nosuid", "noexec", "nodev", access}});
        if (makes_new(config_.cgroup))
            add_default({"/sys/fs/cgroup",
                         "cgroup",
                         "cgroup",
                         {"rprivate", "nosuid", "noexec", "nodev", "relatime", privileged || systemd_ ? "rw" : "ro"}});
    }

    void add_ipc()
    {
        const std::vector<std::string> flags{"rprivate", "nosuid", "noexec", "nodev"};
        const auto bind = [&](const std::string& source, const char* target) {
            std::vector<std::string> options{"rbind", "rw"};
            options.insert(options.end(), flags.begin(), flags.end());
            add_default({target, "bind", source, options});
        };
        // Of the host's namespace nobody here can mount one: then the runtime shows the host's, when it has one.
        add_default({"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}});
        if (!context_.shm_path.empty())
            bind(context_.shm_path, "/dev/shm");
        else if (config_.ipc.mode == NamespaceMode::Host)
            bind("/dev/shm", "/dev/shm");
        else if (config_.ipc.mode != NamespaceMode::None)
            add_default({"/dev/shm",
                         "tmpfs",
                         "shm",
                         {"nosuid", "noexec", "nodev", "mode=1777", cat("size=", config_.shm_size_bytes)}});
    }

    void add_files()
    {
        const auto add_file = [&](const std::string& source, const char* target) {
            if (!source.empty())
                add_default({target, "bind", source, {"bind", "rprivate", "nosuid", "nodev", "noexec"}});
        };
        add_file(context_.hosts_path, "/etc/hosts");
        add_file(context_.resolv_conf_path, "/etc/resolv.conf");
        add_file(context_.hostname_path, "/etc/hostname");
        add_file(context_.containerenv_path, "/run/.containerenv");
        add_file(context_.passwd_path, "/etc/passwd");
        add_file(context_.group_path, "/etc/group");
        add_file(context_.localtime_path, "/etc/localtime");
    }

    /// Nodes cannot be made without root: the host's own are shown.
    void add_devices()
    {
        const auto add_device = [&](const std::string& source, const std::string& target, bool writable) {
            add_default({target, "bind", source, {"bind", "rprivate", "nosuid", "noexec", writable ? "rw" : "ro"}});
        };
        for (const DeviceConfig& device : config_.devices)
            add_device(device.host_path, device.container_path, device.access.find('w') != std::string::npos);
        for (const std::string& path : context_.host_devices)
            add_device(path, path, true);
    }

    /// Source: the container interface of systemd (systemd.io/CONTAINER_INTERFACE).
    void add_systemd_mounts()
    {
        for (const char* target : {"/run", "/run/lock", "/tmp", "/var/log/journal"})
            add_default({target, "tmpfs", "tmpfs", {"rw", "rprivate", "nosuid", "nodev", "tmpcopyup"}});
    }

    const ContainerConfig& config_;
    const ContainerContext& context_;
    bool systemd_;
    std::vector<oci::SpecMount> defaults_, users_;
};

// Namespaces and the rest

std::vector<oci::SpecNamespace> make_namespaces(const ContainerConfig& config, const ContainerContext& context)
{
    std::vector<oci::SpecNamespace> namespaces;
    if (!config.id_map.empty())
        namespaces.push_back({"user", ""});
    namespaces.push_back({"mount", ""});
    const auto add = [&](const char* type, const NamespaceChoice& choice) {
        if (makes_new(choice))
            namespaces.push_back({type, ""});
    };
    add("pid", config.pid);
    add("network", config.network.mode);
    add("ipc", config.ipc);
    add("uts", config.uts);
    add("cgroup", config.cgroup);
    for (const oci::SpecNamespace& join : context.joins)
        namespaces.push_back(join);
    return namespaces;
}

oci::SpecResources make_resources(const ResourceLimits& limits)
{
    oci::SpecResources resources;
    resources.memory_limit = limits.memory_bytes;
    resources.memory_reservation = limits.memory_reservation_bytes;
    resources.memory_swap = limits.memory_swap_bytes;
    resources.cpu_shares = limits.cpu_shares;
    resources.cpu_period = limits.cpu_period_us;
    resources.cpu_quota = limits.cpu_quota_us;
    resources.cpuset_cpus = limits.cpuset_cpus;
    resources.cpuset_mems = limits.cpuset_mems;
    resources.pids_limit = limits.pids;
    resources.unified = limits.unified;
    return resources;
}

std::vector<oci::SpecIdMapping> make_mappings(const std::vector<IdRange>& ranges)
{
    std::vector<oci::SpecIdMapping> mappings;
    for (const IdRange& range : ranges)
        mappings.push_back({range.inside, range.outside, range.size});
    return mappings;
}

} // namespace

std::vector<std::string> make_argv(const ContainerConfig& config)
{
    std::vector<std::string> argv = config.entrypoint;
    argv.insert(argv.end(), config.command.begin(), config.command.end());
    if (argv.empty())
        throw Error{ErrorKind::Failure, "no command or entrypoint provided, and no CMD or ENTRYPOINT from image"};
    return argv;
}

oci::RuntimeSpec make_spec(const ContainerConfig& config, const ContainerContext& context)
{
    oci::RuntimeSpec spec;
    spec.process = make_process(config, context);
    const bool systemd = is_systemd(config, spec.process.args);
    if (systemd)
        set_variable(spec.process.env, cat("container_uuid=", config.id.substr(0, 32)));
    spec.root_path = context.rootfs_path;
    spec.root_readonly = config.read_only;
    if (makes_new(config.uts))
        spec.hostname = host_name(config);
    spec.mounts = MountList{config, context, systemd}.make();
    spec.hooks = context.hooks;
    spec.annotations = config.annotations;
    spec.uid_mappings = make_mappings(config.id_map.uids);
    spec.gid_mappings = make_mappings(config.id_map.gids);
    spec.sysctl = config.sysctls;
    if (!context.cgroups_path.empty()) {
        spec.cgroups_path = context.cgroups_path;
        spec.resources = make_resources(config.limits);
    }
    spec.namespaces = make_namespaces(config, context);
    if (!config.security.privileged) {
        spec.masked_paths = make_masked_paths(config.security.mask, config.security.unmask);
        spec.readonly_paths = make_readonly_paths(config.security.unmask);
    }
    if (config.read_only && !config.read_only_tmpfs)
        spec.readonly_paths.emplace_back("/dev");
    return spec;
}

oci::SpecProcess make_exec_process(const oci::RuntimeSpec& spec, const ContainerConfig& config,
                                   const ExecRequest& request)
{
    if (request.command.empty())
        throw Error{ErrorKind::Failure, "must provide a non-empty command to start an exec session: invalid argument"};
    oci::SpecProcess process = spec.process;
    process.terminal = request.tty;
    process.args = request.command;
    if (!request.working_dir.empty())
        process.cwd = request.working_dir;
    if (request.user) {
        process.user.uid = request.user->uid;
        process.user.gid = request.user->gid;
        process.user.additional_gids = request.user->additional_gids;
        set_variable(process.env, cat("HOME=", request.user->home));
    }
    if (request.tty)
        add_unless_set(process.env, "TERM=xterm");
    for (const std::string& entry : request.env)
        set_variable(process.env, entry);
    const bool is_root = process.user.uid == 0;
    if (request.privileged) {
        process.capabilities = make_capability_sets(make_capabilities({}, {}, true), {}, is_root);
        process.no_new_privileges = false;
    } else {
        process.capabilities =
            make_capability_sets(spec.process.capabilities.bounding, config.security.cap_add, is_root);
    }
    return process;
}

namespace {

std::string replace_all(std::string text, std::string_view what, const std::string& with)
{
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

/// A value that would break the line's format has no place in it.
std::string plain(const std::string& field)
{
    std::string result;
    for (const char c : field)
        if (c != ':' && static_cast<unsigned char>(c) >= 0x20)
            result += c;
    return result;
}

std::string appended(const std::string& text, const std::string& line)
{
    return cat(text, text.empty() || text.ends_with('\n') ? "" : "\n", line, line.ends_with('\n') ? "" : "\n");
}

} // namespace

std::optional<std::string> passwd_with_entry(const AccountFiles& files, const UserIdentity& user,
                                             const std::string& name, const std::string& home, const std::string& entry)
{
    if (find_passwd_entry(files, user.uid))
        return std::nullopt;
    const std::string uid = std::to_string(user.uid);
    const std::string gid = std::to_string(user.gid);
    const std::string word = name.empty() ? uid : plain(name);
    const std::string place = home.empty() ? "/" : plain(home);
    if (entry.empty())
        return appended(files.passwd, cat(word, ":*:", uid, ":", gid, ":container user:", place, ":/bin/sh"));
    std::string line = replace_all(entry, "$USERNAME", word);
    line = replace_all(line, "$UID", uid);
    line = replace_all(line, "$GID", gid);
    line = replace_all(line, "$NAME", "container user");
    return appended(files.passwd, replace_all(line, "$HOME", place));
}

std::optional<std::string> group_with_entry(const AccountFiles& files, std::uint32_t gid, const std::string& name,
                                            const std::string& entry)
{
    const std::string number = std::to_string(gid);
    std::size_t from = 0;
    while (from < files.group.size()) { // name:password:gid:members
        const std::size_t end = std::min(files.group.find('\n', from), files.group.size());
        const std::string line = files.group.substr(from, end - from);
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        const std::size_t third = second == std::string::npos ? second : line.find(':', second + 1);
        if (third != std::string::npos && line.substr(second + 1, third - second - 1) == number)
            return std::nullopt;
        from = end + 1;
    }
    const std::string word = name.empty() ? number : plain(name);
    if (entry.empty())
        return appended(files.group, cat(word, ":x:", number, ":"));
    return appended(files.group, replace_all(replace_all(entry, "$GROUPNAME", word), "$GID", number));
}

} // namespace skiff::runtime
