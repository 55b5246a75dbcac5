#pragma once

#include "base/cat.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/record_text.hpp"

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// How records become JSON and come back. For .cpp files only: it includes the whole JSON library.
///
/// A record is described once, by a function that names each member:
///
///     template <typename Fields> void describe(Fields& field, std::type_identity<RlimitConfig>)
///     {
///         field("name", &RlimitConfig::name);
///     }
///
/// and an enumeration by its words: `constexpr std::array words_of(std::type_identity<RestartWhen>)`. Both are found by
/// their argument, so they stand beside the code that uses them.
///
/// Members that have their default are left out when writing and get it when missing: records stay small, `ps` over
/// hundreds of them fast, and an older program's record readable. Numbers are nanoseconds where the type is a time.
namespace skiff::record {

using nlohmann::json;

template <typename T>
using Of = std::type_identity<T>;

struct NoFields
{
    template <typename Name, typename Member>
    void operator()(Name, Member)
    {
    }
};

template <typename T>
concept Described = requires(NoFields fields)
{
    describe(fields, Of<T>{});
};
template <typename T>
concept Enumeration = std::is_enum_v<T>;
template <typename T>
concept Number = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

// ---------------------------------------------------------------------------------------------------- writing

inline json write(bool value) { return value; }
template <Number T>
json write(T value)
{
    return value;
}
/// Bytes that are not UTF-8 (an argument, a path) cannot stand in JSON text: {"hex": "..."} keeps them as they are.
inline json write(const std::string& value)
{
    if (is_utf8(value))
        return value;
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const char c : value) {
        hex += digits[static_cast<unsigned char>(c) >> 4U];
        hex += digits[static_cast<unsigned char>(c) & 15U];
    }
    return json{{"hex", hex}};
}
inline json write(WallTime value) { return std::int64_t{value.time_since_epoch().count()}; }
inline json write(std::chrono::nanoseconds value) { return std::int64_t{value.count()}; }
template <Enumeration T>
json write(T value)
{
    for (const auto& [known, word] : words_of(Of<T>{}))
        if (known == value)
            return word;
    return nullptr;
}
template <Described T>
json write(const T& value);
template <typename T>
json write(const std::optional<T>& value);
template <typename T>
json write(const std::vector<T>& values);
template <typename T>
json write(const std::map<std::string, T>& values);

template <typename T>
json write(const std::optional<T>& value)
{
    return value ? write(*value) : json{};
}
template <typename T>
json write(const std::vector<T>& values)
{
    json array = json::array();
    for (const T& value : values)
        array.push_back(write(value));
    return array;
}
template <typename T>
json write(const std::map<std::string, T>& values)
{
    json object = json::object();
    for (const auto& [key, value] : values)
        object[key] = write(value);
    return object;
}

template <typename T>
bool is_default(const T& value, const T& fallback)
{
    return value == fallback;
}
template <typename T>
bool is_default(const std::vector<T>& value, const std::vector<T>& fallback)
{
    return value.empty() && fallback.empty();
}
template <typename T>
bool is_default(const std::optional<T>& value, const std::optional<T>& fallback)
{
    return !value && !fallback;
}

template <typename T>
struct Writer
{
    json& object;
    const T& value;
    const T& fallback;

    template <typename Member>
    void operator()(const char* name, Member T::*member)
    {
        if constexpr (Described<Member>) {
            json inner = write(value.*member);
            if (!inner.empty())
                object[name] = std::move(inner);
        } else if (!is_default(value.*member, fallback.*member)) {
            object[name] = write(value.*member);
        }
    }
};

template <Described T>
json write(const T& value)
{
    static const T fallback{};
    json object = json::object();
    Writer<T> writer{object, value, fallback};
    describe(writer, Of<T>{});
    return object;
}

// ---------------------------------------------------------------------------------------------------- reading

/// Where in the record the reader is; only spelled out when something is wrong there.
struct Place
{
    const Place* parent = nullptr;
    const char* name = nullptr;
    std::size_t index = 0;

    [[nodiscard]] std::string text() const
    {
        const std::string above = parent != nullptr ? parent->text() : std::string{};
        if (name == nullptr)
            return parent != nullptr ? cat(above, "[", index, "]") : above;
        return above.empty() ? std::string{name} : cat(above, ".", name);
    }
};

[[noreturn]] inline void refuse(const json& found, const Place& place, std::string_view expected)
{
    std::string shown = found.dump(-1, ' ', false, json::error_handler_t::replace);
    if (shown.size() > 40)
        shown = cat(shown.substr(0, 40), "...");
    throw Error{ErrorKind::Failure,
                cat("field ", skiff::quoted(place.text()), " must be ", expected, ", not ", printable(shown))};
}

inline void read(const json& from, bool& value, const Place& place)
{
    if (!from.is_boolean())
        refuse(from, place, "true or false");
    value = from.get<bool>();
}
template <Number T>
void read(const json& from, T& value, const Place& place)
{
    if constexpr (std::is_floating_point_v<T>) {
        if (!from.is_number())
            refuse(from, place, "a number");
        value = from.get<T>();
    } else {
        const bool fits = from.is_number_unsigned()
                              ? std::in_range<T>(from.get<std::uint64_t>())
                              : from.is_number_integer() && std::in_range<T>(from.get<std::int64_t>());
        if (!fits)
            refuse(from, place,
                   cat("a number from ", std::numeric_limits<T>::min(), " to ", std::numeric_limits<T>::max()));
        value = from.get<T>();
    }
}
inline void read(const json& from, std::string& value, const Place& place)
{
    if (from.is_string()) {
        value = from.get_ref<const std::string&>();
        return;
    }
    const auto hex = from.is_object() ? from.find("hex") : from.end();
    if (!from.is_object() || hex == from.end() || !hex->is_string())
        refuse(from, place, "a text");
    const auto& digits = hex->get_ref<const std::string&>();
    const auto digit = [&](std::size_t i) {
        const char c = digits[i];
        if (c >= '0' && c <= '9')
            return static_cast<unsigned>(c - '0');
        if (c >= 'a' && c <= 'f')
            return static_cast<unsigned>(c - 'a' + 10);
        refuse(from, place, "a text");
    };
    if (digits.size() % 2 != 0)
        refuse(from, place, "a text");
    value.clear();
    for (std::size_t i = 0; i < digits.size(); i += 2)
        value += static_cast<char>(digit(i) << 4U | digit(i + 1));
}
inline void read(const json& from, std::chrono::nanoseconds& value, const Place& place)
{
    std::int64_t count = 0;
    read(from, count, place);
    value = std::chrono::nanoseconds{count};
}
inline void read(const json& from, WallTime& value, const Place& place)
{
    std::chrono::nanoseconds since{};
    read(from, since, place);
    value = WallTime{since};
}
template <Enumeration T>
void read(const json& from, T& value, const Place& place)
{
    if (from.is_string())
        for (const auto& [known, word] : words_of(Of<T>{}))
            if (from.get_ref<const std::string&>() == word) {
                value = known;
                return;
            }
    std::string expected = "one of";
    for (const auto& [known, word] : words_of(Of<T>{}))
        expected += cat(" ", word);
    refuse(from, place, expected);
}
template <Described T>
void read(const json& from, T& value, const Place& place);
template <typename T>
void read(const json& from, std::optional<T>& value, const Place& place);
template <typename T>
void read(const json& from, std::vector<T>& values, const Place& place);
template <typename T>
void read(const json& from, std::map<std::string, T>& values, const Place& place);

template <typename T>
void read(const json& from, std::optional<T>& value, const Place& place)
{
    value.reset();
    if (!from.is_null())
        read(from, value.emplace(), place);
}
template <typename T>
void read(const json& from, std::vector<T>& values, const Place& place)
{
    if (!from.is_array())
        refuse(from, place, "a list");
    values.clear();
    values.reserve(from.size());
    for (const json& element : from) {
        const Place here{&place, nullptr, values.size()};
        read(element, values.emplace_back(), here);
    }
}
template <typename T>
void read(const json& from, std::map<std::string, T>& values, const Place& place)
{
    if (!from.is_object())
        refuse(from, place, "an object");
    values.clear();
    for (const auto& [key, element] : from.items())
        read(element, values[key], Place{&place, key.c_str()});
}

template <typename T>
struct Reader
{
    const json& object;
    T& value;
    const Place& place;

    template <typename Member>
    void operator()(const char* name, Member T::*member)
    {
        if (const auto found = object.find(name); found != object.end())
            read(*found, value.*member, Place{&place, name});
    }
};

template <Described T>
void read(const json& from, T& value, const Place& place)
{
    if (!from.is_object())
        refuse(from, place, "an object");
    value = T{};
    Reader<T> reader{from, value, place};
    describe(reader, Of<T>{});
}

// ---------------------------------------------------------------------------------------------------- whole records

template <Described T>
std::string to_text(const T& value)
{
    return write(value).dump(-1, ' ', false, json::error_handler_t::replace);
}

/// `what` names the kind of record in the error: "container record".
template <Described T>
T from_text(const std::string& text, std::string_view what)
{
    if (text.empty()) // what a power failure may leave of a file that was not synced
        throw Error{ErrorKind::Failure, cat("damaged ", what, ": it is empty")};
    T value;
    quick::Text plain{text};
    if (quick::read(plain, value) && plain.is_at_end())
        return value;
    value = T{};
    try {
        read(json::parse(text), value, Place{});
    } catch (const json::parse_error& error) {
        throw Error{ErrorKind::Failure, cat("damaged ", what, ": no valid JSON at byte ", error.byte)};
    } catch (const json::exception&) { // numbers beyond a double
        throw Error{ErrorKind::Failure, cat("damaged ", what, ": a number is out of range")};
    } catch (Error& error) {
        error.add_context(cat("damaged ", what));
        throw;
    }
    return value;
}

} // namespace skiff::record
