#pragma once

#include "monitor/assembly.hpp"
#include "monitor/client.hpp"
#include "monitor/session.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace skiff::monitor {

/// The further processes of a running container: `exec` and health checks.
///
/// A process may take for ever to execute its program, when that lies on a file system whose server does not answer (the
/// container may run one itself). So nothing here waits: what became of a start is told by a callback.
class ExecSessions
{
  public:
    struct Callbacks
    {
        std::function<void(pid_t pid)> on_started;           ///< may be empty
        std::function<void(const Error& error)> on_failed;   ///< it could not be started
        std::function<void(const std::string& id, ExitStatus status)> on_end;
    };

    ExecSessions(EventLoop& loop, Assembly& assembly) : loop_{loop}, assembly_{assembly} {}
    ~ExecSessions();
    ExecSessions(const ExecSessions&) = delete;
    ExecSessions& operator=(const ExecSessions&) = delete;

    /// Starts it; `client` gets Started or Failed, its streams, and Exited. Throws for what can be told at once.
    void start(const ExecRequest& request, const std::shared_ptr<Client>& client, std::vector<UniqueFd> preserved,
               Callbacks callbacks);
    /// Starts it without a client, collects at most `output_limit` bytes of output, kills it after `timeout`.
    /// Answers 124 for a timeout with a last line that says so, and 1 with the reason when it cannot be started.
    void run_quietly(const ExecRequest& request, std::chrono::nanoseconds timeout, std::size_t output_limit,
                     std::function<void(int code, std::string output)> on_end);

    [[nodiscard]] bool belongs_to(const Client* client) const; ///< to one that runs, or is about to
    /// The session that `client` belongs to, or null.
    [[nodiscard]] Session* find(const Client* client);
    void signal(const Client* client, int signal);
    void detach(const Client* client);
    [[nodiscard]] std::vector<std::string> ids() const; ///< of those that run
    [[nodiscard]] std::vector<pid_t> pids() const;
    [[nodiscard]] bool is_starting() const; ///< one of them has not executed its program yet

  private:
    struct Exec
    {
        SessionStreams streams; ///< until there is a session
        bool input = false, detached = false;
        std::optional<runtime::StartingProcess> starting;
        runtime::StartedProcess started;
        std::unique_ptr<Session> session;
        std::shared_ptr<Client> client;
        Callbacks callbacks;
        Session::OnOutput tap;
        EventLoop::TimerId timer = 0;
    };
    std::shared_ptr<Exec> begin(const ExecRequest& request, const std::vector<UniqueFd>& preserved);
    void watch_start(const std::string& id);
    void on_start_ready(const std::string& id);
    void on_started(const std::string& id, Exec& exec);
    void on_ended(const std::string& id);
    void finish(const std::string& id);
    static void end(Exec& exec);

    EventLoop& loop_;
    Assembly& assembly_;
    std::map<std::string, std::shared_ptr<Exec>> execs_;
};

} // namespace skiff::monitor
