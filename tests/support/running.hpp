#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace skiff::testing {

/// How a command ended (128 + n: by signal n), and what it printed.
struct Result
{
    int code = -1;
    std::string out;
    std::string err;
    std::uint64_t peak_memory_kib = 0; ///< of the largest process that it was or waited for

    [[nodiscard]] std::string line() const; ///< the output without the line break at its end
};
void PrintTo(const Result& result, std::ostream* stream);

// Matchers: EXPECT_THAT(skiff("ps"), Succeeds());
MATCHER(Succeeds, "succeeds") { return arg.code == 0; }
MATCHER_P(ExitsWith, code, "") { return arg.code == code; }
MATCHER_P2(FailsWith, code, text, "")
{
    return arg.code == code && arg.err.find(text) != std::string::npos;
}
MATCHER_P(Prints, text, "") { return arg.code == 0 && arg.out == std::string{text} + "\n"; }
MATCHER_P(PrintsSubstring, text, "") { return arg.code == 0 && arg.out.find(text) != std::string::npos; }

/// How many times as long as on an idle machine things may take here: tests share it with a build, or with each other.
int slowness();

/// Asks until the answer is yes; false after `limit` times `slowness`. For states that another process reaches in its own time.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit = std::chrono::seconds{20});

/// A program that runs while the test goes on; killed with the object.
class Running
{
  public:
    struct Start
    {
        std::vector<std::string> argv;
        std::vector<std::string> environment;
        std::string directory;          ///< empty: ours
        std::function<void()> in_child; ///< runs between fork and exec
        bool on_terminal = false;       ///< of 24 rows and 80 columns, instead of three pipes
        std::chrono::seconds patience{40}; ///< with finish(): no command takes longer unless something hangs
    };
    explicit Running(Start start);
    Running(Running&& other) noexcept;
    Running& operator=(Running&&) = delete;
    ~Running();

    void write(const std::string& text) const; ///< what a program that has ended would have read is dropped
    void close_input();
    void signal(int number) const;
    /// Reads standard output until `text` has come again; fails the test after 20 seconds times `slowness`.
    void read_until(const std::string& text);
    [[nodiscard]] const std::string& seen() const { return seen_; } ///< what read_until has read so far
    void resize(std::uint16_t rows, std::uint16_t columns) const;   ///< of the terminal
    /// Waits for the end, and gives all output. `input` is written meanwhile; then standard input is closed.
    Result finish(const std::string& input = "");
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] int terminal() const { return out_; } ///< the master's descriptor

  private:
    pid_t pid_ = -1;
    int in_ = -1, out_ = -1, err_ = -1;
    std::string seen_;
    std::chrono::seconds patience_{40};
    std::size_t searched_ = 0; ///< how far read_until has got in seen_
};

/// A test program is the subreaper of all that its commands leave behind: whatever no Running owns and is a child of ours is a
/// monitor or an orphan, and nothing can hide. The dead among them are buried, as init would.
void become_subreaper();
std::vector<pid_t> find_orphans();
std::string describe_processes(const std::vector<pid_t>& pids);

} // namespace skiff::testing
