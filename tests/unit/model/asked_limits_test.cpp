#include "model/asked_limits.hpp"

#include <gmock/gmock.h>

namespace skiff {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string_view> options_of(const ResourceLimits& limits)
{
    std::vector<std::string_view> options;
    for (const AskedLimit& limit : list_asked_limits(limits))
        options.push_back(limit.option);
    return options;
}

TEST(AskedLimits, AreNotTheEnginesOwnDefault)
{
    ResourceLimits limits;
    limits.pids = 2048;
    EXPECT_THAT(options_of(limits), IsEmpty());

    limits.pids_asked = true;
    EXPECT_THAT(options_of(limits), ElementsAre("--pids-limit"));
}

TEST(AskedLimits, AreNotWhatFollowsFromAnother)
{
    ResourceLimits limits;
    limits.cpus = 0.5;
    limits.cpu_period_us = 100'000;
    limits.cpu_quota_us = 50'000;
    limits.memory_bytes = 1 << 20;
    limits.memory_swap_bytes = default_memory_swap(1 << 20);
    EXPECT_THAT(options_of(limits), ElementsAre("--memory", "--cpus"));

    limits.memory_swap_bytes = -1;
    limits.cpus.reset();
    EXPECT_THAT(options_of(limits), ElementsAre("--memory", "--memory-swap", "--cpu-period", "--cpu-quota"));
}

TEST(AskedLimits, KnowWhoCarriesThemOut)
{
    ResourceLimits limits;
    limits.cpuset_cpus = "0";
    limits.io_read_bps = {{"/dev/sda", 1}};
    limits.unified = {{"memory.high", "1"}};

    const std::vector<AskedLimit> asked = list_asked_limits(limits);

    ASSERT_EQ(asked.size(), 3U);
    EXPECT_EQ(asked[0].controller, "cpuset");
    EXPECT_EQ(asked[1].controller, "io");
    EXPECT_EQ(asked[2].controller, "");
}

} // namespace
} // namespace skiff
