#include "engine/make_config.hpp"

#include "base/error.hpp"
#include "engine/host_ids.hpp"

#include <gtest/gtest.h>

namespace skiff::engine {
namespace {

using Mode = UsernsChoice::Mode;

CallerFacts caller_with(std::uint32_t ids)
{
    CallerFacts caller;
    caller.uid = 1000;
    caller.gid = 100;
    caller.id_count = ids;
    return caller;
}

IdMap map_of(const UsernsChoice& choice, const CallerFacts& caller) { return make_container_id_map({}, choice, caller); }

TEST(IdMap, HostHasNone) { EXPECT_TRUE(map_of({}, caller_with(65537)).empty()); }

TEST(IdMap, KeepIdPutsTheCallerAtItsOwnNumberAndAllOthersAround)
{
    UsernsChoice choice;
    choice.mode = Mode::KeepId;

    const IdMap map = map_of(choice, caller_with(65537));

    EXPECT_EQ(map.uids, (std::vector<IdRange>{{0, 1, 1000}, {1000, 0, 1}, {1001, 1001, 64536}}));
    EXPECT_EQ(map.gids, (std::vector<IdRange>{{0, 1, 100}, {100, 0, 1}, {101, 101, 65436}}));
}

TEST(IdMap, KeepIdWithOneIdIsThatId)
{
    UsernsChoice choice;
    choice.mode = Mode::KeepId;
    choice.uid = 7;

    EXPECT_EQ(map_of(choice, caller_with(1)).uids, (std::vector<IdRange>{{7, 0, 1}}));
}

TEST(IdMap, NomapLeavesTheCallerOut)
{
    UsernsChoice choice;
    choice.mode = Mode::NoMap;

    EXPECT_EQ(map_of(choice, caller_with(65537)).uids, (std::vector<IdRange>{{0, 1, 65536}}));
    EXPECT_THROW(map_of(choice, caller_with(1)), Error);
}

TEST(IdMap, AutoTakesTheFirstGap)
{
    UsernsChoice choice;
    choice.mode = Mode::Auto;
    choice.size = 100;
    CallerFacts caller = caller_with(1000);
    caller.taken_ids = {{0, 1, 100}, {0, 150, 100}};

    EXPECT_EQ(map_of(choice, caller).uids, (std::vector<IdRange>{{0, 250, 100}}));
    choice.size = 900;
    EXPECT_THROW(map_of(choice, caller), Error);
}

TEST(IdMap, ExplicitMapsMustLieInWhatTheUserHas)
{
    UsernsRequest request;
    IdMapRequest one;
    one.range = {0, 1, 100};
    request.uid_maps = {one};

    EXPECT_EQ(make_container_id_map(request, {}, caller_with(1000)).gids, (std::vector<IdRange>{{0, 1, 100}}));
    EXPECT_THROW(make_container_id_map(request, {}, caller_with(50)), Error);
}

TEST(IdMapOfRequests, CanTakeIdsOutOfWhatIsMapped)
{
    UsernsRequest request;
    IdMapRequest map;
    map.range = {5, 10, 2};
    map.extend = true;
    request.uid_maps = {map};

    const IdMap made = make_container_id_map(request, {}, caller_with(100));

    // 5 and 6 are 10 and 11 of the shared namespace, which nobody else is.
    const std::vector<IdRange> expected{{0, 0, 5}, {7, 7, 3}, {12, 12, 88}, {5, 10, 2}};
    EXPECT_EQ(made.uids, expected);
}

TEST(IdMapOfRequests, MayCountOnTheHost)
{
    const IdMap shared{{{0, 1000, 1}, {1, 100000, 50}}, {{0, 1000, 1}, {1, 100000, 50}}};
    UsernsRequest request;
    IdMapRequest map;
    map.range = {0, 100010, 20};
    map.from_host = true;
    request.uid_maps = {map};

    EXPECT_EQ(resolve_host_ids(request, shared).uid_maps[0].range, (IdRange{0, 11, 20}));

    for (const IdRange& foreign : {IdRange{0, 5, 1}, IdRange{0, 100040, 11}, IdRange{0, 1000, 2}}) {
        request.uid_maps[0].range = foreign;
        EXPECT_THROW(resolve_host_ids(request, shared), Error);
    }
}

} // namespace
} // namespace skiff::engine
