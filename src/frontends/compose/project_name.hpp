#pragma once

#include "frontends/compose/load.hpp"

#include <string>

namespace skiff::compose {

/// The project's name as far as it is known before the files are read: they may refer to it.
std::string find_early_name(const Document& document, const LoadRequest& request);

/// Writes the name into the document: -p, COMPOSE_PROJECT_NAME, `name` of the files, or the directory's. Throws when it is no good one.
void choose_name(Document& document, const LoadRequest& request);

/// A project's name from the name of a directory: small letters, digits, "-" and "_".
std::string normal_name(const std::string& text);

} // namespace skiff::compose
