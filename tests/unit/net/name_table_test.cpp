#include "net/name_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skiff::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

const IpAddress web = *find_ip_address("10.1.2.3");
const IpAddress web6 = *find_ip_address("fd00::3");
const IpAddress other = *find_ip_address("10.1.2.4");

TEST(NameTable, KnowsContainersByAllTheirNames)
{
    NameTable table;
    table.set("1", {{"Web", "www"}, {web, web6}, {}, true});

    EXPECT_THAT(table.find("web", false), Optional(ElementsAre(web)));
    EXPECT_THAT(table.find("www.dns.podman", true), Optional(ElementsAre(web6)));
    EXPECT_EQ(table.find("www.example.org", false), std::nullopt);
    EXPECT_THAT(table.find_names(web), ElementsAre("web", "www"));
}

TEST(NameTable, SaysThatANameHasNoAddressOfThatFamily)
{
    NameTable table;
    table.set("1", {{"web"}, {web}, {}, true});

    EXPECT_THAT(table.find("web", true), Optional(IsEmpty()));
}

TEST(NameTable, GivesContainersOfOneNameInTurn)
{
    NameTable table;
    table.set("1", {{"web"}, {web}, {}, true});
    table.set("2", {{"web"}, {other}, {}, true});

    const auto first = table.find("web", false);
    const auto second = table.find("web", false);

    EXPECT_NE(first->front(), second->front());
}

TEST(NameTable, ForgetsWhoHasGone)
{
    NameTable table;
    table.set("1", {{"web"}, {web}, {}, true});
    table.set("1", {{"other"}, {web}, {}, true});
    EXPECT_EQ(table.find("web", false), std::nullopt);

    table.remove("1");

    EXPECT_EQ(table.find("other", false), std::nullopt);
    EXPECT_THAT(table.find_names(web), IsEmpty());
}

TEST(NameTable, TellsNamesThatCanOnlyBeContainers)
{
    EXPECT_TRUE(NameTable::is_local("web"));
    EXPECT_TRUE(NameTable::is_local("web.dns.podman"));
    EXPECT_FALSE(NameTable::is_local("web.example.org"));
}

} // namespace
} // namespace skiff::net
