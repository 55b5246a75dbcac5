#include "engine/make_config.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::engine {
namespace {

using Words = std::vector<std::string>;

class MakeConfig : public testing::Test
{
  protected:
    MakeConfig()
    {
        image_.id = std::string(64, 'a');
        image_.name = "docker.io/library/x:latest";
        image_.config.config.entrypoint = {"/entry"};
        image_.config.config.cmd = {"arg"};
        caller_.uid = caller_.gid = 1000;
        caller_.id_count = 65537;
    }
    ContainerConfig make() { return make_config(request_, image_, settings_, caller_); }

    CreateRequest request_;
    ImageFacts image_;
    Settings settings_;
    CallerFacts caller_;
};

TEST_F(MakeConfig, CommandAndEntryPointFollowDockersRules)
{
    EXPECT_EQ(make().entrypoint, Words{"/entry"});
    EXPECT_EQ(make().command, Words{"arg"});

    request_.command = {"other"};
    EXPECT_EQ(make().command, Words{"other"});

    request_.command.clear();
    request_.entrypoint = Words{"/mine"};
    EXPECT_EQ(make().entrypoint, Words{"/mine"});
    EXPECT_TRUE(make().command.empty()) << "arguments of another entry point";

    request_.entrypoint = Words{};
    EXPECT_THROW(make(), Error);
}

TEST_F(MakeConfig, ImageVolumesBecomeAnonymousOnesUnlessCovered)
{
    image_.config.config.volumes = {"/data", "/cache"};
    MountRequest mine;
    mine.config.type = MountType::Bind;
    mine.config.source = "/host";
    mine.config.target = "/data";
    request_.mounts = {mine};

    const ContainerConfig config = make();

    ASSERT_EQ(config.mounts.size(), 2U);
    EXPECT_EQ(config.mounts[0].source, "/host");
    EXPECT_EQ(config.mounts[1].target, "/cache");
    EXPECT_TRUE(config.mounts[1].anonymous);
    request_.mounts.push_back(mine);
    EXPECT_THROW(make(), Error) << "duplicate mount destination";
}

TEST_F(MakeConfig, HealthIsTheImagesUnlessToldOtherwise)
{
    oci::ImageHealthCheck health;
    health.test = {"CMD", "check"};
    health.retries = 7;
    health.start_period = std::chrono::seconds{60};
    health.start_interval = std::chrono::seconds{2};
    image_.config.config.healthcheck = health;

    EXPECT_EQ(make().health.test, (Words{"CMD", "check"}));
    EXPECT_EQ(make().health.retries, 7);
    EXPECT_EQ(make().health.start_interval, std::chrono::seconds{2});
    request_.health.retries = 2;
    request_.health.start_interval = std::chrono::seconds{1};
    EXPECT_EQ(make().health.retries, 2);
    EXPECT_EQ(make().health.start_interval, std::chrono::seconds{1});
    EXPECT_EQ(make().health.start_period, std::chrono::seconds{60});
    request_.health.disabled = true;
    EXPECT_FALSE(make().health.exists());
}

TEST_F(MakeConfig, NegativeTimesOfTheImageSayNothing)
{
    oci::ImageHealthCheck health;
    health.test = {"CMD", "check"};
    health.interval = health.timeout = health.start_period = health.start_interval = std::chrono::seconds{-1};
    image_.config.config.healthcheck = health;

    const HealthCheck made = make().health;
    EXPECT_EQ(made.interval, HealthCheck{}.interval);
    EXPECT_EQ(made.timeout, HealthCheck{}.timeout);
    EXPECT_EQ(made.start_period, HealthCheck{}.start_period);
    EXPECT_EQ(made.start_interval, HealthCheck{}.start_interval) << "there would be no second check";
}

TEST_F(MakeConfig, AnActionWithoutACheckIsRefused)
{
    request_.health.on_failure = HealthAction::Kill;
    try {
        make();
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.message(), "cannot set on-failure action to kill without a health check");
    }
}

TEST_F(MakeConfig, ADelayOfRestartsNeedsAPolicy)
{
    request_.restart.delay = std::chrono::seconds{1};
    EXPECT_THROW(make(), Error);
    request_.restart.when = RestartWhen::Always;
    EXPECT_EQ(make().restart.delay, std::chrono::seconds{1});
}

TEST_F(MakeConfig, ADistributionsLogDriverIsNotTheUsersWish)
{
    settings_.log_driver = "journald";
    EXPECT_EQ(make().log.driver, "k8s-file");
    settings_.log_driver = "none";
    EXPECT_EQ(make().log.driver, "none");
}

TEST_F(MakeConfig, KeepIdRunsAsTheCaller)
{
    UsernsChoice choice;
    choice.mode = UsernsChoice::Mode::KeepId;
    request_.userns.choice = choice;

    EXPECT_EQ(make().user, "1000:1000");
    request_.user = "0";
    EXPECT_EQ(make().user, "0");
}

} // namespace
} // namespace skiff::engine
