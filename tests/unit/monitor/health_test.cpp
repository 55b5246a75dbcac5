#include "monitor/health.hpp"

#include <gtest/gtest.h>

namespace skiff::monitor {
namespace {

using std::chrono::milliseconds;

/// A check whose answers are a script; runs until it is used up.
class Health : public testing::Test
{
  protected:
    void run(HealthCheck check, const std::vector<int>& codes)
    {
        HealthChecker::Hooks hooks;
        hooks.run = [this, codes](const std::vector<std::string>& argv, std::chrono::nanoseconds, HealthChecker::OnResult done) {
            const int code = codes.at(std::min(commands_.size(), codes.size() - 1));
            commands_.push_back(argv);
            done(code, "output " + std::to_string(code));
            if (commands_.size() == codes.size())
                loop_.stop();
        };
        hooks.changed = [&] { statuses_.push_back(checker_->state().status); };
        hooks.act = [&](HealthAction action) { actions_.push_back(action); };
        checker_ = std::make_unique<HealthChecker>(loop_, std::move(check), std::move(hooks));
        checker_->start();
        loop_.run();
    }

    void wait(milliseconds time)
    {
        loop_.after(time, [this] { loop_.stop(); });
        loop_.run();
    }

    static HealthCheck quick_check()
    {
        HealthCheck check;
        check.test = {"CMD-SHELL", "true"};
        check.interval = milliseconds{1};
        return check;
    }

    EventLoop loop_;
    std::unique_ptr<HealthChecker> checker_;
    std::vector<std::string> statuses_;
    std::vector<HealthAction> actions_;
    std::vector<std::vector<std::string>> commands_;
};

TEST_F(Health, BecomesHealthyWithTheFirstSuccess)
{
    run(quick_check(), {1, 0});

    EXPECT_EQ(statuses_, (std::vector<std::string>{"starting", "starting", "healthy"}));
    EXPECT_EQ(commands_[0], (std::vector<std::string>{"/bin/sh", "-c", "true"}));
    EXPECT_EQ(checker_->state().log.size(), 2U);
    EXPECT_EQ(checker_->state().log[0].output, "output 1");
}

TEST_F(Health, BecomesUnhealthyAfterItsRetriesAndActs)
{
    HealthCheck check = quick_check();
    check.retries = 2;
    check.on_failure = HealthAction::Stop;

    run(check, {0, 1, 1});

    EXPECT_EQ(statuses_.back(), "unhealthy");
    EXPECT_EQ(checker_->state().failing_streak, 2);
    EXPECT_EQ(actions_, (std::vector{HealthAction::Stop}));
}

TEST_F(Health, AFailureBeforeTheFirstIntervalIsOverDoesNotCount)
{
    HealthCheck check = quick_check();
    check.retries = 1;
    check.interval = milliseconds{100};

    run(check, {1, 0});
    EXPECT_EQ(statuses_, (std::vector<std::string>{"starting", "starting", "healthy"}));

    commands_.clear();
    run(check, {1, 1});
    EXPECT_EQ(statuses_.back(), "unhealthy");
    EXPECT_EQ(checker_->state().failing_streak, 1);
}

TEST_F(Health, FailuresOfTheStartPeriodDoNotCount)
{
    HealthCheck check = quick_check();
    check.retries = 1;
    check.start_period = std::chrono::minutes{1};

    run(check, {1, 1, 1});

    EXPECT_EQ(statuses_.back(), "starting");
}

TEST_F(Health, ChecksOfTheStartPeriodComeAtTheirOwnIntervalUntilOneSucceeds)
{
    HealthCheck check = quick_check();
    check.interval = std::chrono::hours{1};
    check.start_period = std::chrono::hours{1};
    check.start_interval = milliseconds{1};

    run(check, {1, 1, 0});
    wait(milliseconds{50});

    EXPECT_EQ(statuses_.back(), "healthy");
    EXPECT_EQ(commands_.size(), 3U);
}

TEST_F(Health, ChecksComeAtTheUsualIntervalWhenTheStartPeriodIsOver)
{
    HealthCheck check = quick_check();
    check.interval = std::chrono::hours{1};
    check.start_period = milliseconds{20};
    check.start_interval = milliseconds{1};
    loop_.after(milliseconds{100}, [&] { loop_.stop(); });

    run(check, std::vector<int>(1000, 1));

    EXPECT_EQ(checker_->state().failing_streak, 1) << "the first failure that counts is the last check for an hour";
}

TEST_F(Health, ALongStartIntervalDoesNotPutOffWhatCounts)
{
    HealthCheck check = quick_check();
    check.retries = 2;
    check.start_period = milliseconds{5};
    check.start_interval = std::chrono::hours{1};

    run(check, {1, 1, 1});

    EXPECT_EQ(statuses_.back(), "unhealthy");
}

TEST_F(Health, TheStartupCheckRunsFirst)
{
    HealthCheck check = quick_check();
    check.startup_test = {"CMD", "ready"};
    check.startup_success = 2;
    check.startup_interval = milliseconds{1};

    run(check, {1, 0, 0, 0});

    EXPECT_EQ(commands_[0], std::vector<std::string>{"ready"});
    EXPECT_EQ(commands_[2], std::vector<std::string>{"ready"});
    EXPECT_EQ(commands_[3][0], "/bin/sh");
    EXPECT_EQ(statuses_.back(), "healthy");
}

TEST_F(Health, AStartupCheckWithoutAnIntervalIsRepeatedByHandOnly)
{
    HealthCheck check = quick_check();
    check.startup_test = {"CMD", "ready"};
    check.startup_interval = milliseconds{0};

    run(check, {1});
    wait(milliseconds{20});

    EXPECT_EQ(commands_.size(), 1U);
}

TEST_F(Health, APausedContainerIsCheckedWhenItGoesOn)
{
    run(quick_check(), {0});

    checker_->pause();
    wait(milliseconds{20});
    EXPECT_EQ(commands_.size(), 1U);

    checker_->resume();
    wait(milliseconds{20});
    EXPECT_GE(commands_.size(), 2U);
}

TEST_F(Health, ACheckThatAPauseHeldUpIsNoVerdict)
{
    HealthChecker::OnResult answer;
    HealthChecker::Hooks hooks;
    hooks.run = [&](const auto&, auto, auto done) { answer = done; };
    hooks.changed = [] {};
    HealthCheck check = quick_check();
    check.retries = 1;
    HealthChecker checker{loop_, check, hooks};
    checker.start();
    wait(milliseconds{1});
    ASSERT_TRUE(answer);

    checker.pause();
    std::exchange(answer, {})(1, "too late");
    EXPECT_EQ(checker.state().status, "starting");
    EXPECT_TRUE(checker.state().log.empty());

    checker.resume();
    wait(milliseconds{20});
    ASSERT_TRUE(answer) << "the next check began";
    answer(1, "");
    EXPECT_EQ(checker.state().status, "unhealthy");
}

TEST_F(Health, TheLogIsBounded)
{
    HealthCheck check = quick_check();
    check.max_log_count = 2;
    check.max_log_size = 3;

    run(check, {0, 0, 0, 0});

    EXPECT_EQ(checker_->state().log.size(), 2U);
    EXPECT_EQ(checker_->state().log[0].output, "out");
}

TEST_F(Health, WhoWaitsForACheckThatTheContainersEndCutsOffIsTold)
{
    HealthChecker::Hooks hooks;
    hooks.run = [](const auto&, auto, auto) {}; // it never ends
    hooks.changed = [] {};
    HealthCheck check = quick_check();
    check.interval = milliseconds{0};
    HealthChecker checker{loop_, check, hooks};
    checker.start();
    std::string told;
    checker.run_now([&](const HealthAnswer& answer) { told = answer.status; });

    checker.stop();

    EXPECT_EQ(told, "stopped");
    EXPECT_EQ(checker.state().status, "stopped");
    EXPECT_EQ(checker.state().failing_streak, 0);
}

TEST_F(Health, TheActionBeginsBeforeTheAnswer)
{
    std::vector<std::string> story;
    HealthChecker::Hooks hooks;
    hooks.run = [](const auto&, auto, auto done) { done(1, ""); };
    hooks.changed = [] {};
    hooks.act = [&](HealthAction) { story.emplace_back("act"); };
    HealthCheck check = quick_check();
    check.interval = milliseconds{0};
    check.retries = 1;
    check.on_failure = HealthAction::Stop;
    HealthChecker checker{loop_, check, hooks};
    checker.start();

    checker.run_now([&](const HealthAnswer&) { story.emplace_back("answer"); });

    EXPECT_EQ(story, (std::vector<std::string>{"act", "answer"}));
}

} // namespace
} // namespace skiff::monitor
