#pragma once

#include "text/template_value.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The functions of templates. Private to the go_template family.
namespace skiff::text {

/// Thrown by a function; the executor adds where and "error calling NAME:".
struct FunctionFailure
{
    std::string message;
};

struct Function
{
    std::string_view name;
    /// One letter for each parameter: a any value, t text, i integer, l list. A star lets the last one be given any
    /// number of times, also none. The executor checks the arguments against it.
    std::string_view parameters;
    Value (*call)(std::span<const Value> arguments, Arena& arena);

    [[nodiscard]] bool variadic() const { return parameters.back() == '*'; }
    /// How many arguments there have to be at least.
    [[nodiscard]] std::size_t fixed() const { return parameters.size() - (variadic() ? 2 : 0); }
    /// The letter for one of them.
    [[nodiscard]] char parameter(std::size_t index) const
    {
        return index < fixed() ? parameters[index] : parameters[fixed()];
    }
};

const Function* find_function(std::string_view name); ///< nullptr: no such function
std::vector<std::string> function_names();

} // namespace skiff::text
