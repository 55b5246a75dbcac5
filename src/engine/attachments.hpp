#pragma once

#include "engine/engine.hpp"
#include "model/network.hpp"

#include <map>
#include <string>
#include <vector>

/// What containers and networks have to do with each other.
namespace skiff::engine {

/// Ids of the containers that are configured to be in a network, by its name.
std::map<std::string, std::vector<std::string>> containers_by_network(Engine& engine);

/// Names of networks as written become those of the records, and what was asked of each must be possible. Throws NotFound;
/// Error(Usage) `requested static ip X not in any subnet on network Y` and its kin.
void resolve_attachments(Engine& engine, std::vector<NetworkAttachment>& attachments);

} // namespace skiff::engine
