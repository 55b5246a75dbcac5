#pragma once

#include "base/event_loop.hpp"
#include "base/lock.hpp"
#include "monitor/assembly.hpp"
#include "monitor/client.hpp"
#include "monitor/exec_sessions.hpp"
#include "monitor/health.hpp"
#include "monitor/log_sink.hpp"
#include "monitor/monitor_request.hpp"
#include "monitor/owner_recorder.hpp"
#include "monitor/restart.hpp"
#include "monitor/service_notice.hpp"
#include "monitor/tree_clones.hpp"
#include "store/store.hpp"

#include <list>
#include <memory>
#include <optional>
#include <string>

namespace skiff::monitor {

/// One container's guardian: a state machine around one Assembly at a time. The states and what moves them:
///
///     Starting --build, exec--> Running <--pause--> Paused
///     Starting --build only---> Initialized --StartRequest--> Running
///     Running --StopRequest---> Stopping --process ends--> Exited
///     Running --process ends--> Exited --restart policy--> Starting ...
///
/// Every state is on disk before its first effect (starting, stopping) or after its last (running, exited), so that the next
/// command can tell what happened if we are killed (security.md R58).
class Monitor
{
  public:
    Monitor(MonitorRequest request, Channel first, std::vector<UniqueFd> passthrough, std::vector<UniqueFd> preserved);
    ~Monitor();
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    void run();
    /// How the last run ended: a service manager that supervises the monitor sees what it would see of the command.
    [[nodiscard]] const ExitRecord& last_exit() const { return last_exit_; } ///< until the container has ended for good and is cleaned up

  private:
    static constexpr std::chrono::seconds last_words_limit{30}; ///< for commands that read slowly when we end

    using ClientPointer = std::shared_ptr<Client>;
    struct Attached
    {
        ClientPointer client;
        AttachRequest wants;
    };

    // Conversations.
    void watch_listener();
    void accept_clients();
    ClientPointer add_client(Channel channel);
    void on_message(const ClientPointer& client, Message message);
    void handle(const ClientPointer& client, const Request& request, std::vector<UniqueFd> fds);
    void handle_exec(const ClientPointer& client, const ExecRequest& request, std::vector<UniqueFd> fds);
    void handle_pause(bool pause);
    bool forward_signal(const ClientPointer& client, int signal);
    void on_client_gone(const ClientPointer& client);
    void answer_failed(const ClientPointer& client, const Error& error);

    // One run.
    void begin_run();
    void build();
    void watch_handshake();
    void watch_networks();
    void on_network_lost(int member);
    void rejoin_networks_later(SteadyClock::duration delay);
    void on_handshake();
    void on_set_up();
    void start_command();
    void on_running();
    void on_process_ended();
    void finish_run();
    void fail_start(const Error& error);
    void give_up_start();
    void forget_run();
    void adopt_leftovers();
    void rest_soon();
    void schedule_restart(std::chrono::nanoseconds delay);
    void end_for_good();

    // Requests.
    void stop(int signal, std::optional<std::chrono::seconds> timeout);
    void restart(int signal, std::chrono::seconds timeout);
    void kill(int signal);
    void close_output(const ClientPointer& client, Stream stream);
    void start_health_checks();
    void tell_health_results();
    void run_health_command(const std::vector<std::string>& argv, std::chrono::nanoseconds timeout,
                            HealthChecker::OnResult done);
    void act_on_health(HealthAction action);
    void change_networks(const ContainerConfig& before);
    std::vector<std::string> reload();

    void set_status(ContainerStatus status);
    void save_state();
    void try_save_exit();
    void emit(const std::string& action, std::map<std::string, std::string> attributes = {});
    [[nodiscard]] bool is_running() const;

    MonitorRequest request_;
    EventLoop loop_; // before all that watches something

    store::Store store_;
    ContainerConfig config_;
    UniqueFd run_dir_;
    std::string run_path_;
    std::optional<FileLock> lock_;
    UniqueFd listener_;
    std::vector<UniqueFd> passthrough_, preserved_;

    std::list<ClientPointer> clients_;
    ClientPointer first_;               ///< the command that started us; also a member of clients_
    std::vector<Attached> attached_;    ///< to the container's streams, across restarts
    std::vector<int> watched_networks_; ///< connections to processes of networks
    std::vector<ClientPointer> waiting_stop_, waiting_end_, waiting_run_, waiting_start_;
    std::vector<std::pair<ClientPointer, HealthAnswer>> waiting_health_; ///< answers that wait for an action to be done
    bool acting_on_health_ = false;

    std::optional<CgroupHome> cgroup_home_;
    std::unique_ptr<ServiceNotice> notice_;
    std::unique_ptr<Assembly> assembly_;
    std::unique_ptr<Session> session_;
    std::unique_ptr<ExecSessions> execs_;
    std::unique_ptr<TreeClones> clones_;
    std::unique_ptr<OwnerRecorder> owners_;
    std::unique_ptr<LogSink> log_;
    std::unique_ptr<HealthChecker> health_;
    ContainerState state_;
    Restarts restarts_; ///< since a command asked for a start
    SteadyClock::time_point run_began_;
    bool stopped_by_user_ = false;
    bool restart_asked_ = false; ///< by RestartRequest or the health check: start again whatever the policy says
    bool timed_out_ = false;
    bool killed_ = false;        ///< the stop signal was not enough
    bool restart_killed_ = false; ///< for the run that a restart ended
    EventLoop::TimerId kill_timer_ = 0, timeout_timer_ = 0, restart_timer_ = 0, rest_timer_ = 0, rejoin_timer_ = 0;
    ExitRecord last_exit_;
};

} // namespace skiff::monitor
