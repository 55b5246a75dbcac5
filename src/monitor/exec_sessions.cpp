#include "monitor/exec_sessions.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "monitor/stdio_pipes.hpp"

#include <algorithm>
#include <csignal>

namespace skiff::monitor {

namespace {

constexpr int kill_timeout_ms = 10'000;

} // namespace

/// With its pid namespace all of a container's processes have ended. Where it has none of its own (--pid=host) they may live:
/// nobody else would reap them, and their clients would wait for ever.
ExecSessions::~ExecSessions()
{
    for (auto& [id, exec] : execs_) {
        loop_.unwatch(exec->started.process.pidfd().get());
        loop_.cancel(exec->timer);
        try {
            end(*exec);
        } catch (const Error& error) {
            log::warn(cat("ending an exec session: ", error.message(), "; ignored"));
        }
    }
}

void ExecSessions::end(Exec& exec)
{
    std::optional<ExitStatus> status = exec.session->status();
    if (!status) {
        exec.started.process.pidfd().send_signal(SIGKILL);
        if (exec.started.process.pidfd().wait_for_end(kill_timeout_ms))
            status = exec.started.process.try_wait();
    }
    if (exec.client && status)
        exec.client->send(Exited{status->code, status->signal, {}});
}

std::shared_ptr<ExecSessions::Exec> ExecSessions::spawn(const ExecRequest& request, std::vector<UniqueFd> preserved)
{
    StdioPipes pipes = make_stdio(request.tty, request.in);
    pipes.stdio.rows = request.rows;
    pipes.stdio.columns = request.columns;
    int number = 3;
    for (const UniqueFd& fd : preserved)
        pipes.stdio.preserved.emplace_back(fd.get(), number++);
    auto exec = std::make_shared<Exec>();
    exec->started = assembly_.spawn_exec(request, pipes.stdio);
    pipes.ours.terminal = std::move(exec->started.console);
    exec->session = std::make_unique<Session>(loop_, std::move(pipes.ours), /*input_ends_with_client=*/true);
    execs_[request.id] = exec;
    return exec;
}

pid_t ExecSessions::start(const ExecRequest& request, const std::shared_ptr<Client>& client, std::vector<UniqueFd> preserved,
                          OnEnd on_end)
{
    const auto exec = spawn(request, std::move(preserved));
    exec->on_end = std::move(on_end);
    const pid_t pid = exec->started.process.pid();
    client->send(Started{pid});
    if (!request.detached) {
        exec->client = client;
        exec->session->attach(client, {request.in, true, true});
    }
    loop_.watch(exec->started.process.pidfd().get(), EPOLLIN, [this, id = request.id](std::uint32_t) { on_ended(id); });
    return pid;
}

void ExecSessions::run_quietly(const ExecRequest& request, std::chrono::nanoseconds timeout, std::size_t output_limit,
                               std::function<void(int, std::string)> on_end)
{
    const auto exec = spawn(request, {});
    const auto output = std::make_shared<std::string>();
    const auto timed_out = std::make_shared<bool>(false);
    exec->session->tap([output, output_limit](Stream, std::string_view bytes) {
        output->append(bytes.substr(0, output_limit - std::min(output_limit, output->size())));
    });
    if (timeout.count() > 0)
        exec->timer = loop_.after(timeout, [this, id = request.id, timed_out, output, timeout] {
            const auto found = execs_.find(id);
            if (found == execs_.end())
                return;
            *timed_out = true;
            *output += cat("Timeout exceeded (", std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(), " ms)\n");
            found->second->started.process.pidfd().send_signal(SIGKILL);
        });
    exec->on_end = [output, timed_out, on_end = std::move(on_end)](const std::string&, ExitStatus status) {
        on_end(*timed_out ? 124 : status.code, std::move(*output));
    };
    loop_.watch(exec->started.process.pidfd().get(), EPOLLIN, [this, id = request.id](std::uint32_t) { on_ended(id); });
}

void ExecSessions::on_ended(const std::string& id)
{
    const auto exec = execs_.at(id);
    const auto status = exec->started.process.try_wait();
    if (!status)
        return;
    loop_.unwatch(exec->started.process.pidfd().get());
    if (exec->timer != 0)
        loop_.cancel(exec->timer);
    exec->session->process_ended(*status, [this, id] { finish(id); });
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
    if (exec->on_end)
        exec->on_end(id, status);
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
        if (exec->client.get() == client)
            exec->started.process.pidfd().send_signal(signal);
}

void ExecSessions::detach(const Client* client)
{
    for (auto& [id, exec] : execs_)
        if (exec->client.get() == client) {
            exec->session->detach(client);
            exec->client.reset();
        }
}

std::vector<std::string> ExecSessions::ids() const
{
    std::vector<std::string> all;
    for (const auto& [id, exec] : execs_)
        all.push_back(id);
    return all;
}

} // namespace skiff::monitor
