#pragma once

#include "engine/engine.hpp"
#include "model/create_request.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

/// Throws `statfs PATH: no such file or directory` for bind mounts whose source this user cannot reach, with what to
/// do.
void require_bind_sources(const CreateRequest& request);

/// One sentence for each bind mount that the container's user may not even read, because its files belong to somebody
/// else there. Only for users given by number: names are known when the image is mounted.
std::vector<std::string> explain_unreadable_sources(Engine& engine, const ContainerConfig& config);

} // namespace skiff::engine
