#include "build/cache_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::build {
namespace {

using ::testing::ElementsAre;

TEST(CacheKey, DependsOnNamesAndValuesAndNotOnTheirOrder)
{
    const std::string hash = CacheKey{}.add("a", "1").add("b", "2").hash();

    EXPECT_EQ(CacheKey{}.add("b", "2").add("a", "1").hash(), hash);
    EXPECT_NE(CacheKey{}.add("a", "1").hash(), hash);
    EXPECT_NE(CacheKey{}.add("a", "2").add("b", "1").hash(), hash);
    EXPECT_NE(CacheKey{}.add("a", "12").add("b", "").hash(), hash);
    EXPECT_NE(CacheKey{}.add("a1", "").add("b", "2").hash(), hash);
    EXPECT_EQ(hash.size(), 64U);
}

TEST(CacheKey, KeepsLongValuesAsTheirHash)
{
    const CacheKey key = CacheKey{}.add("text", std::string(10'000, 'x'));

    EXPECT_LT(key.inputs().at("text").size(), 80U);
    EXPECT_NE(key.hash(), CacheKey{}.add("text", std::string(10'001, 'x')).hash());
}

TEST(CacheKey, TellsWhichInputChanged)
{
    const std::string files = "sha256:" + std::string(64, 'a');
    const std::string other_files = "sha256:" + std::string(64, 'b');

    EXPECT_THAT(describe_changes({{"ARG V", "1"}, {"files", files}, {"user", "x"}, {"same", "s"}},
                                 {{"ARG V", "2"}, {"ENV N", "n"}, {"files", other_files}, {"same", "s"}}),
                ElementsAre("ARG V changed from '1' to '2'", "ENV N is new", "files changed", "user is gone"));
}

TEST(CacheKey, TellsWhichFilesChanged)
{
    const std::map<std::string, std::string> before{{"a", "0644 1 x"}, {"b", "0644 1 x"}, {"c", "0644 1 x"}, {"same", "0644 1 x"}};

    EXPECT_EQ(describe_changed_files(before, before), "");
    EXPECT_EQ(describe_changed_files(before, {{"a", "0755 1 x"}, {"b", "0644 2 y"}, {"d", "0644 1 x"}, {"same", "0644 1 x"}}),
              "a (mode 0644 to 0755), b, d (new), c (gone)");
    std::map<std::string, std::string> many = before;
    for (int i = 0; i < 9; ++i)
        many["n" + std::to_string(i)] = "0644 1 x";
    EXPECT_THAT(describe_changed_files(before, many), ::testing::EndsWith(", n4 (new), 4 more"));
}

} // namespace
} // namespace skiff::build
