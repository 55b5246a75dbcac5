#include "engine/container_list_document.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace skiff::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime now{seconds{1'700'000'000}};

ListedContainer make_container()
{
    ListedContainer container;
    store::ContainerRecord& record = container.record;
    record.config.id = std::string(64, 'a');
    record.config.name = "web";
    record.config.image_name = "docker.io/library/nginx:latest";
    record.config.command = {"nginx", "-g", "daemon is off;"};
    record.config.created = now - hours{2};
    record.config.labels = {{"tier", "front"}, {"app", "shop"}};
    record.config.network.ports = {{"", 8080, 80, 1, "tcp"}};
    return container;
}

ListedContainer make_running()
{
    ListedContainer container = make_container();
    container.record.status = ContainerStatus::Running;
    container.record.state.emplace();
    container.record.state->started = now - minutes{3};
    return container;
}

TEST(ContainerList, TellsTheStatusInWords)
{
    ListedContainer container = make_container();
    EXPECT_EQ(describe_status(container.record, now), "Created");

    container.record.status = ContainerStatus::Exited;
    container.record.exit = ExitRecord{};
    container.record.exit->code = 3;
    container.record.exit->finished = now - hours{1};
    EXPECT_EQ(describe_status(container.record, now), "Exited (3) About an hour ago");

    container = make_running();
    EXPECT_EQ(describe_status(container.record, now), "Up 3 minutes");
    container.record.state->health.status = "starting";
    EXPECT_EQ(describe_status(container.record, now), "Up 3 minutes (starting)");
}

TEST(ContainerList, ShortensIdsAndCommandsInRows)
{
    const auto row = make_list_row(make_running(), now, {});
    EXPECT_EQ(row["ID"], std::string(12, 'a'));
    EXPECT_EQ(row["Command"], "nginx -g daemon i...");
    EXPECT_EQ(row["CreatedHuman"], "2 hours ago");
    EXPECT_EQ(row["Ports"], "0.0.0.0:8080->80/tcp");

    const auto whole = make_list_row(make_running(), now, {true, false});
    EXPECT_EQ(whole["ID"], std::string(64, 'a'));
    EXPECT_EQ(whole["Command"], "nginx -g daemon is off;");
}

TEST(ContainerList, ShowsLabelsAsOneTextAndOneByOne)
{
    const auto row = make_list_row(make_running(), now, {});

    EXPECT_EQ(row["Labels"], "app=shop,tier=front");
    EXPECT_EQ(row["Label"]["tier"], "front");
}

TEST(ContainerList, ShowsWhatNeverHappenedAsGosZeroTime)
{
    const auto json = make_list_document(make_container(), now);

    EXPECT_EQ(json["StartedAt"], -62'135'596'800);
    EXPECT_EQ(json["ExitedAt"], -62'135'596'800);
    EXPECT_EQ(json["Created"], 1'700'000'000 - 7200);
    EXPECT_EQ(json["Size"], nullptr);
    EXPECT_EQ(json["Pid"], 0);
}

TEST(ContainerList, ShowsSizesOfWhatWasWrittenAndInAll)
{
    ListedContainer container = make_container();
    container.size = ContainerSize{1234, 5'000'000};

    EXPECT_EQ(make_list_row(container, now, {})["Size"], "1.23kB (virtual 5MB)");
    EXPECT_EQ(make_list_document(container, now)["Size"]["rwSize"], 1234);
}

} // namespace
} // namespace skiff::engine
