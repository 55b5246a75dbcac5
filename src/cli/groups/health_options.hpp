#pragma once

#include "cli/command.hpp"
#include "model/create_request.hpp"

namespace skiff::cli {

extern const OptionGroup health_options; ///< of HealthRequest; finish with check_health()

} // namespace skiff::cli
