#include "base/configuration.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace skiff {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Configuration : public testing::Test
{
  protected:
    void SetUp() override
    {
        for (const char* name : {"b.conf", "a.conf", "readme"})
            save_atomically(AT_FDCWD, at(name), name, Durability::None);
    }
    [[nodiscard]] std::string at(const std::string& name) const { return cat(box_.path(), "/", name); }

    TempDir box_{"/tmp", "skiff-configuration-"};
};

TEST_F(Configuration, IsReadWhenItIsThere)
{
    EXPECT_EQ(find_configuration(at("a.conf")), "a.conf");
    EXPECT_FALSE(find_configuration(at("c.conf")));
    EXPECT_FALSE(find_configuration(at("a.conf/c.conf")));
    EXPECT_THROW(find_configuration(box_.path()), Error) << "a directory";
    EXPECT_THAT(list_drop_ins(box_.path(), ".conf"), ElementsAre(at("a.conf"), at("b.conf")));
    EXPECT_THAT(list_drop_ins(at("nowhere"), ".conf"), IsEmpty());
}

TEST_F(Configuration, ThatThisUserMayNotReadIsAsGoodAsMissing)
{
    if (::geteuid() == 0)
        GTEST_SKIP() << "root may read everything";
    ASSERT_EQ(::chmod(at("a.conf").c_str(), 0), 0);
    EXPECT_FALSE(find_configuration(at("a.conf")));
    ASSERT_EQ(::chmod(box_.path().c_str(), 0), 0);

    EXPECT_FALSE(find_configuration(at("b.conf")));
    EXPECT_THAT(list_drop_ins(box_.path(), ".conf"), IsEmpty());
    EXPECT_THAT(list_drop_ins(at("below"), ".conf"), IsEmpty());

    ASSERT_EQ(::chmod(box_.path().c_str(), 0700), 0);
}

} // namespace
} // namespace skiff
