#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Code points of UTF-8 text, the way Go's strings treat them: an invalid byte is one character, U+FFFD.
namespace skiff::text {

struct Rune
{
    char32_t value;
    std::size_t length; ///< bytes; never 0
    bool valid;         ///< false: the byte is not UTF-8 and the value is U+FFFD
};

/// The first code point of `text`, which must not be empty.
Rune first_rune(std::string_view text);
std::size_t count_runes(std::string_view text);
/// Appends `rune` as UTF-8; what is no code point becomes U+FFFD.
void append_rune(std::string& out, char32_t rune);

/// Go's unicode.IsPrint, nearly: false for controls, separators other than the space, format characters and what is not
/// assigned to text.
bool is_printable(char32_t rune);

/// Simple case mapping of ASCII, Latin, Greek and Cyrillic; other scripts stay as they are.
char32_t to_lower(char32_t rune);
char32_t to_upper(char32_t rune);
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

} // namespace skiff::text
