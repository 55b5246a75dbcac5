#include "text/time_format.hpp"

#include "base/error.hpp"
#include "text/duration.hpp"
#include "text/go_quote.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <optional>

namespace skiff::text {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr std::int64_t billion = 1'000'000'000;

/// An instant in two parts: whole seconds since 1970 (rounded down) and the nanoseconds since then.
struct Instant
{
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
};

Instant split(WallTime time)
{
    const std::int64_t count = time.time_since_epoch().count();
    const std::int64_t rest = count % billion;
    return rest < 0 ? Instant{count / billion - 1, rest + billion} : Instant{count / billion, rest};
}

WallTime join(const Instant& instant)
{
    constexpr std::int64_t last_second = WallTime::max().time_since_epoch().count() / billion;
    if (instant.seconds <= -last_second)
        return zero_time;
    if (instant.seconds >= last_second)
        return WallTime::max();
    return WallTime{nanoseconds{instant.seconds * billion + instant.nanoseconds}};
}

std::tm civil(WallTime time, Zone zone)
{
    std::tm fields{};
    if (time == zero_time) {
        fields.tm_year = 1 - 1900;
        fields.tm_mday = 1;
        fields.tm_zone = "UTC";
        return fields;
    }
    const std::time_t since_1970 = split(time).seconds;
    if (zone == Zone::Local && ::localtime_r(&since_1970, &fields) != nullptr)
        return fields;
    ::gmtime_r(&since_1970, &fields);
    fields.tm_zone = "UTC";
    return fields;
}

std::string date_and_time(const std::tm& t, char between)
{
    std::array<char, 80> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02d%c%02d:%02d:%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                  between, t.tm_hour, t.tm_min, t.tm_sec);
    return text.data();
}

enum class Digits
{
    None,
    AsNeeded,
    Nine
};

std::string fraction(WallTime time, Digits digits)
{
    const std::int64_t nanos = time == zero_time ? 0 : split(time).nanoseconds;
    if (digits == Digits::None || (digits == Digits::AsNeeded && nanos == 0))
        return {};
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), ".%09lld", static_cast<long long>(nanos));
    std::string out = text.data();
    while (digits == Digits::AsNeeded && out.back() == '0')
        out.pop_back();
    return out;
}

std::string offset(const std::tm& t, const char* form)
{
    const long minutes = std::labs(t.tm_gmtoff) / 60;
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), form, t.tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
    return text.data();
}

std::string rfc3339(WallTime time, Zone zone, Digits digits)
{
    const std::tm t = civil(time, zone);
    return cat(date_and_time(t, 'T'), fraction(time, digits), t.tm_gmtoff == 0 ? "Z" : offset(t, "%c%02ld:%02ld"));
}

/// Takes pieces off the front of a text; once one is missing, all that follow are, too.
class Scanner
{
  public:
    explicit Scanner(std::string_view text) : rest_{text} {}

    int number(std::size_t digits, int least, int most)
    {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i)
            value = value * 10 + digit();
        ok_ = ok_ && value >= least && value <= most;
        return value;
    }
    void expect(char c) { ok_ = ok_ && accept(c); }
    bool accept(char c)
    {
        if (!at(c))
            return false;
        rest_.remove_prefix(1);
        return true;
    }
    /// ".12" as nanoseconds; digits after the ninth are cut off.
    std::int64_t fraction()
    {
        if (!accept('.') && !accept(','))
            return 0;
        std::int64_t value = 0;
        std::int64_t scale = billion;
        do {
            scale /= 10;
            value += digit() * scale;
        } while (ok_ && at_digit());
        return value;
    }
    [[nodiscard]] bool at(char c) const { return !rest_.empty() && rest_[0] == c; }
    [[nodiscard]] bool at_digit() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] bool ok() const { return ok_; }

  private:
    int digit()
    {
        ok_ = ok_ && at_digit();
        if (!ok_)
            return 0;
        const int value = rest_[0] - '0';
        rest_.remove_prefix(1);
        return value;
    }

    std::string_view rest_;
    bool ok_ = true;
};

struct Civil
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    std::int64_t nanoseconds = 0;
    std::optional<int> offset_seconds; ///< unset: no zone was written
};

Instant instant_of(const Civil& c)
{
    if (!c.offset_seconds) {
        std::tm local{};
        local.tm_year = c.year - 1900;
        local.tm_mon = c.month - 1;
        local.tm_mday = c.day;
        local.tm_hour = c.hour;
        local.tm_min = c.minute;
        local.tm_sec = c.second;
        local.tm_isdst = -1;
        return {::mktime(&local), c.nanoseconds};
    }
    namespace chr = std::chrono;
    const chr::year_month_day date{chr::year{c.year}, chr::month{static_cast<unsigned>(c.month)},
                                   chr::day{static_cast<unsigned>(c.day)}};
    const seconds since_1970 = sys_days{date}.time_since_epoch();
    return {since_1970.count() + c.hour * 3600 + c.minute * 60 + c.second - *c.offset_seconds, c.nanoseconds};
}

bool is_date(const Civil& c)
{
    namespace chr = std::chrono;
    return chr::year_month_day{chr::year{c.year}, chr::month{static_cast<unsigned>(c.month)},
                               chr::day{static_cast<unsigned>(c.day)}}
        .ok();
}

void scan_zone(Scanner& scan, Civil& c)
{
    if (scan.accept('Z')) {
        c.offset_seconds = 0;
    } else if (scan.at('+') || scan.at('-')) {
        const int sign = scan.accept('-') ? -1 : 1;
        scan.accept('+');
        const int hours = scan.number(2, 0, 24);
        scan.expect(':');
        c.offset_seconds = sign * (hours * 3600 + scan.number(2, 0, 59) * 60);
    }
}

/// A date, perhaps with a time of day, perhaps with a zone.
std::optional<Civil> find_civil(std::string_view text)
{
    Scanner scan{text};
    Civil c;
    c.year = scan.number(4, 0, 9999);
    scan.expect('-');
    c.month = scan.number(2, 1, 12);
    scan.expect('-');
    c.day = scan.number(2, 1, 31);
    if (scan.accept('T')) {
        c.hour = scan.number(2, 0, 23);
        scan.expect(':');
        c.minute = scan.number(2, 0, 59);
        if (scan.accept(':')) {
            c.second = scan.number(2, 0, 59);
            c.nanoseconds = scan.fraction();
        }
    }
    scan_zone(scan, c);
    if (!scan.ok() || !scan.at_end() || !is_date(c))
        return std::nullopt;
    return c;
}

/// "1700000000.25", perhaps with a minus in front.
std::optional<Instant> find_unix_seconds(std::string_view text)
{
    const bool negative = !text.empty() && text[0] == '-';
    text.remove_prefix(negative ? 1 : 0);
    const std::size_t digits = std::min(text.find('.'), text.size());
    if (digits == 0 || digits > 12)
        return std::nullopt;
    std::int64_t whole = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9')
            return std::nullopt;
        whole = whole * 10 + (c - '0');
    }
    Scanner scan{text.substr(digits)};
    const std::int64_t nanos = scan.fraction();
    if (!scan.ok() || !scan.at_end())
        return std::nullopt;
    if (!negative)
        return Instant{whole, nanos};
    return nanos == 0 ? Instant{-whole, 0} : Instant{-whole - 1, billion - nanos};
}

} // namespace

std::string format_rfc3339(WallTime time, Zone zone) { return rfc3339(time, zone, Digits::None); }

std::string format_rfc3339_nano(WallTime time, Zone zone) { return rfc3339(time, zone, Digits::AsNeeded); }

std::string format_rfc3339_nine_digits(WallTime time, Zone zone) { return rfc3339(time, zone, Digits::Nine); }

std::string format_go_default(WallTime time, Zone zone)
{
    const std::tm t = civil(time, zone);
    return cat(date_and_time(t, ' '), fraction(time, Digits::AsNeeded), offset(t, " %c%02ld%02ld "), t.tm_zone);
}

std::string human_age(WallTime then, WallTime now)
{
    return then == zero_time ? "N/A" : cat(human_duration(now - then), " ago");
}

WallTime parse_rfc3339(std::string_view text)
{
    constexpr std::size_t time_of_day = std::string_view{"2006-01-02T15:04"}.size();
    const auto c = find_civil(text);
    const bool complete = c && c->offset_seconds && text.size() > time_of_day && text[time_of_day] == ':';
    if (!complete)
        throw Error{ErrorKind::Failure,
                    cat("parsing time ", go_quoted(text), ": not in the form 2006-01-02T15:04:05Z")};
    return join(instant_of(*c));
}

WallTime parse_time(std::string_view text, WallTime now, DurationMeans duration_means)
{
    if (const auto c = find_civil(text))
        return join(instant_of(*c));
    if (const auto instant = find_unix_seconds(text))
        return join(*instant);
    try {
        const nanoseconds length = parse_duration(text);
        return duration_means == DurationMeans::Ago ? now - length : now + length;
    } catch (const Error&) {
        // The user may have meant any of the three forms: the complaint about the last one would mislead.
        throw Error{ErrorKind::Usage, cat("unable to interpret time value: ", go_quoted(text))}.with_hint(
            "write a date (2006-01-02T15:04:05Z), seconds since 1970, or a duration (10m)");
    }
}

} // namespace skiff::text
