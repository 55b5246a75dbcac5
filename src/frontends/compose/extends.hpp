#pragma once

#include "frontends/compose/file_reader.hpp"

#include <string>

namespace skiff::compose {

/// Puts the services of one canonical document onto those that they extend, in this file or others. Throws `Circular reference`,
/// `cannot extend service ...`, and for chains of more than max_links.
void extend_services(Node& document, const std::string& file, const Part& part, FileReader& reader);

} // namespace skiff::compose
