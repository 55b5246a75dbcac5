#include "store_box.hpp"

namespace skiff::store {
namespace {

using testing::ElementsAre;

class EventsTest : public StoreBox
{
  protected:
    static Event event_of(const std::string& action, const std::string& name = "web")
    {
        return {.type = "container", .action = action, .id = id_of(1), .name = name, .attributes = {{"label", "x"}}};
    }
    static std::vector<std::string> actions(EventReader& reader)
    {
        std::vector<std::string> result;
        while (const auto event = reader.next())
            result.push_back(event->action);
        return result;
    }
};

TEST_F(EventsTest, AreReadInTheOrderTheyHappened)
{
    Event died = event_of("died");
    died.exit_code = 3;
    died.time = WallTime{std::chrono::nanoseconds{1'700'000'000'000'000'001}};
    EXPECT_TRUE(store().events().try_add(event_of("start")));
    EXPECT_TRUE(store().events().try_add(died));

    EventReader reader{store().root()};

    const auto first = reader.next();
    EXPECT_EQ(first->action, "start");
    EXPECT_GT(first->time, WallTime{std::chrono::hours{1}});
    const auto second = reader.next();
    EXPECT_EQ(second->exit_code, 3);
    EXPECT_EQ(second->time, died.time);
    EXPECT_EQ(second->attributes.at("label"), "x");
    EXPECT_FALSE(reader.next());
}

TEST_F(EventsTest, CanBeFollowed)
{
    EventReader reader{store().root()};
    EXPECT_TRUE(reader.wait(std::chrono::milliseconds{0})) << "what came before it watches is not missed";
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.wait(std::chrono::milliseconds{1}));

    const pid_t child = fork_child([&] { return Store::open(paths()).events().try_add(event_of("start")) ? 0 : 1; });

    EXPECT_TRUE(reader.wait(std::chrono::seconds{5}));
    wait_for(child);
    EXPECT_THAT(actions(reader), ElementsAre("start"));
}

TEST_F(EventsTest, SurviveTornLinesAndForeignOnes)
{
    store().events().try_add(event_of("start"));
    {
        const UniqueFd file = open_at(data(), "events.log", O_WRONLY | O_APPEND);
        write_all(file.get(), "{\"type\":\"cont\n\nnonsense\n[]\n", "events.log");
    }
    store().events().try_add(event_of("died"));

    EventReader reader{store().root()};

    EXPECT_THAT(actions(reader), ElementsAre("start", "died"));
}

TEST_F(EventsTest, AreBoundedAndAFollowerMissesNoneWhenTheFileChanges)
{
    const Events events{store().root(), 4096};
    EventReader reader{store().root()};
    std::vector<std::string> seen;
    for (int i = 0; i < 400; ++i) {
        events.try_add(event_of(cat(i)));
        if (i % 20 == 19)
            for (std::string& action : actions(reader))
                seen.push_back(std::move(action));
    }

    ASSERT_EQ(seen.size(), 400U);
    for (int i = 0; i < 400; ++i)
        EXPECT_EQ(seen[static_cast<std::size_t>(i)], cat(i));
    struct stat status
    {
    };
    for (const char* name : {"events.log", "events.log.1"}) {
        const bool there = ::fstatat(data(), name, &status, 0) == 0;
        EXPECT_TRUE(!there || status.st_size < 5000) << name;
    }
}

TEST_F(EventsTest, OfManyProcessesDoNotMix)
{
    store();
    std::vector<pid_t> children;
    for (int n = 0; n < 8; ++n)
        children.push_back(fork_child([&] {
            const Store mine = Store::open(paths());
            for (int i = 0; i < 50; ++i)
                mine.events().try_add(event_of("start", std::string(200, 'x')));
            return 0;
        }));
    for (const pid_t child : children)
        wait_for(child);

    EventReader reader{store().root()};

    EXPECT_EQ(actions(reader).size(), 400U);
}

} // namespace
} // namespace skiff::store
