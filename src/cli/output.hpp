#pragma once

#include "text/go_template.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

/// Results on standard output: lines, lists and documents in the form that --format asks for.
namespace skiff::cli {

/// Writes to standard output at once; on a terminal without what would steer it.
void print(std::string_view text);
void clear_screen();

/// A list of equal things: ps, images, volume ls ...
struct Listing
{
    std::string name;            ///< in errors of templates: "ps"
    text::DataType type;         ///< Go's name of a row, in the same errors: "containers.psReporter"
    std::string default_table;   ///< the template without --format: "{{.ID}}\t{{.Image}}"
    std::string headings = "{}"; ///< a JSON object, for columns whose heading is not made of the field's name
};

/// `format` is json (one array), jsonl or "{{json .}}" (a line for each), "table TEMPLATE", a template for each row, or
/// a template that begins with {{range and gets them all; empty: the default table. `rows` has the fields that
/// templates see, `documents` the same things as JSON shows them; each is an array. Throws Error for templates that are
/// wrong.
void print_list(const Listing& listing, const std::string& format, bool no_heading, const nlohmann::ordered_json& rows,
                const nlohmann::ordered_json& documents);

/// One document by a template, or as JSON: info, version, inspect.
std::string format_document(const std::string& name, const std::string& type, const std::string& format,
                            const nlohmann::ordered_json& document);

} // namespace skiff::cli
