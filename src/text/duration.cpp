#include "text/duration.hpp"

#include "base/error.hpp"
#include "text/go_quote.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>

namespace skiff::text {
namespace {

using std::chrono::nanoseconds;

struct Unit
{
    std::string_view name;
    std::uint64_t nanoseconds;
};

constexpr std::array units{
    Unit{"ns", 1},
    Unit{"us", 1'000},
    Unit{"\xc2\xb5s", 1'000}, // micro sign
    Unit{"\xce\xbcs", 1'000}, // Greek mu
    Unit{"ms", 1'000'000},
    Unit{"s", 1'000'000'000},
    Unit{"m", 60'000'000'000},
    Unit{"h", 3'600'000'000'000},
};

/// The magnitude of the smallest duration: one more than that of the largest.
constexpr std::uint64_t magnitude_limit = std::uint64_t{1} << 63U;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Error invalid(std::string_view text)
{
    return Error{ErrorKind::Usage, cat("time: invalid duration ", go_quoted(text))};
}

/// Reads "12.5h" from the front of `rest`. Nothing when it is malformed or too large.
std::optional<std::uint64_t> take_term(std::string_view& rest, std::string_view text)
{
    std::uint64_t whole = 0;
    std::size_t digits = 0;
    for (; !rest.empty() && is_digit(rest[0]); rest.remove_prefix(1), ++digits) {
        if (whole > magnitude_limit / 10)
            return std::nullopt;
        whole = whole * 10 + static_cast<std::uint64_t>(rest[0] - '0');
    }
    // Digits of the fraction beyond what 63 bits hold cannot change a nanosecond.
    std::uint64_t fraction = 0;
    double scale = 1;
    if (!rest.empty() && rest[0] == '.') {
        rest.remove_prefix(1);
        for (; !rest.empty() && is_digit(rest[0]); rest.remove_prefix(1), ++digits) {
            if (fraction >= (magnitude_limit - 1) / 10)
                continue;
            fraction = fraction * 10 + static_cast<std::uint64_t>(rest[0] - '0');
            scale *= 10;
        }
    }
    if (digits == 0)
        return std::nullopt;

    const auto unit_end = std::find_if(rest.begin(), rest.end(), [](char c) { return c == '.' || is_digit(c); });
    const std::string_view name = rest.substr(0, static_cast<std::size_t>(unit_end - rest.begin()));
    if (name.empty())
        throw Error{ErrorKind::Usage, cat("time: missing unit in duration ", go_quoted(text))};
    const auto* const unit = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == name; });
    if (unit == units.end())
        throw Error{ErrorKind::Usage, cat("time: unknown unit ", go_quoted(name), " in duration ", go_quoted(text))};
    rest.remove_prefix(name.size());

    if (whole > magnitude_limit / unit->nanoseconds)
        return std::nullopt;
    const double part = static_cast<double>(fraction) * (static_cast<double>(unit->nanoseconds) / scale);
    return whole * unit->nanoseconds + static_cast<std::uint64_t>(part);
}

/// "1.5" of 1500 thousandths: the fraction of `amount` in `per`, trailing zeros cut off.
std::string with_fraction(std::uint64_t amount, std::uint64_t per)
{
    std::string out = std::to_string(amount / per);
    std::uint64_t rest = amount % per;
    if (rest == 0)
        return out;
    out += '.';
    for (per /= 10; rest != 0; per /= 10) {
        out += static_cast<char>('0' + rest / per);
        rest %= per;
    }
    return out;
}

} // namespace

nanoseconds parse_duration(std::string_view text, PlainNumber plain_number)
{
    std::string_view rest = text;
    const bool negative = !rest.empty() && rest[0] == '-';
    if (!rest.empty() && (rest[0] == '-' || rest[0] == '+'))
        rest.remove_prefix(1);
    if (rest == "0")
        return nanoseconds{0};
    if (rest.empty())
        throw invalid(text);

    std::string with_unit;
    const bool plain = std::all_of(rest.begin(), rest.end(), [](char c) { return c == '.' || is_digit(c); });
    if (plain && plain_number == PlainNumber::Seconds)
        rest = with_unit = cat(rest, "s");

    std::uint64_t total = 0;
    while (!rest.empty()) {
        const auto term = take_term(rest, text);
        if (!term || *term > magnitude_limit || total + *term > magnitude_limit)
            throw invalid(text);
        total += *term;
    }
    if (negative)
        return nanoseconds{static_cast<std::int64_t>(~total + 1)};
    if (total == magnitude_limit)
        throw invalid(text);
    return nanoseconds{static_cast<std::int64_t>(total)};
}

std::string format_duration_go(nanoseconds duration)
{
    const bool negative = duration.count() < 0;
    const auto bits = static_cast<std::uint64_t>(duration.count());
    const std::uint64_t total = negative ? ~bits + 1 : bits;
    if (total == 0)
        return "0s";
    std::string out = negative ? "-" : "";
    if (total < 1'000)
        return cat(out, total, "ns");
    if (total < 1'000'000)
        return cat(out, with_fraction(total, 1'000), "\xc2\xb5s");
    if (total < 1'000'000'000)
        return cat(out, with_fraction(total, 1'000'000), "ms");

    constexpr std::uint64_t minute = 60'000'000'000;
    if (total >= 60 * minute)
        out += cat(total / (60 * minute), "h");
    if (total >= minute)
        out += cat(total / minute % 60, "m");
    return cat(out, with_fraction(total % minute, 1'000'000'000), "s");
}

std::string human_duration(nanoseconds duration)
{
    using namespace std::chrono;
    const std::int64_t in_seconds = duration_cast<seconds>(duration).count();
    if (in_seconds < 1)
        return "Less than a second";
    if (in_seconds == 1)
        return "1 second";
    if (in_seconds < 60)
        return cat(in_seconds, " seconds");
    const std::int64_t in_minutes = in_seconds / 60;
    if (in_minutes == 1)
        return "About a minute";
    if (in_minutes < 60)
        return cat(in_minutes, " minutes");
    const std::int64_t rounded_hours = (in_minutes + 30) / 60;
    if (rounded_hours == 1)
        return "About an hour";
    if (rounded_hours < 48)
        return cat(rounded_hours, " hours");
    if (rounded_hours < 24 * 7 * 2)
        return cat(rounded_hours / 24, " days");
    if (rounded_hours < 24 * 30 * 2)
        return cat(rounded_hours / 24 / 7, " weeks");
    if (rounded_hours < 24 * 365 * 2)
        return cat(rounded_hours / 24 / 30, " months");
    return cat(in_minutes / 60 / 24 / 365, " years");
}

} // namespace skiff::text
