#include "base/cat.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace skiff {
namespace {

struct CodePoint
{
    std::uint32_t value;
    std::size_t length; ///< bytes; 0 when the bytes are not UTF-8
};

CodePoint decode(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto follows = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0U) == 0x80U; };
    const std::uint32_t first = byte(0);
    if (first < 0x80)
        return {first, 1};
    if (first >= 0xC2 && first < 0xE0 && follows(1))
        return {(first & 0x1FU) << 6U | (byte(1) & 0x3FU), 2};
    if (first >= 0xE0 && first < 0xF0 && follows(1) && follows(2)) {
        const std::uint32_t value = (first & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
        const bool surrogate = value >= 0xD800 && value < 0xE000;
        return {value, value < 0x800 || surrogate ? 0U : 3U};
    }
    if (first >= 0xF0 && first < 0xF5 && follows(1) && follows(2) && follows(3)) {
        const std::uint32_t value =
            (first & 0x07U) << 18U | (byte(1) & 0x3FU) << 12U | (byte(2) & 0x3FU) << 6U | (byte(3) & 0x3FU);
        return {value, value < 0x10000 || value > 0x10FFFF ? 0U : 4U};
    }
    return {first, 0};
}

/// Characters that move the cursor, change colours or reorder text when a terminal prints them.
bool is_control(std::uint32_t c)
{
    const bool bidirectional = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F;
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || bidirectional || c == 0x2028 || c == 0x2029;
}

} // namespace

std::string printable(std::string_view text, bool keep_lines)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const CodePoint c = decode(text);
        const std::size_t length = c.length == 0 ? 1 : c.length;
        if (c.length == 0 || (is_control(c.value) && !(keep_lines && (c.value == '\n' || c.value == '\t')))) {
            for (std::size_t i = 0; i < length; ++i) {
                std::array<char, 8> escaped{};
                std::snprintf(escaped.data(), escaped.size(), "\\x%02x", static_cast<unsigned char>(text[i]));
                out += escaped.data();
            }
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return out;
}

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = decode(text).length;
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string quoted(std::string_view text) { return "'" + printable(text) + "'"; }

} // namespace skiff
