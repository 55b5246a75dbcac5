#pragma once

#include "engine/settings.hpp"
#include "model/create_request.hpp"

namespace skiff::cli {

/// Adds what containers.conf wants mounted in every container (`mounts` and `volumes` of [containers], written as for --mount
/// and --volume), except where the request has a mount of its own. Throws `parsing containers.conf mounts: ...`.
void add_configured_mounts(const engine::Settings& settings, CreateRequest& request);

} // namespace skiff::cli
