#pragma once

#include "engine/engine.hpp"

#include <string>
#include <vector>

namespace skiff::engine {

/// Gives the image called `image` further names; one without a registry is of "localhost", one without tag "latest".
void tag_image(Engine& engine, const std::string& image, const std::vector<std::string>& names);

/// Takes names away, all of them when none is given. The image stays. Throws Error(NotFound) `X: tag not known`.
void untag_image(Engine& engine, const std::string& image, const std::vector<std::string>& names);

/// `name` as a new name of an image: full, with a tag. Throws for digests and for what is no reference.
oci::Reference make_new_name(const std::string& name);

} // namespace skiff::engine
