#include "archive/entry_name.hpp"

#include "base/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::archive {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(EntryName, IsWhatIsBelowTheRoot)
{
    EXPECT_THAT(split_entry_name("a/b"), ElementsAre("a", "b"));
    EXPECT_THAT(split_entry_name("/abs"), ElementsAre("abs"));   // M-03
    EXPECT_THAT(split_entry_name("//abs/"), ElementsAre("abs")); // M-04
    EXPECT_THAT(split_entry_name("./a/./b//c/"), ElementsAre("a", "b", "c"));
    EXPECT_THAT(split_entry_name("./"), IsEmpty()); // M-05
    EXPECT_THAT(split_entry_name("."), IsEmpty());
    EXPECT_THAT(split_entry_name("/"), IsEmpty());
    EXPECT_THAT(split_entry_name("...a"), ElementsAre("...a"));
}

TEST(EntryName, RefusesWhatNoLayerMayContain)
{
    std::string deep;
    for (int i = 0; i < 300; ++i)
        deep += "a/";
    const std::string cases[] = {
        "",          // M-05
        "../x",      // M-01
        "a/../../x", // M-02
        "a/..",
        "..",
        std::string(256, 'a'),  // M-06
        std::string(5000, 'a'), // M-07
        deep,                   // M-08
        std::string("a\0b", 3), // M-09
    };
    for (const std::string& name : cases)
        EXPECT_THROW((void)split_entry_name(name), Error) << name;
    EXPECT_NO_THROW((void)split_entry_name(std::string(255, 'a')));
}

TEST(EntryName, KnowsWhiteouts)
{
    const auto meaning = [](std::string_view name) { return meaning_of(split_entry_name(name)); };
    EXPECT_EQ(meaning("a/b"), NameMeaning::Plain);
    EXPECT_EQ(meaning("a/.whx"), NameMeaning::Plain);
    EXPECT_EQ(meaning("a/.wh.b"), NameMeaning::Whiteout);
    EXPECT_EQ(meaning(".wh..b"), NameMeaning::Whiteout);
    EXPECT_EQ(meaning("a/.wh..wh..opq"), NameMeaning::Opaque);
    EXPECT_EQ(meaning(".wh..wh.plnk/1"), NameMeaning::Ignored); // M-66
    EXPECT_EQ(meaning(".wh..wh.aufs"), NameMeaning::Ignored);
    for (const char* name : {".wh.", "a/.wh.", ".wh..", "a/.wh...", ".wh.a/b"}) // M-59 to M-61, M-70
        EXPECT_THROW((void)meaning(name), Error) << name;
}

} // namespace
} // namespace skiff::archive
