#pragma once

#include "cli/compose/session.hpp"

#include <string>
#include <vector>

namespace skiff::cli {

struct WatchOptions
{
    std::vector<std::string> services; ///< empty: all that have rules
    bool quiet = false;
};

/// Follows the files of `develop.watch` until ctrl-C: copies them into containers, restarts or rebuilds. Throws when no service has rules.
int watch_files(ComposeSession& session, const WatchOptions& options);

} // namespace skiff::cli
