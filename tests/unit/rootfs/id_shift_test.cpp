#include "rootfs/id_shift.hpp"

#include <gtest/gtest.h>

namespace skiff::rootfs {
namespace {

const std::vector<IdRange> keep_id{{0, 1, 1000}, {1000, 0, 1}, {1001, 1001, 64535}};

TEST(IdShift, IsNeededOnlyWhenFilesWouldHaveOtherOwners)
{
    EXPECT_FALSE(needs_shift({}));
    EXPECT_FALSE(needs_shift({{{0, 0, 65536}}, {{0, 0, 65536}}}));
    EXPECT_FALSE(needs_shift({{{1000, 0, 1}}, {{1000, 0, 1}}})) << "one id: everything belongs to it anyway";
    EXPECT_TRUE(needs_shift({keep_id, keep_id}));
    EXPECT_TRUE(needs_shift({{{0, 0, 65536}}, keep_id}));
}

TEST(IdShift, GivesFilesTheOwnerThatTheyHaveInside)
{
    EXPECT_EQ(shifted_id(keep_id, 0), 1U);
    EXPECT_EQ(shifted_id(keep_id, 33), 34U);
    EXPECT_EQ(shifted_id(keep_id, 1000), 0U);
    EXPECT_EQ(shifted_id(keep_id, 1001), 1001U);
    EXPECT_EQ(shifted_id(keep_id, 100'000), 1U) << "an id that does not exist inside becomes root's";
}

TEST(IdShift, NamesMapsApart)
{
    const IdMap one{keep_id, keep_id};
    IdMap other = one;
    other.gids.back().size -= 1;

    EXPECT_EQ(map_fingerprint(one), map_fingerprint(IdMap{one}));
    EXPECT_NE(map_fingerprint(one), map_fingerprint(other));
    EXPECT_EQ(map_fingerprint(one).size(), 16U);
}

} // namespace
} // namespace skiff::rootfs
