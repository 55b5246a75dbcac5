#pragma once

#include "base/unique_fd.hpp"
#include "model/container_config.hpp"
#include "monitor/control.hpp"
#include "monitor/log_format.hpp"

#include <string>
#include <string_view>

namespace skiff::monitor {

/// Writes a container's log. Cuts output into lines, rotates by size (the old file becomes "<path>.1"), and never stops the
/// container: what cannot be written (a full disk) is dropped with one warning in the monitor's own log.
class LogFile
{
  public:
    /// `path` is absolute. For the driver "none" and "passthrough" nothing is opened and everything is dropped.
    LogFile(const LogConfig& config, const std::string& path);

    void write(Stream stream, std::string_view bytes);

  private:
    void flush();
    void put(bool is_error, bool is_partial, std::string_view text);
    void open();
    void rotate();

    std::optional<LogFormat> format_;
    std::string path_;
    std::int64_t max_size_;
    std::int64_t size_ = 0;
    UniqueFd fd_;
    std::string batch_; ///< the records of one write() call, for one system call
    bool complained_ = false;
};

} // namespace skiff::monitor
