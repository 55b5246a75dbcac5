#include "engine/read_events.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

store::Event make_event()
{
    store::Event event;
    event.time = WallTime{std::chrono::nanoseconds{1'700'000'000'500'000'000}};
    event.type = "container";
    event.action = "died";
    event.id = std::string(64, 'a');
    event.name = "web";
    event.image = "nginx";
    event.exit_code = 3;
    event.attributes = {{"tier", "front"}};
    return event;
}

bool fits(const std::vector<Filter>& filters) { return make_event_filter(filters)(make_event()); }

TEST(ReadEvents, DifferentKeysMustAllHoldAndOfOneKeyOneIsEnough)
{
    EXPECT_TRUE(fits({{"container", "web"}, {"event", "died"}, {"type", "container"}}));
    EXPECT_TRUE(fits({{"container", "db"}, {"container", "aaaa"}}));
    EXPECT_FALSE(fits({{"container", "web"}, {"event", "start"}}));
    EXPECT_FALSE(fits({{"image", "nginx"}})); // events of images only
    EXPECT_FALSE(fits({{"type", "container", true}}));
}

TEST(ReadEvents, KnowsDockersWordAndLabelsWithAndWithoutValue)
{
    EXPECT_TRUE(fits({{"status", "die"}}));
    EXPECT_TRUE(fits({{"label", "tier"}}));
    EXPECT_TRUE(fits({{"label", "tier=front"}}));
    EXPECT_FALSE(fits({{"label", "tier=back"}}));
}

TEST(ReadEvents, RefusesKeysThatDoNotExist) { EXPECT_THROW(make_event_filter({{"foo", "x"}}), Error); }

TEST(ReadEvents, AnEventIsOneLine)
{
    store::Event event = make_event();
    event.attributes["evil"] = "a\nb";

    const std::string line = describe_event(event, false);
    EXPECT_NE(line.find("container died aaaaaaaaaaaa (image=nginx, name=web, "), std::string::npos) << line;
    EXPECT_NE(line.find("tier=front"), std::string::npos) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
}

TEST(ReadEvents, JsonLeavesOutWhatDoesNotApply)
{
    const auto json = make_event_document(make_event());

    EXPECT_EQ(json["ContainerExitCode"], 3);
    EXPECT_EQ(json["time"], 1'700'000'000);
    EXPECT_EQ(json["timeNano"], 1'700'000'000'500'000'000);
    EXPECT_FALSE(json.contains("health_status"));
    EXPECT_EQ(make_event_row(make_event())["HealthStatus"], "");
}

} // namespace
} // namespace skiff::engine
