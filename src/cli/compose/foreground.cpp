#include "cli/compose/foreground.hpp"

#include "cli/compose/log_view.hpp"
#include "cli/compose/teardown.hpp"
#include "cli/output.hpp"
#include "store/events.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <unistd.h>

namespace skiff::cli {
namespace {

class Foreground
{
  public:
    Foreground(ComposeSession& session, const ForegroundOptions& options)
        : session_{session}, options_{options}, view_{session, {options.prefix, options.timestamps, true, {}, options.since, {}}}
    {
    }

    int stay()
    {
        std::string names;
        for (const compose::Existing& one : session_.containers_of({}, true)) {
            const bool is_shown = is_among(options_.services, one);
            if (is_shown) {
                view_.reserve(one.short_name());
                names += cat(names.empty() ? "" : ", ", one.short_name());
            }
            if (is_shown || is_among(options_.watched, one))
                followed_.push_back(one);
            if (counts(one))
                ++left_;
        }
        tell(cat("Attaching to ", names));
        handle_signals();
        for (const compose::Existing& one : std::vector<compose::Existing>(followed_))
            follow(one, options_.since);
        return wait();
    }

    int stop_at_once()
    {
        handle_signals();
        waits_for_turn_ = true; // others may be at work: it was given away while conditions were waited for
        interrupted();
        return wait();
    }

  private:
    void handle_signals()
    {
        session_.handle_signals_elsewhere();
        for (const int signal : {SIGINT, SIGTERM})
            session_.loop().on_signal(signal, [this](const signalfd_siginfo&) { interrupted(); });
    }

    int wait()
    {
        while (!is_over())
            session_.loop().run_once(std::chrono::seconds{1});
        return code_;
    }

    void tell(const std::string& line)
    {
        const std::string text = cat(line, "\n");
        session_.board().make_room_for([&] { (void)!::write(STDERR_FILENO, text.data(), text.size()); });
    }

    static bool is_among(const std::vector<std::string>& services, const compose::Existing& one)
    {
        return std::find(services.begin(), services.end(), one.service) != services.end();
    }

    /// Whether it is waited for: one that is not shown only where its end is the end of all.
    [[nodiscard]] bool counts(const compose::Existing& one) const
    {
        return is_among(options_.services, one) || (is_among(options_.watched, one) && (options_.abort_on_exit || one.service == options_.exit_code_from));
    }

    void follow(const compose::Existing& one, const std::string& since)
    {
        const auto how = is_among(options_.services, one) ? LogView::Show::Output : LogView::Show::Nothing;
        view_.add(one, [this, one] { ended(one); }, since, how);
    }

    /// The output of a run has come to its end: the container has ended, or begins again.
    void ended(const compose::Existing& one)
    {
        const auto now = compose::find_existing(session_.engine(), one.id);
        if (now && now->is_up()) {
            // Its policy starts it again: what it writes from now on is shown, too. The wait is for a monitor between two runs, whose log
            // nobody can follow yet.
            const std::string since = text::format_rfc3339_nine_digits(wall_now(), text::Zone::Utc);
            session_.loop().after(std::chrono::milliseconds{300}, [this, since, one] { follow(one, since); });
            return;
        }
        if (counts(one))
            --left_;
        const auto known = now ? std::optional{now->exit_code} : store::find_exit_code(session_.engine().store().root(), one.id);
        const std::string end = known ? cat("exited with code ", *known) : "was removed";
        session_.board().make_room_for([&] { print(cat(one.short_name(), " ", end, "\n")); });
        constexpr int code_of_unknown_end = 1;
        react(one, known.value_or(code_of_unknown_end));
    }

    void react(const compose::Existing& one, int exit_code)
    {
        const bool asked = one.service == options_.exit_code_from;
        if (asked)
            code_ = exit_code;
        const bool aborts = asked || options_.abort_on_exit || (options_.abort_on_failure && exit_code != 0);
        if (aborts && !stopping_) {
            if (options_.exit_code_from.empty() && exit_code != 0)
                code_ = exit_code;
            tell(options_.abort_on_failure ? "Aborting on container failure..." : "Aborting on container exit...");
            stop();
        }
    }

    void interrupted()
    {
        if (!stopping_) {
            tell("Gracefully stopping... (press Ctrl+C again to force)");
            code_ = 130;
            stop();
        } else if (!killed_) {
            killed_ = true;
            (void)kill_containers(session_, session_.containers_of({}, false), SIGKILL);
        }
    }

    /// The foreman below this waits with the same loop, so output and a second ctrl-C still come through.
    void stop()
    {
        stopping_ = true;
        session_.loop().after(std::chrono::milliseconds{0}, [this] { stop_in_turn(); });
    }

    /// Whoever presses ctrl-C again does not wait for others.
    void stop_in_turn()
    {
        if (waits_for_turn_ && !killed_ && !session_.try_lock()) {
            session_.loop().after(std::chrono::milliseconds{100}, [this] { stop_in_turn(); });
            return;
        }
        (void)stop_containers(session_, session_.containers_of({}, false), options_.timeout_s);
        stopped_ = true;
    }

    [[nodiscard]] bool is_over() const { return left_ == 0 && (!stopping_ || stopped_); }

    ComposeSession& session_;
    const ForegroundOptions& options_;
    LogView view_;
    std::vector<compose::Existing> followed_;
    int left_ = 0; ///< that are waited for
    int code_ = 0;
    bool stopping_ = false, stopped_ = false, killed_ = false, waits_for_turn_ = false;
};

} // namespace

int stay_in_foreground(ComposeSession& session, const ForegroundOptions& options) { return Foreground{session, options}.stay(); }

void stop_gracefully(ComposeSession& session, std::optional<std::uint32_t> timeout_s)
{
    ForegroundOptions options;
    options.timeout_s = timeout_s;
    (void)Foreground{session, options}.stop_at_once();
}

} // namespace skiff::cli
