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
class ExecSessions
{
  public:
    using OnEnd = std::function<void(const std::string& id, ExitStatus status)>;

    ExecSessions(EventLoop& loop, Assembly& assembly) : loop_{loop}, assembly_{assembly} {}
    ~ExecSessions();
    ExecSessions(const ExecSessions&) = delete;
    ExecSessions& operator=(const ExecSessions&) = delete;

    /// Starts it; `client` gets its streams and Exited. Throws when it cannot be started. Returns its pid.
    pid_t start(const ExecRequest& request, const std::shared_ptr<Client>& client, std::vector<UniqueFd> preserved, OnEnd on_end);
    /// Starts it without a client, collects at most `output_limit` bytes of output, kills it after `timeout`.
    /// Answers 124 for a timeout with a last line that says so.
    void run_quietly(const ExecRequest& request, std::chrono::nanoseconds timeout, std::size_t output_limit,
                     std::function<void(int code, std::string output)> on_end);

    /// The session that `client` belongs to, or null.
    [[nodiscard]] Session* find(const Client* client);
    void signal(const Client* client, int signal);
    void detach(const Client* client);
    [[nodiscard]] std::vector<std::string> ids() const;

  private:
    struct Exec
    {
        runtime::StartedProcess started;
        std::unique_ptr<Session> session;
        std::shared_ptr<Client> client;
        OnEnd on_end;
        EventLoop::TimerId timer = 0;
    };
    std::shared_ptr<Exec> spawn(const ExecRequest& request, std::vector<UniqueFd> preserved);
    static void end(Exec& exec);
    void on_ended(const std::string& id);
    void finish(const std::string& id);

    EventLoop& loop_;
    Assembly& assembly_;
    std::map<std::string, std::shared_ptr<Exec>> execs_;
};

} // namespace skiff::monitor
