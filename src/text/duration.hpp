#pragma once

#include <chrono>
#include <string>
#include <string_view>

/// Lengths of time in Go's spelling.
namespace skiff::text {

/// What a number without a unit means.
enum class PlainNumber
{
    Refused,
    Seconds
};

/// Reads "1h2m3.5s": a sequence of decimal numbers with the units ns, us, ms, s, m, h, perhaps with a sign; "0" needs
/// no unit. Throws Error(Usage) in Go's words: `time: invalid duration "X"`, `time: missing unit in duration "X"`,
/// `time: unknown unit "x" in duration "X"`. Source: Go's time.ParseDuration.
std::chrono::nanoseconds parse_duration(std::string_view text, PlainNumber plain_number = PlainNumber::Refused);

/// "1h0m0s", "1m30s", "1.5s", "250ms", "0s". Source: Go's time.Duration.String.
std::string format_duration_go(std::chrono::nanoseconds duration);

/// As tables show ages and uptimes: "Less than a second", "3 minutes", "About an hour". Source: go-units HumanDuration.
std::string human_duration(std::chrono::nanoseconds duration);

} // namespace skiff::text
