#include "monitor/exec_sessions.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "monitor/stdio_pipes.hpp"

#include <algorithm>
#include <csignal>

namespace skiff::monitor {

/// With its pid namespace all of a container's processes have ended. Where it has none of its own (--pid=host) they may live:
/// nobody else would reap them, and their clients would wait for ever.
ExecSessions::~ExecSessions()
{
    for (auto& [id, exec] : execs_) {
        if (exec->starting)
            loop_.unwatch(exec->starting->handshake());
        else
            loop_.unwatch(exec->started.pidfd().get());
        loop_.cancel(exec->timer);
        end(*exec);
    }
}

void ExecSessions::end(Exec& exec)
{
    if (exec.starting && exec.client)
        exec.client->send(make_failed(Error{ErrorKind::NotExecutable, "joining the container: its first process is gone"}));
    if (exec.starting)
        return; // gone with its owner
    std::optional<ExitStatus> status = exec.session->status();
    if (!status)
        status = exec.started.end();
    if (exec.client && status)
        exec.client->send(Exited{status->code, status->signal, {}});
}

std::shared_ptr<ExecSessions::Exec> ExecSessions::begin(const ExecRequest& request, const std::vector<UniqueFd>& preserved)
{
    StdioPipes pipes = make_stdio(request.tty, request.in);
    pipes.stdio.rows = request.rows;
    pipes.stdio.columns = request.columns;
    int number = 3;
    for (const UniqueFd& fd : preserved)
        pipes.stdio.preserved.emplace_back(fd.get(), number++);
    auto exec = std::make_shared<Exec>();
    exec->starting.emplace(assembly_.begin_exec(request, pipes.stdio));
    exec->streams = std::move(pipes.ours);
    exec->input = request.in;
    exec->detached = request.detached;
    return exec;
}

void ExecSessions::start(const ExecRequest& request, const std::shared_ptr<Client>& client, std::vector<UniqueFd> preserved,
                         Callbacks callbacks)
{
    const auto exec = begin(request, preserved);
    exec->client = client;
    exec->callbacks = std::move(callbacks);
    client->pause_reading(true); // its input is for a process that is not there yet
    execs_[request.id] = exec;
    watch_start(request.id);
}

void ExecSessions::run_quietly(const ExecRequest& request, std::chrono::nanoseconds timeout, std::size_t output_limit,
                               std::function<void(int, std::string)> on_end)
{
    const auto exec = begin(request, {});
    const auto output = std::make_shared<std::string>();
    const auto timed_out = std::make_shared<bool>(false);
    exec->tap = [output, output_limit](Stream, std::string_view bytes) {
        output->append(bytes.substr(0, output_limit - std::min(output_limit, output->size())));
    };
    exec->callbacks.on_failed = [output, timed_out, on_end](const Error& error) {
        on_end(*timed_out ? 124 : 1, *timed_out ? *output : error.message());
    };
    exec->callbacks.on_end = [output, timed_out, on_end](const std::string&, ExitStatus status) {
        on_end(*timed_out ? 124 : status.code, std::move(*output));
    };
    if (timeout.count() > 0)
        exec->timer = loop_.after(timeout, [this, id = request.id, timed_out, output, timeout] {
            const auto found = execs_.find(id);
            if (found == execs_.end())
                return;
            *timed_out = true;
            *output += cat("Timeout exceeded (", std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(), " ms)\n");
            if (found->second->starting)
                found->second->starting->kill();
            else
                found->second->started.pidfd().send_signal(SIGKILL);
        });
    execs_[request.id] = exec;
    watch_start(request.id);
}

void ExecSessions::watch_start(const std::string& id)
{
    loop_.watch(execs_.at(id)->starting->handshake(), EPOLLIN, [this, id](std::uint32_t) { on_start_ready(id); });
}

void ExecSessions::on_start_ready(const std::string& id)
{
    const auto exec = execs_.at(id);
    loop_.unwatch(exec->starting->handshake()); // advance() closes it at the end
    try {
        if (exec->starting->advance())
            on_started(id, *exec);
        else
            watch_start(id);
    } catch (const Error& error) {
        execs_.erase(id);
        loop_.cancel(exec->timer);
        if (exec->client)
            exec->client->pause_reading(false);
        exec->callbacks.on_failed(error);
    }
}

void ExecSessions::on_started(const std::string& id, Exec& exec)
{
    exec.started = exec.starting->take();
    exec.starting.reset();
    exec.streams.terminal = exec.started.take_console();
    exec.session = std::make_unique<Session>(loop_, std::move(exec.streams), /*input_ends_with_client=*/true);
    if (exec.tap)
        exec.session->tap(exec.tap);
    if (exec.client) {
        exec.client->pause_reading(false);
        exec.client->send(Started{exec.started.pid()});
        if (exec.detached)
            exec.client.reset();
        else
            exec.session->attach(exec.client, {exec.input, true, true});
    } else if (exec.input) {
        exec.session->close_input(nullptr); // who would have written it has hung up meanwhile
    }
    loop_.watch(exec.started.pidfd().get(), EPOLLIN, [this, id](std::uint32_t) { on_ended(id); });
    if (exec.callbacks.on_started)
        exec.callbacks.on_started(exec.started.pid());
}

void ExecSessions::on_ended(const std::string& id)
{
    const auto exec = execs_.at(id);
    const int pidfd = exec->started.pidfd().get();
    if (!exec->started.pidfd().wait_for_end(0))
        return;
    loop_.unwatch(pidfd);
    const ExitStatus status = exec->started.wait();
    loop_.cancel(exec->timer);
    exec->session->process_ended(status, [this, id] { finish(id); });
}

void ExecSessions::finish(const std::string& id)
{
    const auto found = execs_.find(id);
    if (found == execs_.end())
        return;
    const auto exec = found->second;
    execs_.erase(found);
    const ExitStatus status = exec->session->status().value_or(ExitStatus{});
    if (exec->client) {
        exec->client->on_drained(nullptr);
        exec->client->send(Exited{status.code, status.signal, {}});
    }
    if (exec->callbacks.on_end)
        exec->callbacks.on_end(id, status);
}

bool ExecSessions::belongs_to(const Client* client) const
{
    return std::any_of(execs_.begin(), execs_.end(), [&](const auto& entry) { return entry.second->client.get() == client; });
}

Session* ExecSessions::find(const Client* client)
{
    for (auto& [id, exec] : execs_)
        if (exec->client.get() == client)
            return exec->session.get();
    return nullptr;
}

void ExecSessions::signal(const Client* client, int signal)
{
    for (auto& [id, exec] : execs_)
        if (exec->client.get() == client && exec->session && !exec->session->status())
            exec->started.pidfd().send_signal(signal);
}

void ExecSessions::detach(const Client* client)
{
    for (auto& [id, exec] : execs_)
        if (exec->client.get() == client) {
            if (exec->session)
                exec->session->detach(client);
            exec->client.reset();
        }
}

std::vector<std::string> ExecSessions::ids() const
{
    std::vector<std::string> all;
    for (const auto& [id, exec] : execs_)
        if (!exec->starting)
            all.push_back(id);
    return all;
}

std::vector<pid_t> ExecSessions::pids() const
{
    std::vector<pid_t> all;
    for (const auto& [id, exec] : execs_)
        if (!exec->starting)
            all.push_back(exec->started.pid());
    return all;
}

bool ExecSessions::is_starting() const
{
    return std::any_of(execs_.begin(), execs_.end(), [](const auto& entry) { return entry.second->starting.has_value(); });
}

} // namespace skiff::monitor
