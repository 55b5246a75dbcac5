#pragma once

#include "cli/command.hpp"
#include "model/create_request.hpp"

namespace skiff::cli {

extern const OptionGroup security_options; ///< of SecurityRequest
extern const OptionGroup userns_options;   ///< of UsernsRequest
extern const OptionGroup log_options;      ///< of LogRequest

/// Takes PODMAN_USERNS when no option said anything.
/// Errors: `--userns and --uidmap/--gidmap/--subuidname/--subgidname are mutually exclusive`.
void finish_userns(UsernsRequest& request);

} // namespace skiff::cli
