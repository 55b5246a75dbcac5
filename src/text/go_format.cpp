#include "text/go_format.hpp"

#include "base/cat.hpp"
#include "text/go_quote.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace skiff::text {
namespace {

std::string chars_of(double value, std::chars_format format)
{
    std::array<char, 512> buffer{};
    const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format);
    return {buffer.data(), written.ptr};
}

/// The decimal exponent of the shortest scientific form.
int exponent_of(const std::string& scientific) { return std::atoi(scientific.c_str() + scientific.find('e') + 1); }

bool all_text(const Json& value)
{
    return std::all_of(value.begin(), value.end(), [](const Json& element) { return element.is_string(); });
}

/// JavaScript's rule, which encoding/json follows.
std::string json_number(double value)
{
    const double magnitude = std::abs(value);
    if (magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21))
        return chars_of(value, std::chars_format::fixed);
    std::string out = chars_of(value, std::chars_format::scientific);
    const std::size_t zero = out.find("e-0");
    if (zero != std::string::npos)
        out.erase(zero + 2, 1);
    return out;
}

/// Go escapes the two line separators that JavaScript does not allow in a string.
std::string json_text(const Json& text)
{
    std::string out = text.dump(-1, ' ', false, Json::error_handler_t::replace);
    constexpr std::string_view separators = "\xe2\x80"; // U+2028 and U+2029 begin with it
    for (std::size_t i = out.find(separators); i != std::string::npos; i = out.find(separators, i + 1))
        if (const char last = out[i + 2]; last == '\xa8' || last == '\xa9')
            out.replace(i, 3, last == '\xa8' ? "\\u2028" : "\\u2029");
    return out;
}

} // namespace

std::string go_number(double value)
{
    // Go decides for an exponent with six digits in mind when it prints as many as needed.
    std::string scientific = chars_of(value, std::chars_format::scientific);
    const int exponent = exponent_of(scientific);
    return exponent < -4 || exponent >= 6 ? scientific : chars_of(value, std::chars_format::fixed);
}

std::string go_type(const Json& value)
{
    switch (value.type()) {
    case Json::value_t::null:
        return "<nil>";
    case Json::value_t::object:
        return !value.empty() && all_text(value) ? "map[string]string" : "map[string]interface {}";
    case Json::value_t::array:
        return !value.empty() && all_text(value) ? "[]string" : "[]interface {}";
    case Json::value_t::string:
        return "string";
    case Json::value_t::boolean:
        return "bool";
    case Json::value_t::number_float:
        return "float64";
    default:
        return "int";
    }
}

std::string go_text(const Json& value)
{
    switch (value.type()) {
    case Json::value_t::null:
        return "<nil>";
    case Json::value_t::object: {
        std::map<std::string_view, const Json*> sorted;
        for (const auto& [key, element] : value.items())
            sorted.emplace(key, &element);
        std::string out;
        for (const auto& [key, element] : sorted)
            out += cat(out.empty() ? "" : " ", key, ":", go_text(*element));
        return cat("map[", out, "]");
    }
    case Json::value_t::array: {
        std::string out = "[";
        for (const Json& element : value)
            out += cat(out.size() == 1 ? "" : " ", go_text(element));
        return out + "]";
    }
    case Json::value_t::string:
        return value.get<std::string>();
    case Json::value_t::number_float:
        return go_number(value.get<double>());
    default:
        return value.dump();
    }
}

std::string go_print(std::span<const Json> values)
{
    std::string out;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0 && !values[i].is_string() && !values[i - 1].is_string())
            out += ' ';
        out += go_text(values[i]);
    }
    return out;
}

std::string go_println(std::span<const Json> values)
{
    std::string out;
    for (std::size_t i = 0; i < values.size(); ++i)
        out += cat(i == 0 ? "" : " ", go_text(values[i]));
    return out + '\n';
}

std::string go_json(const Json& value)
{
    std::string out;
    switch (value.type()) {
    case Json::value_t::object:
        for (const auto& [key, element] : value.items())
            out += cat(out.empty() ? "" : ",", json_text(Json(key)), ":", go_json(element));
        return cat("{", out, "}");
    case Json::value_t::array:
        out = "[";
        for (const Json& element : value)
            out += cat(out.size() == 1 ? "" : ",", go_json(element));
        return out + "]";
    case Json::value_t::number_float:
        return json_number(value.get<double>());
    default:
        return json_text(value);
    }
}

} // namespace skiff::text
