#include "build/stage_graph.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::build {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Containerfile parse(const std::string& text) { return parse_containerfile(std::vector<NamedText>{{"Containerfile", text}}); }

std::vector<StageNeeds> needs_of(const Containerfile& file, Values given = {})
{
    return stage_needs(file, GlobalArgs{{std::move(given), {}, {}}, file});
}

TEST(StageGraph, FollowsBasesCopiesAndMounts)
{
    const Containerfile file = parse("FROM debian AS base\nFROM base AS build\nFROM alpine AS tools\nFROM busybox AS unused\n"
                                     "FROM base\nCOPY --from=build /a /a\nRUN --mount=type=bind,from=tools,target=/t true\nCOPY --from=0 /b /b\n");

    const std::vector<StageNeeds> needs = needs_of(file);

    EXPECT_EQ(needs[0].base, std::nullopt);
    EXPECT_EQ(needs[1].base, 0U);
    EXPECT_EQ(needs[4].base, 0U);
    EXPECT_THAT(needs[4].stages, ElementsAre(0, 1, 2));
    EXPECT_THAT(needed_stages(needs, 4), ElementsAre(0, 1, 2, 4));
    EXPECT_THAT(needed_stages(needs, 1), ElementsAre(0, 1));
}

TEST(StageGraph, AStageKnowsEarlierOnesOnlyAndFromTakesNoNumbers)
{
    const Containerfile file = parse("FROM later\nFROM 0 AS later\nFROM LATER\n");

    const std::vector<StageNeeds> needs = needs_of(file);

    EXPECT_EQ(needs[0].base, std::nullopt);
    EXPECT_EQ(needs[0].base_name, "later");
    EXPECT_EQ(needs[1].base, std::nullopt);
    EXPECT_EQ(needs[2].base, 1U);
}

TEST(StageGraph, FillsVariablesInAndComplainsAboutNothing)
{
    const Containerfile file = parse("ARG TAG=12\nARG NONE\nFROM debian:$TAG\nFROM $NONE\n");

    EXPECT_EQ(needs_of(file, {{"NONE", "x"}})[1].base_name, "x");
    EXPECT_EQ(needs_of(file, {{"NONE", "x"}, {"TAG", "13"}})[0].base_name, "debian:13");
    try {
        (void)needs_of(file);
        FAIL() << "an empty name";
    } catch (const Error& error) {
        EXPECT_THAT(error.message(), HasSubstr("Containerfile:4: base name ($NONE) should not be blank"));
        EXPECT_THAT(error.hint(), HasSubstr("NONE"));
    }
}

} // namespace
} // namespace skiff::build
