#pragma once

#include "runtime/child_plan.hpp"

namespace skiff::runtime {

/// Joins a container and makes a process in it, which becomes the parent's child; then goes.
[[noreturn]] void exec_main(const ExecPlan& plan) noexcept;

} // namespace skiff::runtime
