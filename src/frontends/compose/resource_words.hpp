#pragma once

#include "frontends/compose/project.hpp"

#include <string>
#include <vector>

namespace skiff::compose {

/// A network or volume in the words of `network create` and `volume create`. Pure.
std::vector<std::string> make_network_words(const Project& project, const Resource& network);
std::vector<std::string> make_volume_words(const Project& project, const Resource& volume);

} // namespace skiff::compose
