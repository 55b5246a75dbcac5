#pragma once

#include "text/template_tree.hpp"

#include <string>

/// Private to the go_template family.
namespace skiff::text {

struct DataType;

/// Throws Error(Failure) with the place in the template.
std::string execute_template(const TemplateTree& tree, const Json& data, const DataType& type);

} // namespace skiff::text
