#include "text/template_compare.hpp"

#include "base/cat.hpp"
#include "text/go_format.hpp"
#include "text/template_functions.hpp"

#include <cstdint>
#include <utility>

namespace skiff::text {
namespace {

enum class Kind
{
    None,
    Bool,
    Number,
    Text,
    Other
};

Kind kind_of(const Value& value)
{
    if (value.is_null())
        return Kind::None;
    if (value.data->is_boolean())
        return Kind::Bool;
    if (value.data->is_number())
        return Kind::Number;
    return value.data->is_string() ? Kind::Text : Kind::Other;
}

/// Three-way: integers exactly, whatever their signs, and with a double among them as doubles.
int compare_numbers(const Json& a, const Json& b)
{
    if (a.is_number_float() || b.is_number_float()) {
        const auto x = a.get<double>();
        const auto y = b.get<double>();
        return x < y ? -1 : x > y ? 1 : 0;
    }
    const auto three_way = [](auto x, auto y) { return std::cmp_less(x, y) ? -1 : std::cmp_greater(x, y) ? 1 : 0; };
    const auto with_right = [&](auto x) {
        return b.is_number_unsigned() ? three_way(x, b.get<std::uint64_t>()) : three_way(x, b.get<std::int64_t>());
    };
    return a.is_number_unsigned() ? with_right(a.get<std::uint64_t>()) : with_right(a.get<std::int64_t>());
}

} // namespace

bool equals(const Value& a, const Value& b)
{
    const Kind kind = kind_of(a);
    if (kind == Kind::None || kind_of(b) == Kind::None)
        return kind == kind_of(b);
    if (kind != kind_of(b))
        throw FunctionFailure{"incompatible types for comparison"};
    if (kind == Kind::Other)
        throw FunctionFailure{cat("non-comparable type ", go_text(*a.data), ": ", a.type_name())};
    return kind == Kind::Number ? compare_numbers(*a.data, *b.data) == 0 : *a.data == *b.data;
}

bool is_less(const Value& a, const Value& b)
{
    const Kind kind = kind_of(a);
    const auto orderless = [](Kind k) { return k == Kind::None || k == Kind::Other; };
    if (orderless(kind) || orderless(kind_of(b)))
        throw FunctionFailure{"invalid type for comparison"};
    if (kind != kind_of(b))
        throw FunctionFailure{"incompatible types for comparison"};
    if (kind == Kind::Bool)
        throw FunctionFailure{"invalid type for comparison"};
    return kind == Kind::Number ? compare_numbers(*a.data, *b.data) < 0 : *a.data < *b.data;
}

} // namespace skiff::text
