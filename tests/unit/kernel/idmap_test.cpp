#include "kernel/idmap.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace skiff::kernel {
namespace {

TEST(IdentityPlan, WithASingleIdMakesTheCallerRoot)
{
    const IdentityPlan plan = plan_single_identity("because");

    EXPECT_TRUE(plan.single_id);
    EXPECT_EQ(plan.map.uids, (std::vector<IdRange>{{0, ::geteuid(), 1}}));
    EXPECT_EQ(plan.map.gids, (std::vector<IdRange>{{0, ::getegid(), 1}}));
    EXPECT_EQ(plan.notice, "because");
}

TEST(IdentityPlan, HasARemedyWhenItIsSingle)
{
    const IdentityPlan plan = plan_identity();

    EXPECT_EQ(plan.single_id, plan.map.uids.size() == 1 && plan.map.uids[0].size == 1);
    EXPECT_EQ(plan.single_id && ::geteuid() != 0, !plan.notice.empty());
    EXPECT_EQ(find_outside(plan.map.uids, 0), ::geteuid());
}

TEST(IdMap, OfOnesOwnMapsEachIdToItself)
{
    const IdMap map = make_own_id_map("         0       1000          1\n         1     100000      65536\n", "0 0 4294967295\n");

    EXPECT_EQ(map.uids, (std::vector<IdRange>{{0, 0, 1}, {1, 1, 65536}}));
    EXPECT_EQ(map.gids, (std::vector<IdRange>{{0, 0, 4294967295U}}));
}

TEST(IdMap, IsWrittenAsTheKernelReadsIt)
{
    EXPECT_EQ(make_map_text({{0, 1000, 1}, {1, 100000, 65536}}), "0 1000 1\n1 100000 65536\n");
}

} // namespace
} // namespace skiff::kernel
