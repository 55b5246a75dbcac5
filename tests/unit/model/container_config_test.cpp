#include "model/container_config.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace skiff {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& text)
{
    try {
        parse_container_config(text);
    } catch (const Error& error) {
        return error.message();
    }
    return "no error";
}

ContainerConfig a_full_config()
{
    ContainerConfig config;
    config.id = std::string(64, 'a');
    config.name = "web";
    config.created = WallTime{std::chrono::nanoseconds{1'700'000'000'123'456'789}};
    config.image_id = std::string(64, 'b');
    config.layers = {std::string(64, 'c'), std::string(64, 'd')};
    config.command = {"sh", "-c", "echo \"hi\""};
    config.env = {"PATH=/bin", "LATIN=caf\xe9", "EMPTY="};
    config.working_dir = "/srv";
    config.umask = 0022;
    config.stop_signal = 9;
    config.pid = {NamespaceMode::Container, "abc"};
    config.userns.mode = UsernsChoice::Mode::KeepId;
    config.userns.uid = 1000;
    config.id_map.uids = {{0, 1, 1000}, {1000, 0, 1}};
    config.network.ports = {{"127.0.0.1", 8080, 80, 1, "tcp"}, {"", 53, 53, 2, "udp"}};
    config.network.options = {{"mtu", "65520"}};
    config.mounts.push_back(
        {.type = MountType::Volume, .source = "data", .target = "/data", .read_only = true, .copy_up = false});
    config.rlimits = {{"nofile", 1024, ~std::uint64_t{0}}};
    config.limits.memory_swap_bytes = -1;
    config.limits.cpus = 1.5;
    config.oom_score_adj = -500;
    config.restart = {RestartWhen::OnFailure, 3, std::chrono::seconds{2}, std::chrono::minutes{1}};
    config.auto_remove = true;
    config.health.test = {"CMD-SHELL", "true"};
    config.health.interval = std::chrono::seconds{5};
    config.health.start_interval = std::chrono::seconds{1};
    config.health.on_failure = HealthAction::Kill;
    config.labels = {{"a", "1"}, {"b.c", "\xff"}};
    return config;
}

TEST(ContainerConfigRecord, ComesBackAsItWasWritten)
{
    const ContainerConfig config = a_full_config();

    const ContainerConfig back = parse_container_config(serialize(config));

    EXPECT_EQ(serialize(back), serialize(config));
    EXPECT_EQ(back.created, config.created);
    EXPECT_EQ(back.env, config.env) << "bytes that are not UTF-8 are kept";
    EXPECT_EQ(back.labels, config.labels);
    EXPECT_EQ(back.mounts, config.mounts);
    EXPECT_EQ(back.network.ports, config.network.ports);
    EXPECT_EQ(back.rlimits[0].hard, ~std::uint64_t{0});
    EXPECT_EQ(back.limits.memory_swap_bytes, -1);
    EXPECT_EQ(back.userns.uid, 1000U);
    EXPECT_EQ(back.health.interval, std::chrono::seconds{5});
    EXPECT_EQ(back.health.start_interval, std::chrono::seconds{1});
    EXPECT_EQ(to_string(back.restart), "on-failure:3");
    EXPECT_EQ(back.restart.delay, std::chrono::seconds{2});
    EXPECT_EQ(back.restart.window, std::chrono::minutes{1});
}

TEST(ContainerConfigRecord, LeavesOutWhatIsDefault)
{
    ContainerConfig config;
    config.id = "1";

    EXPECT_EQ(serialize(config), R"({"id":"1"})");
    EXPECT_EQ(serialize(parse_container_config("{}")), "{}");
}

TEST(ContainerConfigRecord, KeepsANonDefaultThatLooksEmpty)
{
    ContainerConfig config;
    config.working_dir = "";
    config.read_only_tmpfs = false;
    config.stop_timeout_s = 0;

    const ContainerConfig back = parse_container_config(serialize(config));

    EXPECT_EQ(back.working_dir, "");
    EXPECT_FALSE(back.read_only_tmpfs);
    EXPECT_EQ(back.stop_timeout_s, 0U);
}

TEST(ContainerConfigRecord, IgnoresFieldsItDoesNotKnow)
{
    EXPECT_EQ(parse_container_config(R"({"name":"x","from_the_future":[1,{"a":2}]})").name, "x");
}

TEST(ContainerConfigRecord, NamesTheFieldThatIsWrong)
{
    EXPECT_EQ(error_of(R"({"name":1})"), "damaged container record: field 'name' must be a text, not 1");
    EXPECT_EQ(
        error_of(R"({"network":{"ports":[{},{"host_port":70000}]}})"),
        "damaged container record: field 'network.ports[1].host_port' must be a number from 0 to 65535, not 70000");
    EXPECT_THAT(error_of(R"({"labels":{"a":[]}})"), HasSubstr("field 'labels.a' must be a text"));
    EXPECT_THAT(
        error_of(R"({"restart":{"when":"sometimes"}})"),
        HasSubstr("field 'restart.when' must be one of no on-failure always unless-stopped, not \"sometimes\""));
    EXPECT_THAT(error_of(R"({"stop_timeout_s":-1})"), HasSubstr("field 'stop_timeout_s' must be a number from 0"));
    EXPECT_THAT(error_of(R"({"env":"A=1"})"), HasSubstr("field 'env' must be a list"));
    EXPECT_THAT(error_of("[]"), HasSubstr("must be an object"));
}

TEST(ContainerConfigRecord, RefusesTornTextCleanly)
{
    const std::string whole = serialize(a_full_config());

    EXPECT_EQ(error_of(""), "damaged container record: it is empty");
    for (std::size_t length = 1; length < whole.size(); length += 7)
        EXPECT_THAT(error_of(whole.substr(0, length)), HasSubstr("damaged container record: no valid JSON at byte"));
    EXPECT_THAT(error_of(std::string(4096, '\0')), HasSubstr("damaged container record"));
    EXPECT_THAT(error_of(R"({"limits":{"cpus":1e999}})"), HasSubstr("damaged container record"));
}

TEST(RestartPolicyText, IsAsTheCommandLineWritesIt)
{
    EXPECT_EQ(to_string(RestartPolicy{}), "no");
    EXPECT_EQ(to_string(RestartPolicy{RestartWhen::OnFailure, 0}), "on-failure");
    EXPECT_EQ(to_string(RestartPolicy{RestartWhen::UnlessStopped, 0}), "unless-stopped");
    EXPECT_EQ(to_string(RestartPolicy{RestartWhen::Always, 3}), "always:3");
}

} // namespace
} // namespace skiff
