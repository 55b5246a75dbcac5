#include "text/json_fields.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace skiff::text {
namespace {

using nlohmann::json;

std::string_view kind_of(const json& value)
{
    switch (value.type()) {
    case json::value_t::null:
        return "null";
    case json::value_t::object:
        return "an object";
    case json::value_t::array:
        return "a list";
    case json::value_t::string:
        return "a string";
    case json::value_t::boolean:
        return "a boolean";
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
    case json::value_t::number_float:
        return "a number";
    case json::value_t::binary:
    case json::value_t::discarded:
        break;
    }
    return "something else";
}

Error field_error(const std::string& path, std::string_view complaint)
{
    const std::string name = path.empty() ? "the document" : cat("field \"", printable(path), '"');
    return Error{ErrorKind::Failure, cat(name, ' ', complaint)};
}

Error wrong_type(const std::string& path, std::string_view expected, const json& value)
{
    return field_error(path, cat("must be ", expected, ", not ", kind_of(value)));
}

const std::string& as_text(const json& value, const std::string& path)
{
    if (!value.is_string())
        throw wrong_type(path, "a string", value);
    return value.get_ref<const std::string&>();
}

/// A number that is an integer by value: writers in other languages print 5.0 or 5e0.
template <typename Integer>
Integer as_integer(const json& value, const std::string& path)
{
    if (!value.is_number())
        throw wrong_type(path, "a number", value);
    if (value.is_number_unsigned() && std::in_range<Integer>(value.get<std::uint64_t>()))
        return static_cast<Integer>(value.get<std::uint64_t>());
    if (value.is_number_integer() && !value.is_number_unsigned() && std::in_range<Integer>(value.get<std::int64_t>()))
        return static_cast<Integer>(value.get<std::int64_t>());
    if (value.is_number_float()) {
        const double number = value.get<double>();
        constexpr double exact = 9007199254740992; // 2^53
        const bool fits = std::trunc(number) == number && std::abs(number) <= exact;
        if (fits && std::in_range<Integer>(static_cast<std::int64_t>(number)))
            return static_cast<Integer>(number);
    }
    throw field_error(path,
                      cat("must be ", std::is_signed_v<Integer> ? "an integer" : "an integer that is not negative"));
}

template <typename Value>
Value required(std::optional<Value> found, const std::string& path)
{
    if (!found)
        throw field_error(path, "is missing");
    return *std::move(found);
}

} // namespace

JsonFields::JsonFields(const json& value, std::string where) : value_{&value}, where_{std::move(where)}
{
    if (!value.is_object())
        throw wrong_type(where_, "an object", value);
}

std::string JsonFields::path(std::string_view key) const
{
    return where_.empty() ? std::string{key} : cat(where_, '.', key);
}

Error JsonFields::complain(std::string_view key, std::string_view complaint) const
{
    return field_error(path(key), complaint);
}

const json* JsonFields::find(std::string_view key) const
{
    const auto found = value_->find(key);
    return found == value_->end() || found->is_null() ? nullptr : &*found;
}

bool JsonFields::has(std::string_view key) const { return find(key) != nullptr; }

std::optional<std::string> JsonFields::find_text(std::string_view key) const
{
    const json* value = find(key);
    return value == nullptr ? std::nullopt : std::optional{as_text(*value, path(key))};
}

std::optional<std::int64_t> JsonFields::find_integer(std::string_view key) const
{
    const json* value = find(key);
    return value == nullptr ? std::nullopt : std::optional{as_integer<std::int64_t>(*value, path(key))};
}

std::optional<std::uint64_t> JsonFields::find_unsigned(std::string_view key) const
{
    const json* value = find(key);
    return value == nullptr ? std::nullopt : std::optional{as_integer<std::uint64_t>(*value, path(key))};
}

std::optional<double> JsonFields::find_number(std::string_view key) const
{
    const json* value = find(key);
    if (value == nullptr)
        return std::nullopt;
    if (!value->is_number())
        throw wrong_type(path(key), "a number", *value);
    return value->get<double>();
}

std::optional<bool> JsonFields::find_flag(std::string_view key) const
{
    const json* value = find(key);
    if (value == nullptr)
        return std::nullopt;
    if (!value->is_boolean())
        throw wrong_type(path(key), "true or false", *value);
    return value->get<bool>();
}

std::optional<JsonFields> JsonFields::find_object(std::string_view key) const
{
    const json* value = find(key);
    return value == nullptr ? std::nullopt : std::optional{JsonFields{*value, path(key)}};
}

std::string JsonFields::text(std::string_view key) const { return required(find_text(key), path(key)); }
std::int64_t JsonFields::integer(std::string_view key) const { return required(find_integer(key), path(key)); }
std::uint64_t JsonFields::unsigned_integer(std::string_view key) const
{
    return required(find_unsigned(key), path(key));
}
bool JsonFields::flag(std::string_view key) const { return required(find_flag(key), path(key)); }
JsonFields JsonFields::object(std::string_view key) const { return required(find_object(key), path(key)); }

std::string JsonFields::text_or(std::string_view key, std::string absent) const
{
    return find_text(key).value_or(std::move(absent));
}

std::int64_t JsonFields::integer_or(std::string_view key, std::int64_t absent) const
{
    return find_integer(key).value_or(absent);
}

std::uint64_t JsonFields::unsigned_or(std::string_view key, std::uint64_t absent) const
{
    return find_unsigned(key).value_or(absent);
}

bool JsonFields::flag_or(std::string_view key, bool absent) const { return find_flag(key).value_or(absent); }

std::vector<std::string> JsonFields::texts(std::string_view key) const
{
    std::vector<std::string> out;
    const json* list = find(key);
    if (list == nullptr)
        return out;
    if (!list->is_array())
        throw wrong_type(path(key), "a list", *list);
    for (const json& element : *list)
        out.push_back(as_text(element, cat(path(key), '[', out.size(), ']')));
    return out;
}

std::map<std::string, std::string> JsonFields::text_map(std::string_view key) const
{
    std::map<std::string, std::string> out;
    for_each(key, [&](const std::string& name, const json& element) {
        out.emplace(name, as_text(element, cat(path(key), '.', name)));
    });
    return out;
}

std::vector<JsonFields> JsonFields::objects(std::string_view key) const
{
    std::vector<JsonFields> out;
    const json* list = find(key);
    if (list == nullptr)
        return out;
    if (!list->is_array())
        throw wrong_type(path(key), "a list", *list);
    for (const json& element : *list)
        out.emplace_back(element, cat(path(key), '[', out.size(), ']'));
    return out;
}

std::vector<std::string> JsonFields::keys(std::string_view key) const
{
    std::vector<std::string> out;
    for_each(key, [&](const std::string& name, const json&) { out.push_back(name); });
    return out;
}

void JsonFields::for_each(std::string_view key, const std::function<void(const std::string&, const json&)>& visit) const
{
    const auto map = find_object(key);
    if (!map)
        return;
    for (const auto& [name, element] : map->value().items())
        visit(name, element);
}

} // namespace skiff::text
