#pragma once

#include "runtime/spec_builder.hpp"

#include <vector>

namespace skiff::runtime {

/// True when the choice means a new namespace of the container's own.
bool makes_new(const NamespaceChoice& choice);

/// The mounts of a container in the order of mounting: what every container has, and the user's, which win over those.
std::vector<oci::SpecMount> make_spec_mounts(const ContainerConfig& config, const ContainerContext& context,
                                             bool systemd);

} // namespace skiff::runtime
