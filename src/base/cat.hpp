#pragma once

#include <string>
#include <string_view>
#include <type_traits>

namespace skiff {

namespace detail {
inline void append(std::string& out, std::string_view piece) { out += piece; }
inline void append(std::string& out, char piece) { out += piece; }
template <typename Integer>
    requires std::is_integral_v<Integer>
void append(std::string& out, Integer piece)
{
    out += std::to_string(piece);
}
} // namespace detail

/// Joins its arguments (text, characters, integers) to one string.
template <typename... Pieces>
std::string cat(const Pieces&... pieces)
{
    std::string out;
    (detail::append(out, pieces), ...);
    return out;
}

/// `text` in single quotes, with control characters and invalid UTF-8 escaped: safe to show on a terminal.
std::string quoted(std::string_view text);
// Exact matches, or std::quoted would win for strings wherever somebody includes <iomanip>.
inline std::string quoted(const std::string& text) { return quoted(std::string_view{text}); }
inline std::string quoted(std::string& text) { return quoted(std::string_view{text}); }
inline std::string quoted(const char* text) { return quoted(std::string_view{text}); }

/// `text` with C0, C1, ESC, bidirectional controls and invalid UTF-8 replaced: safe to show on a terminal.
/// Line breaks and tabs stay when `keep_lines` is set.
std::string printable(std::string_view text, bool keep_lines = false);

/// Whether `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

} // namespace skiff
