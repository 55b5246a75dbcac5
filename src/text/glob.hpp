#pragma once

#include <string_view>

/// Patterns for names.
namespace skiff::text {

/// Go's filepath.Match: `*` and `?` stop at '/', `[a-z]` and `[^a-z]` are classes, a backslash takes the next character
/// as it is; the whole name must match. Throws Error(Failure) "syntax error in pattern" on a malformed pattern, even
/// where the name could be told apart earlier.
bool matches_path(std::string_view pattern, std::string_view path);

/// The same for names that are no paths: `*` and `?` match '/' too.
bool matches_name(std::string_view pattern, std::string_view name);

} // namespace skiff::text
