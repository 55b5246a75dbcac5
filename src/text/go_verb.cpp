#include "text/go_verb.hpp"

#include "base/cat.hpp"
#include "text/go_format.hpp"
#include "text/go_quote.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <map>
#include <string_view>

namespace skiff::text {
namespace {

/// Fills `body` up to the width; zeros go between the sign and the digits.
std::string padded(const Directive& d, std::string_view sign, const std::string& body, bool zeros)
{
    const std::size_t length = sign.size() + count_runes(body);
    const auto width = static_cast<std::size_t>(d.width.value_or(0));
    const std::string fill(width > length ? width - length : 0, zeros && !d.minus ? '0' : ' ');
    if (d.minus)
        return cat(sign, body, fill);
    return zeros ? cat(sign, fill, body) : cat(fill, sign, body);
}

std::string padded(const Directive& d, const std::string& body) { return padded(d, "", body, d.zero); }

std::string bad_verb(const Directive& d, const Json& value)
{
    std::string verb;
    append_rune(verb, d.verb);
    if (value.is_null())
        return cat("%!", verb, "(<nil>)");
    return cat("%!", verb, "(", go_type(value), "=", go_text(value), ")");
}

std::string digits_of(std::uint64_t magnitude, unsigned base, bool upper)
{
    std::string out;
    do {
        out += (upper ? "0123456789ABCDEF" : "0123456789abcdef")[magnitude % base];
        magnitude /= base;
    } while (magnitude != 0);
    std::reverse(out.begin(), out.end());
    return out;
}

std::string code_point(const Directive& d, std::uint64_t code_value)
{
    std::array<char, 32> code{};
    std::snprintf(code.data(), code.size(), "U+%04llX", static_cast<unsigned long long>(code_value));
    std::string out = code.data();
    if (d.sharp && code_value <= 0x10FFFF && is_printable(static_cast<char32_t>(code_value))) {
        out += " '";
        append_rune(out, static_cast<char32_t>(code_value));
        out += '\'';
    }
    return padded(d, "", out, false);
}

std::string print_integer(const Directive& d, const Json& value)
{
    const bool negative = !value.is_number_unsigned() && value.get<std::int64_t>() < 0;
    const auto bits = value.get<std::uint64_t>();
    const std::uint64_t magnitude = negative ? ~bits + 1 : bits;
    const auto character = magnitude > 0x10FFFF || negative ? char32_t{0xFFFD} : static_cast<char32_t>(magnitude);
    unsigned base = 10;
    std::string prefix;
    switch (d.verb) {
    case 'v':
    case 'd':
        break;
    case 'b':
        base = 2;
        prefix = d.sharp ? "0b" : "";
        break;
    case 'o':
        base = 8;
        prefix = d.sharp ? "0" : "";
        break;
    case 'O':
        base = 8;
        prefix = "0o";
        break;
    case 'x':
        base = 16;
        prefix = d.sharp ? "0x" : "";
        break;
    case 'X':
        base = 16;
        prefix = d.sharp ? "0X" : "";
        break;
    case 'c': {
        std::string body;
        append_rune(body, character);
        return padded(d, body);
    }
    case 'q':
        return padded(d, go_quoted_rune(character));
    case 'U':
        return code_point(d, bits);
    default:
        return bad_verb(d, value);
    }
    std::string digits = digits_of(magnitude, base, d.verb == 'X');
    if (d.precision == 0 && magnitude == 0)
        digits.clear();
    const auto least = static_cast<std::size_t>(d.precision.value_or(0));
    if (digits.size() < least)
        digits.insert(0, least - digits.size(), '0');
    const std::string sign = negative ? "-" : d.plus ? "+" : d.space ? " " : "";
    return padded(d, sign + prefix, digits, d.zero && !d.precision);
}

std::string print_float(const Directive& d, const Json& value)
{
    const double number = value.get<double>();
    std::string body;
    const bool shortest = !d.precision && (d.verb == 'v' || d.verb == 'g' || d.verb == 'G');
    if (shortest) {
        body = go_number(number);
        if (d.verb == 'G')
            body = to_upper(body);
    } else if (d.verb < 0x80 && std::string_view{"vgGeEfF"}.find(static_cast<char>(d.verb)) != std::string_view::npos) {
        const char verb = d.verb == 'v' ? 'g' : static_cast<char>(d.verb);
        const std::array<char, 6> form{'%', '.', '*', verb, '\0'};
        const int precision = std::min(d.precision.value_or(6), 1000);
        std::array<char, 1400> buffer{};
        std::snprintf(buffer.data(), buffer.size(), form.data(), precision, number);
        body = buffer.data();
    } else {
        return bad_verb(d, value);
    }
    std::string sign = d.plus ? "+" : d.space ? " " : "";
    if (body[0] == '-') {
        sign = "-";
        body.erase(0, 1);
    }
    return padded(d, sign, body, d.zero);
}

std::string hex_bytes(const Directive& d, std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (d.space && !out.empty())
            out += ' ';
        if (d.sharp && (d.space || out.empty()))
            out += d.verb == 'X' ? "0X" : "0x";
        const auto byte = static_cast<unsigned char>(c);
        out += digits_of(byte >> 4U, 16, d.verb == 'X') + digits_of(byte & 0xFU, 16, d.verb == 'X');
    }
    return out;
}

/// %q: with # in back quotes where they can hold the text, with + in ASCII.
std::string quoted_text(const Directive& d, const std::string& text)
{
    const bool raw = d.sharp && is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
                         return c == '`' || c == '\x7f' || (static_cast<unsigned char>(c) < ' ' && c != '\t');
                     });
    if (raw)
        return cat("`", text, "`");
    const std::string out = go_quoted(text);
    if (!d.plus)
        return out;
    std::string ascii;
    for (std::string_view rest = out; !rest.empty(); rest.remove_prefix(first_rune(rest).length)) {
        const char32_t rune = first_rune(rest).value;
        std::array<char, 16> code{};
        std::snprintf(code.data(), code.size(), rune < 0x10000 ? "\\u%04x" : "\\U%08x", static_cast<unsigned>(rune));
        if (rune < 0x80)
            ascii += static_cast<char>(rune);
        else
            ascii += code.data();
    }
    return ascii;
}

std::string print_text(const Directive& d, const Json& value)
{
    std::string text = value.get<std::string>();
    if (d.precision && d.verb != 'x' && d.verb != 'X') {
        std::size_t length = 0;
        for (int runes = 0; runes < *d.precision && length < text.size(); ++runes)
            length += first_rune(std::string_view{text}.substr(length)).length;
        text.resize(length);
    }
    switch (d.verb) {
    case 'v':
        return padded(d, d.sharp ? go_quoted(text) : text);
    case 's':
        return padded(d, text);
    case 'q':
        return padded(d, quoted_text(d, text));
    case 'x':
    case 'X':
        return padded(d, hex_bytes(d, text.substr(0, static_cast<std::size_t>(
                                                         d.precision.value_or(std::numeric_limits<int>::max())))));
    default:
        return bad_verb(d, value);
    }
}

} // namespace

std::string print_directive(const Directive& d, const Json& value)
{
    if (d.verb == 'T')
        return padded(d, go_type(value));
    switch (value.type()) {
    case Json::value_t::null:
        return d.verb == 'v' ? padded(d, "<nil>") : bad_verb(d, value);
    case Json::value_t::boolean:
        return d.verb == 'v' || d.verb == 't' ? padded(d, go_text(value)) : bad_verb(d, value);
    case Json::value_t::string:
        return print_text(d, value);
    case Json::value_t::number_float:
        return print_float(d, value);
    case Json::value_t::array: {
        std::string out;
        for (const Json& element : value)
            out += cat(out.empty() ? "[" : " ", print_directive(d, element));
        return out.empty() ? "[]" : out + "]";
    }
    case Json::value_t::object: {
        std::map<std::string, const Json*> sorted;
        for (const auto& [key, element] : value.items())
            sorted.emplace(key, &element);
        std::string out;
        for (const auto& [key, element] : sorted)
            out += cat(out.empty() ? "map[" : " ", print_directive(d, Json(key)), ":", print_directive(d, *element));
        return out.empty() ? "map[]" : out + "]";
    }
    default:
        return print_integer(d, value);
    }
}

} // namespace skiff::text
