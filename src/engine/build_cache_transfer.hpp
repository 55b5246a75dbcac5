#pragma once

#include "engine/build.hpp"
#include "engine/build_layers.hpp"
#include "engine/build_link.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

/// Caches that lie elsewhere (build_cache_place.hpp).
namespace skiff::engine {

/// The step `key` on top of `below` from the first of the request's places that has it: its layer is in the store then. Without
/// slot and inputs. A place that gives trouble is told of and becomes one of `lost`, which are not asked; it is no failure.
std::optional<store::CachedStep> fetch_cached_step(Engine& engine, const BuildRequest& request, const std::string& key, const BuildLayers& below,
                                                   std::set<std::string>& lost, StageLink& link);

/// Sends the steps of `stages` to the request's places, but for those that are there. Enters the user namespace. `cancel_fd` as in
/// TransportOptions.
void send_cache(Engine& engine, const BuildRequest& request, const std::vector<const StageImage*>& stages, const StageImage& target, BuildOutput& output,
                int cancel_fd);

} // namespace skiff::engine
