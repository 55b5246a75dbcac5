#pragma once

#include <string>
#include <vector>

namespace skiff::runtime {

/// The host's device nodes that this user can open, as paths below /dev: what --privileged shows (without ptys, shm,
/// mqueue, and the six that every container has).
std::vector<std::string> list_host_devices();

} // namespace skiff::runtime
