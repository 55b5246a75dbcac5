#pragma once

#include "text/template_tree.hpp"

#include <optional>
#include <string>

/// One directive of a printf format. Private to the go_template family.
namespace skiff::text {

struct Directive
{
    bool plus = false, minus = false, sharp = false, space = false, zero = false;
    std::optional<int> width;
    std::optional<int> precision;
    char32_t verb = 0;
};

/// `value` printed by a verb. Lists and objects are printed element by element; where verb and value do not suit each
/// other, that is what the text says: "%!d(string=x)".
std::string print_directive(const Directive& directive, const Json& value);

} // namespace skiff::text
