#include "text/utf8.hpp"

#include <cstdint>

namespace skiff::text {
namespace {

constexpr char32_t replacement = 0xFFFD;

bool between(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

/// Blocks where capital and small letter alternate, the capital being even.
bool in_even_pairs(char32_t c)
{
    return (between(c, 0x100, 0x137) && c != 0x130 && c != 0x131) || between(c, 0x14A, 0x177) ||
           between(c, 0x1E00, 0x1E95) || between(c, 0x1EA0, 0x1EFF) || between(c, 0x460, 0x481) ||
           between(c, 0x48A, 0x4BF) || between(c, 0x4D0, 0x52F);
}

/// The same with odd capitals.
bool in_odd_pairs(char32_t c)
{
    return between(c, 0x139, 0x148) || between(c, 0x179, 0x17E) || between(c, 0x4C1, 0x4CE);
}

template <typename Map>
std::string mapped(std::string_view text, Map map)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Rune rune = first_rune(text);
        append_rune(out, map(rune.value));
        text.remove_prefix(rune.length);
    }
    return out;
}

} // namespace

Rune first_rune(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0U) == 0x80U; };
    const std::uint32_t first = byte(0);
    if (first < 0x80)
        return {first, 1, true};
    if (first >= 0xC2 && first < 0xE0 && follows(1))
        return {(first & 0x1FU) << 6U | (byte(1) & 0x3FU), 2, true};
    if (first >= 0xE0 && first < 0xF0 && follows(1) && follows(2)) {
        const std::uint32_t value = (first & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
        if (value >= 0x800 && !between(value, 0xD800, 0xDFFF))
            return {value, 3, true};
    } else if (first >= 0xF0 && first < 0xF5 && follows(1) && follows(2) && follows(3)) {
        const std::uint32_t value =
            (first & 0x07U) << 18U | (byte(1) & 0x3FU) << 12U | (byte(2) & 0x3FU) << 6U | (byte(3) & 0x3FU);
        if (between(value, 0x10000, 0x10FFFF))
            return {value, 4, true};
    }
    return {replacement, 1, false};
}

std::size_t count_runes(std::string_view text)
{
    std::size_t count = 0;
    for (; !text.empty(); ++count)
        text.remove_prefix(first_rune(text).length);
    return count;
}

void append_rune(std::string& out, char32_t rune)
{
    if (rune > 0x10FFFF || between(rune, 0xD800, 0xDFFF))
        rune = replacement;
    const auto tail = [&](unsigned shift) { return static_cast<char>(0x80U | (rune >> shift & 0x3FU)); };
    if (rune < 0x80) {
        out += static_cast<char>(rune);
    } else if (rune < 0x800) {
        out += static_cast<char>(0xC0U | rune >> 6U);
        out += tail(0);
    } else if (rune < 0x10000) {
        out += static_cast<char>(0xE0U | rune >> 12U);
        out += tail(6);
        out += tail(0);
    } else {
        out += static_cast<char>(0xF0U | rune >> 18U);
        out += tail(12);
        out += tail(6);
        out += tail(0);
    }
}

bool is_printable(char32_t c)
{
    if (c < 0x80)
        return between(c, 0x20, 0x7E);
    const bool space =
        c == 0xA0 || c == 0x1680 || between(c, 0x2000, 0x200A) || c == 0x202F || c == 0x205F || c == 0x3000;
    const bool format = c < 0xA0 || c == 0xAD || between(c, 0x200B, 0x200F) || between(c, 0x2028, 0x202E) ||
                        between(c, 0x2060, 0x206F) || c == 0xFEFF || between(c, 0xFFF0, 0xFFFB) ||
                        between(c, 0xE0000, 0xE00FF);
    const bool no_text = between(c, 0xD800, 0xF8FF) || (c & 0xFFFEU) == 0xFFFEU || c >= 0xF0000;
    return !space && !format && !no_text;
}

char32_t to_lower(char32_t c)
{
    if (between(c, 'A', 'Z') || (between(c, 0xC0, 0xDE) && c != 0xD7) || (between(c, 0x391, 0x3A9) && c != 0x3A2) ||
        between(c, 0x410, 0x42F))
        return c + 0x20;
    if (between(c, 0x400, 0x40F))
        return c + 0x50;
    if (c == 0x178)
        return 0xFF;
    if (in_even_pairs(c))
        return c | 1U;
    return in_odd_pairs(c) && c % 2 == 1 ? c + 1 : c;
}

char32_t to_upper(char32_t c)
{
    if (between(c, 'a', 'z') || (between(c, 0xE0, 0xFE) && c != 0xF7) || (between(c, 0x3B1, 0x3C9) && c != 0x3C2) ||
        between(c, 0x430, 0x44F))
        return c - 0x20;
    if (between(c, 0x450, 0x45F))
        return c - 0x50;
    if (c == 0xFF)
        return 0x178;
    if (in_even_pairs(c))
        return c & ~char32_t{1};
    return in_odd_pairs(c) && c % 2 == 0 ? c - 1 : c;
}

std::string to_lower(std::string_view text)
{
    return mapped(text, [](char32_t c) { return to_lower(c); });
}

std::string to_upper(std::string_view text)
{
    return mapped(text, [](char32_t c) { return to_upper(c); });
}

} // namespace skiff::text
