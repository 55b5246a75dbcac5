#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

/// The language of --format: Go's text/template over JSON values.
///
/// Go looks at types, JSON has none; where they matter, this is the rule:
/// - An object is a struct: a field that it does not have is an error. Where the field's name is one of
/// `DataType::maps`
///   it is a map: any key may be asked for, and one that is absent prints "<no value>".
/// - Fields are found by exact name first, then without regard to case: Go's `.Host.OCIRuntime.Name` is "ociRuntime"
/// and
///   "name" in the JSON of the same thing.
/// - Numbers compare by value, and null is an empty list or map where one is needed.
/// - `.Label "k"` looks k up in the object Label, or in Labels.
/// Functions: Go's own (and or not, eq ne lt le gt ge, len index slice, print printf println, html js urlquery) and
/// Podman's (json join lower upper split title truncate pad). Source: the documentation of Go's text/template and fmt;
/// error texts and positions as Go's.
namespace skiff::text {

/// What a Go program knows about the data by its types.
struct DataType
{
    DataType(std::string type_name); // NOLINT(google-explicit-constructor): the name alone is the usual case
    DataType(const char* type_name) : DataType{std::string{type_name}} {}

    std::string name; ///< for errors: "can't evaluate field Nope in type NAME"
    std::vector<std::string>
        maps; ///< names of fields that hold maps; preset with those of Podman's and Docker's documents
    std::vector<std::string>
        times; ///< names of fields that hold times (RFC 3339): printed in Go's default form; preset likewise
};

struct TemplateTree;

class Template
{
  public:
    /// `name` stands in errors, as the command's name does in Podman's ("ps"). Throws Error(Failure)
    /// `template: NAME:LINE: ...` with a hint where a function's name is misspelt.
    static Template parse(std::string text, std::string name);

    /// The output for one value. Throws Error(Failure)
    /// `template: NAME:LINE:BYTE: executing "NAME" at <.Nope>: can't evaluate field Nope in type TYPE`, with a hint.
    [[nodiscard]] std::string execute(const nlohmann::json& data, const DataType& type) const;
    /// The same, keeping the order of the fields where the template prints JSON.
    [[nodiscard]] std::string execute(const nlohmann::ordered_json& data, const DataType& type) const;

    /// The line above a table of this template: its text with each action replaced by the heading of the field it
    /// prints, `column_heading` unless `heading_of` (a JSON object from field names to headings) knows better.
    [[nodiscard]] std::string heading(const nlohmann::json& heading_of) const;

  private:
    explicit Template(std::shared_ptr<const TemplateTree> tree) : tree_{std::move(tree)} {}

    std::shared_ptr<const TemplateTree> tree_;
};

/// "ImageID" as a column's heading: "IMAGE ID". Source: Podman's tables (words split at changes of case).
std::string column_heading(std::string_view field);

/// What --format says.
struct FormatText
{
    bool table = false; ///< it began with "table": a heading goes first, and columns are aligned
    std::string text;   ///< the rest; \t and \n outside of {{ }} have become what they mean, blanks in tables tabs
};
FormatText read_format(std::string_view format);

} // namespace skiff::text
