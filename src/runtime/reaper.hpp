#pragma once

#include "runtime/child_plan.hpp"

namespace skiff::runtime {

/// --init: pid 1 stays ours, and the command becomes its child.
///
/// Forks. Returns in the child, which goes on to exec; pid 1 passes signals on, reaps whatever ends up with it, and
/// exits as the command did (128 + N after signal N). It needs no program of its own in the image, keeps no descriptor
/// open, and has the container's identity, capabilities and filter like everything else inside.
void become_reaper_of_child(const ProcessPlan& plan, int handshake) noexcept;

} // namespace skiff::runtime
