#pragma once

#include "cli/command.hpp"
#include "model/create_request.hpp"

namespace skiff::cli {

extern const OptionGroup restart_options; ///< of RestartRequest

} // namespace skiff::cli
