#pragma once

#include "runtime/child_plan.hpp"

namespace skiff::runtime {

/// What a container's first process does between clone and exec.
[[noreturn]] void init_main(const InitPlan& plan) noexcept;

/// The same for a container that joins namespaces of others: joins, makes the first process as the parent's child, and
/// goes.
[[noreturn]] void join_main(const InitPlan& plan) noexcept;

} // namespace skiff::runtime
