#pragma once

#include "cli/compose/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skiff::cli {

struct ForegroundOptions
{
    std::vector<std::string> services; ///< whose output is shown
    std::vector<std::string> watched;  ///< further ones, whose end counts
    bool prefix = true, timestamps = false;
    bool abort_on_exit = false, abort_on_failure = false;
    std::string exit_code_from; ///< a service
    std::optional<std::uint32_t> timeout_s;
    std::string since; ///< of the output
};

/// Shows the output of a project's containers until all have ended, or somebody presses ctrl-C: then they are stopped, and killed when
/// it is pressed again. Returns the exit code of `up`.
int stay_in_foreground(ComposeSession& session, const ForegroundOptions& options);

/// The same from ctrl-C on, when that was pressed before all had started.
void stop_gracefully(ComposeSession& session, std::optional<std::uint32_t> timeout_s);

} // namespace skiff::cli
