#include "text/size.hpp"

#include "base/error.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace skiff::text {
namespace {

constexpr std::uint64_t size_limit = std::numeric_limits<std::int64_t>::max();

Error invalid_size(std::string_view size) { return Error{ErrorKind::Usage, cat("invalid size: ", quoted(size))}; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The power of two that a unit ("", "b", "k", "kb", "kib" ...) stands for.
int shift_of_unit(std::string_view size, std::string_view unit)
{
    std::string lower;
    for (const char c : unit)
        lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (lower.empty() || lower == "b")
        return 0;
    constexpr std::string_view prefixes = "kmgtp";
    const std::size_t rank = prefixes.find(lower[0]);
    const std::string_view rest = std::string_view{lower}.substr(1);
    if (rank == std::string_view::npos || (!rest.empty() && rest != "b" && rest != "ib"))
        throw invalid_size(size);
    return static_cast<int>(rank + 1) * 10;
}

std::string scaled(double amount, double base, int digits, std::string_view between,
                   const std::array<std::string_view, 7>& units)
{
    std::size_t unit = 0;
    while (amount >= base && unit + 1 < units.size()) {
        amount /= base;
        ++unit;
    }
    std::array<char, 32> number{};
    std::snprintf(number.data(), number.size(), "%.*g", digits, amount);
    return cat(number.data(), between, units[unit]);
}

} // namespace

std::uint64_t parse_bytes(std::string_view size)
{
    std::size_t end = 0;
    while (end < size.size() && (is_digit(size[end]) || size[end] == '.'))
        ++end;
    const std::string_view number = size.substr(0, end);
    const bool space = end < size.size() && size[end] == ' ';
    const int shift = shift_of_unit(size, size.substr(end + (space ? 1 : 0)));
    const std::size_t point = number.find('.');
    const std::string whole = point == 0 && number.size() > 1 ? "0" : std::string{number.substr(0, point)};

    // Whole numbers are computed exactly: a double has only 53 bits.
    std::uint64_t bytes = 0;
    const auto parsed = std::from_chars(whole.data(), whole.data() + whole.size(), bytes);
    if (parsed.ec != std::errc{} || parsed.ptr != whole.data() + whole.size() || bytes > size_limit >> shift)
        throw invalid_size(size);
    bytes <<= static_cast<unsigned>(shift);
    if (point == std::string_view::npos)
        return bytes;

    const std::string fraction = cat("0", number.substr(point), "0");
    double part = 0;
    const auto read = std::from_chars(fraction.data(), fraction.data() + fraction.size(), part);
    if (read.ec != std::errc{} || read.ptr != fraction.data() + fraction.size())
        throw invalid_size(size);
    return bytes + static_cast<std::uint64_t>(std::ldexp(part, shift));
}

std::string format_bytes_decimal(std::uint64_t bytes, int digits, std::string_view between)
{
    return scaled(static_cast<double>(bytes), 1000, digits, between, {"B", "kB", "MB", "GB", "TB", "PB", "EB"});
}

std::string format_bytes_binary(std::uint64_t bytes)
{
    return scaled(static_cast<double>(bytes), 1024, 4, "", {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"});
}

} // namespace skiff::text
