#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The two formats of a container's log file. One record is one line of the file, framed by us, so that output cannot forge
/// records (security.md R52).
namespace skiff::monitor {

enum class LogFormat {
    K8sFile,  ///< "<RFC 3339 nano> stdout F text": the kubelet's format; F is a full line, P a part of one
    JsonFile, ///< {"log":"text\n","stream":"stdout","time":"..."}: Docker's
};

/// Nothing for drivers that keep no file.
std::optional<LogFormat> find_log_format(std::string_view driver);

struct LogRecord
{
    WallTime time;
    bool is_error = false;  ///< standard error
    bool is_partial = false; ///< no line break follows
    std::string text;       ///< without the line break
};

/// One line of the file, its line break included.
std::string format_record(LogFormat format, const LogRecord& record);

/// Reads one line (without its line break). Nothing when it is none of ours: damaged lines are skipped by readers.
std::optional<LogRecord> parse_record(LogFormat format, std::string_view line);

} // namespace skiff::monitor
