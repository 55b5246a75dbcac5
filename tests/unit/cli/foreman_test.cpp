#include "cli/compose/foreman.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <set>
#include <sstream>
#include <sys/eventfd.h>
#include <unistd.h>

namespace skiff::cli {
namespace {

using Gate = Job::Gate;

/// A turn that another command has for a while: so often it is asked for in vain.
struct CoveredTurn : Turn
{
    bool try_take() override { return asked++ >= others; }
    void give() override { ++given; }
    [[nodiscard]] Gate check() const override
    {
        ++checked;
        return asked < gone_at ? Gate{} : Gate{Gate::State::Blocked, "all is gone", {}};
    }

    int asked = 0, given = 0, others = 0, gone_at = 1000;
    mutable int checked = 0;
};

class ForemanTest : public testing::Test
{
  protected:
    /// A job that appends its name to a file, as one write: workers are processes.
    Job job(const std::string& name, std::vector<std::size_t> after = {})
    {
        Job made;
        made.subject = name;
        made.doing = "Doing";
        made.done = "Done";
        made.after = std::move(after);
        made.work = [this, name](engine::Engine&) { note(name); };
        return made;
    }
    Job noting_its_process(std::vector<std::size_t> after = {})
    {
        Job made = job("", std::move(after));
        made.work = [this](engine::Engine&) { note(std::to_string(::getpid())); };
        return as_launch(std::move(made));
    }
    static Job as_launch(Job job)
    {
        job.launch = [work = std::exchange(job.work, {})](engine::Engine& engine) {
            work(engine);
            return Rest{};
        };
        return job;
    }
    void note(const std::string& name) const
    {
        const UniqueFd log = open_at(AT_FDCWD, log_, O_WRONLY | O_APPEND | O_CREAT, 0600);
        write_all(log.get(), name + " ", "log");
    }
    static Job failing(const std::string& name, std::vector<std::size_t> after = {})
    {
        Job made;
        made.subject = name;
        made.after = std::move(after);
        made.work = [](engine::Engine&) { throw Error{ErrorKind::Failure, "no luck"}.with_hint("try again"); };
        return made;
    }

    std::vector<std::string> run(std::vector<Job> jobs, Turn* turn = nullptr, int something_happened = -1)
    {
        Crew crew{loop_, 2, burden_};
        Board board{Board::Style::Quiet, false, STDERR_FILENO};
        Foreman foreman{loop_, crew, board, [] { return std::make_unique<engine::Engine>(engine::EngineOptions{}); }, something_happened, [] {}};
        return foreman.run(std::move(jobs), turn);
    }
    [[nodiscard]] std::string done() const { return find_file(AT_FDCWD, log_).value_or(""); }

    [[nodiscard]] std::size_t processes() const ///< that have noted themselves
    {
        std::istringstream words{done()};
        return std::set<std::string>(std::istream_iterator<std::string>{words}, {}).size();
    }

    EventLoop loop_;
    Crew::Burden burden_ = Crew::Burden::Several;
    TempDir directory_{"/tmp", "foreman-"};
    std::string log_ = directory_.path() + "/log";
};

TEST_F(ForemanTest, KeepsTheOrder)
{
    EXPECT_THAT(run({job("c", {1}), job("b", {2}), job("a")}), testing::IsEmpty());
    EXPECT_EQ(done(), "a b c ");
}

TEST_F(ForemanTest, LeavesOutWhatStandsBehindAFailure)
{
    const auto errors = run({job("a"), failing("b", {0}), job("c", {1}), job("d", {2}), job("e")});

    EXPECT_EQ(errors, std::vector<std::string>{"Error: no luck\nhint: try again\n"});
    EXPECT_THAT(done(), testing::AnyOf("a e ", "e a "));
}

TEST_F(ForemanTest, AHarmlessFailureStopsNobody)
{
    Job harmless = failing("a");
    harmless.may_fail = true;

    EXPECT_THAT(run({harmless, job("b", {0})}), testing::IsEmpty());
    EXPECT_EQ(done(), "b ");
}

TEST_F(ForemanTest, AsksGatesUntilTheyOpen)
{
    int asked = 0;
    Job gated = job("b");
    gated.gate = [&] { return Gate{++asked < 3 ? Gate::State::Closed : Gate::State::Open, {}, {}}; };

    EXPECT_THAT(run({gated, job("a")}), testing::IsEmpty());
    EXPECT_EQ(done(), "a b ");
}

TEST_F(ForemanTest, ABlockedGateIsAnErrorAtOnce)
{
    Job gated = job("b");
    gated.gate = [] { return Gate{Gate::State::Blocked, "it is unhealthy", "look"}; };

    EXPECT_EQ(run({gated, job("c", {0})}), std::vector<std::string>{"Error: it is unhealthy\nhint: look\n"});
    EXPECT_EQ(done(), "");
}

TEST_F(ForemanTest, GivesItsTurnAwayWhileItOnlyWaits)
{
    CoveredTurn turn;
    turn.others = 2;
    Job gated = job("b");
    gated.gate = [&] { return Gate{turn.given == 0 ? Gate::State::Closed : Gate::State::Open, {}, {}}; };

    EXPECT_THAT(run({gated, job("a"), job("c", {0})}, &turn), testing::IsEmpty());
    EXPECT_EQ(done(), "a b c ");
    EXPECT_EQ(turn.given, 1);
    EXPECT_EQ(turn.asked, 3);
}

TEST_F(ForemanTest, BelievesABlockedGateOnlyInItsTurn)
{
    CoveredTurn turn;
    turn.others = 1;
    Job gated = job("a");
    gated.gate = [&] { return Gate{turn.given == 0 ? Gate::State::Closed : turn.asked == 1 ? Gate::State::Blocked : Gate::State::Open, "it is being restarted", {}}; };

    EXPECT_THAT(run({gated}, &turn), testing::IsEmpty());
    EXPECT_EQ(done(), "a ");
}

TEST_F(ForemanTest, EndsAtOnceWhenOthersTookAllAway)
{
    CoveredTurn turn;
    turn.gone_at = 0;
    Job never = job("a");
    never.gate = [] { return Gate{Gate::State::Closed, {}, {}}; };
    EXPECT_EQ(run({never, job("b", {0})}, &turn), std::vector<std::string>{"Error: all is gone\n"});

    CoveredTurn late;
    late.gone_at = 1;
    Job open = job("c");
    open.gate = [&] { return Gate{late.given == 0 ? Gate::State::Closed : Gate::State::Open, {}, {}}; };
    EXPECT_EQ(run({open, open}, &late), std::vector<std::string>{"Error: all is gone\n"});
    EXPECT_EQ(done(), "");
}

TEST_F(ForemanTest, LooksForWhatOthersDidOnlyWhenSomethingHappened)
{
    CoveredTurn turn;
    const UniqueFd silent{::eventfd(0, EFD_CLOEXEC)};
    Job gated = job("a");
    int ticks = 0;
    gated.gate = [&] { return Gate{++ticks < 5 ? Gate::State::Closed : Gate::State::Open, {}, {}}; };

    EXPECT_THAT(run({gated}, &turn, silent.get()), testing::IsEmpty());
    EXPECT_EQ(turn.checked, 2) << "once after the turn was given away, and once when it is back";
}

TEST_F(ForemanTest, OneWorkerMayDoTheNextJob)
{
    std::vector<Job> jobs{noting_its_process(), noting_its_process({0}), noting_its_process({1})};
    jobs[0].next = 1;
    jobs[1].next = 2;
    EXPECT_THAT(run(jobs), testing::IsEmpty());
    EXPECT_EQ(processes(), 1U);
}

TEST_F(ForemanTest, LaunchesShareWorkersUnlessTheyAreCounted)
{
    std::vector<Job> jobs;
    for (int i = 0; i < 200; ++i)
        jobs.push_back(noting_its_process());
    EXPECT_THAT(run(jobs), testing::IsEmpty());
    EXPECT_EQ(processes(), std::min(200U, count_processors()));

    burden_ = Crew::Burden::One;
    ASSERT_EQ(::unlink(log_.c_str()), 0);
    EXPECT_THAT(run(jobs), testing::IsEmpty());
    EXPECT_EQ(processes(), 200U);
}

TEST_F(ForemanTest, AFailedLaunchEndsItsOwnChain)
{
    std::vector<Job> jobs{as_launch(job("a")), as_launch(failing("b", {0})), as_launch(job("c", {1})), as_launch(job("d"))};
    jobs[0].next = 1;
    jobs[1].next = 2;
    EXPECT_EQ(run(jobs), std::vector<std::string>{"Error: no luck\nhint: try again\n"});
    EXPECT_THAT(done(), testing::AnyOf("a d ", "d a "));
}

TEST_F(ForemanTest, ALaunchIsDoneWhenItsRestIs)
{
    const UniqueFd bell{::eventfd(0, EFD_CLOEXEC)};
    Job slow = job("");
    slow.launch = [&](engine::Engine&) {
        return Rest{bell.get(), [&] { note("slow"); }};
    };
    slow.work = {};
    Job ringing = as_launch(job("quick"));
    ringing.on_done = [&] { ::eventfd_write(bell.get(), 1); };
    Job unlucky = slow;
    unlucky.launch = [&](engine::Engine&) {
        return Rest{bell.get(), [] {
            log::warn("look out");
            throw Error{ErrorKind::State, "late"};
        }};
    };

    const auto errors = run({slow, as_launch(job("last", {0})), unlucky, ringing});

    EXPECT_THAT(errors, testing::ElementsAre(testing::AllOf(testing::HasSubstr("look out\n"), testing::EndsWith("Error: late\n"))));
    EXPECT_EQ(done(), "quick slow last ");
}

TEST_F(ForemanTest, AWorkerThatIsKilledFailsWhatItHadNotDone)
{
    Job deadly = job("b");
    deadly.work = {};
    deadly.launch = [](engine::Engine&) -> Rest { ::_exit(9); };
    std::vector<Job> jobs{as_launch(job("a")), deadly};
    jobs[0].next = 1;
    jobs[1].after = {0};

    EXPECT_EQ(run(jobs), std::vector<std::string>{"Error: b: the process that worked on it ended with exit code 9, and without a word\n"});
    EXPECT_EQ(done(), "a ");
}

TEST(Crew, KeepsToItsLimitAndGivesLines)
{
    EventLoop loop;
    Crew crew{loop, 1, Crew::Burden::One};
    std::vector<std::string> lines;
    std::vector<int> codes;
    for (const int code : {3, 4})
        crew.start(
            [code] {
                (void)!::write(STDOUT_FILENO, "one\ntwo", 7);
                return code;
            },
            [&](const Crew::Result& result) { codes.push_back(result.code); },
            [&](bool, std::string_view line) { lines.emplace_back(line); });
    while (!crew.is_idle())
        loop.run_once(std::chrono::seconds{1});

    EXPECT_EQ(codes, (std::vector<int>{3, 4}));
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "one", "two"}));
}

} // namespace
} // namespace skiff::cli
