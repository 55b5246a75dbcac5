#pragma once

#include "base/unique_fd.hpp"
#include "model/container_config.hpp"
#include "monitor/log_format.hpp"
#include "monitor/log_sink.hpp"

#include <string>
#include <string_view>

namespace skiff::monitor {

/// Where nobody has said how big a log may get (LogConfig::max_size 0): it is rotated here, so that a program that talks without end does not fill the
/// disk of a user who is asleep (security.md R52).
constexpr std::int64_t default_log_size = std::int64_t{128} << 20U;

/// Writes a container's log. Cuts output into lines, rotates by size (the old file becomes "<path>.1"), and never stops the
/// container: what cannot be written (a full disk) is dropped, and the log says so as soon as it can be written again.
class LogFile : public LogSink
{
  public:
    /// `path` is absolute. For the driver "none" and "passthrough" nothing is opened and everything is dropped.
    LogFile(const LogConfig& config, const std::string& path);
    ~LogFile() override;
    LogFile(LogFile&&) = default;
    LogFile& operator=(LogFile&&) = default;

    void write(Stream stream, std::string_view bytes) override;

  private:
    void flush();
    void append(const std::string& records);
    void put(bool is_error, bool is_partial, std::string_view text);
    void open();
    void rotate();

    std::optional<LogFormat> format_;
    std::string path_;
    std::int64_t max_size_;
    std::int64_t size_ = 0;
    UniqueFd fd_;
    std::string batch_; ///< the records of one write() call, for one system call
    std::size_t batch_text_ = 0; ///< bytes of output in batch_
    std::size_t lost_ = 0;       ///< bytes of output that could not be written
    std::string lost_why_;
};

} // namespace skiff::monitor
