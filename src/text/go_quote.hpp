#pragma once

#include <optional>
#include <string>
#include <string_view>

/// String literals as Go writes them: in error texts, in %q and in templates.
namespace skiff::text {

/// `text` in double quotes with Go's escapes. Source: Go's strconv.Quote.
std::string go_quoted(std::string_view text);
/// One character in single quotes. Source: Go's strconv.QuoteRune.
std::string go_quoted_rune(char32_t rune);

/// The value of a literal with its "..." or `...` or '.' around it; nothing when it is malformed.
/// Source: Go's strconv.Unquote.
std::optional<std::string> go_unquoted(std::string_view literal);

} // namespace skiff::text
