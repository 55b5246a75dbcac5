#pragma once

#include "frontends/compose/instance.hpp"
#include "frontends/compose/project.hpp"

#include <string>
#include <vector>

namespace skiff::compose {

/// The file systems of a service's container in words of `create`. Pure.
std::vector<std::string> make_mount_words(const Subject& subject);

/// Directories that bind mounts may ask to be made.
std::vector<std::string> missing_bind_sources(const Service& service);

} // namespace skiff::compose
