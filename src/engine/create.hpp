#pragma once

#include "engine/engine.hpp"
#include "engine/progress.hpp"
#include "model/create_request.hpp"

#include <string>

namespace skiff::engine {

/// Makes a container that does not run yet, with all that belongs to it: the image (pulled when the policy says so), new
/// volumes, its name. Returns its id. On any failure nothing stays behind but a pulled image.
std::string create_container(Engine& engine, const CreateRequest& request, Progress& progress);

} // namespace skiff::engine
