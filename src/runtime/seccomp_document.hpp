#pragma once

#include "oci/runtime_spec.hpp"

#include <string>

namespace skiff::runtime {

/// The BPF of a bundle's linux.seccomp. Throws for actions and comparisons that are not known.
std::string compile_document(const oci::SpecSeccomp& document);

} // namespace skiff::runtime
