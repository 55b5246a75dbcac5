#pragma once

#include "model/container_config.hpp"
#include "monitor/control.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace skiff::monitor {

/// Where a container's output is kept: a file (log_file.hpp) or the journal (journal_log.hpp).
class LogSink
{
  public:
    virtual ~LogSink() = default;
    virtual void write(Stream stream, std::string_view bytes) = 0;
};

/// The one that config.log.driver names; `path` is the file's.
std::unique_ptr<LogSink> open_log_sink(const ContainerConfig& config, const std::string& path);

} // namespace skiff::monitor
