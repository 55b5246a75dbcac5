#include "text/duration.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

namespace skiff::text {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

std::string failure(std::string_view text)
{
    try {
        parse_duration(text);
    } catch (const Error& error) {
        return error.message();
    }
    return "nothing was thrown";
}

TEST(ParseDuration, ReadsGosSpelling)
{
    struct Case
    {
        const char* text;
        nanoseconds value;
    };
    const Case cases[] = {
        {"0", 0ns},
        {"5s", 5s},
        {"1h2m3.5s", 3723500ms},
        {"-1.5h", -90min},
        {"+5s", 5s},
        {"1.004s", 1004ms},
        {"12us", 12us},
        {"12\xc2\xb5s", 12us},
        {"12\xce\xbcs", 12us},
        {".5m", 30s},
        {"1.s", 1s},
        {"100ns", 100ns},
        {"3h30m", 210min},
        {"0.3333333333333333333h", 20min},
        {"-9223372036854775808ns", nanoseconds::min()},
        {"9223372036854775807ns", nanoseconds::max()},
        {"2562047h47m16.854775807s", nanoseconds::max()},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(parse_duration(c.text), c.value);
    }
}

TEST(ParseDuration, ComplainsInGosWords)
{
    EXPECT_EQ(failure(""), "time: invalid duration \"\"");
    EXPECT_EQ(failure("3"), "time: missing unit in duration \"3\"");
    EXPECT_EQ(failure("-"), "time: invalid duration \"-\"");
    EXPECT_EQ(failure("s"), "time: invalid duration \"s\"");
    EXPECT_EQ(failure("."), "time: invalid duration \".\"");
    EXPECT_EQ(failure("1 s"), "time: unknown unit \" s\" in duration \"1 s\"");
    EXPECT_EQ(failure("3d"), "time: unknown unit \"d\" in duration \"3d\"");
    EXPECT_EQ(failure("9223372036854775808ns"), "time: invalid duration \"9223372036854775808ns\"");
    EXPECT_EQ(failure("3000000h"), "time: invalid duration \"3000000h\"");
}

TEST(ParseDuration, TakesPlainNumbersAsSecondsWhenAsked)
{
    EXPECT_EQ(parse_duration("10", PlainNumber::Seconds), 10s);
    EXPECT_EQ(parse_duration("-1", PlainNumber::Seconds), -1s);
    EXPECT_EQ(parse_duration("0.5", PlainNumber::Seconds), 500ms);
    EXPECT_EQ(parse_duration("10m", PlainNumber::Seconds), 10min);
}

TEST(FormatDurationGo, WritesWhatGoWrites)
{
    EXPECT_EQ(format_duration_go(0s), "0s");
    EXPECT_EQ(format_duration_go(1ns), "1ns");
    EXPECT_EQ(format_duration_go(1100ns), "1.1\xc2\xb5s");
    EXPECT_EQ(format_duration_go(250ms), "250ms");
    EXPECT_EQ(format_duration_go(1500ms), "1.5s");
    EXPECT_EQ(format_duration_go(90s), "1m30s");
    EXPECT_EQ(format_duration_go(1h), "1h0m0s");
    EXPECT_EQ(format_duration_go(-30s), "-30s");
    EXPECT_EQ(format_duration_go(nanoseconds::min()), "-2562047h47m16.854775808s");
}

TEST(HumanDuration, RoundsAsTablesDo)
{
    EXPECT_EQ(human_duration(450ms), "Less than a second");
    EXPECT_EQ(human_duration(1s), "1 second");
    EXPECT_EQ(human_duration(47s), "47 seconds");
    EXPECT_EQ(human_duration(60s), "About a minute");
    EXPECT_EQ(human_duration(119s), "About a minute");
    EXPECT_EQ(human_duration(3min), "3 minutes");
    EXPECT_EQ(human_duration(60min), "About an hour");
    EXPECT_EQ(human_duration(89min), "About an hour");
    EXPECT_EQ(human_duration(90min), "2 hours");
    EXPECT_EQ(human_duration(47h), "47 hours");
    EXPECT_EQ(human_duration(48h), "2 days");
    EXPECT_EQ(human_duration(24h * 14), "2 weeks");
    EXPECT_EQ(human_duration(24h * 60), "2 months");
    EXPECT_EQ(human_duration(24h * 365 * 2), "2 years");
}

} // namespace
} // namespace skiff::text
