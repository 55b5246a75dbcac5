#pragma once

#include "rootfs/rootfs.hpp"

#include <string>

namespace skiff::rootfs {

struct DriverChoice
{
    Driver driver = Driver::Copy;
    std::string why; ///< for `info`: "the kernel mounts overlays for users", or what spoke against the better ones
};

/// The best driver that really works with data in `data_dir`: a mount, a copy-up, a deletion and an opaque directory are
/// tried, because a mount that succeeds proves nothing (hpc.md §5). Once a container is created its driver is fixed, so this
/// is for `create` and `info` only; the result is kept in the directory for a week, this boot and kernel.
/// Call it in the shared user namespace and a mount namespace of our own.
DriverChoice choose_driver(const std::string& data_dir);

/// Why `driver` does not work with data in `dir`; empty when it does. Always tries.
std::string find_driver_problem(Driver driver, const std::string& dir);

} // namespace skiff::rootfs
