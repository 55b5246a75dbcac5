#include "engine/update.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

namespace skiff::engine {
namespace {

TEST(Update, ChangesOnlyWhatWasAskedFor)
{
    ContainerConfig config;
    config.limits.pids = 1024;
    config.restart.when = RestartWhen::Always;
    UpdateRequest request;
    request.limits.memory_bytes = 100;

    const ContainerConfig updated = make_updated(config, request);
    EXPECT_EQ(updated.limits.memory_bytes, 100);
    EXPECT_EQ(updated.limits.pids, 1024);
    EXPECT_EQ(updated.restart.when, RestartWhen::Always);
}

TEST(Update, ADelayOfRestartsLeavesThePolicyAlone)
{
    ContainerConfig config;
    UpdateRequest request;
    request.restart.delay = std::chrono::seconds{5};
    EXPECT_THROW(make_updated(config, request), Error) << "there is no policy";

    config.restart = {RestartWhen::OnFailure, 3, {}, std::chrono::minutes{1}};
    const RestartPolicy restart = make_updated(config, request).restart;
    EXPECT_EQ(to_string(restart), "on-failure:3");
    EXPECT_EQ(restart.delay, std::chrono::seconds{5});
    EXPECT_EQ(restart.window, std::chrono::minutes{1});
}

TEST(Update, SettingsOfACheckNeedACheck)
{
    UpdateRequest request;
    request.health.interval = std::chrono::seconds{5};
    EXPECT_THROW(make_updated({}, request), Error);

    request.health.test = {"CMD", "true"};
    EXPECT_EQ(make_updated({}, request).health.interval, std::chrono::seconds{5});

    request.health = {};
    request.health.startup_retries = 3;
    EXPECT_THROW(make_updated({}, request), Error);
}

TEST(Update, NoHealthcheckTakesBothChecksAway)
{
    ContainerConfig config;
    config.health.test = {"CMD", "true"};
    config.health.startup_test = {"CMD", "true"};
    UpdateRequest request;
    request.health.disabled = true;

    const HealthCheck health = make_updated(config, request).health;
    EXPECT_EQ(health.test, std::vector<std::string>{"NONE"});
    EXPECT_TRUE(health.startup_test.empty());
}

TEST(Update, UlimitsReplaceThoseOfTheirName)
{
    ContainerConfig config;
    config.rlimits = {{"nofile", 1, 1}, {"nproc", 2, 2}};
    UpdateRequest request;
    request.rlimits = {{"nofile", 9, 9}};

    const ContainerConfig updated = make_updated(config, request);
    ASSERT_EQ(updated.rlimits.size(), 2U);
    EXPECT_EQ(updated.rlimits[0].name, "nproc");
    EXPECT_EQ(updated.rlimits[1].soft, 9U);
}

TEST(Update, EnvironmentIsReplacedByName)
{
    ContainerConfig config;
    config.env = {"A=1", "AB=2", "C=3"};
    UpdateRequest request;
    request.environment = {{"A", "9"}};
    request.unset_environment = {"C"};

    EXPECT_EQ(make_updated(config, request).env, (std::vector<std::string>{"AB=2", "A=9"}));
}

} // namespace
} // namespace skiff::engine
