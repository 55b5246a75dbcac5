#include "cli/commands/image_rows.hpp"

#include "base/cat.hpp"
#include "text/row_builder.hpp"
#include "text/size.hpp"
#include "text/time_format.hpp"

#include <algorithm>

namespace skiff::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string joined(const Json& words)
{
    std::string text;
    for (const Json& word : words)
        text += (text.empty() ? "" : ", ") + word.get<std::string>();
    return text;
}

struct Row
{
    RepositoryAndTag name;
    const Json* summary;
};

/// Images that are built to be the same every time carry no date, or the first second of 1970 for one.
WallTime creation_of(const Json& summary)
{
    const auto seconds = summary["Created"].get<std::int64_t>();
    return seconds <= 0 ? text::zero_time : WallTime{std::chrono::seconds{seconds}};
}

Json for_template(const Row& row, bool no_trunc)
{
    const Json& summary = *row.summary;
    const std::string id = summary["Id"];
    const WallTime created = creation_of(summary);
    const std::string ago = text::human_age(created, wall_now());
    const std::string at = text::format_go_default(created);
    const auto& further = summary.get_ref<const Json::object_t&>();
    text::RowBuilder fields{further.size() + 9};
    fields.add("Repository", row.name.repository);
    fields.add("Tag", row.name.tag);
    fields.add("ID", no_trunc ? cat("sha256:", id) : id.substr(0, 12));
    fields.add("Created", ago);
    fields.add("CreatedSince", ago);
    fields.add("CreatedAt", at);
    fields.add("CreatedTime", at);
    fields.add("Size", text::format_bytes_decimal(summary["Size"].get<std::uint64_t>(), 3, " "));
    fields.add("History", joined(summary["History"]));
    for (const auto& [key, value] : further)
        if (key != "Id" && key != "Created" && key != "Size" && key != "History") // in words above
            fields.add(key.c_str(), value);
    return fields.take();
}

Json for_json(const Row& row)
{
    Json document = *row.summary;
    const WallTime created = creation_of(document);
    document.erase("RepoTags"); // Repository and Tag say it
    document["CreatedAt"] = text::format_rfc3339_nano(created);
    if (row.name.repository != "<none>") {
        document["Repository"] = row.name.repository;
        document["Tag"] = row.name.tag;
    }
    return document;
}

bool comes_before(const Row& a, const Row& b, const std::string& sort)
{
    const Json& left = *a.summary;
    const Json& right = *b.summary;
    if (sort == "id")
        return left["Id"] < right["Id"];
    if (sort == "repository")
        return std::tie(a.name.repository, a.name.tag) < std::tie(b.name.repository, b.name.tag);
    if (sort == "size")
        return left["Size"] < right["Size"];
    if (sort == "tag")
        return a.name.tag < b.name.tag;
    return left["Created"] > right["Created"];
}

/// What a table has room for.
std::string shortened(const std::string& text)
{
    constexpr std::size_t widest = 45;
    return text.size() > widest ? text.substr(0, widest - 3) + "..." : text;
}

} // namespace

RepositoryAndTag split_name(const std::string& name)
{
    const std::size_t at = name.find('@');
    if (at != std::string::npos)
        return {name.substr(0, at), "<none>"};
    const std::size_t colon = name.rfind(':');
    if (colon == std::string::npos || name.find('/', colon) != std::string::npos)
        return {name, "<none>"};
    return {name.substr(0, colon), name.substr(colon + 1)};
}

ImageRows make_image_rows(const Json& summaries, const std::string& sort, bool no_trunc, RowsForJson with_json)
{
    std::vector<Row> rows;
    for (const Json& summary : summaries) {
        const Json& tags = summary["RepoTags"];
        for (const Json& name : tags)
            rows.push_back({split_name(name), &summary});
        if (tags.empty())
            rows.push_back({{}, &summary});
    }
    std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return comes_before(a, b, sort); });
    ImageRows made{Json::array(), Json::array()};
    for (const Row& row : rows) {
        made.for_templates.push_back(for_template(row, no_trunc));
        if (with_json == RowsForJson::Yes)
            made.for_json.push_back(for_json(row));
    }
    return made;
}

Json make_history_rows(const Json& steps, bool human, bool no_trunc)
{
    Json rows = Json::array();
    for (const Json& step : steps) {
        const std::string id = step["id"];
        const WallTime created = text::parse_rfc3339(step["created"].get<std::string>());
        const std::string since = text::human_age(created, wall_now());
        const std::string by = step.value("CreatedBy", "");
        const auto size = step["size"].get<std::uint64_t>();
        rows.push_back({{"ID", no_trunc || id.starts_with('<') ? id : id.substr(0, 12)},
                        {"Created", human ? since : text::format_rfc3339(created)},
                        {"CreatedSince", since},
                        {"CreatedAt", text::format_rfc3339(created, text::Zone::Local)},
                        {"CreatedBy", no_trunc ? by : shortened(by)},
                        {"Size", human ? text::format_bytes_decimal(size, 3) : std::to_string(size)},
                        {"Comment", step.value("comment", "")},
                        {"Tags", step.value("tags", Json::array())}});
    }
    return rows;
}

} // namespace skiff::cli
