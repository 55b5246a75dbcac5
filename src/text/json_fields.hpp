#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// JSON documents of strangers: strict reading, and fields by type with errors that name the field.
namespace skiff::text {

/// What a document may cost (security.md R37). A value is a scalar, a list or an object.
struct JsonLimits
{
    std::size_t bytes = 16U << 20U;
    std::size_t depth = 64;
    std::size_t values = 500'000;
};

/// Parses one document. Refused: more than the limits allow, an object that has a key twice, invalid UTF-8, lone
/// surrogates, U+0000, numbers outside of a double, a byte order mark, anything behind the document.
/// Throws Error(Failure) "invalid JSON at byte N: ...".
nlohmann::json parse_strict_json(std::string_view text, const JsonLimits& limits = {});

/// The fields of one JSON object. A field that is null counts as absent. Errors are Error(Failure) with the whole path:
/// `field "config.Env[2]" must be a string, not a number`, `field "config" is missing`.
/// Borrows the document, which must live longer.
class JsonFields
{
  public:
    /// `where` names the object in errors; empty for the document itself. Throws when `value` is no object.
    explicit JsonFields(const nlohmann::json& value, std::string where = "");

    [[nodiscard]] bool has(std::string_view key) const;
    /// Whatever it is; nullptr when absent.
    [[nodiscard]] const nlohmann::json* find(std::string_view key) const;

    [[nodiscard]] std::optional<std::string> find_text(std::string_view key) const;
    [[nodiscard]] std::optional<std::int64_t>
    find_integer(std::string_view key) const; ///< 5.0 is an integer, 5.5 is not
    [[nodiscard]] std::optional<std::uint64_t> find_unsigned(std::string_view key) const; ///< refuses negative numbers
    [[nodiscard]] std::optional<double> find_number(std::string_view key) const;
    [[nodiscard]] std::optional<bool> find_flag(std::string_view key) const;
    [[nodiscard]] std::optional<JsonFields> find_object(std::string_view key) const;

    /// Required: absent is an Error.
    [[nodiscard]] std::string text(std::string_view key) const;
    [[nodiscard]] std::int64_t integer(std::string_view key) const;
    [[nodiscard]] std::uint64_t unsigned_integer(std::string_view key) const;
    [[nodiscard]] bool flag(std::string_view key) const;
    [[nodiscard]] JsonFields object(std::string_view key) const;

    /// With a value for absence.
    [[nodiscard]] std::string text_or(std::string_view key, std::string absent) const;
    [[nodiscard]] std::int64_t integer_or(std::string_view key, std::int64_t absent) const;
    [[nodiscard]] std::uint64_t unsigned_or(std::string_view key, std::uint64_t absent) const;
    [[nodiscard]] bool flag_or(std::string_view key, bool absent) const;

    /// Lists and maps: absent is empty. Every element is checked.
    [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
    [[nodiscard]] std::map<std::string, std::string> text_map(std::string_view key) const;
    [[nodiscard]] std::vector<JsonFields> objects(std::string_view key) const;
    [[nodiscard]] std::vector<std::string> keys(std::string_view key) const; ///< of a map such as ExposedPorts
    /// Calls `visit(name, element)` for each element of a map, in the order of the names.
    void for_each(std::string_view key,
                  const std::function<void(const std::string&, const nlohmann::json&)>& visit) const;

    /// An Error that names `key`: `field "config.User" <complaint>`. For checks of the caller's own.
    [[nodiscard]] Error complain(std::string_view key, std::string_view complaint) const;
    [[nodiscard]] const std::string& where() const { return where_; }
    [[nodiscard]] const nlohmann::json& value() const { return *value_; }

  private:
    [[nodiscard]] std::string path(std::string_view key) const;

    const nlohmann::json* value_;
    std::string where_;
};

} // namespace skiff::text
