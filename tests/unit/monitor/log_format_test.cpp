#include "monitor/log_format.hpp"

#include <gtest/gtest.h>

namespace skiff::monitor {
namespace {

const WallTime some_time{std::chrono::nanoseconds{1'700'000'000'123'456'789}};

TEST(LogFormat, BothFormatsReadWhatTheyWrote)
{
    for (const LogFormat format : {LogFormat::K8sFile, LogFormat::JsonFile})
        for (const bool partial : {false, true}) {
            const LogRecord record{some_time, true, partial, "a \"text\" with F and stdout in it"};

            std::string line = format_record(format, record);
            ASSERT_EQ(line.back(), '\n');
            line.pop_back();
            const auto back = parse_record(format, line);

            ASSERT_TRUE(back);
            EXPECT_EQ(back->time, record.time);
            EXPECT_TRUE(back->is_error);
            EXPECT_EQ(back->is_partial, partial);
            EXPECT_EQ(back->text, record.text);
        }
}

TEST(LogFormat, K8sLinesHaveTheKubeletsShape)
{
    const std::string line = format_record(LogFormat::K8sFile, {some_time, false, false, "hello"});

    EXPECT_EQ(line, "2023-11-14T22:13:20.123456789+00:00 stdout F hello\n");
}

TEST(LogFormat, DamagedLinesAreNone)
{
    for (const char* line : {"", "x", "2023-11-14T22:13:20Z", "2023-11-14T22:13:20Z stdin F x", "2023-11-14T22:13:20Z stdout Q x", "{", R"({"log":"x","stream":1,"time":2})"}) {
        EXPECT_FALSE(parse_record(LogFormat::K8sFile, line)) << line;
        EXPECT_FALSE(parse_record(LogFormat::JsonFile, line)) << line;
    }
}

} // namespace
} // namespace skiff::monitor
