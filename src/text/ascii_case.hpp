#pragma once

#include <string>
#include <string_view>

/// Capitals of formats whose keywords are ASCII: other characters stay as they are.
namespace skiff::text {

std::string ascii_lower(std::string_view text);
std::string ascii_upper(std::string_view text);

} // namespace skiff::text
