#pragma once

#include "text/duration.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Text of the command line to the basic types of option tables. Every failure is an Error(Usage) whose text is the
/// part behind the colon of `invalid argument "x" for "--cpus" flag: ...`, in the words of Go's strconv, which scripts
/// know.
namespace skiff::cli {

bool read_bool(std::string_view text);            ///< 1 t T TRUE true True, 0 f F FALSE false False
/// Decimal, 0x, 0o or 0b. `function` is the one of strconv that a complaint names.
std::int64_t read_integer(std::string_view text, std::string_view function = "ParseInt");
std::uint64_t read_unsigned(std::string_view text);
double read_number(std::string_view text);

/// Throws Error(Usage) "value out of range" as strconv does.
[[noreturn]] void throw_out_of_range(std::string_view function, std::string_view text);

/// One line of comma-separated values, as pflag's string slices read it: a value in double quotes may contain commas.
std::vector<std::string> split_commas(std::string_view text);

/// As `split` of the text at every `separator`; an empty text is one empty piece.
std::vector<std::string> split_at(std::string_view text, char separator);

/// The part in front of the first `separator` and, when there is one, the part behind it.
struct Cut
{
    std::string head;
    std::optional<std::string> tail;
};
Cut cut_at(std::string_view text, char separator);

namespace detail {

template <typename T>
struct is_optional : std::false_type
{
};
template <typename T>
struct is_optional<std::optional<T>> : std::true_type
{
};
template <typename T>
struct is_vector : std::false_type
{
};
template <typename T>
struct is_vector<std::vector<T>> : std::true_type
{
};

template <typename Integer>
Integer read_narrow(std::string_view text)
{
    if constexpr (std::is_signed_v<Integer>) {
        const std::int64_t wide = read_integer(text);
        if (wide != static_cast<Integer>(wide))
            throw_out_of_range("ParseInt", text);
        return static_cast<Integer>(wide);
    } else {
        const std::uint64_t wide = read_unsigned(text);
        if (wide != static_cast<Integer>(wide))
            throw_out_of_range("ParseUint", text);
        return static_cast<Integer>(wide);
    }
}

} // namespace detail

/// Stores `text` in a member of an Args struct, by the member's type. Vectors of strings grow.
template <typename T>
void read_into(T& member, std::string_view text)
{
    if constexpr (detail::is_optional<T>::value) {
        typename T::value_type value{};
        read_into(value, text);
        member = std::move(value);
    } else if constexpr (detail::is_vector<T>::value) {
        typename T::value_type value{};
        read_into(value, text);
        member.push_back(std::move(value));
    } else if constexpr (std::is_same_v<T, bool>) {
        member = read_bool(text);
    } else if constexpr (std::is_integral_v<T>) {
        member = detail::read_narrow<T>(text);
    } else if constexpr (std::is_floating_point_v<T>) {
        member = static_cast<T>(read_number(text));
    } else if constexpr (std::is_same_v<T, std::chrono::nanoseconds>) {
        member = text::parse_duration(text);
    } else {
        static_assert(std::is_same_v<T, std::string>, "this type needs a reader of its own");
        member = std::string{text};
    }
}

} // namespace skiff::cli
