#pragma once

#include "runtime/init_plan.hpp"

namespace skiff::runtime {

/// Fills in everything of the plan that is mounted: root, mounts, devices, covered paths. Opens the sources on the host.
void plan_mounts(PreparedInit& prepared, const CreateOptions& options);

} // namespace skiff::runtime
