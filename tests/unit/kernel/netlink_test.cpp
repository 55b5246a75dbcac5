#include "kernel/netlink.hpp"

#include <cerrno>
#include <gtest/gtest.h>
#include <netinet/in.h>

namespace skiff::kernel {
namespace {

TEST(NetlinkBatch, FindsLoopback)
{
    NetlinkBatch batch;

    EXPECT_EQ(batch.find_index("lo"), 1U);
    EXPECT_EQ(batch.find_index("no-such-link"), 0U);
}

TEST(NetlinkBatch, ReportsTheFirstRefusalAndPassesOverOptionalOnes)
{
    constexpr unsigned no_such_index = 0x7ffffff0;
    const in_addr address{htonl(0x0a000264)};

    NetlinkBatch optional;
    optional.add_address(no_such_index, AF_INET, &address, 24, NetlinkBatch::Need::Optional);
    EXPECT_EQ(optional.apply(), 0);

    NetlinkBatch required;
    required.add_address(no_such_index, AF_INET, &address, 24, NetlinkBatch::Need::Optional);
    required.add_address(no_such_index, AF_INET, &address, 24);
    EXPECT_EQ(required.apply(), -1);
    EXPECT_TRUE(errno == ENODEV || errno == EPERM) << errno;
}

TEST(NetlinkBatch, RefusesMoreThanItsBufferHolds)
{
    NetlinkBatch batch;
    const in_addr address{};
    for (int i = 0; i < 100; ++i)
        batch.add_address(1, AF_INET, &address, 24);

    EXPECT_EQ(batch.apply(), -1);
    EXPECT_EQ(errno, ENOBUFS);
}

} // namespace
} // namespace skiff::kernel
