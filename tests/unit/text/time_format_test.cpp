#include "text/time_format.hpp"

#include "base/error.hpp"

#include <cstdlib>
#include <ctime>
#include <gtest/gtest.h>

namespace skiff::text {
namespace {

using namespace std::chrono_literals;

constexpr WallTime at(std::chrono::nanoseconds since_1970) { return WallTime{since_1970}; }
constexpr WallTime noon = at(1704110400s); // 2024-01-01T12:00:00Z

/// Tests name their zone: the machine's must not matter.
class LocalTime : public testing::Test
{
  protected:
    LocalTime()
    {
        ::setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
        ::tzset();
    }
    ~LocalTime() override
    {
        ::unsetenv("TZ");
        ::tzset();
    }
};

TEST(FormatTime, WritesRfc3339InThreeForms)
{
    EXPECT_EQ(format_rfc3339(noon), "2024-01-01T12:00:00Z");
    EXPECT_EQ(format_rfc3339_nano(noon), "2024-01-01T12:00:00Z");
    EXPECT_EQ(format_rfc3339_nano(noon + 120ms), "2024-01-01T12:00:00.12Z");
    EXPECT_EQ(format_rfc3339_nine_digits(noon + 120ms), "2024-01-01T12:00:00.120000000Z");
    EXPECT_EQ(format_rfc3339_nano(at(-1ns)), "1969-12-31T23:59:59.999999999Z");
}

TEST(FormatTime, WritesGosDefaultForm)
{
    EXPECT_EQ(format_go_default(noon), "2024-01-01 12:00:00 +0000 UTC");
    EXPECT_EQ(format_go_default(noon + 1ns), "2024-01-01 12:00:00.000000001 +0000 UTC");
}

TEST_F(LocalTime, IsWrittenWithItsOffset)
{
    EXPECT_EQ(format_rfc3339_nano(noon + 500ms, Zone::Local), "2024-01-01T07:00:00.5-05:00");
    EXPECT_EQ(format_go_default(noon, Zone::Local), "2024-01-01 07:00:00 -0500 EST");
}

TEST(FormatTime, KnowsGosZeroTime)
{
    EXPECT_EQ(format_rfc3339_nano(zero_time), "0001-01-01T00:00:00Z");
    EXPECT_EQ(format_go_default(zero_time, Zone::Local), "0001-01-01 00:00:00 +0000 UTC");
    EXPECT_EQ(parse_rfc3339("0001-01-01T00:00:00Z"), zero_time);
    EXPECT_EQ(human_age(zero_time, noon), "N/A");
}

TEST(FormatTime, TellsAges) { EXPECT_EQ(human_age(noon - 3min, noon), "3 minutes ago"); }

TEST(ParseRfc3339, ReadsFractionsAndOffsets)
{
    EXPECT_EQ(parse_rfc3339("2024-01-01T12:00:00Z"), noon);
    EXPECT_EQ(parse_rfc3339("2024-01-01T12:00:00.5Z"), noon + 500ms);
    EXPECT_EQ(parse_rfc3339("2024-01-01T12:00:00.0000000019Z"), noon + 1ns);
    EXPECT_EQ(parse_rfc3339("2024-01-01T13:30:00+01:30"), noon);
    EXPECT_EQ(parse_rfc3339("2024-01-01T07:00:00-05:00"), noon);
    EXPECT_EQ(parse_rfc3339("9999-12-31T23:59:59Z"), WallTime::max());
}

TEST(ParseRfc3339, RefusesEverythingElse)
{
    for (const char* text :
         {"", "2024", "2024-01-01", "2024-01-01T12:00Z", "2024-01-01T12:00:00", "2024-02-30T12:00:00Z",
          "2024-01-01T24:00:00Z", "2024-01-01T12:00:60Z", "2024-01-01 12:00:00Z", "2024-01-01T12:00:00.Z",
          "2024-01-01T12:00:00z", "2024-01-01T12:00:00Zx", "24-01-01T12:00:00Z", "2024-01-01T12:00:00+1:00",
          "2024-01-01T12:0:.5Z"}) {
        SCOPED_TRACE(text);
        EXPECT_THROW(parse_rfc3339(text), Error);
    }
}

TEST_F(LocalTime, IsMeantWhereNoZoneIsWritten)
{
    EXPECT_EQ(parse_time("2024-01-01T07:00:00", noon), noon);
    EXPECT_EQ(parse_time("2024-01-01T07:00", noon), noon);
    EXPECT_EQ(parse_time("2024-01-01", noon), noon - 7h);
    EXPECT_EQ(parse_time("2024-01-01Z", noon), noon - 12h);
    EXPECT_EQ(parse_time("2024-01-01T12:00:00Z", noon), noon);
}

TEST(ParseTime, ReadsUnixSecondsAndDurations)
{
    EXPECT_EQ(parse_time("1704110400", noon), noon);
    EXPECT_EQ(parse_time("1704110400.25", noon), noon + 250ms);
    EXPECT_EQ(parse_time("-0.25", noon), at(-250ms));
    EXPECT_EQ(parse_time("10m", noon), noon - 10min);
    EXPECT_EQ(parse_time("10m", noon, DurationMeans::Ahead), noon + 10min);
}

TEST(ParseTime, NamesWhatIsNoTime)
{
    try {
        parse_time("yesterday", noon);
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.message(), "unable to interpret time value: \"yesterday\"");
        EXPECT_NE(error.hint(), "");
    }
}

} // namespace
} // namespace skiff::text
