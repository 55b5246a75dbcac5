#pragma once

#include "frontends/compose/world.hpp"

#include <string>
#include <vector>

namespace skiff::compose {

/// The compose file of `directory` or of the nearest one above it, and its override file. Warns when there are several.
/// On a shared machine anybody may have put a file above: those, their override file and .env must be this user's or root's.
/// Throws `no configuration file provided: not found`.
std::vector<std::string> find_compose_files(const World& world, const std::string& directory, std::vector<std::string>& warnings);

} // namespace skiff::compose
