#pragma once

#include "frontends/compose/node.hpp"

#include <map>
#include <string>
#include <vector>

namespace skiff::compose {

/// Whether a normalised document fits together: images, references, cycles, values that exclude each other. `disabled` are the services
/// of profiles that are not active. Throws Error "FILE:LINE: ...: invalid compose project".
void validate(const Node& model, const std::map<std::string, std::vector<std::string>>& disabled);

/// Whether a service has only labels that are not ours; those of its label_file are known late.
void check_labels(const std::string& name, const Node& service);

} // namespace skiff::compose
