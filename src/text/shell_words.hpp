#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Command lines as one text.
namespace skiff::text {

/// Splits `line` as /bin/sh does, without expanding anything: single quotes, double quotes, backslashes. `$`, `*` and
/// `#` are ordinary characters. Throws Error(Usage) when a quote stays open or a backslash ends the line.
std::vector<std::string> split_shell_words(std::string_view line);

/// `word` so that a shell reads it back as one word; quotes only where they are needed.
std::string shell_quote(std::string_view word);
/// The words of a command, quoted where needed, with spaces between.
std::string join_shell_words(const std::vector<std::string>& words);

} // namespace skiff::text
