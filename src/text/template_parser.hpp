#pragma once

#include "text/template_tree.hpp"

#include <string>

/// Private to the go_template family.
namespace skiff::text {

/// Throws Error(Failure) `template: NAME:LINE: ...`.
TemplateTree parse_template(std::string text, std::string name);

} // namespace skiff::text
