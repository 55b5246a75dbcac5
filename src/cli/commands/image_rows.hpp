#pragma once

#include <nlohmann/json.hpp>
#include <string>

/// Images as their tables and templates show them.
namespace skiff::cli {

struct ImageRows
{
    nlohmann::ordered_json for_templates, for_json;
};

/// One row for each name of each image; `summaries` are ImageSummary documents, newest first. `sort` is created, id,
/// repository, size or tag. Rows for JSON are only made when they are wanted: of many images they take longer than the rest.
enum class RowsForJson { Yes, No };
ImageRows make_image_rows(const nlohmann::ordered_json& summaries, const std::string& sort, bool no_trunc,
                          RowsForJson for_json = RowsForJson::Yes);

/// Rows for the steps of an image's history.
nlohmann::ordered_json make_history_rows(const nlohmann::ordered_json& steps, bool human, bool no_trunc);

/// "docker.io/library/debian:12" apart; "<none>" where there is none.
struct RepositoryAndTag
{
    std::string repository = "<none>", tag = "<none>";
};
RepositoryAndTag split_name(const std::string& name);

} // namespace skiff::cli
