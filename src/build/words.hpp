#pragma once

#include "build/place.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The words of an instruction. Quotes and escapes stay in them: expand.hpp takes these away when it puts values in.
namespace skiff::build {

/// Splits at blanks that are neither quoted nor escaped.
std::vector<std::string> split_words(std::string_view text, char escape);

/// The strings of a JSON array, when `text` is one; nothing when it is something else, or no valid JSON (then it is a
/// shell's line). Throws Error(Failure) at `place` for an array of other things than strings.
std::optional<std::vector<std::string>> json_words(const Place& place, std::string_view text);

/// `--name=value`, `--name`.
struct Flag
{
    std::string name;
    std::optional<std::string> value; ///< quotes removed
    std::string text;                 ///< as written
};

/// Takes the words that begin with "--" from the front of `text`. A bare "--" ends them.
std::vector<Flag> take_flags(std::string_view& text, char escape);

struct NamedValue
{
    std::string name;
    std::string value; ///< quotes and escapes still in it

    bool operator==(const NamedValue&) const = default;
};

/// The pairs of ENV and LABEL (`keyword`): "a=1 b=2", or the old form "a the rest of the line".
struct NamedValues
{
    std::vector<NamedValue> pairs;
    bool is_old_form = false;
};
NamedValues read_named_values(const Place& place, std::string_view keyword, std::string_view text, char escape);

} // namespace skiff::build
