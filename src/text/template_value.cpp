#include "text/template_value.hpp"

#include "base/error.hpp"
#include "text/go_format.hpp"
#include "text/go_template.hpp"
#include "text/time_format.hpp"

#include <algorithm>
#include <cctype>
#include <map>

namespace skiff::text {
namespace {

/// MacAddress is mac_address in the documents of networks.
bool same_letters(std::string_view a, std::string_view b)
{
    const auto skip = [](std::string_view& text) { text.remove_prefix(std::min(text.find_first_not_of('_'), text.size())); };
    while (true) {
        skip(a);
        skip(b);
        if (a.empty() || b.empty())
            return a.empty() && b.empty();
        if (std::tolower(static_cast<unsigned char>(a.front())) != std::tolower(static_cast<unsigned char>(b.front())))
            return false;
        a.remove_prefix(1);
        b.remove_prefix(1);
    }
}

bool contains(const std::vector<std::string>& names, const std::string& name)
{
    return std::any_of(names.begin(), names.end(), [&](const std::string& known) { return same_letters(known, name); });
}

} // namespace

bool Value::is_true() const
{
    if (is_null())
        return false;
    switch (data->type()) {
    case Json::value_t::boolean:
        return data->get<bool>();
    case Json::value_t::string:
        return !data->get_ref<const std::string&>().empty();
    case Json::value_t::array:
    case Json::value_t::object:
        return !data->empty();
    default:
        return data->get<double>() != 0;
    }
}

Json Value::printable() const
{
    if (is_null())
        return nullptr;
    return nature == Nature::Time && is_text() ? Json(printed_time(data->get<std::string>())) : *data;
}

std::string Value::type_name() const
{
    if (data == nullptr)
        return "nil";
    if (data->is_object() && nature != Nature::Map && !type.empty())
        return type;
    return nature == Nature::Time ? "time.Time" : go_type(*data);
}

const Json* find_field(const Json& object, std::string_view name, std::string& found_name)
{
    const auto exact = object.find(name);
    if (exact != object.end()) {
        found_name = name;
        return &*exact;
    }
    for (const auto& [key, element] : object.items()) {
        if (same_letters(key, name)) {
            found_name = key;
            return &element;
        }
    }
    return nullptr;
}

Value field_value(const Json& element, const std::string& name, const std::string& owner_type, const DataType& type)
{
    Value value{&element, Value::Nature::Plain, cat(owner_type, ".", name)};
    if (element.is_string() && contains(type.times, name))
        value.nature = Value::Nature::Time;
    else if ((element.is_object() || element.is_null()) && contains(type.maps, name))
        value.nature = Value::Nature::Map;
    return value;
}

std::string printed(const Value& value, const DataType& type)
{
    if (value.is_list()) {
        std::string out = "[";
        for (const Json& element : *value.data)
            out += cat(out.size() == 1 ? "" : " ", printed({&element, Value::Nature::Plain, value.type}, type));
        return out + "]";
    }
    if (!value.is_object())
        return go_text(value.printable());
    std::string out;
    if (value.nature == Value::Nature::Map) {
        std::map<std::string_view, const Json*> sorted;
        for (const auto& [key, element] : value.data->items())
            sorted.emplace(key, &element);
        for (const auto& [key, element] : sorted)
            out += cat(out.empty() ? "" : " ", key, ":", printed({element, Value::Nature::Plain, value.type}, type));
        return cat("map[", out, "]");
    }
    bool first = true;
    for (const auto& [key, element] : value.data->items()) {
        out += cat(first ? "" : " ", printed(field_value(element, key, value.type, type), type));
        first = false;
    }
    return cat("{", out, "}");
}

std::string printed_time(const std::string& rfc3339)
{
    // What is no time by the first look is not worth an exception: lists have a column of "2 hours ago".
    constexpr std::size_t time_mark = std::string_view{"2006-01-02"}.size();
    if (rfc3339.size() <= time_mark || rfc3339[time_mark] != 'T')
        return rfc3339;
    try {
        const Zone zone = rfc3339.empty() || rfc3339.back() == 'Z' ? Zone::Utc : Zone::Local;
        return format_go_default(parse_rfc3339(rfc3339), zone);
    } catch (const Error&) {
        return rfc3339; // the field holds something else than a time: shown as it is
    }
}

} // namespace skiff::text
