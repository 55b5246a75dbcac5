#include "engine/start.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/role.hpp"
#include "kernel/notify_socket.hpp"
#include "kernel/read_only_program.hpp"
#include "monitor/cleanup.hpp"
#include "monitor/monitor_request.hpp"
#include "net/network_member.hpp"

#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

namespace skiff::engine {
namespace {

using monitor::Answer;

void require_startable(const store::ContainerRecord& record)
{
    if (record.monitor_alive || record.is_running())
        throw Error{ErrorKind::State, cat("container ", record.config.id, " is running already: container state improper")};
}

/// A container can only join what is there.
void require_running_dependencies(Engine& engine, const ContainerConfig& config)
{
    std::vector<std::string> needed = config.requires_;
    for (const NamespaceChoice* choice : {&config.network.mode, &config.pid, &config.ipc, &config.uts, &config.cgroup})
        if (choice->mode == NamespaceMode::Container)
            needed.push_back(choice->target);
    for (const std::string& id : needed)
        if (!engine.store().containers().load(id).is_running())
            throw Error{ErrorKind::State, cat("some dependencies of container ", config.id, " are not started: ", id,
                                              ": container state improper")}
                .with_hint(cat("start it first: skiff start ", engine.store().containers().load_config(id).name));
}

/// The processes of its networks start beside the monitor, and in our cgroup: they may outlive the container.
void start_networks(Engine& engine, const ContainerConfig& config, int program_fd)
{
    const store::Networks& networks = engine.store().networks();
    for (const NetworkAttachment& attachment : config.network.networks)
        if (const auto network = networks.find_exact(attachment.network))
            (void)net::ensure_network_process(networks.make_run_directory(network->name), *network, program_fd);
}

Channel spawn_monitor(Engine& engine, const ContainerConfig& config, const StartOptions& options)
{
    const UserNamespace& userns = engine.enter_user_namespace();
    auto [ours, theirs] = make_channel_pair();
    monitor::MonitorRequest request;
    request.data_dir = engine.store().root().data_path();
    request.run_dir = engine.store().root().run_path();
    for (const store::OtherStore& other : engine.store().root().others())
        request.image_stores.push_back(other.path);
    request.container_id = config.id;
    request.single_id = userns.plan.single_id;
    request.id_map = userns.id_map;
    request.attach_in = options.attach_in;
    request.attach_out = options.attach_out;
    request.attach_err = options.attach_err;
    request.wait_for_start = options.initialize_only;
    request.passthrough = config.log.driver == "passthrough";
    request.preserve_fds = config.preserve_fds;
    request.rows = options.rows;
    request.columns = options.columns;
    request.log_level = engine.options().log_level;
    const char* notify_socket = config.sdnotify == "ignore" ? nullptr : std::getenv("NOTIFY_SOCKET"); // NOLINT(concurrency-mt-unsafe)
    if (notify_socket != nullptr)
        request.notify_socket = notify_socket;

    RoleRequest role;
    role.role = "monitor";
    role.title = config.name;
    role.json = encode(request);
    role.fds.push_back(theirs.fd());
    if (request.passthrough)
        role.fds.insert(role.fds.end(), {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO});
    for (const int fd : list_inherited(config.preserve_fds))
        role.fds.push_back(fd);
    // With --log-level debug its talk goes where ours goes; else it has no terminal to talk to.
    if (engine.options().log_level == "debug" || engine.options().log_level == "trace")
        role.stdio.emplace_back(STDERR_FILENO, STDERR_FILENO);
    const UniqueFd program = kernel::open_read_only_program();
    role.program_fd = program.get();
    start_networks(engine, config, program.get());
    const ChildProcess monitor = spawn_role(role);
    // The unit's main process is whoever says when it is up. Only we, who are it so far, are always believed.
    if (!request.notify_socket.empty())
        kernel::try_notify(request.notify_socket, cat("MAINPID=", monitor.pid()));
    return std::move(ours);
}

/// The first word of a conversation.
Answer receive_answer(const Channel& channel)
{
    const auto message = channel.receive();
    if (!message)
        throw Error{ErrorKind::Failure, "the container's monitor went away without an answer"}.with_hint(
            "it may have been killed; `skiff ps -a` tells the container's state");
    Answer answer = monitor::decode_answer(message->data);
    if (const auto* failed = std::get_if<monitor::Failed>(&answer))
        monitor::rethrow(*failed);
    return answer;
}

std::vector<std::string> warnings_of(const Answer& answer)
{
    if (const auto* started = std::get_if<monitor::Started>(&answer))
        return started->warnings;
    const auto* done = std::get_if<monitor::Done>(&answer); // `init`
    return done == nullptr ? std::vector<std::string>{} : done->warnings;
}

/// `init` has done everything but the command: its monitor waits for the word.
Channel start_initialized(Engine& engine, const std::string& id, const StartOptions& options)
{
    const Error gone{ErrorKind::State, cat("container ", id, " has just ended: container state improper")};
    auto conversation = find_monitor(engine, id);
    const auto starter = find_monitor(engine, id);
    if (!conversation || !starter)
        throw gone;
    // Listen first: the command's first words must not be lost.
    if (options.attach_in || options.attach_out || options.attach_err)
        ask_monitor(*conversation, monitor::AttachRequest{options.attach_in, options.attach_out, options.attach_err});
    ask_monitor(*starter, monitor::StartRequest{});
    return std::move(*conversation);
}

} // namespace

/// Ends what killed monitors have left running. From here, outside: the user's own rights reach into every user namespace of the
/// user's; from inside a new one, which is made when no monitor is left, the old one's processes are out of reach.
static void end_lost_processes(Engine& engine)
{
    const store::Containers& containers = engine.store().containers();
    for (const store::ContainerRecord& record : containers.list()) {
        if (record.lost != store::LostRun::MonitorDied)
            continue;
        const FileLock lock = containers.lock(record.config.id); // or a new run could have begun
        if (containers.load(record.config.id).lost == store::LostRun::MonitorDied)
            monitor::end_lost_processes(record);
    }
}

std::vector<int> list_inherited(std::uint32_t count)
{
    std::vector<int> fds;
    for (std::uint32_t i = 0; i < count; ++i) { // the first that is missing ends it, whatever the count
        const int fd = 3 + static_cast<int>(i);
        const int flags = ::fcntl(fd, F_GETFD);
        if (flags < 0 || (flags & FD_CLOEXEC) != 0)
            throw Error{ErrorKind::Usage, cat("file descriptor ", fd, " is not available - the preserve-fds option requires that ",
                                              "file descriptors must be passed")};
        fds.push_back(fd);
    }
    return fds;
}

store::ContainerRecord settle(Engine& engine, const std::string& id)
{
    store::ContainerRecord record = engine.store().containers().load(id);
    if (record.lost == store::LostRun::No)
        return record;
    if (!engine.is_inside())
        end_lost_processes(engine);
    engine.enter_user_namespace();
    const FileLock lock = engine.store().containers().lock(id);
    record = engine.store().containers().load(id);
    monitor::clean_up_lost_run(engine.store(), record);
    return engine.store().containers().load(id);
}

Channel start_container(Engine& engine, const std::string& id, const StartOptions& options)
{
    const store::ContainerRecord now = settle(engine, id);
    if (now.monitor_alive && now.status == ContainerStatus::Initialized && !options.initialize_only)
        return start_initialized(engine, id, options);
    require_startable(now);
    // Until the monitor lives, nobody else may start, remove or rename this container.
    const FileLock lock = engine.store().containers().lock(id);
    const store::ContainerRecord record = engine.store().containers().load(id);
    require_startable(record);
    require_running_dependencies(engine, record.config);
    Channel conversation = spawn_monitor(engine, record.config, options);
    try {
        for (const std::string& warning : warnings_of(receive_answer(conversation)))
            options.warn(warning);
    } catch (const Error&) {
        while (conversation.receive()) { // until the monitor has cleaned up and gone: then the container may be removed or retried
        }
        throw;
    }
    return conversation;
}

void wait_for_monitor_end(Engine& engine, const std::string& id)
{
    // Its lock is let go as its last act. A lock cannot be watched together with a limit; it is a matter of milliseconds.
    constexpr int attempts = 3000;
    for (int i = 0; i < attempts; ++i) {
        if (!engine.store().containers().is_monitor_alive(id))
            return;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    throw Error{ErrorKind::State, cat("container ", id, " has ended, but is still being tidied up after 30 seconds: container state improper")};
}

std::optional<Channel> find_monitor(Engine& engine, const std::string& id)
{
    const auto dir = find_at(AT_FDCWD, engine.store().containers().run_directory(id), O_RDONLY | O_DIRECTORY);
    if (!dir)
        return std::nullopt;
    return find_channel(dir->get(), monitor::control_socket);
}

Answer ask_monitor(const Channel& channel, const monitor::Request& request)
{
    auto answer = find_answer(channel, request);
    if (!answer)
        throw Error{ErrorKind::State, "the container has just ended: container state improper"};
    return std::move(*answer);
}

std::optional<Answer> find_answer(const Channel& channel, const monitor::Request& request)
{
    if (!channel.send(monitor::encode(request)))
        return std::nullopt;
    const auto message = channel.receive();
    if (!message)
        return std::nullopt;
    Answer answer = monitor::decode_answer(message->data);
    if (const auto* failed = std::get_if<monitor::Failed>(&answer))
        monitor::rethrow(*failed);
    return answer;
}

} // namespace skiff::engine
