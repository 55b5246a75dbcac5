#include "cli/compose/foreman.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace skiff::cli {
namespace {

/// A monitor that was killed tells nobody, and times on the board go on.
constexpr std::chrono::milliseconds tick{200};

/// What a worker says when the first of two jobs is done.
constexpr std::string_view first_done = "\1first is done\n";

std::string text_of(const Job::Gate& gate)
{
    return cat("Error: ", gate.reason, "\n", gate.hint.empty() ? "" : "hint: ", gate.hint, gate.hint.empty() ? "" : "\n");
}

bool has_warnings(std::string_view text)
{
    constexpr std::string_view mark = "Warning: ";
    return text.starts_with(mark) || text.find(cat("\n", mark)) != std::string_view::npos;
}

/// Of what nobody has seen so far.
std::string last_lines(const std::string& output)
{
    constexpr std::size_t most = 8192;
    const std::size_t start = output.size() > most ? output.find('\n', output.size() - most) : std::string::npos;
    std::string lines = printable(start == std::string::npos ? output : output.substr(start + 1), true);
    if (!lines.empty() && lines.back() != '\n')
        lines += '\n';
    return lines;
}

} // namespace

Foreman::Foreman(EventLoop& loop, Crew& crew, Board& board, MakeEngine make_engine, int something_happened, std::function<void()> on_happened)
    : loop_{loop}, crew_{crew}, board_{board}, make_engine_{std::move(make_engine)}, happened_{something_happened}
{
    if (happened_ >= 0)
        loop_.watch(happened_, EPOLLIN, [this, on_happened = std::move(on_happened)](std::uint32_t) {
            on_happened();
            has_news_ = true;
            dispatch();
        });
}

Foreman::~Foreman()
{
    if (happened_ >= 0)
        loop_.unwatch(happened_);
}

std::vector<std::string> Foreman::run(std::vector<Job> jobs, Turn* turn)
{
    turn_ = turn;
    has_turn_ = true;
    jobs_ = std::move(jobs);
    states_.assign(jobs_.size(), State::Waiting);
    errors_.clear();
    try {
        dispatch();
        while (!is_over()) {
            loop_.run_once(tick);
            board_.tick();
            dispatch();
        }
    } catch (...) {
        see_out();
        throw;
    }
    return errors_;
}

/// Workers tell us of their end: none may be left when we go.
void Foreman::see_out()
{
    hold();
    while (workers_ > 0)
        try {
            crew_.drop_waiting();
            loop_.run_once(tick);
        } catch (const Error& error) {
            log::debug(cat(error.message(), "; another error is on its way"));
        }
}

void Foreman::cancel()
{
    hold();
    crew_.cancel();
}

bool Foreman::is_over() const
{
    return std::none_of(states_.begin(), states_.end(), [&](State state) {
        return state == State::Running || (state == State::Waiting && !cancelled_);
    });
}

bool Foreman::is_ready(std::size_t job, std::optional<std::size_t> besides) const
{
    return std::all_of(jobs_[job].after.begin(), jobs_[job].after.end(),
                       [&](std::size_t before) { return states_[before] == State::Done || before == besides; });
}

void Foreman::dispatch()
{
    look_for_point();
    bool again = true;
    while (again) {
        again = false;
        for (std::size_t job = 0; job < jobs_.size(); ++job) {
            if (states_[job] != State::Waiting)
                continue;
            const auto& after = jobs_[job].after;
            if (std::any_of(after.begin(), after.end(), [&](std::size_t before) { return states_[before] == State::Failed; })) {
                states_[job] = State::Failed; // told by the one that failed
                again = true;
            } else if (!cancelled_ && is_ready(job, {}) && pass_gate(job)) {
                begin(job);
                again = true;
            } else if (states_[job] == State::Failed) {
                again = true;
            }
        }
    }
    rest();
}

/// All containers are read for it: not at each tick where there are events.
void Foreman::look_for_point()
{
    if (!has_turn_ && (std::exchange(has_news_, false) || happened_ < 0))
        give_up_when_pointless();
}

/// While it had no turn, others may have taken away what the jobs are about.
void Foreman::give_up_when_pointless()
{
    const Job::Gate still = turn_->check();
    for (std::size_t job = 0; job < jobs_.size() && still.state == Job::Gate::State::Blocked; ++job)
        if (states_[job] == State::Waiting)
            fail(job, text_of(still));
}

/// Others may have their turn while all that is left waits.
void Foreman::rest()
{
    const auto any = [&](State state) { return std::find(states_.begin(), states_.end(), state) != states_.end(); };
    if (turn_ == nullptr || !has_turn_ || any(State::Running) || !any(State::Waiting))
        return;
    turn_->give();
    has_turn_ = false;
    has_news_ = true;
}

Job::Gate Foreman::ask(std::size_t job) const { return jobs_[job].gate ? jobs_[job].gate() : Job::Gate{}; }

bool Foreman::pass_gate(std::size_t job)
{
    Job::Gate gate = ask(job);
    // Another command's restart of a container looks like its end: an answer counts when nobody else is at work.
    if (gate.state != Job::Gate::State::Closed && !has_turn_) {
        if (!turn_->try_take())
            return false;
        give_up_when_pointless();
        has_turn_ = true;
        if (states_[job] == State::Failed)
            return false;
        gate = ask(job);
    }
    if (gate.state == Job::Gate::State::Open)
        return true;
    if (gate.state == Job::Gate::State::Blocked)
        fail(job, text_of(gate));
    else if (!errors_.empty())
        states_[job] = State::Failed;
    return false;
}

void Foreman::begin(std::size_t job)
{
    Job& first = jobs_[job];
    if (!first.work) {
        states_[job] = State::Done;
        if (first.is_shown)
            board_.set(first.subject, first.done, Board::State::Done);
        if (first.on_done)
            first.on_done();
        return;
    }
    states_[job] = State::Running;
    if (first.is_shown)
        board_.set(first.subject, first.doing, Board::State::Working);
    std::optional<std::size_t> second;
    if (first.next && states_[*first.next] == State::Waiting && is_ready(*first.next, job) && !jobs_[*first.next].gate) {
        second = first.next;
        states_[*second] = State::Running;
    }
    ++workers_;
    crew_.start(
        [this, job, second] {
            const auto engine = make_engine_();
            jobs_[job].work(*engine);
            if (second) {
                (void)!::write(STDOUT_FILENO, first_done.data(), first_done.size());
                jobs_[*second].work(*engine);
            }
            return 0;
        },
        [this, job, second](const Crew::Result& result) {
            --workers_;
            if (!second) {
                finish(job, result);
            } else if (result.code == 0) {
                finish(job, result);
                finish(*second, result);
            } else if (result.out.find(first_done) != std::string::npos) {
                finish(job, Crew::Result{});
                finish(*second, result);
            } else {
                states_[*second] = State::Failed;
                finish(job, result);
            }
            dispatch();
        },
        shows_output(job) ? [this, name = first.speaker](bool is_error, std::string_view line) {
            if (!is_error) // errors are told at the end
                board_.say(cat(name, "  | ", line));
        } : Crew::OnLine{});
}

bool Foreman::shows_output(std::size_t job) const { return !jobs_[job].speaker.empty() && jobs_[job].is_shown && board_.shows_lines(); }

std::string Foreman::reason_of(std::size_t job, const Crew::Result& result) const
{
    if (!result.error.empty())
        return result.error;
    return cat("Error: ", jobs_[job].subject, ": the process that worked on it ended with exit code ", result.code, ", and without a word\n");
}

void Foreman::finish(std::size_t job, const Crew::Result& result)
{
    if (result.code != 0) {
        fail(job, cat(jobs_[job].speaker.empty() ? "" : last_lines(result.out), reason_of(job, result)));
        return;
    }
    states_[job] = State::Done;
    // Warnings of the verb are for the reader, too; what goes for ten containers is said once.
    if (has_warnings(result.error) && warnings_.insert(result.error).second)
        board_.say(result.error.substr(0, result.error.find_last_not_of('\n') + 1));
    if (jobs_[job].is_shown)
        board_.set(jobs_[job].subject, jobs_[job].done, Board::State::Done);
    if (jobs_[job].on_done)
        jobs_[job].on_done();
}

void Foreman::fail(std::size_t job, const std::string& error)
{
    const bool harmless = jobs_[job].may_fail;
    states_[job] = harmless ? State::Done : State::Failed;
    board_.set(jobs_[job].subject, harmless ? "Warning" : "Error", harmless ? Board::State::Warning : Board::State::Failed);
    if (harmless)
        board_.say(error.substr(0, error.find_last_not_of('\n') + 1));
    else if (std::find(errors_.begin(), errors_.end(), error) == errors_.end()) // three dependents of one failure need one message
        errors_.push_back(error);
}

} // namespace skiff::cli
