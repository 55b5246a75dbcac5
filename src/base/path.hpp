#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace skiff {

/// The names in a path, as the kernel walks them: empty ones and "." mean nothing, ".." is kept.
std::vector<std::string> components_of(std::string_view path);

} // namespace skiff
