#pragma once

#include "engine/engine.hpp"
#include "monitor/log_format.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace skiff::engine {

struct LogOptions
{
    bool follow = false;
    std::optional<WallTime> since, until;
    std::optional<std::size_t> tail; ///< so many lines from the end of each container's log
};

/// Calls `sink` with every record of the containers' logs, each container's in order; `number` is its place in `ids`. With
/// `follow` until all of them have ended (or `until` has come). Throws for the log driver "none".
void read_logs(Engine& engine, const std::vector<std::string>& ids, const LogOptions& options,
               const std::function<void(std::size_t number, const monitor::LogRecord& record)>& sink);

} // namespace skiff::engine
