#pragma once

#include <chrono>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

/// What system tests are made of: a Box is a user's whole world (home, data, runtime and configuration directories) for one test,
/// and fails the test when a process, a mount or a file is left behind. Every command in it is the real program.
namespace skiff::testing {

/// How a command ended, and what it printed.
struct Result
{
    int code = -1;
    std::string out;
    std::string err;
};
void PrintTo(const Result& result, std::ostream* stream);

// Matchers: EXPECT_THAT(skiff("ps"), Succeeds());
MATCHER(Succeeds, "succeeds") { return arg.code == 0; }
MATCHER_P2(FailsWith, code, text, "fails with this code and text on standard error")
{
    return arg.code == code && arg.err.find(text) != std::string::npos;
}
MATCHER_P(Prints, text, "prints this text (and a line break)") { return arg.code == 0 && arg.out == std::string{text} + "\n"; }
MATCHER_P(PrintsSubstring, text, "prints something with this text") { return arg.code == 0 && arg.out.find(text) != std::string::npos; }

/// Asks until the answer is yes; fails after `limit`. For states that another process reaches in its own time.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit = std::chrono::seconds{20});

/// A program that runs while the test goes on; killed with the object.
class Running
{
  public:
    Running(pid_t pid, int in, int out, int err);
    Running(Running&& other) noexcept;
    Running& operator=(Running&&) = delete;
    ~Running();

    void write(const std::string& text) const;
    void close_input();
    void signal(int number) const;
    /// Reads standard output until `text` has come; fails the test after 20 seconds.
    std::string read_until(const std::string& text);
    Result finish(); ///< waits for the end
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    pid_t pid_;
    int in_, out_, err_;
    std::string out_text_;
};

struct RunOptions
{
    std::string input;
    std::vector<std::string> environment; ///< "NAME=value" on top of the box's; "NAME" alone removes one
    std::string directory;
};

class Box : public ::testing::Test
{
  protected:
    Box();
    ~Box() override;
    void TearDown() override;

    template <typename... Words>
    Result skiff(const Words&... words)
    {
        return run({program(), std::string{words}...});
    }
    Result run(const std::vector<std::string>& argv, const RunOptions& options = {});
    Running start(const std::vector<std::string>& argv, const RunOptions& options = {});
    template <typename... Words>
    Running start_skiff(const Words&... words)
    {
        return start({program(), std::string{words}...});
    }

    /// The image of `probe` (tests/support/probe.cpp), loaded into this box's store on the first call.
    std::string probe_image();
    /// An image of busybox-static with the usual links; skips the test where the machine has none.
    std::string busybox_image();

    [[nodiscard]] static std::string program(); ///< the skiff under test
    [[nodiscard]] const std::string& path() const { return path_; } ///< the box's directory; files of a test belong here
    std::string write_file(const std::string& name, const std::string& content, int mode = 0644);
    static std::string read_file(const std::string& path);
    [[nodiscard]] std::string storage_driver() const { return driver_; }
    void use_driver(const std::string& driver) { driver_ = driver; }
    /// The environment that commands get.
    std::vector<std::string>& environment() { return environment_; }

  private:
    std::string path_;
    std::string driver_;
    std::vector<std::string> environment_;
    bool has_probe_ = false, has_busybox_ = false;
};

/// A TCP or UDP port of the host that is free now.
std::uint16_t free_port();
/// The body of http://127.0.0.1:port/, or an empty string after trying for a while.
std::string http_get(std::uint16_t port, const std::string& path = "/");

} // namespace skiff::testing
