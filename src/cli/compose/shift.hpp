#pragma once

#include "engine/engine.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

/// What of a job goes on by itself when a worker has done its part.
struct Rest
{
    int fd = -1;                  ///< readable when `finish` has not to wait any more; -1: at once
    std::function<void()> finish; ///< says how it ended: throws, or not; null: nothing goes on
};

/// A job's part that takes little time.
struct Launch
{
    std::size_t job = 0;
    std::function<Rest(engine::Engine&)> work;
};

/// Launches of which each needs the one before to be done.
using LaunchChain = std::deque<Launch>;

/// A worker's side: launches all, one after the other and with one engine, and waits for their rests together. Each job's end is reported
/// on standard output as soon as it is known; a failure ends its chain, and nothing else.
void work_shift(engine::Engine& engine, std::vector<LaunchChain> chains);

/// How a job ended.
struct JobReport
{
    std::size_t job = 0;
    int code = 0;      ///< as a command's exit code
    std::string error; ///< what was said on standard error meanwhile
};

/// The other side: a line of a worker's output, without its end. Nothing for one that is no report.
std::optional<JobReport> read_report(const std::string& line);

} // namespace skiff::cli
