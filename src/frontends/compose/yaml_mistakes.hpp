#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skiff::compose {

/// What a person would say about text that is no YAML.
struct YamlMistake
{
    std::uint32_t line = 0; ///< from 1; where it should be mended, not where the parser gave up
    std::string message;
    std::string hint;
};

/// Looks for the common mistakes in front of `line`, where the parser gave up: tabs, indentation, missing blanks, colons and quotes.
/// Nothing when it is none of those.
std::optional<YamlMistake> find_yaml_mistake(std::string_view text, std::uint32_t line);

/// Whether a text that begins with a quote has no end of it; false for all others.
bool is_open_quote(std::string_view text);

/// Of a quote on `line` that nothing ends: the parser takes all the rest of the file for its text.
YamlMistake describe_open_quote(std::string_view text, std::uint32_t line);

} // namespace skiff::compose
