#pragma once

#include "base/unique_fd.hpp"

namespace skiff::kernel {

/// This program's own file, to start roles from (RoleRequest::program_fd) so that /proc/PID/exe of a process that deals with
/// containers can never be opened for writing (security.md R16).
///
/// The descriptor is one of a detached read-only clone of the mount it lies on; where that is not to be had, a sealed copy
/// in memory. Call it in our own mount namespace; the clone needs no later clean-up.
UniqueFd open_read_only_program();

} // namespace skiff::kernel
