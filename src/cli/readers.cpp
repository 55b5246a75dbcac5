#include "cli/readers.hpp"

#include "base/error.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace skiff::cli {
namespace {

[[noreturn]] void throw_syntax(std::string_view function, std::string_view text)
{
    throw Error{ErrorKind::Usage, cat("strconv.", function, ": parsing \"", printable(text), "\": invalid syntax")};
}

/// Go's base 0: the prefix decides.
struct Digits
{
    std::string_view text;
    int base = 10;
};

Digits find_base(std::string_view text)
{
    if (text.size() > 2 && text[0] == '0') {
        const char mark = static_cast<char>(text[1] | 0x20);
        if (mark == 'x' || mark == 'o' || mark == 'b')
            return {text.substr(2), mark == 'x' ? 16 : mark == 'o' ? 8 : 2};
    }
    if (text.size() > 1 && text[0] == '0')
        return {text.substr(1), 8};
    return {text, 10};
}

std::uint64_t read_digits(std::string_view digits_text, std::string_view whole, std::string_view function)
{
    const Digits digits = find_base(digits_text);
    std::uint64_t value = 0;
    const char* end = digits.text.data() + digits.text.size();
    const auto [rest, failure] = std::from_chars(digits.text.data(), end, value, digits.base);
    if (failure == std::errc::result_out_of_range)
        throw_out_of_range(function, whole);
    if (failure != std::errc{} || rest != end)
        throw_syntax(function, whole);
    return value;
}

} // namespace

void throw_out_of_range(std::string_view function, std::string_view text)
{
    throw Error{ErrorKind::Usage, cat("strconv.", function, ": parsing \"", printable(text), "\": value out of range")};
}

bool read_bool(std::string_view text)
{
    for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"})
        if (text == yes)
            return true;
    for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"})
        if (text == no)
            return false;
    throw_syntax("ParseBool", text);
}

std::int64_t read_integer(std::string_view text, std::string_view function)
{
    const bool negative = text.starts_with('-');
    const std::string_view digits = negative || text.starts_with('+') ? text.substr(1) : text;
    const std::uint64_t magnitude = read_digits(digits, text, function);
    const auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (magnitude > largest + (negative ? 1 : 0))
        throw_out_of_range(function, text);
    return negative ? static_cast<std::int64_t>(~magnitude + 1) : static_cast<std::int64_t>(magnitude);
}

std::uint64_t read_unsigned(std::string_view text) { return read_digits(text, text, "ParseUint"); }

double read_number(std::string_view text)
{
    double value = 0;
    const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
    const char* end = digits.data() + digits.size();
    const auto [rest, failure] = std::from_chars(digits.data(), end, value);
    if (failure == std::errc::result_out_of_range)
        throw_out_of_range("ParseFloat", text);
    if (failure != std::errc{} || rest != end || std::isnan(value) || std::isinf(value))
        throw_syntax("ParseFloat", text);
    return value;
}

std::vector<std::string> split_commas(std::string_view text)
{
    std::vector<std::string> values;
    if (text.empty())
        return values;
    std::size_t at = 0;
    while (true) {
        std::string value;
        if (at < text.size() && text[at] == '"') {
            ++at;
            while (true) {
                const std::size_t quote = text.find('"', at);
                if (quote == std::string_view::npos)
                    throw Error{ErrorKind::Usage, cat("parse error on line 1, column ", text.size() + 1,
                                                      ": extraneous or missing \" in quoted-field")};
                value += text.substr(at, quote - at);
                at = quote + 1;
                if (at >= text.size() || text[at] != '"')
                    break;
                value += '"';
                ++at;
            }
            if (at < text.size() && text[at] != ',')
                throw Error{ErrorKind::Usage,
                            cat("parse error on line 1, column ", at, ": extraneous or missing \" in quoted-field")};
        } else {
            const std::size_t comma = std::min(text.find(',', at), text.size());
            value = text.substr(at, comma - at);
            if (const std::size_t quote = value.find('"'); quote != std::string::npos)
                throw Error{ErrorKind::Usage,
                            cat("parse error on line 1, column ", at + quote + 1, ": bare \" in non-quoted-field")};
            at = comma;
        }
        values.push_back(std::move(value));
        if (at >= text.size())
            return values;
        ++at; // the comma
    }
}

std::vector<std::string> split_at(std::string_view text, char separator)
{
    std::vector<std::string> pieces;
    std::size_t start = 0;
    while (true) {
        const std::size_t end = text.find(separator, start);
        pieces.emplace_back(text.substr(start, end - start));
        if (end == std::string_view::npos)
            return pieces;
        start = end + 1;
    }
}

Cut cut_at(std::string_view text, char separator)
{
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos)
        return {std::string{text}, std::nullopt};
    return {std::string{text.substr(0, at)}, std::string{text.substr(at + 1)}};
}

} // namespace skiff::cli
