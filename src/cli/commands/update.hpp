#pragma once

#include "cli/values_limits.hpp"
#include "model/create_request.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct UpdateArgs
{
    std::vector<std::string> containers; ///< one, or none with `latest`
    bool latest = false;
    ResourceLimits limits;
    HealthRequest health;
    RestartRequest restart;
    UlimitRequest ulimits;
    std::vector<std::string> environment_words, unset_environment;

    NamedValues environment; ///< complete when the command's function runs
};

struct HealthRunArgs
{
    std::vector<std::string> containers; ///< one
    bool ignore_result = false;          ///< exit with 0 when the check has failed
};

} // namespace skiff::cli
