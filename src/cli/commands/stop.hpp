#pragma once

#include "cli/groups/selection_options.hpp"

#include <csignal>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct StopArgs
{
    ContainerSelection selection;
    bool ignore = false;                    ///< missing containers are no error
    std::optional<std::uint32_t> timeout_s; ///< unset: as the container was created
    std::optional<int> signal;              ///< Docker's --signal
};

struct RestartArgs
{
    ContainerSelection selection;
    bool running = false; ///< only those that run
    std::optional<std::uint32_t> timeout_s;
    std::optional<int> signal;
};

struct KillArgs
{
    ContainerSelection selection;
    int signal = SIGKILL;
};

struct PauseArgs ///< unpause, too
{
    ContainerSelection selection;
};

struct WaitArgs
{
    std::vector<std::string> containers;
    bool latest = false;
    bool ignore = false;
    bool exit_first_match = false;
    std::vector<std::string> conditions; ///< state words, "healthy", "unhealthy"; empty: stopped
};

} // namespace skiff::cli
