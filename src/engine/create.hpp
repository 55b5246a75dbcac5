#pragma once

#include "engine/engine.hpp"
#include "engine/progress.hpp"
#include "engine/make_config.hpp"
#include "model/create_request.hpp"

#include <optional>
#include <string>

namespace skiff::engine {

/// Makes a container that does not run yet, with all that belongs to it: the image (pulled when the policy says so), new
/// volumes, its name. Returns its id. On any failure nothing stays behind but a pulled image.
std::string create_container(Engine& engine, const CreateRequest& request, Progress& progress);

/// The same for an image that is found already, or that is only layers and a configuration so far, as in a build. `use` was taken before
/// it was looked up.
std::string create_container_of(Engine& engine, const CreateRequest& request, const std::optional<ImageFacts>& image,
                                store::StoreUse use, Progress& progress);

} // namespace skiff::engine
