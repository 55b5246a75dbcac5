#include "text/size.hpp"

#include "base/error.hpp"

#include <gtest/gtest.h>

namespace skiff::text {
namespace {

TEST(ParseBytes, ReadsNumbersWithUnitsOfPowersOf1024)
{
    struct Case
    {
        const char* text;
        std::uint64_t bytes;
    };
    const Case cases[] = {
        {"0", 0},
        {"512", 512},
        {"32b", 32},
        {"1k", 1024},
        {"1K", 1024},
        {"1kb", 1024},
        {"1KiB", 1024},
        {"64m", 64U << 20U},
        {"64 MB", 64U << 20U},
        {"1.5g", 3ULL << 29U},
        {".5k", 512},
        {"32.3", 32},
        {"1t", 1ULL << 40U},
        {"2p", 1ULL << 51U},
        {"9007199254740993", 9007199254740993},
        {"9223372036854775807", 9223372036854775807},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.text);
        EXPECT_EQ(parse_bytes(c.text), c.bytes);
    }
}

TEST(ParseBytes, NamesWhatIsNoSize)
{
    for (const char* text : {"", "1x", "m", "-1", "1 2", "1kk", "1kib2", "1mi", "1bb", "1  k", ".", "1.2.3", "0x10",
                             " 1", "9223372036854775808", "8388608t", "99999999999999999999999"}) {
        SCOPED_TRACE(text);
        try {
            parse_bytes(text);
            FAIL() << "nothing was thrown";
        } catch (const Error& error) {
            EXPECT_EQ(error.message(), cat("invalid size: '", text, "'"));
            EXPECT_EQ(error.kind(), ErrorKind::Usage);
        }
    }
}

TEST(FormatBytes, ShowsDecimalUnits)
{
    struct Case
    {
        std::uint64_t bytes;
        const char* text;
    };
    const Case cases[] = {
        {0, "0B"},
        {999, "999B"},
        {1000, "1kB"},
        {1234, "1.234kB"},
        {1'048'576, "1.049MB"},
        {999'999, "1000kB"},
        {2'746'000'000, "2.746GB"},
        {UINT64_MAX, "18.45EB"},
    };
    for (const auto& c : cases)
        EXPECT_EQ(format_bytes_decimal(c.bytes), c.text);
    EXPECT_EQ(format_bytes_decimal(77'824'000, 3, " "), "77.8 MB");
}

TEST(FormatBytes, ShowsBinaryUnits)
{
    EXPECT_EQ(format_bytes_binary(0), "0B");
    EXPECT_EQ(format_bytes_binary(1024), "1KiB");
    EXPECT_EQ(format_bytes_binary(3ULL << 29U), "1.5GiB");
    EXPECT_EQ(format_bytes_binary(1'048'575), "1024KiB");
}

} // namespace
} // namespace skiff::text
