#pragma once

#include "base/clock.hpp"

#include <string>
#include <string_view>

/// Instants as text, in Go's spellings.
namespace skiff::text {

/// Go's zero time.Time, which documents use for "never" and "unknown": written "0001-01-01T00:00:00Z".
inline constexpr WallTime zero_time = WallTime::min();

/// Local is the zone of TZ or /etc/localtime.
enum class Zone
{
    Utc,
    Local
};

/// "2006-01-02T15:04:05Z", or with an offset ("+01:00") where the zone has one.
std::string format_rfc3339(WallTime time, Zone zone = Zone::Utc);
/// The same with the fraction of the second, trailing zeros cut off: "2006-01-02T15:04:05.12Z", and without a point
/// when there is no fraction.
std::string format_rfc3339_nano(WallTime time, Zone zone = Zone::Utc);
/// The same with all nine digits: the form of log files, where columns have to line up.
std::string format_rfc3339_nine_digits(WallTime time, Zone zone = Zone::Utc);
/// As Go prints a time: "2006-01-02 15:04:05.12 +0000 UTC", trailing zeros of the fraction cut off.
/// Source: Go's time.Time.String.
std::string format_go_default(WallTime time, Zone zone = Zone::Utc);
/// "3 minutes ago"; "N/A" for the zero time. Source: docker's and podman's tables.
std::string human_age(WallTime then, WallTime now);

/// Reads what the three RFC 3339 functions write. Instants before 1678 become `zero_time`, those after 2262 the largest
/// WallTime: foreign documents may hold any date. Throws Error(Failure).
WallTime parse_rfc3339(std::string_view text);

/// Where a duration in place of an instant points to, seen from now.
enum class DurationMeans
{
    Ago,
    Ahead
};

/// Reads an instant of --since, --until and filters: an RFC 3339 date with or without time, fraction and zone (without:
/// the local one), seconds since 1970 with or without fraction, or a Go duration ("10m").
/// Throws Error(Usage) `unable to interpret time value: "X"`.
WallTime parse_time(std::string_view text, WallTime now, DurationMeans duration_means = DurationMeans::Ago);

} // namespace skiff::text
