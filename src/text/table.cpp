#include "text/table.hpp"

#include "text/utf8.hpp"

#include <algorithm>

namespace skiff::text {
namespace {

/// The cells of one line; the last one is not part of a column.
using Line = std::vector<std::string_view>;

std::vector<Line> split_lines(std::string_view text)
{
    std::vector<Line> lines(1);
    std::size_t start = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text[i] != '\t' && text[i] != '\n')
            continue;
        lines.back().push_back(text.substr(start, i - start));
        start = i + 1;
        if (i < text.size() && text[i] == '\n')
            lines.emplace_back();
    }
    return lines;
}

/// Column by column: the width of a cell is that of the widest one in the unbroken run of lines with a cell there.
std::vector<std::vector<std::size_t>> column_widths(const std::vector<Line>& lines, const ColumnStyle& style)
{
    std::vector<std::vector<std::size_t>> widths(lines.size());
    std::size_t columns = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        widths[i].resize(lines[i].size() - 1);
        columns = std::max(columns, widths[i].size());
    }
    for (std::size_t column = 0; column < columns; ++column) {
        for (std::size_t first = 0; first < lines.size();) {
            std::size_t width = style.min_width;
            std::size_t end = first;
            for (; end < lines.size() && column < widths[end].size(); ++end)
                width = std::max(width, count_runes(lines[end][column]) + style.padding);
            for (std::size_t i = first; i < end; ++i)
                widths[i][column] = width;
            first = end + 1;
        }
    }
    return widths;
}

std::string one_line(std::string_view cell)
{
    std::string out{cell};
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
    return out;
}

} // namespace

std::string align_columns(std::string_view text, const ColumnStyle& style)
{
    const std::vector<Line> lines = split_lines(text);
    const auto widths = column_widths(lines, style);
    std::string out;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i > 0)
            out += '\n';
        for (std::size_t column = 0; column < widths[i].size(); ++column) {
            out += lines[i][column];
            out.append(widths[i][column] - count_runes(lines[i][column]), ' ');
        }
        out += lines[i].back();
    }
    return out;
}

Table::Table(std::vector<std::string> header)
{
    if (!header.empty())
        append_line(header);
}

void Table::add_row(std::vector<std::string> cells)
{
    append_line(cells);
    ++rows_;
}

std::string Table::text(const ColumnStyle& style) const { return align_columns(lines_, style); }

void Table::append_line(const std::vector<std::string>& cells)
{
    for (std::size_t i = 0; i < cells.size(); ++i)
        lines_ += (i == 0 ? "" : "\t") + one_line(cells[i]);
    lines_ += '\n';
}

} // namespace skiff::text
