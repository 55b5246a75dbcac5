#pragma once

#include "monitor/log_format.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace skiff::engine {

/// Where a container's log is read from: a file (log_reader.hpp) or the journal (journal_reader.hpp). It may grow meanwhile.
class LogSource
{
  public:
    virtual ~LogSource() = default;
    /// Goes to the last `lines` lines, or to the beginning.
    virtual void begin(const std::optional<std::size_t>& lines) = 0;
    /// The next record; nothing when there is none now. Damaged ones are skipped.
    virtual std::optional<monitor::LogRecord> next() = 0;
    /// What tells that there may be more: a descriptor that becomes readable, or changes in a directory.
    [[nodiscard]] virtual int fd() const { return -1; }
    [[nodiscard]] virtual std::string directory() const { return {}; }
};

} // namespace skiff::engine
