#pragma once

#include "text/template_value.hpp"

/// eq and lt. Private to the go_template family.
namespace skiff::text {

/// Numbers compare by value; null and what is missing are equal; a value is never equal to null. Values of different
/// kinds are a FunctionFailure, as are lists and objects.
bool equals(const Value& a, const Value& b);
bool is_less(const Value& a, const Value& b);

} // namespace skiff::text
