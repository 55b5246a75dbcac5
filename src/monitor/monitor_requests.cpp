// What commands ask of a running monitor: the second half of monitor.hpp.

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/overloaded.hpp"
#include "model/build_container.hpp"
#include "monitor/ending_signal.hpp"
#include "monitor/monitor.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace skiff::monitor {
namespace {

constexpr std::size_t health_output_limit = 4096; ///< bytes kept while a check runs (security.md T-26)

} // namespace

void Monitor::watch_listener()
{
    loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept_clients(); });
}

void Monitor::accept_clients()
{
    try {
        while (auto channel = accept_channel(listener_.get()))
            add_client(std::move(*channel));
    } catch (const Error& error) {
        // Hundreds of execs at once may use up our descriptors; the container must not end because of it. No event tells when
        // one is free again, so whoever waits is looked at after a while.
        log::warn(cat("talking to a command: ", error.message(), "; tried again"));
        loop_.unwatch(listener_.get());
        loop_.after(std::chrono::milliseconds{100}, [this] {
            if (listener_)
                watch_listener();
        });
    }
}

Monitor::ClientPointer Monitor::add_client(Channel channel)
{
    auto client = std::make_shared<Client>(loop_, std::move(channel));
    const std::weak_ptr<Client> weak = client;
    client->listen(
        [this, weak](Message message) {
            if (const ClientPointer strong = weak.lock())
                on_message(strong, std::move(message));
        },
        [this, weak] {
            if (const ClientPointer strong = weak.lock())
                on_client_gone(strong);
        });
    clients_.push_back(client);
    return client;
}

namespace {

constexpr std::array sigpipe_masks{"SigBlk:\t", "SigIgn:\t", "SigCgt:\t"};

/// It neither handles nor ignores nor blocks the signal.
bool dies_of_sigpipe(pid_t pid)
{
    const std::string status = find_file(AT_FDCWD, cat("/proc/", pid, "/status")).value_or("");
    return std::none_of(std::begin(sigpipe_masks), std::end(sigpipe_masks), [&](const char* mask) {
        const std::size_t at = status.find(mask);
        return at == std::string::npos || (std::strtoull(status.c_str() + at + std::strlen(mask), nullptr, 16) >> (SIGPIPE - 1) & 1) != 0;
    });
}

} // namespace

void Monitor::on_client_gone(const ClientPointer& client)
{
    if (session_)
        session_->detach(client.get());
    if (execs_)
        execs_->detach(client.get());
    if (clones_)
        clones_->detach(client.get());
    std::erase_if(attached_, [&](const Attached& a) { return a.client == client; });
    for (auto* waiting : {&waiting_stop_, &waiting_end_, &waiting_run_, &waiting_start_})
        std::erase(*waiting, client);
    std::erase_if(waiting_health_, [&](const auto& waiting) { return waiting.first == client; });
    // Not at once: the client is the one whose callback this is.
    loop_.after(std::chrono::milliseconds{0}, [this, client] { clients_.remove(client); });
    if (client == first_ && listener_ && is_of_build(config_)) {
        config_.auto_remove = true; // its builder has died: nobody will take what the command makes
        stop(SIGKILL, std::chrono::seconds{0});
    }
    rest_soon();
}

void Monitor::answer_failed(const ClientPointer& client, const Error& error) { client->send(make_failed(error)); }

void Monitor::on_message(const ClientPointer& client, Message message)
{
    try {
        if (!is_stream(message.data)) {
            handle(client, decode_request(message.data), std::move(message.fds));
            return;
        }
        const StreamBytes bytes = decode_stream(message.data);
        if (Session* exec = execs_ ? execs_->find(client.get()) : nullptr)
            exec->write_input(bytes.bytes);
        else if (session_ && !(execs_ && execs_->belongs_to(client.get())))
            session_->write_input(bytes.bytes);
    } catch (const Error& error) {
        answer_failed(client, error);
    }
}

void Monitor::handle(const ClientPointer& client, const Request& request, std::vector<UniqueFd> fds)
{
    const auto require = [this](bool running) {
        if (!running)
            throw Error{ErrorKind::State, cat("container ", config_.id, " is not running: container state improper")};
    };
    std::visit(
        Overloaded{
            [&](const AttachRequest& r) {
                if (!session_)
                    throw Error{ErrorKind::State, "you can only attach to running containers: container state improper"};
                attached_.push_back({client, r});
                session_->attach(client, r);
                client->send(Started{static_cast<std::int32_t>(assembly_->process().pid())});
            },
            [&](const ExecRequest& r) { handle_exec(client, r, std::move(fds)); },
            [&](const StartRequest&) {
                if (state_.status != ContainerStatus::Initialized)
                    throw Error{ErrorKind::State, cat("container ", config_.id, " is running already")};
                waiting_start_.push_back(client);
                start_command();
            },
            [&](const KillRequest& r) {
                const bool belongs_to_conversation = forward_signal(client, r.signal);
                if (belongs_to_conversation)
                    return;
                require(is_running());
                if (means_the_end(r.signal, config_.stop_signal)) {
                    stopped_by_user_ = true;
                    restart_asked_ = false;
                }
                kill(r.signal);
                emit("kill", {{"signal", std::to_string(r.signal)}});
                client->send(Done{});
            },
            [&](const StopRequest& r) {
                stopped_by_user_ = true;
                restart_asked_ = false; // the last word counts, also against the health check's
                waiting_stop_.push_back(client);
                stop(r.signal == 0 ? config_.stop_signal : r.signal,
                     r.no_timeout ? std::nullopt : std::optional{std::chrono::seconds{r.timeout_s}});
            },
            [&](const RestartRequest& r) {
                restart_asked_ = true;
                stopped_by_user_ = true;
                waiting_start_.push_back(client);
                restart(r.signal == 0 ? config_.stop_signal : r.signal, std::chrono::seconds{r.timeout_s});
            },
            [&](const PauseRequest& r) {
                handle_pause(r.pause);
                client->send(Done{});
            },
            [&](const ResizeRequest& r) {
                if (Session* exec = execs_ ? execs_->find(client.get()) : nullptr)
                    exec->resize(r.rows, r.columns);
                else if (session_)
                    session_->resize(r.rows, r.columns);
            },
            [&](const CloseStdin&) {
                if (Session* exec = execs_ ? execs_->find(client.get()) : nullptr)
                    exec->close_input(client.get());
                else if (session_)
                    session_->close_input(client.get());
            },
            [&](const CloseOutput& r) { close_output(client, r.err ? Stream::Stderr : Stream::Stdout); },
            [&](const WaitRequest& r) { (r.for_good ? waiting_end_ : waiting_run_).push_back(client); },
            [&](const HealthRequest&) {
                require(state_.status == ContainerStatus::Running);
                if (!health_)
                    throw Error{ErrorKind::Failure, cat("container ", config_.id, " has no defined healthcheck")};
                const std::weak_ptr<Client> weak = client;
                health_->run_now([this, weak](const HealthAnswer& answer) {
                    if (const ClientPointer strong = weak.lock(); strong && acting_on_health_)
                        waiting_health_.emplace_back(strong, answer); // told when that is done
                    else if (strong)
                        strong->send(answer);
                });
            },
            [&](const ReloadRequest&) {
                client->send(Done{false, reload()});
            },
            [&](const TreeRequest& r) {
                if (!clones_)
                    throw Error{ErrorKind::State, cat("container ", config_.id, " is not running")};
                if (r.path == "/")
                    client->send(Done{}, assembly_->clone_root().get());
                else
                    clones_->start(assembly_->process().pidfd(), r.path, client);
            },
        },
        request);
}

void Monitor::handle_exec(const ClientPointer& client, const ExecRequest& request, std::vector<UniqueFd> fds)
{
    if (state_.status != ContainerStatus::Running || !execs_)
        throw Error{ErrorKind::ExecSession, "can only create exec sessions on running containers: container state improper"};
    ExecSessions::Callbacks callbacks;
    callbacks.on_started = [this, id = request.id](pid_t) {
        emit("exec", {{"execID", id}});
        save_state();
    };
    callbacks.on_failed = [this, client](const Error& error) { answer_failed(client, error); };
    callbacks.on_end = [this](const std::string& id, ExitStatus status) {
        emit("exec_died", {{"execID", id}, {"containerExitCode", std::to_string(status.code)}});
        save_state();
    };
    execs_->start(request, client, std::move(fds), std::move(callbacks));
}

/// A signal that came along an attach, run or exec conversation means that conversation's process; nobody waits for an answer.
/// What a program that ends with its reader would see in a pipeline. A container that somebody else watches, too, and one
/// that this client did not begin, goes on.
void Monitor::close_output(const ClientPointer& client, Stream stream)
{
    if (Session* exec = execs_ ? execs_->find(client.get()) : nullptr) {
        exec->close_output(stream);
        return;
    }
    if (client != first_ || !session_ || !is_running() ||
        std::any_of(attached_.begin(), attached_.end(), [&](const Attached& a) { return a.client != client; }))
        return;
    session_->close_output(stream);
    // The kernel spares the first process of a pid namespace a SIGPIPE: a shell's loop would fail to write for ever.
    kill(SIGPIPE);
    const pid_t pid = assembly_->process().pid();
    loop_.after(std::chrono::milliseconds{500}, [this, pid] {
        if (is_running() && assembly_ && assembly_->process().pid() == pid && dies_of_sigpipe(pid))
            kill(SIGKILL);
    });
}

bool Monitor::forward_signal(const ClientPointer& client, int signal)
{
    if (execs_ && execs_->belongs_to(client.get())) {
        execs_->signal(client.get(), signal);
        return true;
    }
    const bool attached =
        client == first_ || std::any_of(attached_.begin(), attached_.end(), [&](const Attached& a) { return a.client == client; });
    if (attached && is_running())
        kill(signal);
    else if (attached && restart_timer_ != 0)
        stop(signal, std::nullopt); // nothing runs: whoever presses ctrl-C wants the restarts to end
    return attached;
}

void Monitor::handle_pause(bool pause)
{
    if (pause && state_.status != ContainerStatus::Running)
        throw Error{ErrorKind::State, cat(quoted(to_string(state_.status)), " is not running, can't pause: container state improper")};
    if (!pause && state_.status != ContainerStatus::Paused)
        throw Error{ErrorKind::State, cat("\"", config_.id, "\" is not paused, can't unpause: container state improper")};
    assembly_->pause(pause);
    if (health_)
        pause ? health_->pause() : health_->resume();
    set_status(pause ? ContainerStatus::Paused : ContainerStatus::Running);
    emit(pause ? "pause" : "unpause");
}

void Monitor::restart(int signal, std::chrono::seconds timeout)
{
    if (restart_timer_ != 0) {
        loop_.cancel(restart_timer_);
        restarts_ = {};
        schedule_restart(std::chrono::nanoseconds{0});
        return;
    }
    stop(signal, timeout);
}

void Monitor::run_health_command(const std::vector<std::string>& argv, std::chrono::nanoseconds timeout,
                                 HealthChecker::OnResult done)
{
    if (state_.status != ContainerStatus::Running || !execs_)
        return; // paused or on its way out: no verdict
    ExecRequest request;
    request.id = random_hex(32);
    request.argv = argv;
    try {
        execs_->run_quietly(request, timeout, health_output_limit, [this, done](int code, std::string output) {
            // A container that ends takes its check along: that says nothing about its health.
            rest_soon();
            const bool undisturbed = state_.status == ContainerStatus::Running || state_.status == ContainerStatus::Paused;
            if (undisturbed && assembly_ && !assembly_->process().pidfd().wait_for_end(0))
                done(code, std::move(output));
        });
    } catch (const Error& error) {
        done(1, error.message());
    }
}

void Monitor::act_on_health(HealthAction action)
{
    if (state_.status == ContainerStatus::Stopping)
        return; // somebody has decided already
    acting_on_health_ = action != HealthAction::None;
    switch (action) {
    case HealthAction::None:
        break;
    case HealthAction::Kill:
        kill(SIGKILL);
        break;
    case HealthAction::Restart:
        restart_asked_ = true;
        stop(config_.stop_signal, std::chrono::seconds{config_.stop_timeout_s});
        break;
    case HealthAction::Stop:
        stopped_by_user_ = true;
        stop(config_.stop_signal, std::chrono::seconds{config_.stop_timeout_s});
        break;
    }
}

/// Networks were connected or disconnected.
void Monitor::change_networks(const ContainerConfig& before)
{
    const auto now_so = [this] {
        watch_networks();
        assembly_->describe(state_);
        save_state();
    };
    for (const int fd : std::exchange(watched_networks_, {}))
        loop_.unwatch(fd);
    try {
        assembly_->change_networks(config_);
    } catch (const Error&) {
        config_.network = before.network;
        now_so();
        throw;
    }
    now_so();
}

/// Returns warnings.
std::vector<std::string> Monitor::reload()
{
    const ContainerConfig before = std::exchange(config_, store_.containers().load_config(config_.id));
    std::vector<std::string> warnings;
    if (assembly_ && is_running() && before.limits != config_.limits)
        warnings = assembly_->update_limits(config_.limits);
    // The name service knows it by its name.
    if (assembly_ && (before.network.networks != config_.network.networks || before.name != config_.name))
        change_networks(before);
    if (health_ && before.health != config_.health)
        health_->reconfigure(config_.health);
    else if (is_running() && before.health != config_.health)
        start_health_checks();
    return warnings;
}

} // namespace skiff::monitor
