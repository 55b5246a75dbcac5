#include "build/containerfile.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

using namespace skiff;
using namespace skiff::build;

namespace {

Containerfile parse(std::string text)
{
    const NamedText texts[] = {{"f", std::move(text)}};
    return parse_containerfile(texts);
}

std::string failure(std::string text)
{
    try {
        parse(std::move(text));
        return "no error";
    } catch (const Error& error) {
        return error.message();
    }
}

TEST(Containerfile, IsARowOfStages)
{
    const Containerfile file = parse("ARG V=12\nFROM debian:$V AS Base\nRUN a\nFROM base\nCOPY --from=0 x y\nFROM scratch AS base\n");

    EXPECT_EQ(file.global_args.size(), 1U);
    ASSERT_EQ(file.stages.size(), 3U);
    EXPECT_EQ(file.stages[0].label(), "base");
    EXPECT_EQ(file.stages[1].label(), "1");
    EXPECT_EQ(file.stages[1].instructions.size(), 1U);
}

TEST(Containerfile, FindsStagesByNameAndNumber)
{
    const Containerfile file = parse("FROM a AS x\nFROM b AS X\nFROM c\n");

    EXPECT_EQ(find_stage(file, "x", 1), 0U);
    EXPECT_EQ(find_stage(file, "X", 3), 1U);
    EXPECT_EQ(find_stage(file, "0", 2), 0U);
    EXPECT_EQ(find_stage(file, "2", 2), std::nullopt);
    EXPECT_EQ(find_stage(file, "", 2), std::nullopt);
    EXPECT_EQ(target_stage(file, ""), 2U);
    EXPECT_EQ(target_stage(file, "x"), 1U);
    EXPECT_THROW(target_stage(file, "y"), Error);
}

TEST(Containerfile, JoinsSeveralFiles)
{
    const NamedText texts[] = {{"a", "FROM x\n"}, {"b", "RUN y\n"}};

    const Containerfile file = parse_containerfile(texts);

    EXPECT_EQ(file.stages[0].instructions[0].place, (Place{"b", 1, 1}));
}

TEST(Containerfile, NeedsAStage)
{
    EXPECT_EQ(failure(""), "f: file with no instructions");
    EXPECT_EQ(failure("ARG x\n"), "f: no FROM statement found");
    EXPECT_EQ(failure("RUN x\nFROM y\n"), "f:1: no build stage in current context");
}

} // namespace
