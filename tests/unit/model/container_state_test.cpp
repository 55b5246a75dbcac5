#include "model/container_state.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

namespace skiff {
namespace {

TEST(ContainerStateRecord, ComesBackAsItWasWritten)
{
    ContainerState state;
    state.status = ContainerStatus::Paused;
    state.init = {42, 123456789012, "boot"};
    state.started = WallTime{std::chrono::nanoseconds{5}};
    state.health.status = "unhealthy";
    state.health.log = {{WallTime{}, WallTime{std::chrono::nanoseconds{7}}, 1, "no\x1b answer \xff"}};
    state.ip_address = "10.0.2.100";
    state.exec_ids = {"e1", "e2"};

    const ContainerState back = parse_container_state(serialize(state));

    EXPECT_EQ(serialize(back), serialize(state));
    EXPECT_EQ(back.status, ContainerStatus::Paused);
    EXPECT_EQ(back.init, state.init);
    EXPECT_EQ(back.health.log.at(0).output, state.health.log[0].output);
}

TEST(ExitRecordText, ComesBackAsItWasWritten)
{
    ExitRecord exit;
    exit.code = 137;
    exit.signal = 9;
    exit.oom_killed = true;
    exit.reason = "monitor died";

    const ExitRecord back = parse_exit_record(serialize(exit));

    EXPECT_EQ(serialize(back), serialize(exit));
    EXPECT_EQ(back.code, 137);
    EXPECT_TRUE(back.oom_killed);
    EXPECT_THROW(parse_exit_record(R"({"code":"x"})"), Error);
}

TEST(ContainerStatusWords, AreThoseOfInspectAndFilters)
{
    EXPECT_EQ(to_string(ContainerStatus::Running), "running");
    EXPECT_EQ(find_container_status("stopping"), ContainerStatus::Stopping);
    EXPECT_EQ(find_container_status("configured"), ContainerStatus::Created);
    EXPECT_EQ(find_container_status("stopped"), ContainerStatus::Exited);
    EXPECT_FALSE(find_container_status("asleep"));
}

} // namespace
} // namespace skiff
