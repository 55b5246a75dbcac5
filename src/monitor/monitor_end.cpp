// How a run of a container ends, and what comes after it: the third part of monitor.hpp.

#include "base/error.hpp"
#include "base/log.hpp"
#include "monitor/cleanup.hpp"
#include "monitor/monitor.hpp"

#include <algorithm>
#include <csignal>
#include <unistd.h>
#include <utility>

namespace skiff::monitor {

void Monitor::stop(int signal, std::optional<std::chrono::seconds> timeout)
{
    if (restart_timer_ != 0) { // between two runs of a restart policy
        loop_.cancel(restart_timer_);
        restart_timer_ = 0;
        last_exit_.stopped_by_user = true;
        end_for_good();
        return;
    }
    if (!assembly_)
        return;
    if (assembly_->process().stage() != runtime::Stage::Running) {
        give_up_start();
        return;
    }
    if (state_.status == ContainerStatus::Paused)
        assembly_->pause(false);
    set_status(ContainerStatus::Stopping);
    if (timeout == std::chrono::seconds{0})
        signal = SIGKILL;
    kill(signal);
    if (kill_timer_ != 0)
        loop_.cancel(kill_timer_);
    kill_timer_ = 0;
    if (timeout && signal != SIGKILL)
        kill_timer_ = loop_.after(*timeout, [this, signal, timeout = *timeout] {
            kill_timer_ = 0;
            log::debug(cat("signal ", signal, " did not end the container in ", timeout.count(), " seconds"));
            killed_ = true;
            assembly_->kill_everything();
        });
}

void Monitor::kill(int signal)
{
    if (assembly_ && assembly_->process().stage() == runtime::Stage::Running)
        assembly_->process().pidfd().send_signal(signal);
}

void Monitor::fail_start(const Error& error)
{
    // Nothing ran: the container is what it was before, except that the reason can be read.
    forget_run();
    for (const ClientPointer& client : waiting_start_)
        answer_failed(client, error);
    last_exit_ = ExitRecord{};
    last_exit_.code = killed_ ? 128 + SIGKILL : exit_code(error.kind());
    last_exit_.signal = killed_ ? SIGKILL : 0;
    last_exit_.stopped_by_user = stopped_by_user_;
    last_exit_.reason = error.message();
    last_exit_.finished = wall_now();
    last_exit_.started = state_.started;
    last_exit_.restarts = restarts_.count();
    if (restarts_.count() == 0)
        answer_failed(first_, error);
    end_for_good();
}

/// Whoever stops a container whose command does not run yet does not want it to run.
void Monitor::give_up_start()
{
    if (restart_asked_) {
        forget_run();
        restarts_ = {};
        schedule_restart(std::chrono::nanoseconds{0});
        return;
    }
    killed_ = true;
    fail_start(Error{ErrorKind::NotExecutable, "the container was stopped before its command ran"});
}

/// Takes apart what there is of this run, and waits until it is gone.
void Monitor::forget_run()
{
    // A file server of the container's own that outlives its first process could hold up the end of an exec.
    if (assembly_ && assembly_->outlives_its_init() && assembly_->process().stage() == runtime::Stage::Running)
        assembly_->kill_everything();
    clones_.reset();
    owners_.reset();
    execs_.reset();
    session_.reset();
    for (const int fd : std::exchange(watched_networks_, {}))
        loop_.unwatch(fd);
    if (assembly_) {
        for (const int fd : {assembly_->process().handshake(), assembly_->process().pidfd().get(), assembly_->network_process()})
            loop_.unwatch(fd);
        loop_.cancel(rejoin_timer_);
        assembly_.reset();
    }
}

void Monitor::on_process_ended()
{
    const auto status = assembly_->process().process().try_wait();
    if (!status)
        return;
    loop_.unwatch(assembly_->process().pidfd().get());
    session_->process_ended(*status, [this] { finish_run(); });
}

/// The process has ended and its last words are copied.
void Monitor::finish_run()
{
    const ExitStatus status = session_->status().value_or(ExitStatus{});
    for (EventLoop::TimerId* timer : {&kill_timer_, &timeout_timer_}) {
        if (*timer != 0)
            loop_.cancel(*timer);
        *timer = 0;
    }
    if (health_) {
        health_->stop();
        state_.health = health_->state();
    }
    last_exit_ = ExitRecord{};
    last_exit_.code = timed_out_ ? -1 : status.code; // Podman's number for it; a shell sees 255
    last_exit_.signal = status.signal;
    last_exit_.oom_killed = assembly_->was_oom_killed();
    last_exit_.started = state_.started;
    last_exit_.finished = wall_now();
    last_exit_.reason = timed_out_ ? "timeout" : "";
    last_exit_.stopped_by_user = stopped_by_user_;
    last_exit_.restarts = restarts_.count();
    last_exit_.health = state_.health;
    emit("died");

    const auto pause = restarts_.next_pause(config_.restart, {last_exit_.code, stopped_by_user_, SteadyClock::now() - run_began_});
    forget_run();
    if (!restart_asked_ && !pause) {
        end_for_good();
        return;
    }
    try_save_exit();
    for (const ClientPointer& client : std::exchange(waiting_run_, {}))
        client->send(Exited{last_exit_.code, last_exit_.signal, last_exit_.reason});
    if (restart_asked_) {
        restart_killed_ = killed_;
        restarts_ = {};
        schedule_restart(std::chrono::nanoseconds{0});
    } else {
        schedule_restart(*pause);
    }
}

void Monitor::schedule_restart(std::chrono::nanoseconds delay)
{
    set_status(ContainerStatus::Exited);
    restart_timer_ = loop_.after(delay, [this] {
        restart_timer_ = 0;
        begin_run();
    });
}

/// Leaves nothing behind but the record, and nothing at all with --rm. What the commands wait for is said last, so that they
/// find everything done.
void Monitor::end_for_good()
{
    for (const std::string& file : {config_.pid_file, config_.monitor_pid_file})
        if (!file.empty())
            ::unlink(file.c_str());
    if (notice_)
        notice_->ends();
    if (!config_.auto_remove)
        try_save_exit(); // first: nobody is to see an end without its code
    set_status(config_.auto_remove ? ContainerStatus::Removing : ContainerStatus::Exited);
    loop_.unwatch(listener_.get());
    listener_.reset();
    emit("cleanup");
    if (config_.auto_remove)
        try {
            remove_container(store_, config_, RemoveVolumes::Anonymous);
        } catch (const Error& error) {
            log::warn(cat("ending container ", config_.id, ": ", error.message(), "; ignored"));
        }
    lock_.reset();

    const Exited exited{last_exit_.code, last_exit_.signal, last_exit_.reason};
    for (const ClientPointer& client : waiting_stop_)
        client->send(Done{killed_});
    waiting_end_.insert(waiting_end_.end(), waiting_run_.begin(), waiting_run_.end());
    tell_health_results();
    for (const ClientPointer& client : waiting_end_)
        client->send(exited);
    for (const Attached& attached : attached_)
        attached.client->send(exited);
    // A command without any stream of ours (--log-driver passthrough) waits all the same.
    if (std::none_of(attached_.begin(), attached_.end(), [&](const Attached& a) { return a.client == first_; }))
        first_->send(exited);
    for (const ClientPointer& client : clients_)
        client->flush(last_words_limit);
    loop_.stop();
}

} // namespace skiff::monitor
