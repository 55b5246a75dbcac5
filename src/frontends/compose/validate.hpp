#pragma once

#include "frontends/compose/node.hpp"

#include <map>
#include <string>
#include <vector>

namespace skiff::compose {

/// Whether a normalised document fits together: images, references, cycles, values that exclude each other. `disabled` are the services
/// of profiles that are not active. Throws Error "FILE:LINE: ...: invalid compose project".
void validate(const Node& model, const std::map<std::string, std::vector<std::string>>& disabled);

} // namespace skiff::compose
