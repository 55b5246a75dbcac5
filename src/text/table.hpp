#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Text in columns.
namespace skiff::text {

struct ColumnStyle
{
    std::size_t min_width = 12; ///< of a column with its padding, in characters
    std::size_t padding = 2;    ///< spaces behind the widest cell
};

/// Replaces the tabs of `lines` by spaces so that cells stand below each other. A cell ends with a tab; what follows a
/// line's last tab belongs to no column and is not padded. A column ends at a line that has no cell in it.
/// Source: Go's text/tabwriter with Podman's settings (12, 2, 2).
std::string align_columns(std::string_view lines, const ColumnStyle& style = {});

/// Rows of cells under an optional header.
class Table
{
  public:
    Table() = default;
    explicit Table(std::vector<std::string> header);

    void add_row(std::vector<std::string> cells);
    [[nodiscard]] bool empty() const { return rows_ == 0; } ///< the header does not count
    /// Tabs and line breaks inside cells are shown as spaces: a cell cannot break the table.
    [[nodiscard]] std::string text(const ColumnStyle& style = {}) const;

  private:
    void append_line(const std::vector<std::string>& cells);

    std::string lines_;
    std::size_t rows_ = 0;
};

} // namespace skiff::text
