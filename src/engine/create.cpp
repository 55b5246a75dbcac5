#include "engine/create.hpp"

#include "base/defer.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/interrupt_block.hpp"
#include "base/log.hpp"
#include "base/path.hpp"
#include "engine/attachments.hpp"
#include "engine/bind_sources.hpp"
#include "engine/host_ids.hpp"
#include "engine/private_content.hpp"
#include "engine/pull.hpp"
#include "engine/random_name.hpp"
#include "engine/remove.hpp"
#include "engine/start.hpp"
#include "engine/volume.hpp"
#include "model/build_container.hpp"
#include "monitor/cgroup_home.hpp"
#include "monitor/container_event.hpp"
#include "monitor/journal_log.hpp"
#include "net/port_allocation.hpp"
#include "runtime/cdi_devices.hpp"
#include "store/garbage.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <pwd.h>
#include <set>
#include <sys/stat.h>

namespace skiff::engine {
namespace {

using store::Store;

/// `container:NAME` becomes the id, so that a rename does not change what is meant.
void resolve_targets(const Store& store, ContainerConfig& config)
{
    for (NamespaceChoice* choice : {&config.network.mode, &config.pid, &config.ipc, &config.uts, &config.cgroup})
        if (choice->mode == NamespaceMode::Container)
            choice->target = store.containers().resolve(choice->target);
        else if (choice->mode == NamespaceMode::Path && !exists_at(AT_FDCWD, choice->target))
            throw Error{ENOENT, cat("cannot find specified namespace path: ", quoted(choice->target))};
    if (config.network.mode.mode == NamespaceMode::Container)
        config.network.name = "container:" + config.network.mode.target;
    if (config.userns.mode == UsernsChoice::Mode::Container) {
        config.userns.target = store.containers().resolve(config.userns.target);
        config.id_map = store.containers().load_config(config.userns.target).id_map;
    }
    const auto shares_ipc = [&](const std::string& id) {
        const NamespaceMode mode = store.containers().load_config(id).ipc.mode;
        return mode == NamespaceMode::Shareable || mode == NamespaceMode::Host;
    };
    if (config.ipc.mode == NamespaceMode::Container && !shares_ipc(config.ipc.target))
        throw Error{ErrorKind::Failure, cat("joining IPC of container ", config.ipc.target,
                                            " is not allowed: non-shareable IPC (hint: use IpcMode:shareable for the donor container)")}
            .with_hint("create that one with --ipc=shareable");
    for (std::string& needed : config.requires_)
        needed = store.containers().resolve(needed);
}

/// --volumes-from CONTAINER[:OPTIONS]: that container's volumes and bind mounts.
void add_volumes_from(const Store& store, ContainerConfig& config)
{
    for (std::string& text : config.volumes_from) {
        const std::size_t colon = text.find(':');
        const std::string options = colon == std::string::npos ? "" : text.substr(colon + 1);
        if (options != "" && options != "ro" && options != "rw" && options != "z")
            throw Error{ErrorKind::Usage, cat("invalid options ", quoted(options), ", can only specify 'ro', 'rw', and 'z'")};
        const std::string id = store.containers().resolve(text.substr(0, colon));
        for (MountConfig mount : store.containers().load_config(id).mounts) {
            if (mount.type != MountType::Volume && mount.type != MountType::Bind)
                continue;
            const bool taken = std::any_of(config.mounts.begin(), config.mounts.end(),
                                           [&](const MountConfig& m) { return m.target == mount.target && !m.anonymous; });
            if (taken)
                continue;
            std::erase_if(config.mounts, [&](const MountConfig& m) { return m.target == mount.target; });
            mount.anonymous = false; // it goes with the container it was made for
            if (options == "ro")
                mount.read_only = true;
            config.mounts.push_back(std::move(mount));
        }
        text = colon == std::string::npos ? id : id + ":" + options;
    }
}

Error volume_is_gone(const std::string& name)
{
    return Error{ErrorKind::NotFound, cat("volume ", name, " was removed by another command meanwhile: no such volume")};
}

/// Makes the volumes that do not exist; names those that have no name. What it made is in `made`, also when it fails.
void make_volumes(Engine& engine, const CreateRequest& request, ContainerConfig& config, const store::StoreUse& use,
                  std::vector<std::string>& made)
{
    const Store& store = engine.store();
    for (MountConfig& mount : config.mounts) {
        if (mount.type != MountType::Volume)
            continue;
        if (mount.source.empty()) {
            mount.source = random_hex(32);
            mount.anonymous = true;
        }
        if (store.volumes().find_exact(mount.source))
            continue;
        const auto asked = std::find_if(request.mounts.begin(), request.mounts.end(),
                                        [&](const MountRequest& m) { return m.config.target == mount.target; });
        if (mount.source.find('/') != std::string::npos)
            throw Error{ErrorKind::Failure, cat("creating named volume ", quoted(mount.source),
                                                ": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument")}
                .with_hint(mount.source.starts_with('.') ? "a directory of the host is mounted with type=bind"
                                                         : cat("a directory of the host begins with a slash or a dot: ./", mount.source));
        if (asked == request.mounts.end() && !mount.anonymous) // another container's
            throw volume_is_gone(mount.source);
        VolumeRequest wanted;
        wanted.name = mount.source;
        if (asked != request.mounts.end()) {
            if (asked->no_create)
                throw Error{ErrorKind::NotFound, cat("no volume with name \"", mount.source, "\" found: no such volume")};
            wanted.labels = asked->volume_labels;
            wanted.options = asked->volume_options;
        }
        store::Volume volume = make_volume(wanted);
        volume.created = config.created;
        volume.anonymous = mount.anonymous;
        store.volumes().create(volume, use);
        made.push_back(mount.source);
        apply_volume_owner(engine, volume, wanted);
    }
}

void choose_ports(ContainerConfig& config, Progress& progress)
{
    NetworkConfig& network = config.network;
    if (network.publish_all)
        for (const PortMapping& exposed : network.exposed) {
            const bool published = std::any_of(network.ports.begin(), network.ports.end(), [&](const PortMapping& p) {
                return p.container_port == exposed.container_port && p.protocol == exposed.protocol;
            });
            if (!published)
                network.ports.push_back(exposed);
        }
    const NamespaceMode mode = network.mode.mode;
    if (mode == NamespaceMode::Private || mode == NamespaceMode::Shareable) {
        net::assign_host_ports(network.ports);
    } else if (!network.ports.empty()) {
        const char* name = mode == NamespaceMode::Host ? "host" : mode == NamespaceMode::None ? "none" : "container";
        progress.say(cat("Port mappings have been discarded because \"", name, "\" network namespace mode does not support them"));
        network.ports.clear();
    }
}

/// Whether the holder of a name was only there because nobody could remove it: its run was lost, and it was to go then.
bool has_vanished(Engine& engine, const std::string& name)
{
    const auto holder = engine.store().containers().find(name);
    if (!holder)
        return true;
    try {
        settle(engine, *holder);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::NotFound)
            throw;
    }
    return !engine.store().containers().exists(*holder);
}

/// Its volumes are looked for once more: who removes another container's looks for users before or after this.
void write_record(const Store& store, const ContainerConfig& config, const std::vector<std::string>& private_contents, const store::StoreUse& use)
{
    std::optional<FileLock> users; // containers without volumes need not wait for each other
    for (const MountConfig& mount : config.mounts) {
        if (mount.type != MountType::Volume)
            continue;
        if (!users)
            users = store::lock_volume_users(store);
        if (!store.volumes().find_exact(mount.source))
            throw volume_is_gone(mount.source);
    }
    store.containers().create(config, use, private_contents);
}

/// Reserves the name while committing; an invented name that is taken is invented again.
void commit(Engine& engine, ContainerConfig& config, const std::vector<std::string>& private_contents, const store::StoreUse& use)
{
    const bool invented = config.name.empty();
    for (int attempt = 0;; ++attempt) {
        if (invented)
            config.name = attempt < 20 ? make_random_name() : cat(make_random_name(), '_', random_hex(2));
        try {
            write_record(engine.store(), config, private_contents, use);
            return;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::InUse || attempt > 30 || (!invented && !has_vanished(engine, config.name)))
                throw;
        }
    }
}

void require_absent(const std::string& cid_file)
{
    if (!cid_file.empty() && exists_at(AT_FDCWD, cid_file))
        throw Error{ErrorKind::Failure, cat("container id file exists. Ensure another container is not using it or delete ", cid_file)};
}

/// The monitor, which reads them at each start, does not work where the user does.
std::vector<std::string> absolute(std::vector<std::string> directories)
{
    for (std::string& directory : directories)
        if (!directory.empty()) {
            std::error_code failure;
            directory = std::filesystem::absolute(directory, failure).string();
            if (failure)
                throw Error{failure.value(), "finding the working directory"};
        }
    return directories;
}

/// Where the vendors' files are. Source: containers.conf(5), cdi_spec_dirs; the user's own directory is our addition, for machines
/// whose administrator has none.
std::vector<std::string> list_cdi_dirs(Engine& engine)
{
    if (!engine.options().cdi_dirs.empty())
        return engine.options().cdi_dirs;
    if (!engine.settings().cdi_spec_dirs.empty())
        return engine.settings().cdi_spec_dirs;
    std::vector<std::string> dirs{"/etc/cdi", "/var/run/cdi"};
    if (const std::string home = SettingsPlaces::from_environment().config_home; !home.empty())
        dirs.push_back(home + "/cdi");
    return dirs;
}

/// A device that nobody describes is told now, not at every start.
void find_cdi_devices(Engine& engine, ContainerConfig& config)
{
    if (config.cdi_devices.empty())
        return;
    config.cdi_dirs = absolute(list_cdi_dirs(engine));
    (void)runtime::load_cdi_edits(config.cdi_dirs, config.cdi_devices);
}

bool wants_auto_ids(Engine& engine, const CreateRequest& request)
{
    if (request.userns.choice)
        return request.userns.choice->mode == UsernsChoice::Mode::Auto;
    return engine.settings().userns == "auto";
}

/// Whoever keeps an id has a name and a home inside, too, unless the image or --passwd-entry knows better.
void add_account(Engine& engine, ContainerConfig& config)
{
    if (config.userns.mode != UsernsChoice::Mode::KeepId || !config.manage_passwd)
        return;
    const Account& account = engine.account();
    const std::uint32_t gid = config.userns.gid.value_or(account.gid);
    if (config.passwd_entry.empty())
        config.passwd_entry = cat(account.name, ":*:", config.userns.uid.value_or(account.uid), ":", gid, ":", account.gecos, ":",
                                  account.home, ":/bin/sh");
    if (config.group_entry.empty())
        config.group_entry = cat(account.group, ":x:", gid, ":", account.name);
}

/// --hostuser NAME: the host's passwd line, because nobody inside the user namespace can ask for it.
void resolve_host_users(ContainerConfig& config)
{
    for (std::string& name : config.host_users) {
        const bool is_number = name.find_first_not_of("0123456789") == std::string::npos && name.size() < 10;
        const passwd* entry = is_number ? ::getpwuid(static_cast<uid_t>(std::stoul(name))) // NOLINT(concurrency-mt-unsafe)
                                        : ::getpwnam(name.c_str());                         // NOLINT(concurrency-mt-unsafe)
        if (entry == nullptr)
            throw Error{ErrorKind::NotExecutable, cat("no user ", quoted(name), " on this host (--hostuser)")};
        name = cat(entry->pw_name, ":*:", entry->pw_uid, ":", entry->pw_gid, ":", entry->pw_gecos == nullptr ? "" : entry->pw_gecos, ":",
                   entry->pw_dir, ":", entry->pw_shell);
    }
}

/// --tz: a typing mistake is told now, not at every start.
void require_time_zone(const std::string& zone)
{
    if (zone.empty() || zone == "local")
        return;
    const std::string path = "/usr/share/zoneinfo/" + zone;
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0)
        throw Error{ErrorKind::Failure, errno, cat("finding timezone: stat ", path, ": ", errno_text(errno))};
    const std::vector<std::string> names = components_of(zone);
    if (!S_ISREG(status.st_mode) || std::find(names.begin(), names.end(), "..") != names.end())
        throw Error{ErrorKind::Usage, cat("finding timezone: ", quoted(zone), " is not a time zone")};
}

} // namespace

std::string create_container(Engine& engine, const CreateRequest& request, Progress& progress)
{
    require_absent(request.cid_file);
    require_bind_sources(request);
    if (request.replace && !request.name.empty())
        if (const auto existing = engine.store().containers().find(request.name))
            remove_container(engine, *existing, RemoveOptions{true, true, false, {}});

    if (request.rootfs)
        return create_container_of(engine, request, std::nullopt, engine.store().use(), progress);
    const std::string id = ensure_image(engine, request.image, request.pull.value_or(PullPolicy::Missing), request.pull_options, progress);
    store::StoreUse use = engine.store().use();
    return create_container_of(engine, request, load_image_facts(engine.store(), id, request.image), std::move(use), progress);
}

std::string create_container_of(Engine& engine, const CreateRequest& asked, const std::optional<ImageFacts>& image,
                                store::StoreUse use, Progress& progress)
{
    CreateRequest request = asked;
    request.userns = resolve_host_ids(std::move(request.userns), engine.identity().map);
    ContainerConfig config = make_config(request, image, engine.settings(), engine.caller(wants_auto_ids(engine, request)));
    config.id = random_hex(32);
    config.created = wall_now();
    config.storage_driver = rootfs::to_string(engine.driver());
    if (!engine.options().cgroup_manager.empty())
        config.cgroup_manager = engine.options().cgroup_manager;
    monitor::check_cgroup_choice(config);
    if (config.log.driver == "journald" && !monitor::journal_exists())
        throw Error{ErrorKind::Failure, "the log driver journald needs systemd's journal, which this machine does not have"}.with_hint(
            "use --log-driver k8s-file or json-file");
    config.hooks_dirs.insert(config.hooks_dirs.end(), engine.options().hooks_dirs.begin(), engine.options().hooks_dirs.end());
    config.hooks_dirs = absolute(std::move(config.hooks_dirs));
    find_cdi_devices(engine, config);
    const Store& store = engine.store();
    // Until the container is there: who removes a network looks for containers under the same lock.
    std::optional<FileLock> networks;
    if (!config.network.networks.empty()) {
        networks.emplace(store.networks().lock());
        resolve_attachments(engine, config.network.networks);
    }
    resolve_targets(store, config);
    add_volumes_from(store, config);
    resolve_image_mounts(engine, config, request.pull_options, progress);
    add_account(engine, config);
    require_time_zone(config.timezone);
    resolve_host_users(config);
    if (request.oom_score_adj && config.oom_score_adj != request.oom_score_adj)
        log::warn_structured(cat("Requested oom_score_adj=", *request.oom_score_adj, " is lower than the current one, changing to ",
                                 *config.oom_score_adj));
    choose_ports(config, progress);
    const PrivateContent given = collect_private_content(store, request, config.mounts);
    config.private_items = given.items;

    const InterruptBlock until_done; // before its record is there nobody would know whose its volumes are
    std::vector<std::string> made;
    Defer undo{[&] {
        for (const std::string& volume : made)
            store.volumes().remove(volume);
    }};
    make_volumes(engine, request, config, use, made);
    for (const std::string& sentence : explain_unreadable_sources(engine, config))
        progress.say(sentence);
    commit(engine, config, given.contents, use);
    undo.dismiss();
    if (!request.cid_file.empty()) {
        Defer take_back{[&] { store.containers().remove(config.id); }}; // without its id nobody asked for it
        save_atomically(AT_FDCWD, request.cid_file, config.id, Durability::None, 0644);
        take_back.dismiss();
    }
    if (!is_of_build(config))
        store.events().try_add(monitor::make_container_event(config, "create"));
    return config.id;
}

} // namespace skiff::engine
