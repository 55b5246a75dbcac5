#pragma once

#include "base/event_loop.hpp"
#include "base/process.hpp"

#include <deque>
#include <functional>
#include <list>
#include <string>
#include <string_view>

namespace skiff::cli {

/// Work in processes of their own, several at once: each verb of the engine wants a process that it can step into a namespace with. A
/// worker is forked, not started anew, so it has all that this process knows; it must not have threads.
class Crew
{
  public:
    /// `limit`: so many at once; 0: as many as there are.
    Crew(EventLoop& loop, std::size_t limit) : loop_{loop}, limit_{limit} {}
    ~Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    struct Result
    {
        int code = 0;
        std::string out;
        std::string error; ///< what it said on standard error; "Error: ..." at the end when it failed
    };
    using Work = std::function<int()>;
    using OnDone = std::function<void(Result)>;
    /// A whole line, without its end, as soon as it is there; then Result has no output.
    using OnLine = std::function<void(bool is_error, std::string_view line)>;

    /// What cannot be begun (no processes, no descriptors) is done with that error.
    void start(Work work, OnDone on_done, OnLine on_line = {});
    /// Does not count against the limit: for work that goes on as long as others do.
    void start_beside(Work work, OnDone on_done, OnLine on_line = {});
    void signal_all(int signal) const;
    /// Asks all to end (SIGTERM); what has not been begun is done with that, too.
    void cancel();
    /// Only the latter.
    void drop_waiting();
    [[nodiscard]] bool is_idle() const { return workers_.empty() && queue_.empty(); }

  private:
    struct Worker
    {
        ChildProcess process;
        UniqueFd out, error;
        std::string out_line, error_line; ///< begun, not finished
        bool beside = false;
        Result result;
        OnDone on_done;
        OnLine on_line;
    };
    struct Waiting
    {
        Work work;
        OnDone on_done;
        OnLine on_line;
    };

    void launch(Work work, OnDone on_done, OnLine on_line, bool beside);
    [[nodiscard]] bool has_room() const;
    static Worker make_worker(const Work& work, bool beside);
    static bool drain(Worker& worker, bool is_error);
    void watch(std::list<Worker>::iterator worker);
    void finish(std::list<Worker>::iterator worker);
    Worker take_out(std::list<Worker>::iterator worker);
    static void tell(Worker& ended);
    void begin_waiting();

    EventLoop& loop_;
    std::size_t limit_;
    std::list<Worker> workers_;
    std::deque<Waiting> queue_;
};

} // namespace skiff::cli
