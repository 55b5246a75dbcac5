#include "engine/build_run.hpp"

#include "base/defer.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "engine/build_copy.hpp"
#include "engine/create.hpp"
#include "engine/own_changes.hpp"
#include "engine/remove.hpp"
#include "engine/start.hpp"
#include "model/build_container.hpp"
#include "monitor/container_root.hpp"
#include "monitor/owner_recorder.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>
#include <poll.h>

namespace skiff::engine {
namespace {

ImageFacts facts_of(const RunPlace& place, const build::RunStep& run)
{
    ImageFacts facts;
    facts.name = "build";
    facts.layers = place.layers.ids();
    facts.config = place.image;
    oci::ExecutionConfig& config = facts.config.config;
    config.env = run.env;
    config.user = run.user;
    config.working_dir = run.working_dir;
    // What is about the program that the image will run one day.
    config.labels.clear();
    config.exposed_ports.clear();
    config.healthcheck.reset();
    config.stop_signal.clear();
    return facts;
}

CreateRequest request_of(const BuildRequest& request, const RunPlace& place, const build::RunStep& run, const RunMounts& mounts)
{
    CreateRequest create = request.run;
    create.image = "build";
    create.entrypoint = std::vector<std::string>{};
    create.command = run.script.empty() ? run.argv : std::vector<std::string>{run_script_path};
    create.annotations[build_annotation] = place.lock;
    if (place.records_owners)
        create.annotations[monitor::owners_annotation] = "recorded";
    create.image_volumes = "ignore"; // what is written there now becomes part of the image
    create.health.disabled = true;
    create.log.driver = "none";
    create.sdnotify = "ignore";
    create.manage_passwd = false; // an entry of ours would become part of the image, or hide what RUN writes
    create.open_stdin = request.pass_stdin;
    for (const auto& [name, value] : request.args.given) // these need no ARG
        if (build::is_proxy_name(name))
            create.environment.set.emplace_back(name, value);
    for (const auto& [name, value] : run.args)
        create.environment.set.emplace_back(name, value);
    create.environment.set.insert(create.environment.set.end(), mounts.environment().begin(), mounts.environment().end());
    create.files.insert(create.files.end(), mounts.secrets().begin(), mounts.secrets().end());
    create.mounts.insert(create.mounts.end(), mounts.mounts().begin(), mounts.mounts().end());
    if (run.network == "none")
        create.network.mode = NamespaceChoice{NamespaceMode::None, {}};
    else if (run.network == "host")
        create.network.mode = NamespaceChoice{NamespaceMode::Host, {}};
    if (run.is_privileged)
        create.security.privileged = true;
    create.security.pretend_ids = true; // package managers change owners and identities, with a single id, too
    return create;
}

/// A conversation with a command that runs.
class Conversation
{
  public:
    Conversation(Channel channel, StageLink& link, bool pass_stdin) : channel_{std::move(channel)}, link_{link}, reads_input_{pass_stdin} {}

    /// Copies what the command writes until it has ended.
    monitor::Exited follow()
    {
        for (;;) {
            const Ready ready = wait();
            if (ready.end) {
                channel_.send(monitor::encode(monitor::Request{monitor::KillRequest{SIGKILL}}));
                is_over_ = true;
            }
            if (ready.input)
                pass_input();
            if (!ready.message)
                continue;
            const auto message = channel_.receive();
            if (!message)
                throw Error{ErrorKind::Failure, "the monitor of the step's container went away"};
            if (monitor::is_stream(message->data)) {
                const monitor::StreamBytes stream = monitor::decode_stream(message->data);
                link_.output(stream.stream, stream.bytes);
                continue;
            }
            const monitor::Answer answer = monitor::decode_answer(message->data);
            if (const auto* exited = std::get_if<monitor::Exited>(&answer))
                return *exited;
            if (const auto* failed = std::get_if<monitor::Failed>(&answer))
                monitor::rethrow(*failed);
        }
    }

  private:
    struct Ready
    {
        bool message = false, end = false, input = false;
    };

    Ready wait()
    {
        pollfd polls[3] = {{channel_.fd(), POLLIN, 0}, {is_over_ ? -1 : link_.end_fd(), POLLIN, 0}, {reads_input_ ? STDIN_FILENO : -1, POLLIN, 0}};
        while (::poll(polls, 3, -1) < 0)
            if (errno != EINTR)
                throw Error{errno, "waiting for a command"};
        return {polls[0].revents != 0, (polls[1].revents & (POLLHUP | POLLERR)) != 0, polls[2].revents != 0};
    }

    void pass_input()
    {
        char buffer[monitor::max_stream_bytes];
        const ssize_t got = ::read(STDIN_FILENO, buffer, sizeof buffer);
        if (got > 0) {
            channel_.send(monitor::encode(monitor::Stream::Stdin, {buffer, static_cast<std::size_t>(got)}));
            return;
        }
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            return;
        reads_input_ = false;
        channel_.send(monitor::encode(monitor::Request{monitor::CloseStdin{}}));
    }

    Channel channel_;
    StageLink& link_;
    bool reads_input_;
    bool is_over_ = false;
};

BuildCommandFailed command_failed(const build::Step& step, const std::string& what, int code, const std::string& hint)
{
    Error error{ErrorKind::Failure,
                cat("building at STEP \"", step.text, "\": while running runtime: ", what)};
    error.add_hint(cat("line ", step.place.line, " of ", step.place.file, hint.empty() ? "" : "; ", hint));
    return {std::move(error), code};
}

/// RUN finds the directories of VOLUME, as with Buildah: what it writes there is part of the image, as they are then.
void make_volume_directories(Engine& engine, const std::string& id, const std::vector<std::string>& volumes)
{
    if (volumes.empty())
        return;
    engine.enter_user_namespace();
    const FileLock lock = engine.store().containers().lock(id);
    rootfs::Rootfs tree = monitor::mount_container_root(engine.store(), engine.store().containers().load_config(id));
    for (const std::string& volume : volumes)
        if (!find_beneath(tree.fd(), volume, O_PATH))
            (void)make_directories_beneath(tree.fd(), volume, 0755);
    tree.unmount();
}

/// --compat-volumes: what is written below a VOLUME does not count. Nothing there is removed from the tree itself, so it is copied.
void drop_below_volumes(std::vector<rootfs::Change>& changes, const std::vector<std::string>& volumes)
{
    std::erase_if(changes, [&](const rootfs::Change& change) {
        return std::any_of(volumes.begin(), volumes.end(), [&](const std::string& volume) { return change.path.starts_with(volume + "/"); });
    });
}

/// Why programs of an image for another machine may not start.
std::optional<std::string> foreign_hint(const oci::ImageConfig& image)
{
    const oci::Platform host = oci::Platform::host();
    if (image.platform.architecture.empty() || oci::find_best(std::array{image.platform.normalized()}, host))
        return std::nullopt;
    return cat("the image is for ", image.platform.text(), ", and this machine is ", host.text(),
               ": RUN needs an emulator that the administrator has set up (qemu-user-static with binfmt_misc)");
}

int run_to_end(Engine& engine, const std::string& id, const BuildRequest& request, StageLink& link)
{
    StartOptions options;
    options.attach_in = request.pass_stdin;
    options.attach_out = options.attach_err = true;
    options.warn = [&link](const std::string& warning) { link.note(cat("Warning: ", warning)); };
    Conversation conversation{start_container(engine, id, options), link, request.pass_stdin};
    const monitor::Exited exited = conversation.follow();
    return exited.code & 0xff;
}

} // namespace

void add_run_inputs(build::CacheKey& key, const build::RunStep& run, const BuildRequest& request)
{
    const auto join = [](const std::vector<std::string>& words) {
        std::string out;
        for (const std::string& word : words)
            out += cat(word.size(), ":", word);
        return out;
    };
    key.add("command", join(run.argv));
    for (const std::string& variable : run.env) {
        const std::size_t equals = variable.find('=');
        key.add(cat("ENV ", variable.substr(0, equals)), variable.substr(std::min(equals, variable.size() - 1) + 1));
    }
    for (const auto& [name, value] : run.args)
        key.add(cat("ARG ", name), value);
    key.add("user", run.user);
    key.add("working directory", run.working_dir);
    if (!run.network.empty())
        key.add("network", run.network);
    else if (request.run.network.mode)
        key.add("network", std::to_string(static_cast<int>(request.run.network.mode->mode)));
    if (run.is_privileged || request.run.security.privileged)
        key.add("security", "insecure");
    if (!request.run.security.cap_add.empty())
        key.add("added capabilities", join(request.run.security.cap_add));
    if (!request.run.security.cap_drop.empty())
        key.add("dropped capabilities", join(request.run.security.cap_drop));
    if (request.run.security.seccomp)
        key.add("seccomp", *request.run.security.seccomp);
    for (const RlimitConfig& limit : request.run.rlimits)
        key.add(cat("ulimit ", limit.name), cat(limit.soft, ":", limit.hard));
    for (const std::string& host : request.run.network.add_hosts)
        key.add(cat("host ", host.substr(0, host.find(':'))), "added");
}

build::NewLayer run_in_container(Engine& engine, const BuildRequest& request, const RunPlace& place, const build::RunStep& run,
                                 const RunMounts& mounts, StageLink& link)
{
    if (place.layers.ids().empty())
        throw Error{ErrorKind::Failure, "there is no program in an empty image"}.with_hint(
            "FROM scratch has no shell either: COPY a static program and RUN it in exec form, or build in another stage");
    Silence silence;
    const std::string id =
        create_container_of(engine, request_of(request, place, run, mounts), facts_of(place, run), engine.store().use(), silence);
    Defer remove{[&] {
        if (engine.store().containers().exists(id))
            remove_container(engine, id, {true, true, false, 0});
    }};
    make_volume_directories(engine, id, place.image.config.volumes);
    int code = 0;
    try {
        code = run_to_end(engine, id, request, link);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::CommandNotFound || error.kind() == ErrorKind::NotExecutable)
            throw command_failed(place.step, error.message(), exit_code(error.kind()), foreign_hint(place.image).value_or(error.hint()));
        throw;
    }
    if (code != 0)
        throw command_failed(place.step, cat("exit status ", code), code,
                             code == 137 ? "it was killed: perhaps the machine, or --memory, had no memory left" : "");
    const FileLock lock = engine.store().containers().lock(id);
    const ContainerConfig config = engine.store().containers().load_config(id);
    const rootfs::RootfsRequest tree = monitor::make_rootfs_request(engine.store(), config);
    std::vector<rootfs::Change> changes = list_container_changes(tree, config);
    if (request.drop_volume_changes)
        drop_below_volumes(changes, place.image.config.volumes);
    build::NewLayer layer = make_step_layer(engine, request, place.layers.top(), tree, changes);
    remove.dismiss();
    engine.store().containers().remove(id);
    return layer;
}

} // namespace skiff::engine
