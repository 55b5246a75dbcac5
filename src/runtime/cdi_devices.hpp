#pragma once

#include "runtime/cdi_spec.hpp"

#include <string>
#include <vector>

namespace skiff::runtime {

/// What the devices `names` add, looked up in the *.json, *.yaml and *.yml files of `directories`; a later directory's device of the
/// same name wins. A file that cannot be read matters only when a device is not found in the others.
/// Throws NotFound "unresolvable CDI devices ..." and Failure for a device that two files of a directory describe.
CdiEdits load_cdi_edits(const std::vector<std::string>& directories, const std::vector<std::string>& names);

/// The device's variables win (images for one tool switch it on by a variable, and another tool's device switches it off again); the
/// user's own mounts and devices do.
void apply(const CdiEdits& edits, ContainerConfig& config);

} // namespace skiff::runtime
