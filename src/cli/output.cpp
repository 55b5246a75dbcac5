#include "cli/output.hpp"

#include "base/cat.hpp"
#include "base/file.hpp"
#include "text/table.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

namespace skiff::cli {
namespace {

constexpr int json_indent = 4;

/// Template output is shown with a line break at its end, once.
std::string line_of(std::string text)
{
    if (!text.ends_with('\n'))
        text += '\n';
    return text;
}

std::string rows_by_template(const Listing& listing, const text::Template& parsed, const nlohmann::ordered_json& rows)
{
    std::string out;
    for (const auto& row : rows)
        out += line_of(parsed.execute(row, listing.type));
    return out;
}

std::string lines_of_json(const nlohmann::ordered_json& documents)
{
    std::string out;
    for (const auto& document : documents)
        out += cat(document.dump(), "\n");
    return out;
}

} // namespace

void print(std::string_view text)
{
    // Names, labels and the like are strangers' words: a terminal does not get to obey them (security.md R51).
    const bool guarded = ::isatty(STDOUT_FILENO) != 0;
    write_all(STDOUT_FILENO, guarded ? printable(text, true) : std::string{text}, "standard output");
}

void clear_screen() { write_all(STDOUT_FILENO, "\x1b[2J\x1b[H", "standard output"); }

void print_list(const Listing& listing, const std::string& format, bool no_heading, const nlohmann::ordered_json& rows,
                const nlohmann::ordered_json& documents)
{
    if (format == "json") {
        print(cat(documents.dump(json_indent), "\n"));
        return;
    }
    if (format == "jsonl") {
        print(lines_of_json(documents));
        return;
    }
    const text::FormatText wanted = text::read_format(format.empty() ? cat("table ", listing.default_table) : format);
    const text::Template parsed = text::Template::parse(wanted.text, listing.name);
    if (!wanted.table && wanted.text.starts_with("{{range")) {
        const std::string text = parsed.execute(rows, cat("[]", listing.type.name));
        print(text.empty() ? text : line_of(text));
        return;
    }
    if (!wanted.table) {
        print(rows_by_template(listing, parsed, rows));
        return;
    }
    std::string lines;
    if (!no_heading)
        lines = line_of(parsed.heading(nlohmann::json::parse(listing.headings)));
    print(text::align_columns(lines + rows_by_template(listing, parsed, rows)));
}

std::string format_document(const std::string& name, const std::string& type, const std::string& format,
                            const nlohmann::ordered_json& document)
{
    if (format == "json")
        return cat(document.dump(json_indent), "\n");
    if (format == "jsonl")
        return cat(document.dump(), "\n");
    return line_of(text::Template::parse(text::read_format(format).text, name).execute(document, type));
}

} // namespace skiff::cli
