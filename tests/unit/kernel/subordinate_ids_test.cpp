#include "kernel/subordinate_ids.hpp"

#include "base/cat.hpp"

#include <gtest/gtest.h>

namespace skiff::kernel {
namespace {

const SubordinateOwner ada{"ada", 1000, {0, 1000, 1001, 65534}, {0, 100, 65534}};

SubordinateIds parse(std::string_view text) { return parse_subordinate_ids(text, IdKind::User, ada, "/etc/subuid"); }

using Ranges = std::vector<SubordinateRange>;

TEST(SubordinateIds, AreFoundByNameAndByNumber)
{
    struct Case
    {
        const char* text;
        Ranges ranges;
    };
    const Case cases[] = {
        {"ada:100000:65536\n", {{100000, 65536}}},
        {"ada:100000:65536", {{100000, 65536}}}, // no newline at the end
        {"# people\n\nbob:200000:10\n1000:100000:65536\n", {{100000, 65536}}},
        {"ada:100000:10\nada:300000:20\n", {{100000, 10}, {300000, 20}}},
        {"ada:100000:10\n1000:100000:10\n", {{100000, 10}}}, // the same range twice is one
        {"nonsense\nbob:x:y\nada:100000:10\n", {{100000, 10}}},
        {"ada:4294967294:1\n", {{4294967294U, 1}}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(parse(c.text).ranges, c.ranges);
        EXPECT_EQ(parse(c.text).problem, "");
    }
}

TEST(SubordinateIds, AreRefusedWhenTheyMeetSomebodyElse)
{
    struct Case
    {
        const char* text;
        const char* problem;
    };
    const Case cases[] = {
        {"", "no line for 'ada' in /etc/subuid"},
        {"bob:100000:65536\n", "no line for 'ada' in /etc/subuid"},
        {"ada:0:65536\n", "the range 0:65536 in /etc/subuid contains id 0"},
        {"ada:1:2000\n", "the range 1:2000 in /etc/subuid contains id 1000 of a login"},
        {"ada:60000:10000\n", "the range 60000:10000 in /etc/subuid contains id 65534 of a login"},
        {"ada:100000:65536\nbob:165535:10\n", "the range 100000:65536 in /etc/subuid overlaps another user's"},
        {"bob:1:200000\nada:100000:65536\n", "the range 100000:65536 in /etc/subuid overlaps another user's"},
        {"ada:100000:10\nada:100005:10\n", "the ranges 100000:10 and 100005:10 in /etc/subuid overlap"},
        {"ada:100000\n", "the line 'ada:100000' in /etc/subuid is not NAME:FIRST:COUNT"},
        {"ada:100000:0\n", "the line 'ada:100000:0' in /etc/subuid is not NAME:FIRST:COUNT"},
        {"ada:100000:65536:\n", "the line 'ada:100000:65536:' in /etc/subuid is not NAME:FIRST:COUNT"},
        {"ada:-5:65536\n", "the line 'ada:-5:65536' in /etc/subuid is not NAME:FIRST:COUNT"},
        {"ada: 100000:65536\n", "the line 'ada: 100000:65536' in /etc/subuid is not NAME:FIRST:COUNT"},
        {"ada:4294967000:4000\n", "the line 'ada:4294967000:4000' in /etc/subuid is not NAME:FIRST:COUNT"},
        {"ada:100000:99999999999\n", "the line 'ada:100000:99999999999' in /etc/subuid is not NAME:FIRST:COUNT"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(parse(c.text).problem, c.problem);
        EXPECT_TRUE(parse(c.text).ranges.empty());
    }
}

TEST(SubordinateIds, OfGroupsMayNotContainALoginsGroup)
{
    EXPECT_EQ(parse_subordinate_ids("ada:50:100\n", IdKind::Group, ada, "/etc/subgid").problem,
              "the range 50:100 in /etc/subgid contains id 100 of a login");
    EXPECT_EQ(parse_subordinate_ids("ada:900:200\n", IdKind::Group, ada, "/etc/subgid").problem, "");
}

TEST(SubordinateIds, MayBeAmongManyUsers)
{
    std::string text;
    for (std::uint32_t user = 0; user < 40'000; ++user)
        text += cat("user", user, ":", 1'000'000 + user * 10, ":10\n");

    EXPECT_EQ(parse(text + "ada:100000:65536\n").ranges, (Ranges{{100000, 65536}}));
}

} // namespace
} // namespace skiff::kernel
