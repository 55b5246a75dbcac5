#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// $NAME and ${NAME...} in the words of instructions.
namespace skiff::build {

/// The value of a name; nothing when it is not set.
using FindValue = std::function<std::optional<std::string>(std::string_view name)>;

/// What one pass of expansion needs and finds.
struct Expansion
{
    FindValue find;
    char escape = '\\';
    std::set<std::string> undefined; ///< names that were asked for without a default and are not set
};

/// Puts values in, and takes quotes and escapes away. Throws Error(Failure) for a malformed `${`, an open quote, and
/// `${name:?text}` without a value. Source: the Dockerfile reference, "Environment replacement".
std::string expand_word(std::string_view word, Expansion& expansion);

/// The same for a line of words: a value with blanks that is not quoted becomes several words.
std::vector<std::string> expand_words(std::string_view text, Expansion& expansion);

/// For the body of a heredoc: quotes are text; the escape character protects only `$` and itself.
std::string expand_heredoc(std::string_view body, Expansion& expansion);

/// What of `text` stays when `pattern` (`*`, `?`, backslash) is taken from its front or its end.
enum class Match { Shortest, Longest };
std::string without_prefix(std::string_view text, std::string_view pattern, Match match);
std::string without_suffix(std::string_view text, std::string_view pattern, Match match);
enum class Replace { First, All };
std::string replace_matches(std::string_view text, std::string_view pattern, std::string_view replacement, Replace replace);

} // namespace skiff::build
