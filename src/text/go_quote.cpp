#include "text/go_quote.hpp"

#include "text/utf8.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace skiff::text {
namespace {

void append_hex(std::string& out, const char* form, std::uint32_t value)
{
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), form, value);
    out += text.data();
}

void append_escaped(std::string& out, char32_t rune, char quote)
{
    constexpr std::string_view controls = "\a\b\f\n\r\t\v";
    if (rune == static_cast<unsigned char>(quote) || rune == '\\') {
        out += '\\';
        out += static_cast<char>(rune);
    } else if (is_printable(rune)) {
        append_rune(out, rune);
    } else if (rune < 0x80 && controls.find(static_cast<char>(rune)) != std::string_view::npos) {
        out += '\\';
        out += "abfnrtv"[controls.find(static_cast<char>(rune))];
    } else if (rune < ' ' || rune == 0x7F) {
        append_hex(out, "\\x%02x", rune);
    } else {
        append_hex(out, rune < 0x10000 ? "\\u%04x" : "\\U%08x", rune);
    }
}

std::optional<std::uint32_t> take_digits(std::string_view& rest, std::size_t count, std::uint32_t base)
{
    if (rest.size() < count)
        return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const char c = rest[i];
        const std::uint32_t digit = c >= '0' && c <= '9'   ? static_cast<std::uint32_t>(c - '0')
                                    : c >= 'a' && c <= 'f' ? static_cast<std::uint32_t>(c - 'a' + 10)
                                    : c >= 'A' && c <= 'F' ? static_cast<std::uint32_t>(c - 'A' + 10)
                                                           : 16;
        if (digit >= base)
            return std::nullopt;
        value = value * base + digit;
    }
    rest.remove_prefix(count);
    return static_cast<std::uint32_t>(value);
}

/// What follows a backslash. \x and octal are bytes, \u and \U are characters.
bool take_escape(std::string_view& rest, char quote, std::string& out)
{
    if (rest.empty())
        return false;
    const char kind = rest[0];
    constexpr std::string_view letters = "abfnrtv\\";
    if (const std::size_t known = letters.find(kind); known != std::string_view::npos || kind == quote) {
        out += kind == quote ? quote : "\a\b\f\n\r\t\v\\"[known];
        rest.remove_prefix(1);
        return true;
    }
    if (kind >= '0' && kind <= '7') {
        const auto byte = take_digits(rest, 3, 8);
        if (!byte || *byte > 0xFF)
            return false;
        out += static_cast<char>(*byte);
        return true;
    }
    rest.remove_prefix(1);
    if (kind == 'x') {
        const auto byte = take_digits(rest, 2, 16);
        if (byte)
            out += static_cast<char>(*byte);
        return byte.has_value();
    }
    if (kind != 'u' && kind != 'U')
        return false;
    const auto rune = take_digits(rest, kind == 'u' ? 4 : 8, 16);
    if (!rune || *rune > 0x10FFFF || (*rune >= 0xD800 && *rune < 0xE000))
        return false;
    append_rune(out, *rune);
    return true;
}

std::string without_carriage_returns(std::string_view raw)
{
    std::string out;
    for (const char c : raw)
        if (c != '\r')
            out += c;
    return out;
}

} // namespace

std::string go_quoted(std::string_view text)
{
    std::string out = "\"";
    while (!text.empty()) {
        const Rune rune = first_rune(text);
        if (rune.valid)
            append_escaped(out, rune.value, '"');
        else
            append_hex(out, "\\x%02x", static_cast<unsigned char>(text[0]));
        text.remove_prefix(rune.length);
    }
    return out + '"';
}

std::string go_quoted_rune(char32_t rune)
{
    std::string out = "'";
    append_escaped(out, rune > 0x10FFFF ? char32_t{0xFFFD} : rune, '\'');
    return out + '\'';
}

std::optional<std::string> go_unquoted(std::string_view literal)
{
    if (literal.size() < 2 || literal.front() != literal.back())
        return std::nullopt;
    const char quote = literal.front();
    std::string_view rest = literal.substr(1, literal.size() - 2);
    if (quote == '`')
        return rest.find('`') == std::string_view::npos ? std::optional{without_carriage_returns(rest)} : std::nullopt;
    if (quote != '"' && quote != '\'')
        return std::nullopt;

    std::string out;
    std::size_t characters = 0;
    for (; !rest.empty(); ++characters) {
        if (rest[0] == quote || rest[0] == '\n')
            return std::nullopt;
        if (rest[0] == '\\') {
            rest.remove_prefix(1);
            if (!take_escape(rest, quote, out))
                return std::nullopt;
            continue;
        }
        const Rune rune = first_rune(rest);
        out += rest.substr(0, rune.length);
        rest.remove_prefix(rune.length);
    }
    return quote == '\'' && characters != 1 ? std::nullopt : std::optional{out};
}

} // namespace skiff::text
