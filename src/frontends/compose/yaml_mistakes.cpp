#include "frontends/compose/yaml_mistakes.hpp"

#include "base/cat.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

// The parser tells where it could not go on, in words of the YAML specification. The mistake is there or a little above, and it is one
// of a few.

namespace skiff::compose {
namespace {

constexpr std::string_view no_break_space = "\xC2\xA0";

struct Line
{
    std::uint32_t number = 0;
    std::string_view whole;
    std::size_t indent = 0;   ///< blanks in front
    std::string_view content; ///< behind them

    [[nodiscard]] bool is_element() const { return content == "-" || content.starts_with("- "); }
    /// Behind the dashes of an element.
    [[nodiscard]] std::string_view bare() const
    {
        std::string_view rest = content;
        while (rest.starts_with("- "))
            rest.remove_prefix(std::min(rest.find_first_not_of("- "), rest.size()));
        return rest;
    }
    /// "image" of "image: nginx" and of "- image:nginx"; empty without a colon or when in quotes.
    [[nodiscard]] std::string_view key() const
    {
        const std::string_view rest = bare();
        const std::size_t colon = rest.find(':');
        const bool is_word = colon != std::string_view::npos && colon > 0 && rest.find_first_of(" \t\"'{[#&*!|>%@`") >= colon;
        return is_word ? rest.substr(0, colon) : std::string_view{};
    }
    /// Behind the key and its colon.
    [[nodiscard]] std::string_view value() const
    {
        std::string_view rest = bare().substr(key().empty() ? 0 : key().size() + 1);
        rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
        return rest;
    }
};

/// The lines up to `last` and the one behind, without empty ones and comments.
std::vector<Line> read_lines(std::string_view text, std::uint32_t last)
{
    std::vector<Line> lines;
    for (std::uint32_t number = 1; !text.empty() && number <= last + 1; ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view whole = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        while (!whole.empty() && (whole.back() == ' ' || whole.back() == '\r'))
            whole.remove_suffix(1);
        const std::size_t indent = whole.find_first_not_of(' ');
        if (indent != std::string_view::npos && whole[indent] != '#')
            lines.push_back({number, whole, indent, whole.substr(indent)});
    }
    return lines;
}

/// Where the parser gave up, with what stands above.
struct Trouble
{
    std::vector<Line> lines; ///< not empty; the last one may be behind
    std::size_t at = 0;      ///< the place of the parser's line

    [[nodiscard]] const Line& line() const { return lines[at]; }
    [[nodiscard]] const Line* above() const { return at == 0 ? nullptr : &lines[at - 1]; }
    /// The line, and its neighbours: indentation is often seen to be wrong one line later.
    [[nodiscard]] std::span<const Line> near() const
    {
        const std::size_t first = at == 0 ? 0 : at - 1;
        return std::span{lines}.subspan(first, std::min(lines.size() - first, std::size_t{3}));
    }
};

std::string cut(std::string_view text)
{
    constexpr std::size_t enough = 60;
    return quoted(text.size() <= enough ? std::string{text} : cat(text.substr(0, enough), "..."));
}

std::string columns(std::size_t count) { return cat(count, count == 1 ? " blank" : " blanks"); }

using Found = std::optional<YamlMistake>;

Found find_tab(const Trouble& trouble)
{
    for (const Line& line : trouble.near())
        if (line.content.starts_with('\t'))
            return YamlMistake{line.number, "found a tab character where an indentation is expected", "indent with spaces: YAML knows no tabs there"};
    return std::nullopt;
}

Found find_conflict(const Trouble& trouble)
{
    for (const Line& line : trouble.lines)
        for (const std::string_view mark : {"<<<<<<< ", "=======", ">>>>>>> "})
            if (line.whole.starts_with(mark))
                return YamlMistake{line.number, cat("found ", quoted(mark.substr(0, 7)), ", the mark of a merge conflict"),
                                   "a merge of the version control is not finished: choose one of the sides"};
    return std::nullopt;
}

Found find_no_break_space(const Trouble& trouble)
{
    for (const Line& line : trouble.near())
        if (line.content.starts_with(no_break_space))
            return YamlMistake{line.number, "found a no-break space where an indentation is expected",
                               "it looks like a blank and is none: write the indentation anew"};
    return std::nullopt;
}

/// "image:nginx": a text for YAML, not a key.
Found find_missing_blank(const Trouble& trouble)
{
    for (const Line* line : {trouble.above(), &trouble.line()}) {
        if (line == nullptr || line->key().empty())
            continue;
        const std::string_view rest = line->bare().substr(line->key().size() + 1);
        if (!rest.empty() && !rest.starts_with(' ') && !rest.starts_with("//"))
            return YamlMistake{line->number, cat("there is no blank behind the colon in ", cut(line->content)), cat("write ", line->key(), ": ", printable(rest))};
    }
    return std::nullopt;
}

/// "-x" between "- y"
Found find_missing_blank_of_element(const Trouble& trouble)
{
    for (const Line* line : {trouble.above(), &trouble.line()})
        if (line != nullptr && line->content.starts_with('-') && !line->is_element() && !line->content.starts_with("---"))
            return YamlMistake{line->number, cat("there is no blank behind the dash in ", cut(line->content)), cat("write - ", printable(line->content.substr(1)))};
    return std::nullopt;
}

/// A line without a colon that something hangs below.
Found find_missing_colon(const Trouble& trouble)
{
    for (std::size_t i = trouble.at + 1; i-- > 0;) {
        const Line& line = trouble.lines[i];
        if (line.indent > trouble.line().indent || line.is_element())
            continue;
        const bool is_word = line.content.find_first_of(" :\"'{[#&*!|>%@`,") == std::string_view::npos;
        if (is_word)
            return YamlMistake{line.number, cat("there is no colon behind ", cut(line.content)), cat("write ", printable(line.content), ":")};
        if (i < trouble.at)
            return std::nullopt;
    }
    return std::nullopt;
}

Found find_second_colon(const Trouble& trouble)
{
    const Line& line = trouble.line();
    const std::string_view value = line.value();
    const bool is_plain = !line.key().empty() && !value.empty() && value.find_first_of("\"'{[|>&*!#") != 0;
    if (is_plain && (value.find(": ") != std::string_view::npos || value.ends_with(':')))
        return YamlMistake{line.number, cat("there is a second colon in ", cut(line.content)),
                           cat("a text with \": \" in it stands in quotes: ", line.key(), ": \"", printable(value), "\"")};
    return std::nullopt;
}

Found find_special_start(const Trouble& trouble)
{
    const Line& line = trouble.line();
    const std::string_view value = line.value();
    if (value.starts_with('*'))
        return YamlMistake{line.number, cat("nothing above is named ", quoted(cat("&", value.substr(1)))), cat("a text that begins with * stands in quotes: '", printable(value), "'")};
    if (!value.empty() && std::string_view{"@`%"}.find(value[0]) != std::string_view::npos)
        return YamlMistake{line.number, cat(cut(value), " begins with ", quoted(value.substr(0, 1)), ", which has a meaning of its own in YAML"),
                           cat("write it in quotes: '", printable(value), "'")};
    return std::nullopt;
}

YamlMistake open_quote_in(const Line& line)
{
    return {line.number, cat("the quote in ", cut(line.content), " does not end on its line"), "add the closing quote"};
}

Found find_open_quote(const Trouble& trouble)
{
    for (std::size_t i = 0; i <= trouble.at; ++i)
        if (is_open_quote(trouble.lines[i].value()))
            return open_quote_in(trouble.lines[i]);
    return std::nullopt;
}

Found find_open_bracket(const Trouble& trouble)
{
    for (std::size_t i = trouble.at + 1; i-- > 0;) {
        const std::string_view value = trouble.lines[i].value();
        if (value.empty() || (value[0] != '[' && value[0] != '{'))
            continue;
        const char end = value[0] == '[' ? ']' : '}';
        if (std::count(value.begin(), value.end(), value[0]) <= std::count(value.begin(), value.end(), end))
            continue;
        return YamlMistake{trouble.lines[i].number, cat(quoted(value.substr(0, 1)), " has no ", quoted(std::string(1, end)), " on its line: ", cut(trouble.lines[i].content)),
                           cat("add the closing ", std::string(1, end))};
    }
    return std::nullopt;
}

/// Keys between elements, elements between keys, and columns that nothing above has.
Found find_indentation(const Trouble& trouble)
{
    const Line& line = trouble.line();
    const Line* above = trouble.above();
    if (above == nullptr)
        return std::nullopt;
    if (above->is_element() && !line.is_element() && line.indent == above->indent)
        return YamlMistake{line.number, cat("there is no dash in front of ", cut(line.content), ", as the lines above have one"),
                           cat("write - ", printable(line.content), "; in a list of variables NAME=VALUE")};
    if (line.is_element() && line.indent < above->indent && above->content.ends_with(':'))
        return YamlMistake{line.number, cat("the list of ", cut(above->content), " is indented by ", columns(line.indent), ", its key by ", columns(above->indent)),
                           "indent the dashes as far as the key, or further"};
    if (line.indent > above->indent && !above->value().empty())
        return YamlMistake{line.number, cat(cut(line.content), " is indented by ", columns(line.indent), ", the line above by ", columns(above->indent)),
                           "keys of the same mapping stand in one column"};
    for (std::size_t i = trouble.at; i-- > 0 && line.indent < above->indent;) {
        if (trouble.lines[i].indent == line.indent)
            return std::nullopt;
        if (trouble.lines[i].indent < line.indent)
            return YamlMistake{line.number, cat(cut(line.content), " is indented by ", columns(line.indent), ", and nothing above it is"),
                               cat("what belongs together stands in one column: here ", trouble.lines[i].indent, " or ", trouble.lines[i + 1].indent)};
    }
    return std::nullopt;
}

/// The most certain ones first.
constexpr std::array checks{&find_tab,          &find_conflict,    &find_no_break_space, &find_missing_blank, &find_missing_blank_of_element, &find_special_start,
                            &find_second_colon, &find_indentation, &find_missing_colon,  &find_open_quote,    &find_open_bracket};

Trouble trouble_at(std::string_view text, std::uint32_t line)
{
    Trouble trouble{read_lines(text, line), 0};
    while (trouble.at + 1 < trouble.lines.size() && trouble.lines[trouble.at + 1].number <= line)
        ++trouble.at;
    return trouble;
}

} // namespace

bool is_open_quote(std::string_view text)
{
    if (!text.starts_with('"') && !text.starts_with('\''))
        return false;
    const char quote = text[0];
    for (std::size_t i = 1; i < text.size(); ++i) {
        const bool is_escaped = quote == '"' ? text[i] == '\\' : text.substr(i).starts_with("''");
        if (is_escaped)
            ++i;
        else if (text[i] == quote)
            return false;
    }
    return true;
}

YamlMistake describe_open_quote(std::string_view text, std::uint32_t line)
{
    const Trouble trouble = trouble_at(text, line);
    return open_quote_in(trouble.line());
}

std::optional<YamlMistake> find_yaml_mistake(std::string_view text, std::uint32_t line)
{
    const Trouble trouble = trouble_at(text, line);
    if (trouble.lines.empty())
        return std::nullopt;
    for (const auto& check : checks)
        if (auto found = check(trouble))
            return found;
    return std::nullopt;
}

} // namespace skiff::compose
