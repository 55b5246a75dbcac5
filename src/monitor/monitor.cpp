// The state machine of one container: how its runs begin. How they end is in monitor_end.cpp, the conversations with commands in
// monitor_requests.cpp.

#include "monitor/monitor.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/idle_memory.hpp"
#include "base/log.hpp"
#include "model/build_container.hpp"
#include "monitor/container_event.hpp"
#include "monitor/health_log.hpp"
#include "monitor/holder.hpp"
#include "monitor/leftovers.hpp"

#include <algorithm>
#include <csignal>

namespace skiff::monitor {
namespace {

constexpr std::chrono::milliseconds first_rejoin_delay{500};
constexpr std::chrono::seconds longest_rejoin_delay{30};

std::string log_path(const store::Store& store, const ContainerConfig& config)
{
    return config.log.path.empty() ? store.containers().directory(config.id) + "/log" : config.log.path;
}

store::StorePaths store_paths(const MonitorRequest& request)
{
    const auto find_others = [stores = request.image_stores] {
        std::vector<store::OtherStorePath> others;
        for (const std::string& path : stores)
            others.push_back({path, true});
        return others;
    };
    return {request.data_dir, request.run_dir, find_others};
}

} // namespace

Monitor::Monitor(MonitorRequest request, Channel first, std::vector<UniqueFd> passthrough, std::vector<UniqueFd> preserved)
    : request_{std::move(request)},
      store_{store::Store::open(store_paths(request_))},
      config_{store_.containers().load_config(request_.container_id)},
      run_dir_{store_.containers().make_run_directory(config_.id)},
      run_path_{store_.containers().run_directory(config_.id)},
      passthrough_{std::move(passthrough)},
      preserved_{std::move(preserved)}
{
    first_ = add_client(std::move(first));
    if (request_.attach_in || request_.attach_out || request_.attach_err)
        attached_.push_back({first_, {request_.attach_in, request_.attach_out, request_.attach_err}});
}

Monitor::~Monitor() = default;

void Monitor::run()
{
    try {
        lock_ = store_.containers().try_lock_monitor(config_.id);
        if (!lock_)
            throw Error{ErrorKind::State, cat("container ", config_.id, " is running already: container state improper")};
    } catch (const Error& error) {
        answer_failed(first_, error);
        first_->flush(last_words_limit);
        return;
    }
    const NamespaceHolder holder{request_.run_dir, request_.id_map};
    // A terminal's ctrl-C or a session's end is not meant for us; TERM asks for an orderly stop.
    for (const int ignored : {SIGHUP, SIGINT, SIGPIPE, SIGQUIT})
        ::signal(ignored, SIG_IGN); // NOLINT(cert-err33-c)
    loop_.on_signal(SIGTERM, [this](const signalfd_siginfo&) {
        stopped_by_user_ = true;
        stop(config_.stop_signal, std::chrono::seconds{config_.stop_timeout_s});
    });
    state_.monitor = identify(::getpid());
    if (!config_.network.networks.empty())
        if (const auto last = store_.containers().load(config_.id).state)
            state_.networks = last->networks;
    listener_ = listen_at(run_dir_.get(), control_socket);
    watch_listener();
    begin_run();
    loop_.run();
}

// ---- one run -------------------------------------------------------------------------------------------------------

void Monitor::begin_run()
{
    restart_asked_ = timed_out_ = killed_ = false;
    state_.restarts = restarts_.count();
    try {
        store_.containers().record_start(config_.id, wall_now());
        set_status(ContainerStatus::Starting);
        build();
    } catch (const Error& error) {
        fail_start(error);
    }
}

void Monitor::build()
{
    if (!cgroup_home_)
        // A service's main process must be in its unit.
        cgroup_home_ = enter_cgroup_home(config_, !request_.notify_socket.empty() && config_.sdnotify != "ignore");
    AssemblyRequest request{config_, store_, *cgroup_home_, run_path_, run_dir_.get(), request_.single_id, {}, {}, request_.rows, request_.columns, state_.networks, {}};
    if (!notice_)
        notice_ = std::make_unique<ServiceNotice>(loop_, config_.sdnotify, request_.notify_socket);
    if (notice_->is_for_container()) {
        notice_->listen(make_directory_at(run_dir_.get(), "notify", 0755).get());
        request.notify_directory = run_path_ + "/notify";
    }
    for (const UniqueFd& fd : passthrough_)
        request.passthrough.push_back(fd.get());
    for (const UniqueFd& fd : preserved_)
        request.preserved.push_back(fd.get());
    assembly_ = Assembly::build(request);
    if (!log_)
        log_ = open_log_sink(config_, log_path(store_, config_));
    on_handshake(); // much may have been said already
}

void Monitor::watch_handshake()
{
    loop_.watch(assembly_->process().handshake(), EPOLLIN, [this](std::uint32_t) { on_handshake(); });
}

/// The process sets itself up, and executes the command then. Neither is waited for: a file server that does not answer could
/// hold up both for ever, and the container can be stopped all the same.
void Monitor::on_handshake()
{
    try {
        loop_.unwatch(assembly_->process().handshake()); // it may be closed, and another be opened in its place
        const runtime::Stage stage = assembly_->advance();
        if (stage != runtime::Stage::Running)
            watch_handshake();
        if (stage == runtime::Stage::Created && !session_)
            on_set_up();
        if (stage == runtime::Stage::Running)
            on_running();
    } catch (const Error& error) {
        fail_start(error);
    }
}

/// Only exec is missing.
void Monitor::on_set_up()
{
    session_ = std::make_unique<Session>(loop_, assembly_->take_streams(), config_.stdin_once);
    session_->hold_output(true); // who started it is told that first; with --init the command may be quicker than the news
    session_->tap([this](Stream stream, std::string_view bytes) { log_->write(stream, bytes); });
    for (const Attached& attached : attached_)
        session_->attach(attached.client, attached.wants);
    execs_ = std::make_unique<ExecSessions>(loop_, *assembly_);
    clones_ = std::make_unique<TreeClones>(loop_);
    assembly_->describe(state_);
    if (assembly_->outlives_its_init())
        adopt_leftovers();
    if (assembly_->network_process() >= 0)
        loop_.watch(assembly_->network_process(), EPOLLIN, [this, fd = assembly_->network_process()](std::uint32_t) {
            loop_.unwatch(fd);
            if (is_running()) {
                state_.network_lost = true; // its card went with it; `inspect` and `ps` say so
                save_state();
                emit("network_lost");
            }
        });
    watch_networks();
    if (request_.wait_for_start) {
        request_.wait_for_start = false;
        set_status(ContainerStatus::Initialized);
        emit("init");
        first_->send(Done{false, assembly_->warnings()});
        return;
    }
    start_command();
}

/// Anew after every change: the connections are others then.
void Monitor::watch_networks()
{
    for (const int fd : std::exchange(watched_networks_, {}))
        loop_.unwatch(fd);
    if (!assembly_)
        return;
    watched_networks_ = assembly_->network_members();
    for (const int fd : watched_networks_)
        loop_.watch(fd, EPOLLIN, [this, fd](std::uint32_t) { on_network_lost(fd); });
}

/// The process of a network died. The first of its members that notices makes it again; all join it with the addresses they had.
void Monitor::on_network_lost(int member)
{
    const bool mended = assembly_->rejoin_network(member);
    watch_networks();
    assembly_->describe(state_);
    save_state();
    if (!mended) {
        emit("network_lost");
        rejoin_networks_later(first_rejoin_delay);
    }
    rest_soon();
}

/// What is in the way (no descriptors, no memory, a process that ends just now) may be gone after a while.
void Monitor::rejoin_networks_later(SteadyClock::duration delay)
{
    loop_.cancel(rejoin_timer_);
    rejoin_timer_ = loop_.after(delay, [this, delay] {
        if (!assembly_)
            return;
        const bool mended = assembly_->rejoin_lost_networks();
        watch_networks();
        assembly_->describe(state_);
        save_state();
        if (!mended)
            rejoin_networks_later(std::min<SteadyClock::duration>(delay * 2, longest_rejoin_delay));
        rest_soon();
    });
}

void Monitor::start_command()
{
    if (state_.status != ContainerStatus::Starting)
        set_status(ContainerStatus::Starting);
    assembly_->process().begin_start();
}

void Monitor::on_running()
{
    run_began_ = SteadyClock::now();
    state_.started = wall_now();
    state_.network_lost = false;
    stopped_by_user_ = false;
    loop_.watch(assembly_->process().pidfd().get(), EPOLLIN, [this](std::uint32_t) { on_process_ended(); });
    if (UniqueFd listener = assembly_->process().take_listener())
        owners_ = std::make_unique<OwnerRecorder>(loop_, std::move(listener), assembly_->process().pid());
    start_health_checks(); // first: nobody is to see it run with the health of its last run, or with none
    set_status(ContainerStatus::Running);
    const auto pid = static_cast<std::int32_t>(assembly_->process().pid());
    if (!config_.pid_file.empty())
        save_atomically(AT_FDCWD, config_.pid_file, std::to_string(pid), Durability::None, 0644);
    if (!config_.monitor_pid_file.empty())
        save_atomically(AT_FDCWD, config_.monitor_pid_file, std::to_string(::getpid()), Durability::None, 0644);
    emit(restarts_.count() > 0 ? "restart" : "start");
    notice_->command_runs();
    for (const ClientPointer& client : waiting_start_)
        client->send(Started{pid, restart_killed_});
    restart_killed_ = false;
    waiting_start_.clear();
    tell_health_results();
    first_->send(Started{pid, false, assembly_->warnings()});
    session_->hold_output(false);
    if (config_.timeout_s > 0)
        timeout_timer_ = loop_.after(std::chrono::seconds{config_.timeout_s}, [this] {
            timeout_timer_ = 0;
            timed_out_ = true;
            stopped_by_user_ = true;
            kill(SIGKILL);
        });
    rest_soon();
}

/// Most containers that live this long live for hours, and all that was needed to start them, or for the conversation that has just
/// ended, is idle from now on.
void Monitor::rest_soon()
{
    loop_.cancel(rest_timer_);
    rest_timer_ = loop_.after(std::chrono::milliseconds{300}, [] { release_idle_memory(); });
}

void Monitor::start_health_checks()
{
    if (!config_.health.exists())
        return;
    HealthChecker::Hooks hooks;
    hooks.run = [this](const auto& argv, auto timeout, auto done) { run_health_command(argv, timeout, std::move(done)); };
    hooks.changed = [this] {
        const bool had_result = !health_->state().log.empty();
        state_.health = health_->state();
        save_state();
        notice_->health_is(state_.health.status);
        try_save_health_log(config_, state_.health);
        if (had_result)
            emit("health_status");
    };
    hooks.act = [this](HealthAction action) { act_on_health(action); };
    health_ = std::make_unique<HealthChecker>(loop_, config_.health, std::move(hooks));
    health_->start();
}

void Monitor::tell_health_results()
{
    acting_on_health_ = false;
    for (const auto& [client, answer] : std::exchange(waiting_health_, {}))
        client->send(answer);
}

/// What loses its parent comes to us: to be reaped now, and killed at the end.
void Monitor::adopt_leftovers()
{
    adopt_orphans();
    loop_.on_signal(SIGCHLD, [this](const signalfd_siginfo&) {
        if (!assembly_ || !execs_ || execs_->is_starting()) // its process may be there before we know it; another signal will come
            return;
        std::vector<pid_t> known = assembly_->helpers();
        for (const auto& pids : {execs_->pids(), clones_->pids()})
            known.insert(known.end(), pids.begin(), pids.end());
        bury_orphans(known);
    });
}

// ---- helpers -------------------------------------------------------------------------------------------------------

bool Monitor::is_running() const
{
    return state_.status == ContainerStatus::Running || state_.status == ContainerStatus::Paused ||
           state_.status == ContainerStatus::Stopping;
}

void Monitor::set_status(ContainerStatus status)
{
    state_.status = status;
    save_state();
}

/// A full disk or a lack of descriptors is no reason to end a container that runs.
void Monitor::save_state()
{
    state_.exec_ids = execs_ ? execs_->ids() : std::vector<std::string>{};
    try {
        store_.containers().save_state(config_.id, state_);
    } catch (const Error& error) {
        log::warn(cat("recording the state of container ", config_.id, ": ", error.message(), "; ignored"));
    }
}

void Monitor::try_save_exit()
{
    try {
        store_.containers().save_exit(config_.id, last_exit_);
    } catch (const Error& error) {
        log::warn(cat("recording the end of container ", config_.id, ": ", error.message(), "; ignored"));
    }
}

void Monitor::emit(const std::string& action, std::map<std::string, std::string> attributes)
{
    if (is_of_build(config_))
        return; // a step of a build is nobody's container
    store::Event event = make_container_event(config_, action);
    event.attributes.merge(attributes);
    if (action == "died")
        event.exit_code = last_exit_.code;
    if (action == "health_status")
        event.health_status = state_.health.status;
    store_.events().try_add(std::move(event));
}

} // namespace skiff::monitor
