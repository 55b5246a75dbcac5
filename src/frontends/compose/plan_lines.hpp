#pragma once

#include "frontends/compose/plan.hpp"

#include <string>

namespace skiff::compose {

/// One line for each step: "+ container p-web-1: there is none".
std::string describe(const Plan& plan, bool with_kept);

} // namespace skiff::compose
