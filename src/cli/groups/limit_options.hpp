#pragma once

#include "cli/command.hpp"
#include "model/container_config.hpp"

namespace skiff::cli {

extern const OptionGroup limit_options; ///< of ResourceLimits: memory, CPU, processes

/// Expresses --cpus in period and quota. Errors: `--cpu-period and --cpus cannot be set together` ...
void finish_limits(const Invocation& invocation, ResourceLimits& limits);

} // namespace skiff::cli
