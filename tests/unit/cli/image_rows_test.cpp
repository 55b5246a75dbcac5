#include "cli/commands/image_rows.hpp"

#include <gtest/gtest.h>

namespace skiff::cli {
namespace {

using Json = nlohmann::ordered_json;

Json summary(const std::string& id, std::int64_t created, const std::vector<std::string>& tags)
{
    return {{"Id", id + std::string(64 - id.size(), '0')},
            {"RepoTags", tags},
            {"Created", created},
            {"Size", 7'830'000},
            {"History", tags}};
}

TEST(ImageRows, TakeNamesApart)
{
    const std::vector<std::array<std::string, 3>> cases = {
        {"docker.io/library/debian:12", "docker.io/library/debian", "12"},
        {"localhost:5000/x", "localhost:5000/x", "<none>"},
        {"localhost:5000/x:y", "localhost:5000/x", "y"},
        {"a.b/c@sha256:00", "a.b/c", "<none>"},
    };
    for (const auto& [name, repository, tag] : cases) {
        SCOPED_TRACE(name);
        EXPECT_EQ(split_name(name).repository, repository);
        EXPECT_EQ(split_name(name).tag, tag);
    }
}

TEST(ImageRows, HaveOneRowForEachNameAndOneForANamelessImage)
{
    const Json summaries{summary("b", 20, {"a.b/c:1", "a.b/c:2"}), summary("a", 10, {})};

    const ImageRows rows = make_image_rows(summaries, "created", false);

    ASSERT_EQ(rows.for_templates.size(), 3U);
    EXPECT_EQ(rows.for_templates[1]["Tag"], "2");
    EXPECT_EQ(rows.for_templates[1]["ID"], "b00000000000");
    EXPECT_EQ(rows.for_templates[1]["Size"], "7.83 MB");
    EXPECT_EQ(rows.for_templates[2]["Repository"], "<none>");
    EXPECT_FALSE(rows.for_json[0].contains("RepoTags"));
    EXPECT_EQ(rows.for_json[0]["Repository"], "a.b/c");
    EXPECT_EQ(rows.for_json[0]["CreatedAt"], "1970-01-01T00:00:20Z");
}

TEST(ImageRows, SayNothingOfADateThatThereIsNot)
{
    const ImageRows rows = make_image_rows(Json{summary("b", 0, {"a.b/c:1"})}, "created", false);

    EXPECT_EQ(rows.for_templates[0]["CreatedSince"], "N/A");
    EXPECT_EQ(rows.for_json[0]["CreatedAt"], "0001-01-01T00:00:00Z");
}

TEST(ImageRows, AreSortedByRepositoryThenTag)
{
    const Json summaries{summary("b", 20, {"z.b/c:1"}), summary("a", 10, {"a.b/c:2", "a.b/c:1"})};

    const ImageRows rows = make_image_rows(summaries, "repository", true);

    EXPECT_EQ(rows.for_templates[0]["Tag"], "1");
    EXPECT_EQ(rows.for_templates[2]["Repository"], "z.b/c");
    EXPECT_EQ(rows.for_templates[0]["ID"], "sha256:a" + std::string(63, '0'));
}

TEST(HistoryRows, ShortenForTablesOnly)
{
    const Json steps{{{"id", "<missing>"},
                      {"created", "2024-10-11T12:00:00Z"},
                      {"CreatedBy", std::string(60, 'x')},
                      {"size", 1234}}};

    EXPECT_EQ(make_history_rows(steps, false, false)[0]["CreatedBy"], std::string(42, 'x') + "...");
    EXPECT_EQ(make_history_rows(steps, false, false)[0]["Created"], "2024-10-11T12:00:00Z");
    EXPECT_EQ(make_history_rows(steps, true, true)[0]["CreatedBy"], std::string(60, 'x'));
    EXPECT_EQ(make_history_rows(steps, true, true)[0]["Size"], "1.23kB");
    EXPECT_EQ(make_history_rows(steps, true, true)[0]["ID"], "<missing>");
}

} // namespace
} // namespace skiff::cli
