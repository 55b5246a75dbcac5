#pragma once

#include "base/clock.hpp"
#include "cli/values.hpp"

#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct EventsArgs
{
    std::vector<Filter> filters;
    std::string format;
    std::optional<WallTime> since, until;
    bool stream = true; ///< go on when all that was recorded has been shown
    bool no_trunc = true;
};

} // namespace skiff::cli
