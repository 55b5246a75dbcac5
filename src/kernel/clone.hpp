#pragma once

#include "base/process.hpp"

#include <cstdint>

namespace skiff::kernel {

/// What a new process shares and where it begins.
struct CloneRequest
{
    std::uint64_t flags = 0; ///< CLONE_NEWNS, CLONE_PARENT ...; CLONE_PIDFD is added
    int cgroup_fd = -1;      ///< CLONE_INTO_CGROUP: a directory of cgroup v2
};

/// clone3(), as fork: the child returns, too. It must call nothing that allocates, and end with _exit or execve.
///
/// Returns nothing in the child. Throws in the parent, with a hint for the refusals that ordinary users meet.
std::optional<ChildProcess> clone_process(const CloneRequest& request);

} // namespace skiff::kernel
