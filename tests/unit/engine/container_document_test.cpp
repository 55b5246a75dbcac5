#include "engine/container_document.hpp"

#include "text/go_template.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using std::chrono::seconds;
using Json = nlohmann::ordered_json;

ContainerConfig make_container()
{
    ContainerConfig config;
    config.id = std::string(64, 'a');
    config.name = "web";
    return config;
}

/// A document with the parts that need no store.
Json make_document(const store::ContainerRecord& record)
{
    return {{"State", make_state_document(record)},
            {"Config", make_config_document(record.config)},
            {"HostConfig", make_host_config_document(record.config, {"/log", "systemd"})},
            {"NetworkSettings", make_network_document(record)}};
}

std::string by_template(const store::ContainerRecord& record, const std::string& text)
{
    return text::Template::parse(text, "inspect").execute(make_template_view(make_document(record)), "data");
}

TEST(ContainerDocument, TellsHowTheLastRunEnded)
{
    store::ContainerRecord record{make_container()};
    record.status = ContainerStatus::Exited;
    record.exit = ExitRecord{};
    record.exit->code = 137;
    record.exit->oom_killed = true;
    record.exit->stopped_by_user = true;
    record.exit->started = WallTime{seconds{1'700'000'000}};
    record.exit->finished = WallTime{seconds{1'700'000'060}};

    const Json state = make_state_document(record);
    EXPECT_EQ(state["Status"], "exited");
    EXPECT_EQ(state["Running"], false);
    EXPECT_EQ(state["ExitCode"], 137);
    EXPECT_EQ(state["OOMKilled"], true);
    EXPECT_EQ(state["StoppedByUser"], true);
    EXPECT_EQ(state["Pid"], 0);
    EXPECT_FALSE(state.contains("Health"));
}

TEST(ContainerDocument, ShowsTheLimitsInEffect)
{
    ContainerConfig config = make_container();
    config.rlimits = {{"nofile", 5, 6}};
    const Json limits = make_host_config_document(config, {"/log", "systemd"})["Ulimits"];
    ASSERT_EQ(limits.size(), 2U);
    EXPECT_EQ(limits[0].dump(), R"({"Name":"RLIMIT_NOFILE","Soft":5,"Hard":6})");
    EXPECT_EQ(limits[1]["Name"], "RLIMIT_NPROC");
    EXPECT_NE(limits[1]["Soft"], 0);

    config.host_rlimits = true;
    EXPECT_EQ(make_host_config_document(config, {"/log", "systemd"})["Ulimits"].size(), 0U);
}

TEST(ContainerDocument, ShowsZeroTimesForWhatDidNotHappen)
{
    const Json state = make_state_document({make_container()});

    EXPECT_EQ(state["StartedAt"], "0001-01-01T00:00:00Z");
    EXPECT_EQ(state["FinishedAt"], "0001-01-01T00:00:00Z");
}

TEST(ContainerDocument, TemplatesKnowTheMethodsOfPodman)
{
    store::ContainerRecord record{make_container()};
    EXPECT_EQ(by_template(record, "{{.State.Healthcheck.FailingStreak}} {{.Config.StartupHealthCheck}}"), "0 <nil>");

    record.config.health.test = {"CMD-SHELL", "true"};
    record.config.health.interval = seconds{90};
    EXPECT_EQ(by_template(record, "{{.Config.Healthcheck.Test}} {{.Config.Healthcheck.Interval}} {{.Config.HealthMaxLogCount}}"),
              "[CMD-SHELL true] 1m30s 5");
    EXPECT_EQ(make_config_document(record.config)["Healthcheck"]["Interval"], 90'000'000'000);
}

TEST(ContainerDocument, ShowsAStartIntervalThatWasAskedFor)
{
    store::ContainerRecord record{make_container()};
    record.config.health.test = {"CMD-SHELL", "true"};
    EXPECT_EQ(by_template(record, "{{.Config.Healthcheck.StartInterval}}"), "0s");
    EXPECT_FALSE(make_config_document(record.config)["Healthcheck"].contains("StartInterval"));

    record.config.health.start_interval = seconds{2};

    EXPECT_EQ(by_template(record, "{{.Config.Healthcheck.StartInterval}}"), "2s");
    EXPECT_EQ(make_config_document(record.config)["Healthcheck"]["StartInterval"], 2'000'000'000);
}

TEST(ContainerDocument, ShowsTimesOfRestartsThatWereAskedFor)
{
    store::ContainerRecord record{make_container()};
    const std::string times = "{{.HostConfig.RestartPolicy.Delay}} {{.HostConfig.RestartPolicy.Window}}";
    EXPECT_EQ(by_template(record, times), "0s 0s");

    record.config.restart = {RestartWhen::Always, 0, seconds{5}, seconds{90}};

    EXPECT_EQ(by_template(record, times), "5s 1m30s");
}

TEST(ContainerDocument, ShowsADisabledHealthCheckAsNone)
{
    store::ContainerRecord record{make_container()};
    record.config.health.test = {"NONE"};

    EXPECT_EQ(by_template(record, "{{.Config.Healthcheck.Test}}"), "[NONE]");
}

TEST(ContainerDocument, PortsOfARangeStandOneByOne)
{
    ContainerConfig config = make_container();
    config.network.ports = {{"127.0.0.1", 8000, 80, 2, "tcp"}};
    config.network.exposed = {{"", 0, 80, 1, "tcp"}, {"", 0, 53, 1, "udp"}};

    const Json ports = make_network_document({config})["Ports"];
    EXPECT_EQ(ports["80/tcp"], Json::parse(R"([{"HostIp": "127.0.0.1", "HostPort": "8000"}])"));
    EXPECT_EQ(ports["81/tcp"], Json::parse(R"([{"HostIp": "127.0.0.1", "HostPort": "8001"}])"));
    EXPECT_EQ(ports["53/udp"], nullptr);
}

TEST(ContainerDocument, MountsTellWhereTheirFilesAre)
{
    ContainerConfig config = make_container();
    MountConfig volume;
    volume.type = MountType::Volume;
    volume.source = "data";
    volume.target = "/data";
    MountConfig bind;
    bind.source = "/srv";
    bind.target = "/srv";
    bind.read_only = true;
    MountConfig tmpfs;
    tmpfs.type = MountType::Tmpfs;
    tmpfs.target = "/run";
    tmpfs.options = {"size=1m"};
    config.mounts = {volume, bind, tmpfs};

    const Json mounts = make_mounts_document(config, [](const std::string& name) { return "/volumes/" + name + "/_data"; });
    ASSERT_EQ(mounts.size(), 2U);
    EXPECT_EQ(mounts[0]["Name"], "data");
    EXPECT_EQ(mounts[0]["Source"], "/volumes/data/_data");
    EXPECT_EQ(mounts[1]["RW"], false);
    const Json host = make_host_config_document(config, {"/log", "systemd"});
    EXPECT_EQ(host["Binds"][1], "/srv:/srv:ro,rprivate,rbind");
    EXPECT_EQ(host["Tmpfs"]["/run"], "rw,rprivate,nosuid,nodev,size=1m,tmpcopyup");
}

TEST(ContainerDocument, CapabilitiesAreToldAsDifferencesFromTheUsualSet)
{
    ContainerConfig config = make_container();
    config.security.capabilities = {"CAP_NET_ADMIN"};

    const Json host = make_host_config_document(config, {"/log", "systemd"});
    EXPECT_EQ(host["CapAdd"], Json::parse(R"(["CAP_NET_ADMIN"])"));
    EXPECT_NE(std::find(host["CapDrop"].begin(), host["CapDrop"].end(), "CAP_CHOWN"), host["CapDrop"].end());
}

TEST(ContainerDocument, CpusFollowFromQuotaAndPeriod)
{
    ContainerConfig config = make_container();
    config.limits.cpu_quota_us = 150'000;
    config.limits.cpu_period_us = 100'000;

    EXPECT_EQ(make_host_config_document(config, {"/log", "systemd"})["NanoCpus"], 1'500'000'000);
}

} // namespace
} // namespace skiff::engine
