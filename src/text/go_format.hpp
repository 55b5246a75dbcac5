#pragma once

#include "text/template_tree.hpp"

#include <span>
#include <string>
#include <string_view>

/// JSON values the way Go's fmt prints what they stand for. Private to the go_template family.
namespace skiff::text {

/// %v: text as it is, lists "[a b]", objects "map[k:v]" with sorted keys, null "<nil>".
std::string go_text(const Json& value);
/// A value's type: "string", "int", "float64", "bool", "[]string", "map[string]interface {}", "<nil>".
std::string go_type(const Json& value);
/// Shortest form of %g.
std::string go_number(double value);

/// fmt.Sprint: spaces between operands of which neither is a text. fmt.Sprintln: spaces between all, and a line break.
std::string go_print(std::span<const Json> values);
std::string go_println(std::span<const Json> values);
/// fmt.Sprintf, including what it says about mistakes: "%!d(string=x)", "%!s(MISSING)", "%!(EXTRA int=1)".
std::string go_printf(std::string_view format, std::span<const Json> values);

/// encoding/json without HTML escapes: 1.0 is "1".
std::string go_json(const Json& value);

} // namespace skiff::text
