#include "engine/image_list.hpp"

#include "base/error.hpp"
#include "engine/name_pattern.hpp"

#include <gtest/gtest.h>

namespace skiff::engine {
namespace {

store::Image image(const std::string& id, const std::vector<std::string>& layers)
{
    store::Image made;
    made.id = id;
    made.layers = layers;
    return made;
}

TEST(ImageList, ChildrenStandOnAllLayersOfTheirParent)
{
    const std::vector<store::Image> all{image("base", {"1", "2"}), image("child", {"1", "2", "3"}),
                                        image("other", {"1", "4"}), image("empty", {})};

    EXPECT_TRUE(has_children(all[0], all));
    EXPECT_FALSE(has_children(all[1], all));
    EXPECT_FALSE(has_children(all[2], all));
    EXPECT_FALSE(has_children(all[3], all));
}

TEST(ImageList, LabelsAreFoundByNameAndValueWithWildcards)
{
    const std::map<std::string, std::string> labels{{"org.name", "web"}, {"empty", ""}};

    for (const std::string fitting : {"org.name", "org.*", "org.name=web", "org.name=w*", "empty", "empty="})
        EXPECT_TRUE(has_label(labels, fitting)) << fitting;
    for (const std::string other : {"org", "org.name=", "name=web", "empty=x"})
        EXPECT_FALSE(has_label(labels, other)) << other;
}

TEST(NamePattern, IsARegularExpressionThatFitsAnywhere)
{
    EXPECT_TRUE(make_name_pattern("b.+d")("abcde"));
    EXPECT_TRUE(make_name_pattern("^abc")("abcde"));
    EXPECT_FALSE(make_name_pattern("^bc")("abcde"));
    EXPECT_FALSE(make_name_pattern("x")("abcde"));
    EXPECT_THROW(make_name_pattern("a("), Error);
}

} // namespace
} // namespace skiff::engine
