#pragma once

#include "base/event_loop.hpp"
#include "cli/compose/board.hpp"
#include "cli/compose/crew.hpp"
#include "cli/compose/foreman.hpp"
#include "cli/compose/options.hpp"
#include "cli/compose/project_lock.hpp"
#include "engine/engine.hpp"
#include "frontends/compose/project.hpp"
#include "frontends/compose/state.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

/// One compose command: the project as its files describe it, the engine, and what shows progress.
class ComposeSession
{
  public:
    /// Without files, a project that was named is known by its containers alone: enough to look at it, stop it and take it down.
    enum class Files
    {
        Required,
        Optional
    };
    ComposeSession(const Invocation& invocation, const ComposeOptions& options, Files files, const std::vector<std::string>& named_services = {});
    ComposeSession(const ComposeSession&) = delete;
    ComposeSession& operator=(const ComposeSession&) = delete;

    [[nodiscard]] const Invocation& invocation() const { return invocation_; }
    [[nodiscard]] const ComposeOptions& options() const { return options_; }
    [[nodiscard]] const compose::Project& project() const { return project_; }
    compose::Project& project() { return project_; }
    [[nodiscard]] bool has_files() const { return has_files_; }
    engine::Engine& engine() { return engine_; }
    EventLoop& loop() { return loop_; }
    Board& board() { return *board_; }
    Crew& crew() { return *crew_; }
    [[nodiscard]] bool wants_colors() const { return colors_; }

    /// Before containers of these services are made, or compared with what they should be.
    void read_env_files(const std::vector<std::string>& services, bool with_dependencies);
    /// Warnings of the files, once, on standard error.
    void print_warnings();
    /// The project's containers now.
    std::vector<compose::Existing> containers();
    /// Those of the named services (all without names), one-off ones left out; with `all` those that are down, too.
    /// Throws `no such service: X`.
    std::vector<compose::Existing> containers_of(const std::vector<std::string>& services, bool all);
    /// The container with this number of a service: `service "X" is not running`.
    compose::Existing container_of(const std::string& service, unsigned number, bool must_run);

    /// Keeps other commands from changing the project until the end or unlock, but for times in which jobs only wait.
    void lock() { lock_->lock(); }
    void unlock() { lock_->unlock(); }
    /// The same without waiting; false while another command is at work. True when it is locked already.
    bool try_lock() { return lock_->is_held() || lock_->try_take(); }
    /// Does the jobs; their errors go to standard error. False when there were some.
    bool run(std::vector<Job> jobs);
    /// The same with gates that look at containers.
    bool run_with_events(std::vector<Job> jobs);
    /// What comes between the first ctrl-C in `run` and the end of the command. Workers then finish what they have begun, so that `work`
    /// finds it; a second ctrl-C ends them.
    void when_interrupted(std::function<void()> work) { on_interrupt_ = std::move(work); }
    /// Whoever handles ctrl-C by itself says so; else it ends what `run` does.
    void handle_signals_elsewhere() { signals_elsewhere_ = true; }
    /// --dry-run is not for this command.
    void refuse_dry_run() const;

  private:
    void load(Files files, const std::vector<std::string>& named_services);
    void load_from_containers(const std::string& name);
    bool report(const std::vector<std::string>& errors);
    bool run_interruptibly(Foreman& foreman, std::vector<Job> jobs);

    const Invocation& invocation_;
    ComposeOptions options_;
    engine::Engine engine_;
    std::unique_ptr<ProjectLock> lock_; ///< outlives the crew
    EventLoop loop_;
    std::unique_ptr<Board> board_;
    std::unique_ptr<Crew> crew_;
    compose::Project project_;
    bool has_files_ = true;
    bool colors_ = false;
    bool signals_elsewhere_ = false;
    std::function<void()> on_interrupt_;
};

/// A new engine with the options of the command line, for workers.
std::unique_ptr<engine::Engine> make_engine(const Invocation& invocation);

} // namespace skiff::cli
