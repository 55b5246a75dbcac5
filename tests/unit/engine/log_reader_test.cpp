#include "engine/log_reader.hpp"

#include "base/file.hpp"
#include "monitor/log_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace skiff::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LogReaderTest : public testing::Test
{
  protected:
    /// One full line of the container.
    void write(const std::string& text) { log_.write(monitor::Stream::Stdout, text + "\n"); }
    /// As the monitor does when the file has reached its size.
    void rotate()
    {
        ASSERT_EQ(::rename(path_.c_str(), (path_ + ".1").c_str()), 0);
        log_ = monitor::LogFile{LogConfig{}, path_};
    }
    std::vector<std::string> read_all()
    {
        std::vector<std::string> lines;
        while (auto record = reader_.next())
            lines.push_back(record->text);
        return lines;
    }

    TempDir box_{"/tmp", "skiff-log-"};
    std::string path_ = box_.path() + "/log";
    monitor::LogFile log_{LogConfig{}, path_};
    LogReader reader_{path_, monitor::LogFormat::K8sFile};
};

TEST_F(LogReaderTest, ReadsBothFilesAndWhatIsAddedLater)
{
    write("a");
    rotate();
    write("b");

    reader_.begin(std::nullopt);
    EXPECT_THAT(read_all(), ElementsAre("a", "b"));
    EXPECT_THAT(read_all(), IsEmpty());
    write("c");
    EXPECT_THAT(read_all(), ElementsAre("c"));
}

TEST_F(LogReaderTest, BeginsAtTheLastLines)
{
    for (const char* line : {"a", "b", "c"})
        write(line);
    rotate();
    write("d");

    for (const auto& [lines, first] : {std::pair{1, "d"}, {2, "c"}, {3, "b"}}) {
        LogReader reader{path_, monitor::LogFormat::K8sFile};
        reader.begin(lines);
        EXPECT_EQ(reader.next()->text, first);
    }
    reader_.begin(0);
    EXPECT_THAT(read_all(), IsEmpty());
    write("e");
    EXPECT_THAT(read_all(), ElementsAre("e"));
}

TEST_F(LogReaderTest, LosesNothingToARotation)
{
    reader_.begin(std::nullopt);
    write("a");
    EXPECT_THAT(read_all(), ElementsAre("a"));

    write("b"); // behind the end that was seen, and then under another name
    rotate();
    write("c");

    EXPECT_THAT(read_all(), ElementsAre("b", "c"));
}

TEST_F(LogReaderTest, LosesNothingToTwoRotations)
{
    reader_.begin(std::nullopt);
    write("a");
    EXPECT_THAT(read_all(), ElementsAre("a"));

    rotate();
    write("b");
    rotate();
    write("c");

    EXPECT_THAT(read_all(), ElementsAre("b", "c"));
}

TEST_F(LogReaderTest, BeginsAgainWhenTheFileIsEmptied)
{
    reader_.begin(std::nullopt);
    write("a long line");
    EXPECT_THAT(read_all(), ElementsAre("a long line"));
    ASSERT_EQ(::truncate(path_.c_str(), 0), 0);
    EXPECT_THAT(read_all(), IsEmpty());

    write("b");

    EXPECT_THAT(read_all(), ElementsAre("b"));
}

} // namespace
} // namespace skiff::engine
