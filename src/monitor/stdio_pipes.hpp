#pragma once

#include "monitor/session.hpp"
#include "runtime/container_process.hpp"

namespace skiff::monitor {

/// The pipes between a process and its session.
struct StdioPipes
{
    runtime::ProcessStdio stdio;         ///< for the process; borrows from `theirs`
    std::vector<UniqueFd> theirs;        ///< to be closed once the process has its copies
    SessionStreams ours;
};

/// With `tty`, no pipes: the process makes a terminal. Without `in`, standard input is /dev/null.
StdioPipes make_stdio(bool tty, bool in);

} // namespace skiff::monitor
