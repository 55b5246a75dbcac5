#include "cli/configured_defaults.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>

namespace skiff::cli {
namespace {

TEST(ConfiguredDefaults, AreAddedWhereNothingElseIsAskedFor)
{
    engine::Settings settings;
    settings.mounts = {"type=bind,src=/a,dst=/one,ro", "type=tmpfs,dst=/two"};
    settings.volumes = {"data:/three"};
    CreateRequest request;
    request.mounts = {{}};
    request.mounts[0].config.target = "/one";
    request.mounts[0].config.source = "/mine";

    add_configured_defaults(settings, request);

    ASSERT_EQ(request.mounts.size(), 3U);
    EXPECT_EQ(request.mounts[0].config.source, "/mine");
    EXPECT_EQ(request.mounts[1].config.target, "/two");
    EXPECT_EQ(request.mounts[2].config.source, "data");
}

TEST(ConfiguredDefaults, SayWhereAMistakeIs)
{
    engine::Settings settings;
    settings.mounts = {"type=bogus,dst=/x"};
    CreateRequest request;

    try {
        add_configured_defaults(settings, request);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.message(), "parsing containers.conf mounts: invalid filesystem type \"bogus\"");
    }
}

TEST(ConfiguredDefaults, GiveWayToOptions)
{
    engine::Settings settings;
    settings.devices = {"/dev/fuse", "/dev/null:/dev/mine"};
    settings.pull_policy = "never";
    settings.retry = 7;
    settings.retry_delay = "2s";
    settings.default_host_ips = {"127.0.0.1", "127.0.0.2"};
    CreateRequest request;
    request.devices = {{.host_path = "/dev/zero", .container_path = "/dev/mine"}};
    request.network.publish = {{.host_port = 80, .container_port = 80}, {.host_ip = "0.0.0.0", .host_port = 81, .container_port = 81}};
    CreateRequest asked;
    asked.pull = PullPolicy::Always;
    asked.pull_options.retries = 1;

    add_configured_defaults(settings, request);
    add_configured_defaults(settings, asked);

    ASSERT_EQ(request.devices.size(), 2U);
    EXPECT_EQ(request.devices[0].host_path, "/dev/zero");
    EXPECT_EQ(request.devices[1].host_path, "/dev/fuse");
    EXPECT_EQ(request.pull, PullPolicy::Never);
    EXPECT_EQ(request.pull_options.retries, 7U);
    EXPECT_EQ(request.pull_options.retry_delay, std::chrono::seconds{2});
    ASSERT_EQ(request.network.publish.size(), 3U);
    EXPECT_EQ(request.network.publish[1].host_ip, "127.0.0.2");
    EXPECT_EQ(request.network.publish[2].host_ip, "0.0.0.0");
    EXPECT_EQ(asked.pull, PullPolicy::Always);
    EXPECT_EQ(asked.pull_options.retries, 1U);
}

} // namespace
} // namespace skiff::cli
