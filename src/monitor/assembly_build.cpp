// How an Assembly is built: the steps in the order of Assembly::build.

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "model/build_container.hpp"
#include "monitor/assembly_parts.hpp"
#include "monitor/container_root.hpp"
#include "monitor/owner_recorder.hpp"
#include "monitor/root_links.hpp"
#include "runtime/cdi_devices.hpp"
#include "runtime/devices.hpp"
#include "runtime/hooks.hpp"
#include "runtime/security_profile.hpp"
#include "runtime/user_lookup.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sys/utsname.h>

namespace skiff::monitor {
namespace {

std::string host_name()
{
    utsname names{};
    return ::uname(&names) == 0 ? names.nodename : "localhost";
}

/// What /etc/hostname says and the container's own name is.
std::string effective_hostname(const ContainerConfig& config)
{
    if (!config.hostname.empty())
        return config.hostname;
    if (config.uts.mode == NamespaceMode::Host || config.network.mode.mode == NamespaceMode::Host)
        return host_name();
    return config.id.substr(0, 12);
}

std::string localtime_path(const ContainerConfig& config)
{
    if (config.timezone.empty())
        return {};
    return config.timezone == "local" ? "/etc/localtime" : "/usr/share/zoneinfo/" + config.timezone;
}

/// As the specification names a cgroup: below the mount of the hierarchy.
std::string below_cgroup_root(const std::string& path)
{
    constexpr std::string_view root = "/sys/fs/cgroup";
    return path.starts_with(root) ? path.substr(root.size()) : path;
}

/// The compiled filter is kept per user: the run directory dies with the boot, and so does what an older program compiled.
UniqueFd open_filter_cache(const store::Store& store) { return make_directory_at(store.root().run(), "seccomp"); }

/// Nothing of ours appears in a directory of the user's.
bool has_run_of_the_users(const ContainerConfig& config)
{
    return std::any_of(config.mounts.begin(), config.mounts.end(), [](const MountConfig& m) {
        return m.target == "/run" && (m.type == MountType::Bind || m.type == MountType::Volume);
    });
}

oci::SpecHooks find_hooks(const ContainerConfig& config, const oci::SpecHooks& of_devices)
{
    runtime::HookFacts facts;
    facts.command = runtime::make_argv(config);
    facts.annotations = config.annotations;
    facts.has_bind_mounts = std::any_of(config.mounts.begin(), config.mounts.end(),
                                        [](const MountConfig& m) { return m.type == MountType::Bind; });
    oci::SpecHooks hooks = runtime::load_hooks(config.hooks_dirs, facts);
    runtime::add_hooks(hooks, of_devices);
    return hooks;
}

/// A new network namespace, not the host's and not somebody else's.
bool makes_network(const NamespaceChoice& choice)
{
    return choice.mode != NamespaceMode::Host && choice.mode != NamespaceMode::Container && choice.mode != NamespaceMode::Path;
}

} // namespace

runtime::AccountFiles Assembly::Parts::load_accounts() const
{
    runtime::AccountFiles known = runtime::load_account_files(root->fd());
    for (const auto& [name, text] : {std::pair{"passwd", &known.passwd}, std::pair{"group", &known.group}}) {
        std::string shown = files ? files->path(name) : "";
        for (const MountConfig& mount : config.mounts)
            if (mount.type == MountType::Bind && mount.target == cat("/etc/", name))
                shown = mount.source;
        try {
            if (!shown.empty())
                *text = find_file(AT_FDCWD, shown).value_or("");
        } catch (const Error& error) {
            log::debug(cat("reading the container's accounts: ", error.message(), "; ignored"));
        }
    }
    return known;
}

bool Assembly::Parts::pretends_ids(const AssemblyRequest& request) const
{
    return request.single_id && config.security.pretend_ids;
}

/// What a build's command wants files to belong to is kept for the image; a container that is run has no use for it.
runtime::IdChanges Assembly::Parts::id_changes(const AssemblyRequest& request) const
{
    if (!pretends_ids(request))
        return runtime::IdChanges::Real;
    const bool records = is_of_build(config) && config.annotations.contains(owners_annotation);
    return records ? runtime::IdChanges::Recorded : runtime::IdChanges::Pretended;
}

/// What the vendors' files say now: after an update of a driver its libraries have other names.
void Assembly::Parts::add_cdi_devices()
{
    if (config.cdi_devices.empty())
        return;
    const runtime::CdiEdits edits = runtime::load_cdi_edits(config.cdi_dirs, config.cdi_devices);
    runtime::apply(edits, config);
    device_hooks = edits.hooks;
}

void Assembly::Parts::find_user(bool single_id)
{
    accounts = load_accounts();
    runtime::AccountFiles known = accounts;
    known.passwd = add_host_users(config.host_users, known.passwd);
    user = runtime::find_user(known, config.user, config.groups);
    if (!single_id || !config.id_map.empty() || (user.uid == 0 && user.gid == 0))
        return;
    // The one id that there is becomes the user that was asked for: programs that refuse root or look at owners work.
    config.id_map = {{{user.uid, 0, 1}}, {{user.gid, 0, 1}}};
    if (user.gid != 0)
        config.sysctls.erase("net.ipv4.ping_group_range"); // a distribution's default, for a group 0 that is not there now
}

void Assembly::Parts::write_files(const AssemblyRequest& request)
{
    hostname = effective_hostname(config);
    RunFilesRequest wanted{config, request.store, request.run_path, request.run_dir, root->fd(), hostname,
                           network->host_address(), network->name_servers(), network->has_name_service(), {}, accounts, user,
                           pretends_ids(request)};
    wanted.addresses = network->addresses(config, wanted.hostname);
    files.emplace(wanted);
    private_files.emplace(PrivateFilesRequest{config, request.store, request.run_path, request.run_dir, user});
    try_link_mtab(root->fd());
}

void Assembly::Parts::make_specification(const AssemblyRequest& request)
{
    runtime::ContainerContext context;
    context.rootfs_path = root->path();
    context.user = user;
    context.mounts = sources.mounts;
    context.mounts.insert(context.mounts.end(), private_files->mounts().begin(), private_files->mounts().end());
    context.private_variables = private_files->variables();
    context.hosts_path = files->path("hosts");
    context.resolv_conf_path = files->path("resolv.conf");
    context.hostname_path = files->path("hostname");
    if (!has_run_of_the_users(config))
        context.containerenv_path = files->path("containerenv");
    context.passwd_path = files->path("passwd");
    context.group_path = files->path("group");
    context.notify_path = request.notify_directory;
    if (!try_link_localtime(root->fd(), config))
        context.localtime_path = localtime_path(config);
    context.cgroups_path = below_cgroup_root(cgroup->path());
    context.apt_config_path = files->path("apt.conf");
    context.single_id = request.single_id;
    context.pretends_ids = pretends_ids(request);
    context.owns_network = makes_network(config.network.mode);
    context.joins = joins.namespaces;
    if (config.security.privileged)
        context.host_devices = runtime::list_host_devices();
    context.hooks = find_hooks(config, device_hooks);
    context.rlimit_ceiling = runtime::current_rlimit_ceiling();
    warn(runtime::list_rlimit_warnings(config, context.rlimit_ceiling));
    spec = runtime::make_spec(config, context);
}

void Assembly::Parts::open_streams(const AssemblyRequest& request)
{
    stdio = make_stdio(config.tty, config.open_stdin);
    if (!request.passthrough.empty()) {
        stdio = {};
        stdio.stdio.in = request.passthrough.at(0);
        stdio.stdio.out = request.passthrough.at(1);
        stdio.stdio.err = request.passthrough.at(2);
    }
    stdio.stdio.rows = request.rows;
    stdio.stdio.columns = request.columns;
    int number = 3;
    for (const int fd : request.preserved)
        stdio.stdio.preserved.emplace_back(fd, number++);
}

/// Hooks find the specification beside their state; those of drivers look up the root file system in it. Secrets are not for them.
void Assembly::Parts::write_bundle(const AssemblyRequest& request)
{
    if (spec.hooks.empty())
        return;
    oci::RuntimeSpec shown = spec;
    shown.process.env = config.env;
    save_atomically(request.run_dir, "config.json", oci::make_json(shown).dump(), Durability::None);
}

void Assembly::Parts::make_process(const AssemblyRequest& request)
{
    write_bundle(request);
    runtime::CreateOptions options;
    options.id = config.id;
    options.bundle = request.run_path;
    options.root_fd = root->fd();
    options.tap = network->tap_step();
    options.cgroup_fd = cgroup->fd();
    options.joins = joins.joins;
    options.single_id = request.single_id;
    options.keep_groups = keeps_groups(config);
    options.reaper = config.init;
    options.make_working_directory = !config.working_dir_asked; // what the image names is made, a typing error is told
    options.die_with_caller = true;
    const runtime::IdChanges changes = id_changes(request);
    options.seccomp_program = runtime::load_seccomp_program(config.security.seccomp, config.security.capabilities,
                                                            open_filter_cache(request.store).get(), changes);
    options.has_listener = changes == runtime::IdChanges::Recorded;
    process.emplace(runtime::ContainerProcess::create(spec, stdio.stdio, options));
    cgroup->container_is_in();
    stdio.theirs.clear();
}

void Assembly::Parts::connect_network()
{
    if (network->needs_tap())
        network->attach_tap(process->take_tap());
    else if (network->named() != nullptr)
        (void)process->take_tap(); // the namespace is there from then on
    if (network->named() != nullptr)
        network->named()->plug_in(process->pid());
    network->wait_ready();
}

std::unique_ptr<Assembly> Assembly::build(const AssemblyRequest& request)
{
    std::unique_ptr<Assembly> assembly{new Assembly{std::make_unique<Parts>()}};
    Parts& parts = *assembly->parts_;
    const ContainerConfig& config = parts.config = request.config;
    parts.add_cdi_devices();
    follow_to_host(parts.config, request.store);
    parts.network.emplace(config, request.store, request.networks_before); // first: its process binds the ports while we mount
    parts.warn(parts.network->warnings());
    parts.root.emplace(while_doing("mounting the root file system", [&] { return mount_container_root(request.store, config); }));
    parts.find_user(request.single_id);
    parts.sources = open_mount_sources({config, request.store, parts.root->fd(), parts.user});
    parts.joins = open_joins(config, request.store);
    parts.cgroup.emplace(config, request.cgroup_home);
    parts.warn(parts.cgroup->apply(config.limits));
    parts.write_files(request);
    parts.make_specification(request);
    parts.open_streams(request);
    parts.make_process(request);
    parts.connect_network();
    return assembly;
}

} // namespace skiff::monitor
