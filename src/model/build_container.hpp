#pragma once

#include "model/container_config.hpp"

#include <string>

namespace skiff {

/// A container in which a build runs one command has this annotation. Its value is the lock (in RUN/locks) that the builder holds:
/// when that is free, nobody wants the container any more.
inline const std::string build_annotation = "io.skiff.build"; // NOLINT(cert-err58-cpp)

inline bool is_of_build(const ContainerConfig& config) { return config.annotations.contains(build_annotation); }

} // namespace skiff
