#include "runtime/spec_mounts.hpp"

#include "base/cat.hpp"
#include "runtime/pretended_ids.hpp"

#include <algorithm>

namespace skiff::runtime {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

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
                mount = {wanted.target, "tmpfs", "tmpfs", tmpfs_options(wanted, context_.user)};
            else if (wanted.type == MountType::Devpts)
                mount = {wanted.target, "devpts", "devpts", devpts_options(wanted)};
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

    static std::vector<std::string> devpts_options(const MountConfig& wanted)
    {
        std::vector<std::string> options{"nosuid", "noexec", "newinstance"};
        for (const char* fallback : {"ptmxmode=0666", "mode=0620"}) {
            const std::string key = std::string{fallback}.substr(0, std::string_view{fallback}.find('=') + 1);
            if (std::none_of(wanted.options.begin(), wanted.options.end(),
                             [&](const std::string& option) { return option.starts_with(key); }))
                options.emplace_back(fallback);
        }
        for (const std::string& option : wanted.options)
            if (option != "newinstance")
                options.push_back(option);
        return options;
    }

    static std::vector<std::string> tmpfs_options(const MountConfig& wanted, const UserIdentity& user)
    {
        std::vector<std::string> options{wanted.read_only ? "ro" : "rw", "rprivate"};
        add_safe_defaults(options, wanted, false);
        if (wanted.copy_up)
            options.emplace_back("tmpcopyup");
        options.insert(options.end(), wanted.options.begin(), wanted.options.end());
        if (wanted.change_owner) {
            options.push_back(cat("uid=", user.uid));
            options.push_back(cat("gid=", user.gid));
        }
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
        add_file(context_.notify_path, "/run/notify");
        add_file(context_.containerenv_path, "/run/.containerenv");
        add_file(context_.passwd_path, "/etc/passwd");
        add_file(context_.group_path, "/etc/group");
        add_file(context_.localtime_path, "/etc/localtime");
        add_file(context_.apt_config_path, apt_config_target);
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

} // namespace

bool makes_new(const NamespaceChoice& choice)
{
    return choice.mode == NamespaceMode::Private || choice.mode == NamespaceMode::Shareable ||
           choice.mode == NamespaceMode::None;
}

std::vector<oci::SpecMount> make_spec_mounts(const ContainerConfig& config, const ContainerContext& context,
                                             bool systemd)
{
    return MountList{config, context, systemd}.make();
}

} // namespace skiff::runtime
