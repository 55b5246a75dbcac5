#pragma once

#include "tests/support/running.hpp"

/// What system tests are made of: a Box is a user's whole world (home, data, runtime and configuration directories) for one test,
/// and fails the test when a process, a mount or a file is left behind. Every command in it is the real program.
namespace skiff::testing {

struct RunOptions
{
    std::string input;
    std::vector<std::string> environment; ///< "NAME=value" on top of the box's; "NAME" alone removes one
    std::string directory;
    std::function<void()> in_child; ///< runs between fork and exec
    std::chrono::seconds patience{40}; ///< as in Running::Start
};

class Box : public ::testing::Test
{
  protected:
    Box();
    ~Box() override;
    void SetUp() override;
    void TearDown() override;

    template <typename... Words>
    Result skiff(const Words&... words)
    {
        return run({program(), std::string{words}...});
    }
    Result run(const std::vector<std::string>& argv, const RunOptions& options = {});
    template <typename... Words>
    Running start_skiff(const Words&... words)
    {
        return Running{prepare({program(), std::string{words}...}, {})};
    }
    /// With a terminal of its own as standard input, output and error.
    template <typename... Words>
    Running start_on_terminal(const Words&... words)
    {
        Running::Start start = prepare({program(), std::string{words}...}, {});
        start.on_terminal = true;
        return Running{std::move(start)};
    }

    /// The image of `probe` (tests/support/probe.cpp), loaded into this box's store on the first call.
    std::string probe_image();
    /// Another image around the probe: `config` is the image's Config as JSON, `entries` are words of tests/support/pack_image.py.
    std::string make_image(const std::string& name, const std::string& config, const std::vector<std::string>& entries = {});
    /// What `inspect --format` prints, without the line break.
    std::string inspect(const std::string& container, const std::string& format);
    bool is_running(const std::string& container);

    [[nodiscard]] static std::string program();             ///< the skiff under test
    [[nodiscard]] const std::string& path() const { return path_; } ///< the box's directory; files of a test belong here
    std::string write_file(const std::string& name, const std::string& content, int mode = 0644);
    std::string make_directory(const std::string& name, int mode = 0755);
    static std::string read_file(const std::string& path);
    static std::vector<std::string> list_directory(const std::string& path); ///< names, sorted; empty when it is not there
    [[nodiscard]] const std::string& storage_driver() const { return driver_; }
    /// The environment that commands get.
    std::vector<std::string>& environment() { return environment_; }
    static bool has_subordinate_ids(); ///< the invoking user has a range, and the programs to use it

  private:
    Running::Start prepare(const std::vector<std::string>& argv, const RunOptions& options) const;

    std::string path_;
    std::string driver_;
    std::vector<std::string> environment_;
    bool has_probe_ = false;
};

} // namespace skiff::testing
