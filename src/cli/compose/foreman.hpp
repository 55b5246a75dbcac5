#pragma once

#include "cli/compose/board.hpp"
#include "cli/compose/crew.hpp"
#include "engine/engine.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace skiff::cli {

/// One thing to be done to one thing.
struct Job
{
    std::string subject;     ///< "Container p-db-1"
    std::string doing, done; ///< "Starting", "Started"
    std::vector<std::size_t> after;
    /// Runs in a worker, with an engine of the worker's own: a process steps into the user namespace once. Null: nothing to do.
    std::function<void(engine::Engine& engine)> work;

    /// Whether the job may begin, asked again whenever something happened. Blocked carries why it never may.
    struct Gate
    {
        /// Where a job has several, the last in this order counts.
        enum class State
        {
            Open,
            Closed,
            Blocked
        };
        State state = State::Open;
        std::string reason;
        std::string hint;
    };
    std::function<Gate()> gate;

    /// A job that one worker may do right behind this one, when nothing else keeps it waiting.
    std::optional<std::size_t> next;
    bool may_fail = false; ///< a failure is shown and stops nobody
    bool is_shown = true;
    /// Who says what it prints: that is shown as it comes where progress is lines, and where the job fails. Empty: nobody wants to see it.
    std::string speaker;
    std::function<void()> on_done; ///< in this process
};

/// The right to change what other commands change, too: jobs are done by who has it. Whoever only waits gives it away.
class Turn
{
  public:
    virtual ~Turn() = default;
    /// False while somebody else has it.
    virtual bool try_take() = 0;
    virtual void give() = 0;
    /// Open, or Blocked when others have taken away what was there before it was given.
    [[nodiscard]] virtual Job::Gate check() const = 0;
};

/// Does jobs in workers, as early as each may begin, and shows how they go.
class Foreman
{
  public:
    using MakeEngine = std::function<std::unique_ptr<engine::Engine>()>;
    /// `something_happened` is readable when gates should be asked again; -1: there is none.
    Foreman(EventLoop& loop, Crew& crew, Board& board, MakeEngine make_engine, int something_happened = -1, std::function<void()> on_happened = {});
    ~Foreman();
    Foreman(const Foreman&) = delete;
    Foreman& operator=(const Foreman&) = delete;

    /// Returns the errors of those that failed, as people read them ("Error: ..." and "hint: ..." lines); empty when all went well.
    /// What stands behind a failed job is not done, nor what only waits for its gate then: errors are not held back until it opens.
    /// Whoever has a turn and passes it here may find it given away at the end.
    std::vector<std::string> run(std::vector<Job> jobs, Turn* turn = nullptr);
    /// From within callbacks: the errors so far.
    [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }
    /// The same: no further job begins.
    void hold() { cancelled_ = true; }
    /// Holds, and asks workers to end.
    void cancel();

  private:
    enum class State
    {
        Waiting,
        Running,
        Done,
        Failed
    };
    void dispatch();
    bool is_ready(std::size_t job, std::optional<std::size_t> besides) const;
    [[nodiscard]] Job::Gate ask(std::size_t job) const;
    bool pass_gate(std::size_t job);
    void rest();
    void look_for_point();
    void give_up_when_pointless();
    void begin(std::size_t job);
    [[nodiscard]] bool shows_output(std::size_t job) const;
    void see_out();
    [[nodiscard]] std::string reason_of(std::size_t job, const Crew::Result& result) const;
    void finish(std::size_t job, const Crew::Result& result);
    void fail(std::size_t job, const std::string& error);
    [[nodiscard]] bool is_over() const;

    EventLoop& loop_;
    Crew& crew_;
    Board& board_;
    MakeEngine make_engine_;
    int happened_;
    std::vector<Job> jobs_;
    std::vector<State> states_;
    std::vector<std::string> errors_;
    std::size_t workers_ = 0; ///< that have not told of their end
    Turn* turn_ = nullptr;
    bool has_turn_ = true;
    bool has_news_ = true; ///< something happened since others were looked at
    std::set<std::string> warnings_; ///< that were said
    bool cancelled_ = false;
};

} // namespace skiff::cli
