#pragma once

#include "cli/command.hpp"
#include "engine/engine.hpp"
#include "frontends/compose/create_words.hpp"

#include <string>

namespace skiff::cli {

/// Makes a container of a service, with all that it needs on the host; gives its id. Of `instance` the image is looked up here. In a
/// worker: this steps into the user namespace.
std::string make_container(const Invocation& invocation, engine::Engine& engine, const compose::Project& project, const compose::Service& service,
                           compose::Instance instance, const compose::OneOff* one_off = nullptr);

} // namespace skiff::cli
