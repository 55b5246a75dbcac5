#pragma once

#include "text/template_tree.hpp"

#include <string>
#include <string_view>

/// Numbers in templates. Private to the go_template family.
namespace skiff::text {

struct ParsedNumber
{
    Json value;            ///< an integer, or a double where the number was written with a point or exponent
    std::string complaint; ///< empty: it is a number
};

/// "5", "-0x1f", "0b11", "0o17", "017", "1_000", "1.5e3". Source: the number syntax of Go.
ParsedNumber parse_number(std::string_view text);
/// A character constant with its quotes: the integer of its code point.
ParsedNumber parse_character(std::string_view literal);

} // namespace skiff::text
