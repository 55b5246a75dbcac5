#include "text/template_number.hpp"

#include "base/cat.hpp"
#include "text/go_quote.hpp"
#include "text/utf8.hpp"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>

namespace skiff::text {
namespace {

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Without underscores, which may stand between digits and behind a prefix such as 0x.
std::optional<std::string> without_underscores(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '_') {
            out += text[i];
            continue;
        }
        const bool behind_prefix = i == 2 && text[0] == '0';
        const bool between =
            i > 0 && i + 1 < text.size() && (is_hex_digit(text[i - 1]) || behind_prefix) && is_hex_digit(text[i + 1]);
        if (!between)
            return std::nullopt;
    }
    return out;
}

/// The base that the prefix names; takes the prefix off.
int take_base(std::string_view& digits)
{
    if (digits.size() < 2 || digits[0] != '0')
        return 10;
    const char kind = digits[1];
    const bool prefix = !(kind >= '0' && kind <= '9');
    digits.remove_prefix(prefix ? 2 : 1);
    switch (kind) {
    case 'x':
    case 'X':
        return 16;
    case 'b':
    case 'B':
        return 2;
    default:
        return 8;
    }
}

ParsedNumber complain(std::string_view what, std::string_view text)
{
    return {nullptr, cat(what, ": ", go_quoted(text))};
}

ParsedNumber parse_float(const std::string& plain, std::string_view text)
{
    char* end = nullptr;
    const double value = std::strtod(plain.c_str(), &end);
    const bool finite = value <= std::numeric_limits<double>::max() && value >= std::numeric_limits<double>::lowest();
    if (end != plain.c_str() + plain.size() || !finite)
        return complain("illegal number syntax", text);
    return {value, ""};
}

} // namespace

ParsedNumber parse_number(std::string_view text)
{
    const bool negative = !text.empty() && text[0] == '-';
    std::string_view digits = text;
    if (!text.empty() && (text[0] == '-' || text[0] == '+'))
        digits.remove_prefix(1);
    const auto plain = without_underscores(digits);
    if (!plain || plain->empty())
        return complain("illegal number syntax", text);

    const bool hexadecimal = plain->substr(0, 2) == "0x" || plain->substr(0, 2) == "0X";
    if (plain->find_first_of(hexadecimal ? ".pP" : ".eEpP") != std::string::npos)
        return parse_float(negative ? "-" + *plain : *plain, text);

    std::string_view rest = *plain;
    const int base = take_base(rest);
    std::uint64_t magnitude = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), magnitude, base);
    if (read.ec == std::errc::invalid_argument || read.ptr != rest.data() + rest.size())
        return complain("illegal number syntax", text);
    constexpr std::uint64_t limit = std::numeric_limits<std::int64_t>::max();
    if (read.ec == std::errc::result_out_of_range || magnitude > limit + (negative ? 1 : 0))
        return complain("integer overflow", text);
    return {static_cast<std::int64_t>(negative ? ~magnitude + 1 : magnitude), ""};
}

ParsedNumber parse_character(std::string_view literal)
{
    const auto text = go_unquoted(literal);
    if (!text)
        return {nullptr, literal == "''" ? "invalid syntax" : cat("malformed character constant: ", literal)};
    return {static_cast<std::int64_t>(first_rune(*text).value), ""};
}

} // namespace skiff::text
