#include "cli/compose/foreman.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
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
        made.work = [this, name](engine::Engine&) {
            const UniqueFd log = open_at(AT_FDCWD, log_, O_WRONLY | O_APPEND | O_CREAT, 0600);
            write_all(log.get(), name + " ", "log");
        };
        return made;
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
        Crew crew{loop_, 2};
        Board board{Board::Style::Quiet, false, STDERR_FILENO};
        Foreman foreman{loop_, crew, board, [] { return std::make_unique<engine::Engine>(engine::EngineOptions{}); }, something_happened, [] {}};
        return foreman.run(std::move(jobs), turn);
    }
    [[nodiscard]] std::string done() const { return find_file(AT_FDCWD, log_).value_or(""); }

    EventLoop loop_;
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

/// A gate that opens when it was asked this often: a test that waits for it fails, and ends.
std::function<Gate()> closed_for(int times)
{
    return [times, asked = 0]() mutable { return Gate{++asked > times ? Gate::State::Open : Gate::State::Closed, {}, {}}; };
}

TEST_F(ForemanTest, WhatWaitsForAConditionIsGivenUpOnceAnotherJobFailed)
{
    Job gated = job("a");
    gated.gate = closed_for(10);
    Job late = job("b", {4});
    late.gate = closed_for(10);
    Job slow = job("d");
    slow.work = [work = slow.work](engine::Engine& engine) {
        ::usleep(100'000);
        work(engine);
    };

    EXPECT_EQ(run({gated, late, job("c", {0}), failing("x"), slow}), std::vector<std::string>{"Error: no luck\nhint: try again\n"});
    EXPECT_EQ(done(), "d ") << "what runs is finished";
}

TEST_F(ForemanTest, ABlockedGateEndsTheWaitAtOthers)
{
    Job waits = job("a");
    waits.gate = closed_for(10);
    Job blocked = job("b");
    blocked.gate = [] { return Gate{Gate::State::Blocked, "it is unhealthy", {}}; };

    EXPECT_EQ(run({waits, blocked}), std::vector<std::string>{"Error: it is unhealthy\n"});
    EXPECT_EQ(done(), "");
}

TEST_F(ForemanTest, AHarmlessFailureEndsNoWait)
{
    Job harmless = failing("x");
    harmless.may_fail = true;
    Job gated = job("a");
    gated.gate = closed_for(3);

    EXPECT_THAT(run({harmless, gated}), testing::IsEmpty());
    EXPECT_EQ(done(), "a ");
}

TEST_F(ForemanTest, KnowsErrorsBeforeItIsOver)
{
    Crew crew{loop_, 1};
    Board board{Board::Style::Quiet, false, STDERR_FILENO};
    Foreman foreman{loop_, crew, board, [] { return std::make_unique<engine::Engine>(engine::EngineOptions{}); }};
    std::vector<std::string> known;
    Job second = job("b");
    second.on_done = [&] { known = foreman.errors(); };

    const auto errors = foreman.run({failing("a"), second});

    EXPECT_EQ(errors, std::vector<std::string>{"Error: no luck\nhint: try again\n"});
    EXPECT_EQ(known, errors);
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

TEST_F(ForemanTest, NoWorkerIsLeftBehindByAnError)
{
    Job gated = job("b");
    gated.gate = []() -> Gate { throw Error{ErrorKind::Failure, "nobody knows"}; };

    EXPECT_THROW(run({job("a"), gated}), Error);
    EXPECT_EQ(done(), "a ");
}

TEST_F(ForemanTest, WhatWaitsForAWorkerDoesNotOutliveAnError)
{
    int asked = 0;
    Job gated = job("d");
    gated.gate = [&]() -> Gate {
        if (++asked > 1)
            throw Error{ErrorKind::Failure, "nobody knows"};
        return {Gate::State::Closed, {}, {}};
    };

    EXPECT_THROW(run({job("a"), job("a"), job("c"), job("c"), gated}), Error);
    EXPECT_THAT(done(), testing::MatchesRegex("a a (c )?"));
}

TEST_F(ForemanTest, AWorkerThatIsKilledHasFailed)
{
    Job killed = job("a");
    killed.work = [](engine::Engine&) { ::kill(::getpid(), SIGKILL); };

    EXPECT_EQ(run({killed}), std::vector<std::string>{"Error: a: the process that worked on it ended with exit code 137, and without a word\n"});
}

TEST_F(ForemanTest, WhatWaitsForAWorkerIsNotBegunOnceItIsCancelled)
{
    Crew crew{loop_, 1};
    Board board{Board::Style::Quiet, false, STDERR_FILENO};
    Foreman foreman{loop_, crew, board, [] { return std::make_unique<engine::Engine>(engine::EngineOptions{}); }};
    Job first = job("a");
    first.on_done = [&] { foreman.cancel(); };

    EXPECT_EQ(foreman.run({first, job("b"), job("c")}).size(), 2U);
    EXPECT_EQ(done(), "a ");
}

TEST_F(ForemanTest, OneWorkerMayDoTheNextJob)
{
    Job first = job("a");
    first.next = 1;
    EXPECT_THAT(run({first, job("b", {0})}), testing::IsEmpty());
    EXPECT_EQ(done(), "a b ");

    Job again = job("c");
    again.next = 1;
    EXPECT_EQ(run({again, failing("d", {0}), job("e", {0})}).size(), 1U);
    EXPECT_EQ(done(), "a b c e ");
}

TEST(Crew, TellsWhatItCannotBegin)
{
    EventLoop loop;
    Crew crew{loop, 0};
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{0, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    Crew::Result result;
    crew.start([] { return 0; }, [&](Crew::Result got) { result = std::move(got); });
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);

    EXPECT_NE(result.code, 0);
    EXPECT_EQ(result.error, "Error: making a pipe: too many open files\n");
    EXPECT_TRUE(crew.is_idle());
}

TEST(Crew, KeepsToItsLimitAndGivesLines)
{
    EventLoop loop;
    Crew crew{loop, 1};
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
