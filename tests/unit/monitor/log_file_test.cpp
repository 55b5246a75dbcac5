#include "monitor/log_file.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/resource.h>
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

/// A limit of file sizes fails as a full disk does, in the middle of a write.
class FullDisk
{
  public:
    explicit FullDisk(rlim_t bytes)
    {
        ::signal(SIGXFSZ, SIG_IGN); // NOLINT(cert-err33-c)
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit full{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &full);
    }
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

  private:
    rlimit before_{};
};

TEST_F(LogFileTest, SaysWhatAFullDiskHasTaken)
{
    LogFile log{LogConfig{}, path_};
    log.write(Stream::Stdout, "before\n");
    {
        const FullDisk full{read_file(AT_FDCWD, path_).size() + 10};
        log.write(Stream::Stdout, "lost\n");
        log.write(Stream::Stderr, "lost too\n");
    }

    log.write(Stream::Stdout, "after\n");

    const auto records = records_of(path_);
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0].text, "before");
    EXPECT_TRUE(records[1].text.starts_with("skiff: 14 bytes of output are missing here: ")) << records[1].text;
    EXPECT_TRUE(records[1].is_error);
    EXPECT_EQ(records[2].text, "after");
}

TEST_F(LogFileTest, SaysSoAtTheEndWhenNothingFollows)
{
    {
        LogFile log{LogConfig{}, path_};
        const FullDisk full{10}; // ends first
        log.write(Stream::Stdout, "lost\n");
    }

    ASSERT_EQ(records_of(path_).size(), 1U);
}

TEST_F(LogFileTest, OfAnUnknownSizeHasALimitAllTheSame)
{
    LogConfig config;
    config.max_size = 0;
    LogFile log{config, path_};
    const std::string block(std::size_t{1} << 20U, 'x');

    for (std::int64_t written = 0; written <= default_log_size; written += static_cast<std::int64_t>(block.size()))
        log.write(Stream::Stdout, block + "\n");

    EXPECT_TRUE(exists_at(AT_FDCWD, path_ + ".1"));
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
