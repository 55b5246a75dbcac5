#include "monitor/log_file.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace skiff::monitor {
namespace {

class LogFileTest : public testing::Test
{
  protected:
    TempDir box_{testing::TempDir(), "skiff-log-"};
    std::string path_ = box_.path() + "/log";
};

std::vector<LogRecord> records_of(const std::string& path)
{
    std::vector<LogRecord> records;
    std::string text = read_file(AT_FDCWD, path);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        records.push_back(parse_record(LogFormat::K8sFile, std::string_view{text}.substr(at, end - at)).value());
        at = end + 1;
    }
    return records;
}

TEST_F(LogFileTest, OneRecordPerLineAndPartsWithoutLineBreaks)
{
    LogFile log{LogConfig{}, path_};

    log.write(Stream::Stdout, "one\ntwo");
    log.write(Stream::Stderr, "trouble\n");

    const auto records = records_of(path_);
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0].text, "one");
    EXPECT_EQ(records[1].text, "two");
    EXPECT_TRUE(records[1].is_partial);
    EXPECT_TRUE(records[2].is_error);
}

TEST_F(LogFileTest, RotatesBySize)
{
    LogConfig config;
    config.max_size = 200;
    LogFile log{config, path_};

    for (int i = 0; i < 10; ++i)
        log.write(Stream::Stdout, "a line of forty characters, more or less\n");

    EXPECT_TRUE(exists_at(AT_FDCWD, path_ + ".1"));
    EXPECT_LE(read_file(AT_FDCWD, path_).size(), 200U);
}

TEST_F(LogFileTest, FollowsNoLinkAndRefusesAFifo)
{
    ASSERT_EQ(::symlink("/etc/hostname", path_.c_str()), 0);
    EXPECT_THROW((LogFile{LogConfig{}, path_}), Error);

    const std::string fifo = box_.path() + "/fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_THROW((LogFile{LogConfig{}, fifo}), Error);
}

TEST_F(LogFileTest, TheDriverNoneKeepsNothing)
{
    LogConfig config;
    config.driver = "none";
    LogFile log{config, path_};

    log.write(Stream::Stdout, "gone\n");

    EXPECT_FALSE(exists_at(AT_FDCWD, path_));
}

} // namespace
} // namespace skiff::monitor
