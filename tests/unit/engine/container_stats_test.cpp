#include "engine/container_stats.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

TEST(ContainerStats, CountsAllCardsButLoopback)
{
    const NetworkTraffic traffic = parse_network_traffic(
        "Inter-|   Receive                                                |  Transmit\n"
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
        "    lo:     999       9    0    0    0     0          0         0      999       9    0    0    0     0       0          0\n"
        "  tap0:    1000      10    0    0    0     0          0         0      200       2    0    0    0     0       0          0\n"
        "  eth0:1       10    0    0    0     0          0         0      2       2    0    0    0     0       0          0\n");

    EXPECT_EQ(traffic.received_bytes, 1001U);
    EXPECT_EQ(traffic.sent_bytes, 202U);
}

TEST(ContainerStats, ShowsPairsAndPercentages)
{
    ContainerStats stats;
    stats.id = std::string(64, 'a');
    stats.name = "web";
    stats.cpu_percent = 12.345;
    stats.cpu_time = std::chrono::milliseconds{1500};
    stats.memory_bytes = 1'000'000;
    stats.memory_limit_bytes = 4'000'000;
    stats.pids = 3;

    const auto json = make_stats_document(stats, false);
    EXPECT_EQ(json["id"], std::string(12, 'a'));
    EXPECT_EQ(json["cpu_percent"], "12.35%");
    EXPECT_EQ(json["cpu_time"], "1.5s");
    EXPECT_EQ(json["mem_usage"], "1MB / 4MB");
    EXPECT_EQ(json["mem_percent"], "25.00%");
    EXPECT_EQ(make_stats_row(stats, true)["ID"], stats.id);
}

} // namespace
} // namespace skiff::engine
