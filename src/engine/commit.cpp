#include "engine/commit.hpp"

#include "archive/pack.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "build/new_layer.hpp"
#include "engine/container_files.hpp"
#include "engine/image_changes.hpp"
#include "engine/life.hpp"
#include "engine/own_changes.hpp"
#include "engine/start.hpp"
#include "engine/tag_image.hpp"
#include "text/signal_names.hpp"
#include "monitor/container_event.hpp"
#include "monitor/container_root.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <set>
#include <unistd.h>

namespace skiff::engine {
namespace {

/// The container stands still while this lives.
class Pause
{
  public:
    Pause(Engine& engine, std::string id) : engine_{engine}, id_{std::move(id)} { pause_container(engine_, id_); }
    ~Pause()
    {
        try {
            unpause_container(engine_, id_);
        } catch (const Error& error) {
            log::warn(cat("container ", id_, " stays paused: ", error.message(), "; ignored"));
        }
    }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

  private:
    Engine& engine_;
    std::string id_;
};

// What the image runs. ----------------------------------------------------------------------------------------------------

std::string name_of(const std::string& variable) { return variable.substr(0, variable.find('=')); }

/// What belongs to the run and not to the program: it would be wrong, or tell secrets, in other places.
bool is_of_this_run(const std::string& name)
{
    static const std::set<std::string> names{"container",  "TERM",       "HOSTNAME",    "http_proxy",  "https_proxy", "ftp_proxy",
                                             "no_proxy",   "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY",   "NO_PROXY"};
    return names.contains(name);
}

void take_environment(std::vector<std::string>& env, const std::vector<std::string>& of_container)
{
    for (const std::string& variable : of_container) {
        const auto known = std::find_if(env.begin(), env.end(),
                                        [&](const std::string& entry) { return name_of(entry) == name_of(variable); });
        if (known != env.end())
            *known = variable;
        else if (!is_of_this_run(name_of(variable)))
            env.push_back(variable);
    }
}

void add_once(std::vector<std::string>& sorted, const std::string& text)
{
    const auto place = std::lower_bound(sorted.begin(), sorted.end(), text);
    if (place == sorted.end() || *place != text)
        sorted.insert(place, text);
}

void take_health_check(oci::ExecutionConfig& image, const HealthCheck& check)
{
    if (!check.exists())
        return;
    image.healthcheck = oci::ImageHealthCheck{check.test, check.interval, check.timeout, check.start_period,
                                              check.start_interval, check.retries};
}

/// From what the container was created with.
void take_container(oci::ExecutionConfig& image, const ContainerConfig& config, bool include_volumes)
{
    constexpr int default_stop_signal = 15;
    image.entrypoint = config.entrypoint;
    image.cmd = config.command;
    take_environment(image.env, config.env);
    image.working_dir = config.working_dir;
    if (!config.user.empty())
        image.user = config.user;
    for (const std::vector<PortMapping>* ports : {&config.network.ports, &config.network.exposed})
        for (const PortMapping& port : *ports)
            for (unsigned i = 0; i < port.range; ++i)
                add_once(image.exposed_ports, cat(port.container_port + i, "/", port.protocol));
    for (const auto& [name, value] : config.labels)
        image.labels[name] = value;
    if (config.stop_signal != default_stop_signal)
        image.stop_signal = "SIG" + text::signal_name(config.stop_signal);
    take_health_check(image, config.health);
    for (const MountConfig& mount : config.mounts) {
        const bool keeps_data = mount.type == MountType::Bind || mount.type == MountType::Volume;
        if (mount.anonymous || (include_volumes && keeps_data))
            add_once(image.volumes, mount.target);
    }
}

oci::ExecutionConfig make_execution(oci::ExecutionConfig of_image, const ContainerConfig& config, const CommitRequest& request)
{
    take_container(of_image, config, request.include_volumes);
    if (!request.config.empty())
        apply_config_document(of_image, request.config);
    apply_changes(of_image, request.changes);
    return of_image;
}

std::string short_digest(const oci::Digest& digest) { return digest.hex.substr(0, 12); }

std::string command_line(const ContainerConfig& config)
{
    std::string line;
    for (const auto* words : {&config.entrypoint, &config.command})
        for (const std::string& word : *words)
            line += (line.empty() ? "" : " ") + word;
    return line;
}

// Its files. --------------------------------------------------------------------------------------------------------------

build::NewLayer make_change_layer(Engine& engine, const ContainerConfig& config)
{
    const rootfs::RootfsRequest tree = monitor::make_rootfs_request(engine.store(), config);
    return build::make_layer_of_changes(engine.store(), config.layers.empty() ? "" : config.layers.back(),
                                        engine.identity().single_id, tree, list_container_changes(tree, config));
}

/// What only a mount of the engine's needed is left out here, too, but for the places that every image has.
build::NewLayer make_whole_layer(Engine& engine, const ContainerFiles& files)
{
    const UniqueFd root = files.open_root_alone(engine);
    const rootfs::RootfsRequest tree = monitor::make_rootfs_request(engine.store(), files.config());
    std::set<std::string> left_out;
    for (const rootfs::Change& change : rootfs::list_changes(tree))
        if (change.kind == rootfs::ChangeKind::Added)
            left_out.insert(change.path);
    for (const rootfs::Change& change : list_container_changes(tree, files.config()))
        left_out.erase(change.path);
    return build::make_layer(engine.store(), "", engine.identity().single_id, [&](archive::EntrySink& sink) {
        archive::PackOptions options;
        options.map_owner = [&](const archive::Ownership& owner) { return files.inside(owner); };
        options.wants = [&](std::string_view path) { return !left_out.contains(cat("/", path)); };
        archive::Packer packer{sink, std::move(options)};
        packer.add_alone(root.get(), "", ".");
        packer.add_below(root.get());
    });
}

/// fuse-overlayfs may keep what was written to itself for a while.
void settle_files(Engine& engine, const store::ContainerRecord& record)
{
    if (record.monitor_alive && rootfs::find_driver(record.config.storage_driver) == rootfs::Driver::FuseOverlayfs)
        (void)::syncfs(open_running_tree(engine, record.config.id).get());
}

} // namespace

std::string commit_container(Engine& engine, const CommitRequest& request, Progress& progress)
{
    std::vector<std::string> names;
    if (!request.name.empty())
        names.push_back(make_new_name(request.name).text());
    engine.enter_user_namespace();
    store::ContainerRecord record = settle(engine, request.container);
    if (!record.config.rootfs.empty())
        throw Error{ErrorKind::Failure, "cannot commit a container that uses an exploded rootfs"};
    std::optional<Pause> pause;
    if (request.pause && record.is_running() && record.status != ContainerStatus::Paused)
        while_doing(cat("pausing container ", quoted(record.config.id), " to commit"), [&] { pause.emplace(engine, record.config.id); });
    std::optional<FileLock> lock; // so that it is not started or removed meanwhile
    if (!record.monitor_alive)
        lock = engine.store().containers().lock(record.config.id);
    settle_files(engine, record);

    const ContainerConfig& config = record.config;
    const auto image = engine.store().images().find_id(config.image_id);
    if (!image)
        throw Error{ErrorKind::NotFound, cat(config.image_id, ": image not known")};
    build::ImageDraft draft = build::ImageDraft::from(engine.store(), *image);
    std::vector<store::LayerClaim> claims;
    for (const std::string& layer : image->layers) {
        claims.push_back(engine.store().layers().claim(layer));
        if (!claims.back().is_present())
            throw Error{ErrorKind::NotFound, cat(layer, ": layer not known")};
    }
    progress.say("Getting image source signatures"); // what scripts know a commit by
    std::optional<build::NewLayer> layer;
    if (request.squash) {
        lock.reset(); // ContainerFiles takes it
        const ContainerFiles files{engine, config.id};
        layer.emplace(make_whole_layer(engine, files));
        draft.layers.clear();
        draft.diff_ids.clear();
        draft.config.history.clear();
    } else {
        for (const oci::Digest& known : draft.diff_ids)
            progress.blob_done(short_digest(known), "skipped: already exists");
        layer.emplace(make_change_layer(engine, config));
    }
    progress.blob_done(short_digest(layer->diff_id), "done");
    pause.reset();

    draft.format = request.format;
    draft.layers.push_back(layer->descriptor);
    draft.diff_ids.push_back(layer->diff_id);
    draft.config.config = make_execution(std::move(draft.config.config), config, request);
    draft.config.created = text::format_rfc3339_nano(wall_now());
    if (!request.author.empty())
        draft.config.author = request.author;
    draft.config.comment = request.message;
    draft.config.parent.clear();
    draft.config.history.push_back({draft.config.created, command_line(config), draft.config.author, request.message, false});
    progress.say("Writing manifest to image destination");
    const store::Image made = build::put_image(engine.store(), draft, names);
    engine.store().events().try_add(monitor::make_container_event(config, "commit"));
    return made.id;
}

} // namespace skiff::engine
