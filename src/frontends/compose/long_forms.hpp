#pragma once

#include "frontends/compose/node.hpp"

#include <string>

/// Mappings as people write them: what they must have is checked, what they leave out is written out. `path` is what messages call them.
namespace skiff::compose {

void complete_port(Node& port, const std::string& path);
void complete_mount(Node& mount, const std::string& path);
void complete_dependency(Node& dependency);
void complete_env_file(Node& env_file);

} // namespace skiff::compose
