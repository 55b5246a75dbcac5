#pragma once

#include "text/template_tree.hpp"

#include <deque>
#include <string>
#include <string_view>

/// What a pipeline passes on. Private to the go_template family.
namespace skiff::text {

struct DataType;

/// A value of the data or one that a function made; somebody else owns it (the caller, or the execution's Arena).
struct Value
{
    enum class Nature
    {
        Plain,
        Map,
        Time
    };

    const Json* data = nullptr;    ///< nullptr: there is no value ("<no value>")
    Nature nature = Nature::Plain; ///< Map: an object with any keys; Time: a text in RFC 3339
    std::string type;              ///< how errors name it (or its elements) when it stands for a struct

    [[nodiscard]] bool missing() const { return data == nullptr; }
    [[nodiscard]] bool is_null() const { return data == nullptr || data->is_null(); }
    [[nodiscard]] bool is_object() const { return data != nullptr && data->is_object(); }
    [[nodiscard]] bool is_list() const { return data != nullptr && data->is_array(); }
    [[nodiscard]] bool is_text() const { return data != nullptr && data->is_string(); }
    /// Go's: not zero, not empty, not nil.
    [[nodiscard]] bool is_true() const;
    /// What a function like print shall see: times in Go's form, null for what is missing.
    [[nodiscard]] Json printable() const;
    [[nodiscard]] std::string type_name() const;
};

/// Keeps the values that functions make until the template is done.
class Arena
{
  public:
    Value keep(Json value) { return {&values_.emplace_back(std::move(value)), Value::Nature::Plain, ""}; }

  private:
    std::deque<Json> values_;
};

/// The field `name` of a struct: by exact name, or else without regard to case and underscores; nullptr when there is none.
/// (A map is looked up by exact name only.)
const Json* find_field(const Json& object, std::string_view name, std::string& found_name);

/// What `element` is, from the name of the field that holds it.
Value field_value(const Json& element, const std::string& name, const std::string& owner_type, const DataType& type);

/// As Go prints it where a template shows it: structs are their values in braces, maps have keys.
std::string printed(const Value& value, const DataType& type);

/// "2006-01-02T15:04:05Z" as Go prints times; anything else as it is.
std::string printed_time(const std::string& rfc3339);

} // namespace skiff::text
