#pragma once

#include "model/container_config.hpp"
#include "oci/runtime_spec.hpp"
#include "runtime/user_lookup.hpp"

#include <optional>
#include <string>
#include <vector>

/// From what the user asked for to what the runtime does. Pure: every fact of the machine comes in ContainerContext.
namespace skiff::runtime {

/// One of config.mounts with the host directory or file behind it (a volume's _data, a mounted image ...).
struct ResolvedMount
{
    MountConfig mount;
    std::string source; ///< absolute host path; empty for tmpfs and devpts
};

/// Facts that are known when the container starts.
struct ContainerContext
{
    std::string rootfs_path;
    std::vector<std::string> private_variables; ///< "NAME=value" that are in no record: secrets; they win
    UserIdentity user;                 ///< of find_user(config.user, config.groups)
    std::vector<ResolvedMount> mounts; ///< in any order
    // Files that the engine wrote for this container; empty: none is shown. A user mount on the same target wins.
    std::string hosts_path, resolv_conf_path, hostname_path, containerenv_path;
    std::string passwd_path, group_path; ///< copies with entries added (passwd_with_entry); empty: the image's own
    std::string localtime_path;          ///< --tz
    std::string apt_config_path;         ///< with pretended ids: pretended_ids_apt_config()
    std::string notify_path; ///< a host directory for /run/notify, with the socket notify.sock (--sdnotify=container)
    std::string shm_path; ///< a host directory for /dev/shm (ipc of another container); empty: a tmpfs, or the host's
    std::string cgroups_path; ///< below /sys/fs/cgroup; empty: no cgroup of its own
    bool single_id = false;
    bool pretends_ids = false; ///< the filter answers changes of identity: it is loaded last, with no_new_privs
    bool owns_network =
        true; ///< the container's network namespace belongs to its user namespace (not host, not foreign)
    std::vector<oci::SpecNamespace>
        joins; ///< namespaces of other containers; `path` may stay empty when CreateOptions::joins has the descriptor
    std::vector<std::string> host_devices; ///< privileged: the host's device nodes (list_host_devices())
    oci::SpecHooks hooks;                  ///< of load_hooks()
    std::vector<oci::SpecRlimit>
        rlimit_ceiling; ///< the caller's hard limits (current_rlimit_ceiling()), which nobody can exceed
};

/// Source: the defaults of Podman, security.md R8 to R22.
oci::RuntimeSpec make_spec(const ContainerConfig& config, const ContainerContext& context);

/// The limits of resources that a container is to have: those asked for, and Podman's defaults of open files and processes as far as the
/// caller's hard limits (`ceiling`) allow. None with --ulimit host.
std::vector<oci::SpecRlimit> make_rlimits(const ContainerConfig& config, const std::vector<oci::SpecRlimit>& ceiling);
/// `limits` as far as `ceiling` allows.
std::vector<oci::SpecRlimit> clamp_rlimits(std::vector<oci::SpecRlimit> limits, const std::vector<oci::SpecRlimit>& ceiling);
/// Names the limits that were asked for and are lowered by clamp_rlimits().
std::vector<std::string> list_rlimit_warnings(const ContainerConfig& config, const std::vector<oci::SpecRlimit>& ceiling);
/// This process' own limits, as `ceiling`.
std::vector<oci::SpecRlimit> current_rlimit_ceiling();

/// The first process' argv: entrypoint and command. Throws "no command or entrypoint provided ..." when both are empty.
std::vector<std::string> make_argv(const ContainerConfig& config);

/// The first process is systemd, or is to be treated like it (--systemd).
bool is_systemd(const ContainerConfig& config);

/// `exec`, as the user asked for it.
struct ExecRequest
{
    std::vector<std::string> command;
    std::vector<std::string> env;     ///< added to the container's
    std::string working_dir;          ///< empty: the container's
    std::optional<UserIdentity> user; ///< nothing: the container's
    bool tty = false;
    bool privileged = false;
};

/// The process document of an exec: at most the container's own rights, except for `privileged` (security.md R20).
oci::SpecProcess make_exec_process(const oci::RuntimeSpec& spec, const ContainerConfig& config,
                                   const ExecRequest& request);

/// `passwd` with an entry for `user` appended when its uid has none: keep-id users have a name and a home inside.
/// `entry` is --passwd-entry with $USERNAME, $UID, $GID, $NAME, $HOME; empty: the default. Nothing when there is
/// nothing to add.
std::optional<std::string> passwd_with_entry(const AccountFiles& files, const UserIdentity& user,
                                             const std::string& name, const std::string& home,
                                             const std::string& entry);
std::optional<std::string> group_with_entry(const AccountFiles& files, std::uint32_t gid, const std::string& name,
                                            const std::string& entry);

} // namespace skiff::runtime
