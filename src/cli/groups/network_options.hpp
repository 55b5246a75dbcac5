#pragma once

#include "cli/command.hpp"
#include "model/create_request.hpp"

namespace skiff::cli {

extern const OptionGroup network_options; ///< of NetworkRequest

/// Errors: `conflicting options: dns and the network mode: none`, `--no-hosts and --add-host cannot be set together`
/// ...
void check_network(const Invocation& invocation, const NetworkRequest& request);

} // namespace skiff::cli
